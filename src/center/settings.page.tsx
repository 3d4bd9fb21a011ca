import { CodeFields } from '../identity/security.pages.tsx';
import { longDay } from '../letter/letter.rules.ts';
import { Field, FieldWords, Instant, Notice, Select, Tag, type Choice } from '../pages/parts.tsx';
import type { ResidencyAnswers } from '../partner/facts.rules.ts';
import type { PartnerView } from '../partner/view.ts';
import { RESIDENCY_QUESTIONS, type PaypalStands } from './settings.rules.ts';

export type Faults = Readonly<Record<string, string>>;

/** What was done, as the page says it afterwards. */
export const SETTINGS_DONE = {
  paypal:
    'Your PayPal address is set. We have written to you, and to the former address and the new one where it replaces another.',
  removed: 'Your PayPal address is removed. We have written to you.',
  profile: 'Your name and country are kept.',
  residency: 'Your answers are kept.',
} as const;

/** A form that came back with what was wrong. `sent`: what was typed, secrets left out. */
export interface Wrong {
  form: 'paypal' | 'removed' | 'profile' | 'residency';
  faults: Faults;
  sent: Readonly<Record<string, string>>;
  text?: string | undefined;
}

export interface SettingsShown {
  me: PartnerView;
  paypal: PaypalStands;
  /** What the answers about residency came to. */
  residency: { tone: 'good' | 'warn'; text: string };
  two_factor: boolean;
  countries: readonly Choice[];
  /** An instant as people read it, and its program day. */
  when: (at: number) => string;
  dayOf: (at: number) => string;
  done?: keyof typeof SETTINGS_DONE | undefined;
  wrong?: Wrong | undefined;
}

/**
 * Asks whoever sits there to show that it is the partner: a code where there is a second factor, else the password. `prefix`: what the fields'
 * names begin with where another form of the page asks for the same.
 */
export function ProofFields({
  two_factor,
  faults,
  prefix = '',
}: {
  two_factor: boolean;
  faults: Faults;
  prefix?: string;
}) {
  const name = `${prefix}${two_factor ? 'code' : 'password'}`;
  if (two_factor) return <CodeFields id={name} fault={faults[name]} />;
  return (
    <Field name={name} label="Your password" type="password" autocomplete="current-password" fault={faults[name]} />
  );
}

function Stands({ paypal, when, dayOf }: Pick<SettingsShown, 'paypal' | 'when' | 'dayOf'>) {
  switch (paypal.state) {
    case 'none':
      return (
        <p>
          <Tag tone="warn">none</Tag> Without a PayPal address nothing is paid, and everything carries over (P3).
        </p>
      );
    case 'serves':
      return (
        <p>
          <Tag tone="good">serves</Tag> Payouts go to <strong>{paypal.email ?? 'an address that was erased'}</strong>.
        </p>
      );
    case 'waits':
      return (
        <Notice tone="warn">
          <p>
            <strong>{paypal.email}</strong> serves 72 hours after it was set:{' '}
            <Instant at={paypal.serves_from} text={`from ${when(paypal.serves_from)}`} /> on (P3).{' '}
            {paypal.meanwhile
              ? `Until then payouts go to ${paypal.meanwhile.email ?? 'the former address'}.`
              : `Nothing is paid before ${longDay(dayOf(paypal.serves_from))}, and everything carries over.`}
          </p>
        </Notice>
      );
    case 'in_use':
      return (
        <Notice tone="warn">
          <p>
            <strong>{paypal.email}</strong> waits for one of us to look at it. Nothing is paid until then, and
            everything carries over (P3).
          </p>
        </Notice>
      );
    case 'came_back':
      return (
        <Notice tone="bad">
          <p>
            A payout to <strong>{paypal.email}</strong> came back. Set the same address again to say that it is right,
            or another one (P3).
          </p>
        </Notice>
      );
  }
}

/** What asks before the address is taken away; open where the reader has just been refused. */
function RemovePaypal({ two_factor, faults }: { two_factor: boolean; faults: Faults }) {
  return (
    <details open={Object.keys(faults).length > 0}>
      <summary>Remove the PayPal address</summary>
      <p>
        Nothing is paid then, from now on, and everything carries over until an address is set again (P3). The one that
        served last serves at once when you set it again; another one after 72 hours.
      </p>
      <form method="post" action="/partners/settings/paypal/remove" class="stack">
        <ProofFields two_factor={two_factor} faults={faults} prefix="remove_" />
        <button class="danger" type="submit">
          Remove it
        </button>
      </form>
    </details>
  );
}

function Paypal(props: SettingsShown & { faults: Faults; sent: Readonly<Record<string, string>>; removal: Faults }) {
  const { faults, sent, two_factor, removal } = props;
  return (
    <section aria-labelledby="paypal">
      <h2 id="paypal">PayPal address</h2>
      <Stands {...props} />
      <form method="post" action="/partners/settings/paypal" class="stack">
        <Field
          name="paypal_email"
          label="New PayPal address"
          type="email"
          autocomplete="off"
          value={sent['paypal_email']}
          fault={faults['paypal_email']}
        />
        <Field
          name="paypal_again"
          label="The same again"
          type="email"
          autocomplete="off"
          hint="Typed twice, since a payout to a wrong address may be lost."
          value={sent['paypal_again']}
          fault={faults['paypal_again']}
        />
        <ProofFields two_factor={two_factor} faults={faults} />
        <button type="submit">Set PayPal address</button>
      </form>
      <p>
        <small>
          A first address serves at once. One that replaces another serves after 72 hours, and both are told by mail,
          with a link that stops it. You are told too, wherever it was done.
        </small>
      </p>
      {props.paypal.state !== 'none' && <RemovePaypal two_factor={two_factor} faults={removal} />}
    </section>
  );
}

function Profile({
  me,
  countries,
  faults,
  sent,
}: SettingsShown & { faults: Faults; sent: Readonly<Record<string, string>> }) {
  return (
    <section aria-labelledby="profile">
      <h2 id="profile">Name and country</h2>
      <form method="post" action="/partners/settings/profile" class="stack">
        <Field
          name="name"
          label="Name"
          autocomplete="name"
          value={sent['name'] ?? me.name ?? ''}
          fault={faults['name']}
        />
        <Select
          name="country"
          label="Country that you live in"
          choices={countries}
          value={sent['country'] ?? me.country ?? undefined}
          fault={faults['country']}
        />
        <button type="submit">Keep</button>
      </form>
    </section>
  );
}

function Question(props: {
  name: keyof ResidencyAnswers;
  asked: string;
  answer: string | undefined;
  fault: string | undefined;
}) {
  const { name, asked, answer, fault } = props;
  return (
    <fieldset {...(fault ? { 'aria-describedby': `${name}-fault` } : {})}>
      <legend>{asked}</legend>
      {(['yes', 'no'] as const).map((value) => (
        <label class="choice">
          <input type="radio" name={name} value={value} checked={answer === value} /> {value === 'yes' ? 'Yes' : 'No'}
        </label>
      ))}
      <FieldWords name={name} fault={fault} hint={undefined} />
    </fieldset>
  );
}

function Residency({
  me,
  residency,
  faults,
  sent,
}: SettingsShown & { faults: Faults; sent: Readonly<Record<string, string>> }) {
  const given = me.residency;
  const answerOf = (name: keyof ResidencyAnswers) => sent[name] ?? (given ? (given[name] ? 'yes' : 'no') : undefined);
  return (
    <section aria-labelledby="residency">
      <h2 id="residency">Where you live, for taxes</h2>
      <Notice tone={residency.tone}>
        <p>{residency.text}</p>
      </Notice>
      {me.country !== 'US' && (
        <form method="post" action="/partners/settings/residency" class="stack">
          {(Object.keys(RESIDENCY_QUESTIONS) as (keyof ResidencyAnswers)[]).map((name) => (
            <Question name={name} asked={RESIDENCY_QUESTIONS[name]} answer={answerOf(name)} fault={faults[name]} />
          ))}
          <button type="submit">Keep answers</button>
        </form>
      )}
    </section>
  );
}

const ELSEWHERE = [
  ['/partners/settings/email', 'Email address', 'where we write to, and what you sign in by'],
  ['/partners/settings/mails', 'Mails', 'which ones you get'],
  ['/partners/settings/security', 'Signing in and security', 'password, second factor, browsers that are signed in'],
  ['/partners/settings/tokens', 'API tokens', 'for programs of yours'],
] as const;

/** A partner's settings: how they are paid, who they are, and where the rest is. */
export function SettingsPage(shown: SettingsShown) {
  const { me, done, wrong } = shown;
  const none = { faults: {}, sent: {} };
  const of = (form: Wrong['form']) => (wrong?.form === form ? wrong : none);
  return (
    <>
      <h1>Settings</h1>
      {done !== undefined && (
        <Notice tone="good">
          <p>{SETTINGS_DONE[done]}</p>
        </Notice>
      )}
      {wrong?.text !== undefined && (
        <Notice tone="bad">
          <p>{wrong.text}</p>
        </Notice>
      )}
      <p>
        Partner <code>{me.partner_id}</code>
        {me.email === null ? '' : `, ${me.email}`}
      </p>
      <ul>
        {ELSEWHERE.map(([href, text, what]) => (
          <li>
            <a href={href}>{text}</a>: {what}
          </li>
        ))}
      </ul>
      <Paypal {...shown} {...of('paypal')} removal={of('removed').faults} />
      <Profile {...shown} {...of('profile')} />
      <Residency {...shown} {...of('residency')} />
    </>
  );
}
