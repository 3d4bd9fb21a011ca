import { Act, Field, Instant, Notice, Table, Tag } from '../pages/parts.tsx';
import { browserWords } from './browser.rules.ts';
import { CodeKinds } from './code-kinds.pages.tsx';
import { NewPasswordFields } from './new-password.pages.tsx';
import type { OwnFault } from './second-factor.ts';

/** Where the pages about somebody's own access stand. */
export interface SecurityPlaces {
  /** The overview; its forms are posted below it. */
  base: string;
  /** Where a second factor is set up. */
  set_up: string;
}

type Faults = Readonly<Record<string, string>>;

/** What has been done, as the page says it afterwards. */
export const DONE = {
  password: 'Your password has been changed. All other browsers have been signed out.',
  session: 'That browser has been signed out.',
  sessions: 'All other browsers have been signed out.',
  off: 'Your second factor is off. Your password alone signs you in.',
} as const;

export const FAULT_WORDS: Readonly<Record<OwnFault, string>> = {
  wrong_password: 'This is not your present password.',
  wrong_code: 'This code is not right, or it has been used already. Wait for the next one and try again.',
  throttled: 'There were too many tries. Please wait a quarter of an hour.',
  again: 'That has changed meanwhile. Please look at the page again.',
};

/** What was wrong with a form as a whole. */
export function FormFault({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <Notice tone="bad">
      <p>{text}</p>
    </Notice>
  );
}

/** The fields of a code, of the app or a recovery code. */
export function CodeFields({ id = 'code', fault }: { id?: string; fault?: string | undefined }) {
  return (
    <>
      <Field
        name={id}
        label="Code of your second factor"
        inputmode="text"
        autocomplete="one-time-code"
        maxlength={40}
        fault={fault}
      />
      <CodeKinds legend="Where the code is from" />
    </>
  );
}

/** A session as the page shows it. */
export interface SessionShown {
  session_id: string;
  user_agent: string | null;
  created_at: number;
  /** The day and time of its sign-in, in words. */
  since: string;
  own: boolean;
}

function Sessions({ base, sessions }: { base: string; sessions: readonly SessionShown[] }) {
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Where you are signed in</h2>
      <Table caption="Browsers that are signed in" head={['Browser', 'Since', 'To do']}>
        {sessions.map((session) => {
          const browser = browserWords(session.user_agent);
          return (
            <tr>
              <td>
                {browser} {session.own && <Tag tone="good">this one</Tag>}
              </td>
              <td>
                <Instant at={session.created_at} text={session.since} />
              </td>
              <td>
                {session.own ? (
                  'Sign out at the top of the page'
                ) : (
                  <Act
                    action={`${base}/sessions/end`}
                    text="Sign out"
                    tone="plain"
                    label={`Sign out ${browser}, since ${session.since}`}
                    fields={{ session_id: session.session_id }}
                  />
                )}
              </td>
            </tr>
          );
        })}
      </Table>
      {sessions.length > 1 && <Act action={`${base}/sessions/end-others`} text="Sign out all others" tone="danger" />}
    </section>
  );
}

function PasswordForm({
  base,
  email,
  faults,
  fault,
}: {
  base: string;
  email: string;
  faults: Faults;
  fault?: string | undefined;
}) {
  return (
    <section aria-labelledby="password-part">
      <h2 id="password-part">Password</h2>
      <FormFault text={fault} />
      <form method="post" action={`${base}/password`} class="stack">
        <input type="hidden" name="email" value={email} autocomplete="username" />
        <Field
          name="present"
          label="Present password"
          type="password"
          autocomplete="current-password"
          fault={faults['present']}
        />
        <NewPasswordFields faults={faults} />
        <button type="submit">Change password</button>
      </form>
      <p>
        <small>All other browsers are signed out by it, and we write to {email}.</small>
      </p>
    </section>
  );
}

function SecondFactor(props: {
  places: SecurityPlaces;
  left: number | null;
  must: boolean;
  fault?: string | undefined;
}) {
  const { places, left, must, fault } = props;
  if (left === null)
    return (
      <section aria-labelledby="factor">
        <h2 id="factor">Second factor</h2>
        <p>
          <Tag tone="warn">off</Tag> Your password alone signs you in. With a second factor, a code of an app on your
          phone is asked for as well, and a password that somebody has found out is of no use to them.
        </p>
        <p>
          <a class="button" href={places.set_up}>
            Set up a second factor
          </a>
        </p>
      </section>
    );
  return (
    <section aria-labelledby="factor">
      <h2 id="factor">Second factor</h2>
      <p>
        <Tag tone="good">on</Tag> Signing in asks for a code of your app. You have{' '}
        {left === 1 ? 'one recovery code' : `${left} recovery codes`} left.
      </p>
      <FormFault text={fault} />
      <details>
        <summary>Make new recovery codes</summary>
        <form method="post" action={`${places.base}/recovery`} class="stack">
          <Field name="recovery_password" label="Your password" type="password" autocomplete="current-password" />
          <CodeFields id="recovery_code" />
          <button type="submit">Make new codes</button>
        </form>
        <p>
          <small>The former ones work no more from then on.</small>
        </p>
      </details>
      <details>
        <summary>{must ? 'Move to another phone or app' : 'Move to another phone, or turn it off'}</summary>
        <p>
          The present second factor is taken away.{' '}
          {must ? 'Nothing opens until another is set up.' : 'You may then set up another.'}
        </p>
        <form method="post" action={`${places.base}/off`} class="stack">
          <Field name="off_password" label="Your password" type="password" autocomplete="current-password" />
          <CodeFields />
          <button class="danger" type="submit">
            Take it away
          </button>
        </form>
      </details>
    </section>
  );
}

/** What the overview of somebody's own access shows. */
export interface SecurityShown {
  places: SecurityPlaces;
  email: string;
  /** How many recovery codes are left; null without a second factor. */
  left: number | null;
  /** Whether a second factor is a must. */
  must: boolean;
  sessions: readonly SessionShown[];
  done?: keyof typeof DONE | undefined;
  /** What was wrong with which form. */
  wrong?: { form: 'password' | 'factor'; text?: string; faults?: Faults };
}

/** Somebody's own access: second factor, password, sessions. */
export function SecurityBody({ places, email, left, must, sessions, done, wrong }: SecurityShown) {
  const of = (form: 'password' | 'factor') => (wrong?.form === form ? wrong : undefined);
  return (
    <>
      <h1>Signing in and security</h1>
      {done !== undefined && (
        <Notice tone="good">
          <p>{DONE[done]}</p>
        </Notice>
      )}
      <SecondFactor places={places} left={left} must={must} fault={of('factor')?.text} />
      <PasswordForm
        base={places.base}
        email={email}
        faults={of('password')?.faults ?? {}}
        fault={of('password')?.text}
      />
      <Sessions base={places.base} sessions={sessions} />
    </>
  );
}
