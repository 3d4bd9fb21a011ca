import { FieldWords } from './parts.tsx';

/** Several lines to fill in, with hint and fault as a field has them. */
export function TextArea(props: {
  name: string;
  label: string;
  value?: string | undefined;
  hint?: string;
  fault?: string | undefined;
  required?: boolean;
  maxlength?: number;
}) {
  const { name, label, value = '', hint, fault, required = true, maxlength } = props;
  const described = [hint ? `${name}-hint` : '', fault ? `${name}-fault` : ''].filter((id) => id !== '').join(' ');
  return (
    <div>
      <label for={name}>{label}</label>
      <textarea
        id={name}
        name={name}
        required={required}
        {...(maxlength === undefined ? {} : { maxlength })}
        {...(described === '' ? {} : { 'aria-describedby': described })}
        {...(fault ? { 'aria-invalid': 'true' } : {})}
      >
        {value}
      </textarea>
      <FieldWords name={name} hint={hint} fault={fault} />
    </div>
  );
}
