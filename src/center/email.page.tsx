import { Act, Field, Instant, Notice } from '../pages/parts.tsx';
import type { ChangeStands } from '../partner/email-change.ts';
import { ProofFields, type Faults } from './settings.page.tsx';

export const EMAIL_DONE = {
  asked: 'We have written to both addresses. The change is made once both have confirmed it.',
  called_off: 'The change is called off.',
} as const;

/** A change of address that waits. */
export interface WaitingChange {
  email: string | null;
  former_confirmed: boolean;
  new_confirmed: boolean;
  until_at: number;
  until: string;
}

/** The address of a partner's contact, and the change of it that waits. */
export function EmailPage(props: {
  email: string | null;
  waiting: WaitingChange | null;
  two_factor: boolean;
  done?: keyof typeof EMAIL_DONE | undefined;
  faults: Faults;
  sent?: string | undefined;
}) {
  const { email, waiting, two_factor, done, faults, sent } = props;
  return (
    <>
      <h1>Email address</h1>
      {done !== undefined && (
        <Notice tone="good">
          <p>{EMAIL_DONE[done]}</p>
        </Notice>
      )}
      <p>
        We write to <strong>{email ?? 'nobody: the address was erased'}</strong>, and you sign in by it.
      </p>
      {waiting && (
        <>
          <Notice tone="warn">
            <p>
              It is to become <strong>{waiting.email}</strong>. The present address has{' '}
              {waiting.former_confirmed ? '' : 'not '}confirmed it, the new one has{' '}
              {waiting.new_confirmed ? '' : 'not '}
              confirmed it. <Instant at={waiting.until_at} text={`Up to ${waiting.until}`} />, then it lapses.
            </p>
          </Notice>
          <Act action="/partners/settings/email/off" text="Call it off" tone="danger" />
        </>
      )}
      <h2>Another address</h2>
      <form method="post" action="/partners/settings/email" class="stack">
        <Field
          name="email"
          label="New email address"
          type="email"
          autocomplete="off"
          value={sent}
          fault={faults['email']}
        />
        <ProofFields two_factor={two_factor} faults={faults} />
        <button type="submit">Ask both addresses</button>
      </form>
      <p>
        <small>
          Each address gets a link, and both have to be used within two days. If you cannot read the present address any
          more, write to us.
        </small>
      </p>
      <p>
        <a href="/partners/settings">Back to settings</a>
      </p>
    </>
  );
}

const STANDS: Readonly<Record<Exclude<ChangeStands, 'waits'>, { title: string; text: string }>> = {
  confirmed: {
    title: 'Confirmed from here',
    text: 'Thank you. The change is made as soon as the other address has confirmed it too.',
  },
  done: {
    title: 'The address is changed',
    text: 'Both addresses have confirmed it. From now on the new one signs in.',
  },
  called_off: { title: 'The change was called off', text: 'Nothing was changed.' },
  lapsed: {
    title: 'That took too long',
    text: 'The change has lapsed, and nothing was changed. It can be asked for anew.',
  },
};

/** What opens behind a link of a letter about a change of address: only its buttons do something. */
export function ConfirmEmailPage({
  stands,
  action,
  side,
}: {
  stands: ChangeStands;
  action: string;
  side: 'former' | 'new';
}) {
  if (stands !== 'waits') {
    const { title, text } = STANDS[stands];
    return (
      <>
        <h1>{title}</h1>
        <p>{text}</p>
        {stands === 'confirmed' && <Act action={action} text="Call it off" tone="danger" fields={{ answer: 'off' }} />}
        <p>
          <a href="/partners">Go on</a>
        </p>
      </>
    );
  }
  return (
    <>
      <h1>{side === 'new' ? 'Is this address yours?' : 'Shall your email address be changed?'}</h1>
      <p>
        {side === 'new'
          ? 'A partner gave the address that this letter came to as their new one. If that was you, confirm it.'
          : 'You, we think, asked for another address in the place of the one that this letter came to. It is also what you sign in by. If that was you, confirm it.'}
      </p>
      <div class="row">
        <Act action={action} text="Confirm" tone="main" fields={{ answer: 'confirm' }} />
        <Act action={action} text="Call it off" tone="danger" fields={{ answer: 'off' }} />
      </div>
    </>
  );
}

/** Somebody else signs in by the new address by now. */
export function TakenPage() {
  return (
    <>
      <h1>This address cannot be used</h1>
      <p>Nothing was changed. Please ask for the change anew with another address.</p>
    </>
  );
}
