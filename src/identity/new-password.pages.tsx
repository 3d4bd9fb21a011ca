import { Field } from '../pages/parts.tsx';
import { PASSWORD_LENGTH } from './password.ts';

/** The fields of a new password, typed twice. */
export function NewPasswordFields({ faults }: { faults: Readonly<Record<string, string>> }) {
  return (
    <>
      <Field
        name="password"
        label="New password"
        type="password"
        autocomplete="new-password"
        hint={`At least ${PASSWORD_LENGTH.min} characters. A few words in a row do well.`}
        fault={faults['password']}
      />
      <Field name="again" label="The same again" type="password" autocomplete="new-password" fault={faults['again']} />
    </>
  );
}
