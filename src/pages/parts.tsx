import type { Child } from 'hono/jsx';

import { formatInstant } from '../clock.ts';
import type { Tone } from './tone.ts';

/** Something the reader should know before the rest of the page. */
export function Notice({ tone = 'plain', children }: { tone?: Tone; children: Child }) {
  return (
    <div class={tone === 'plain' ? 'notice' : `notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

/** A word that says how a thing stands. */
export function Tag({ tone = 'plain', children }: { tone?: Tone; children: Child }) {
  return <span class={tone === 'plain' ? 'tag' : `tag ${tone}`}>{children}</span>;
}

/** What a field of a form shows, and what was wrong with it. */
export interface FieldProps {
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password' | 'url' | 'number' | 'search' | 'date';
  value?: string | undefined;
  hint?: string | undefined;
  fault?: string | undefined;
  required?: boolean;
  autocomplete?: string;
  inputmode?: 'numeric' | 'text' | 'email' | 'url';
  maxlength?: number;
}

/** One line to fill in. Hint and fault are tied to it for who does not see them. */
export function Field({ name, label, type = 'text', value, hint, fault, required = true, ...rest }: FieldProps) {
  const described = [hint ? `${name}-hint` : '', fault ? `${name}-fault` : ''].filter((id) => id !== '').join(' ');
  return (
    <div>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        {...(value === undefined || type === 'password' ? {} : { value })}
        {...(described === '' ? {} : { 'aria-describedby': described })}
        {...(fault ? { 'aria-invalid': 'true' } : {})}
        required={required}
        {...rest}
      />
      <FieldWords name={name} hint={hint} fault={fault} />
    </div>
  );
}

/** Hint and fault of a field, under the ids that the field refers to. */
export function FieldWords({ name, hint, fault }: Pick<FieldProps, 'name' | 'hint' | 'fault'>) {
  return (
    <>
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${name}-fault`}>
          {fault}
        </p>
      )}
    </>
  );
}

/** One of several. */
export interface Choice {
  value: string;
  text: string;
}

/** A list to choose one from. */
export function Select(props: {
  name: string;
  label: string;
  choices: readonly Choice[];
  value?: string | undefined;
  hint?: string;
  fault?: string | undefined;
  /** The first, empty choice; none where one of the choices always holds. */
  empty?: string;
}) {
  const { name, label, choices, value, hint, fault, empty } = props;
  return (
    <div>
      <label for={name}>{label}</label>
      <select id={name} name={name} {...(fault ? { 'aria-invalid': 'true' } : {})}>
        {empty !== undefined && <option value="">{empty}</option>}
        {choices.map((choice) => (
          <option value={choice.value} selected={choice.value === value}>
            {choice.text}
          </option>
        ))}
      </select>
      <FieldWords name={name} hint={hint} fault={fault} />
    </div>
  );
}

/** A button with a form of its own, for one thing to do; `fields` go with it. */
export function Act(props: {
  action: string;
  text: string;
  tone?: 'plain' | 'danger' | 'main';
  fields?: Readonly<Record<string, string>>;
  /** What the button says to who does not see what it stands beside. */
  label?: string;
}) {
  const { action, text, tone = 'plain', fields = {}, label } = props;
  return (
    <form method="post" action={action}>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" {...(tone === 'main' ? {} : { class: tone })} {...(label ? { 'aria-label': label } : {})}>
        {text}
      </button>
    </form>
  );
}

/** A table that scrolls by itself where it is wider than the screen, by keyboard too. */
export function Table({ caption, head, children }: { caption: string; head: readonly Child[]; children: Child }) {
  return (
    <div class="scroll" role="region" aria-label={caption} tabindex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {head.map((cell) => (
              <th scope="col">{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** Where a list goes on. `href` has what the list was asked for, and where it goes on. */
export function More({ href, text = 'Older' }: { href: string | null; text?: string }) {
  return href === null ? null : (
    <p>
      <a class="button plain" href={href}>
        {text}
      </a>
    </p>
  );
}

/** An instant, in the words of `text`, exact for machines. */
export function Instant({ at, text }: { at: number; text: string }) {
  return <time datetime={formatInstant(at)}>{text}</time>;
}

/**
 * Asks once more before something that cannot be taken back, or that moves money: what will be done, with its amount, and the same fields
 * again with `confirmed`.
 */
export function AskOnceMore(props: {
  title: string;
  children: Child;
  action: string;
  yes: string;
  back: string;
  fields: Readonly<Record<string, string>>;
}) {
  const { title, children, action, yes, back, fields } = props;
  return (
    <>
      <h1>{title}</h1>
      {children}
      <div class="row">
        <Act action={action} text={yes} tone="danger" fields={{ ...fields, confirmed: 'yes' }} />
        <a class="button plain" href={back}>
          No, go back
        </a>
      </div>
    </>
  );
}
