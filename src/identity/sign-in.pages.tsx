import { Field, Notice } from '../pages/parts.tsx';
import { CodeKinds } from './code-kinds.pages.tsx';
import { NewPasswordFields } from './new-password.pages.tsx';

type Home = '/partners' | '/console';

/** The form to sign in. `fault`: why the last try failed. */
export function SignInBody({ home, next, email, fault }: { home: Home; next: string; email?: string; fault?: string }) {
  return (
    <>
      <h1>Sign in</h1>
      {fault !== undefined && (
        <Notice tone="bad">
          <p>{fault}</p>
        </Notice>
      )}
      <form method="post" action={`${home}/sign-in`} class="stack">
        <Field name="email" label="Email address" type="email" value={email} autocomplete="username" />
        <Field name="password" label="Password" type="password" autocomplete="current-password" />
        <input type="hidden" name="next" value={next} />
        <button type="submit">Sign in</button>
      </form>
      <p>
        <a href={`${home}/forgot`}>Set a new password</a>
      </p>
      {home === '/partners' && (
        <p>
          Not a partner yet? <a href="/partners/apply">Apply</a>
        </p>
      )}
    </>
  );
}

/** The form that asks for the second factor. */
export function SecondFactorBody({ home, next, fault }: { home: Home; next: string; fault?: string | undefined }) {
  return (
    <>
      <h1>Your second factor</h1>
      <p>Type the six figures that your authenticator app shows now.</p>
      <form method="post" action={`${home}/sign-in/code`} class="stack">
        <Field name="code" label="Code" inputmode="numeric" autocomplete="one-time-code" maxlength={40} fault={fault} />
        <CodeKinds legend="Where it is from" />
        <input type="hidden" name="next" value={next} />
        <button type="submit">Go on</button>
      </form>
    </>
  );
}

/** The form that asks where to send a link to. What it tells is the same whether the address is known or not. */
export function ForgotBody(props: { home: Home; fault?: string | undefined; told?: 'ordered' | 'throttled' }) {
  const { home, fault, told } = props;
  if (told === 'ordered')
    return (
      <>
        <h1>Look into your mail</h1>
        <p>
          If somebody signs in here by this address, a link to set a new password is on its way. It works once, for two
          days.
        </p>
        <p>
          <a href={`${home}/sign-in`}>Back to signing in</a>
        </p>
      </>
    );
  return (
    <>
      <h1>Set a new password</h1>
      {told === 'throttled' && (
        <Notice tone="bad">
          <p>There were too many tries. Please wait a quarter of an hour.</p>
        </Notice>
      )}
      <p>We send a link to your address. Your present password works until you have used it.</p>
      <form method="post" action={`${home}/forgot`} class="stack">
        <Field name="email" label="Email address" type="email" autocomplete="username" fault={fault} />
        <button type="submit">Send the link</button>
      </form>
    </>
  );
}

/** The form that sets a password, by the link whose path it is posted to. */
export function PasswordBody({ action, faults }: { action: string; faults: Readonly<Record<string, string>> }) {
  return (
    <>
      <h1>Set your password</h1>
      <form method="post" action={action} class="stack">
        <NewPasswordFields faults={faults} />
        <button type="submit">Set password</button>
      </form>
    </>
  );
}
