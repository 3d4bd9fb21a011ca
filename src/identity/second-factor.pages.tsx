import { Field, Notice } from '../pages/parts.tsx';
import { QrCode } from '../pages/qr.tsx';
import { FormFault, type SecurityPlaces } from './security.pages.tsx';

/** The first step of setting up a second factor: the password once more. */
export function BeginBody({
  places,
  must,
  fault,
}: {
  places: SecurityPlaces;
  must: boolean;
  fault?: string | undefined;
}) {
  return (
    <>
      <h1>Set up a second factor</h1>
      {must && <p>The console opens only with a second factor. It takes a minute.</p>}
      <p>
        You need an authenticator app on your phone, such as Aegis, 1Password, Google Authenticator or Microsoft
        Authenticator.
      </p>
      <FormFault text={fault} />
      <form method="post" action={places.set_up} class="stack">
        <Field name="present" label="Your password" type="password" autocomplete="current-password" />
        <button type="submit">Go on</button>
      </form>
    </>
  );
}

/** The second step: the picture for the app, and its first code. `uri` is what the picture holds. */
export function ScanBody(props: { places: SecurityPlaces; uri: string; secret: string; fault?: string | undefined }) {
  const { places, uri, secret, fault } = props;
  return (
    <>
      <h1>Set up a second factor</h1>
      <ol>
        <li>Open the app and let it read this picture.</li>
        <li>Type the six figures that it then shows.</li>
      </ol>
      <QrCode text={uri} label="A picture for the authenticator app to read; its key stands below in letters" />
      <p>
        Or type this key into the app: <code>{(secret.match(/.{1,4}/g) ?? []).join(' ')}</code>
      </p>
      <form method="post" action={`${places.set_up}/code`} class="stack">
        <input type="hidden" name="uri" value={uri} />
        <Field name="code" label="Code" inputmode="numeric" autocomplete="one-time-code" maxlength={40} fault={fault} />
        <button type="submit">Turn it on</button>
      </form>
    </>
  );
}

/** The recovery codes, shown this once. */
export function RecoveryBody({ codes, on, next }: { codes: readonly string[]; on: boolean; next: string }) {
  return (
    <>
      <h1>Your recovery codes</h1>
      {on && (
        <Notice tone="good">
          <p>Your second factor is on. All other browsers have been signed out.</p>
        </Notice>
      )}
      <p>
        Each of these opens once in place of the app’s code, where your phone is lost. Keep them on paper or in a
        password manager: they are shown here and nowhere again. Upper and lower case matter.
      </p>
      <ul class="mono">
        {codes.map((code) => (
          <li>{code}</li>
        ))}
      </ul>
      <p>
        <a class="button" href={next}>
          I have kept them
        </a>
      </p>
    </>
  );
}
