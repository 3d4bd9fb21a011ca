import type { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import type { z } from 'zod';

import type { ConsolePages } from '../pages/context.ts';
import { bodyOf, fieldsOf } from '../pages/form.ts';
import { AskOnceMore, Notice } from '../pages/parts.tsx';
import { sha256 } from '../people/hash.ts';
import { canonicalJson } from '../program/canonical.rules.ts';
import type { ConsolePlace } from './app.ts';
import { missing, show, withQuery, type ConsoleContext } from './common.tsx';
import type { DoneCode } from './done.tsx';

type Texts = Readonly<Record<string, string>>;

/** What a form shows: what was typed before, what was wrong with it, and what it is about. */
export interface FormProps<Subject> {
  sent: Texts;
  faults: Texts;
  subject: Subject;
}

/** What is asked once more: sentences that name what will be done, and to what amount, and the word on the button. */
export type Question = { ok: true; says: readonly string[]; yes: string } | Refused;
/** Why it cannot be done: a sentence, and the field that is at fault where one is. */
export interface Refused {
  ok: false;
  say: string;
  field?: string;
}
/** What was done, and the page that shows it. */
export type Outcome = { ok: true; done: DoneCode; to: string } | Refused;

/** One thing that operators may do: a form, a question that names the amount, and the API's own operation. */
export interface Action<Schema extends z.ZodObject, Subject> {
  /** Below `/console`. */
  path: string;
  place: ConsolePlace;
  title: (subject: Subject) => string;
  /** What it does, in a sentence or two. */
  about: (subject: Subject) => Child;
  schema: Schema;
  fields: (props: FormProps<Subject>) => Child;
  /** The word on the form's button, before it is asked once more. */
  go: string;
  /** What it is about; null: there is no such thing. */
  find: (c: ConsoleContext) => Promise<Subject | null>;
  /** What it will do, worked out by the operation's own functions. Writes nothing. */
  ask: (c: ConsoleContext, subject: Subject, value: z.output<Schema>) => Promise<Question>;
  act: (c: ConsoleContext, subject: Subject, value: z.output<Schema>) => Promise<Outcome>;
  back: (subject: Subject) => string;
  /** A field that may also come as a file of text, handed in under its name and `_file`. */
  file?: string;
}

/** What was typed; line ends as the API's clients send them, so that the same words are the same words. */
async function typed(c: ConsoleContext, file: string | undefined): Promise<Record<string, string>> {
  const fields = await fieldsOf(c);
  const handed = file === undefined ? undefined : (await bodyOf(c))[`${file}_file`];
  if (file !== undefined && handed instanceof File && handed.size > 0) fields[file] = (await handed.text()).trim();
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.replaceAll('\r\n', '\n')]));
}

function faultsOf(error: z.ZodError): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const { path, message } of error.issues) faults[String(path[0] ?? 'form')] ??= message;
  return faults;
}

async function shownAs(says: readonly string[]): Promise<string> {
  return (await sha256(canonicalJson([...says]))).slice(0, 24);
}

function form<Schema extends z.ZodObject, Subject>(
  c: ConsoleContext,
  action: Action<Schema, Subject>,
  props: FormProps<Subject>,
  status: 200 | 400 | 422,
): Promise<Response> {
  const { subject, faults } = props;
  const { title, about, fields, go, back, place } = action;
  const wrong = faults['form'];
  return show(c, place, {
    title: title(subject),
    status,
    body: (
      <>
        <h1>{title(subject)}</h1>
        {wrong !== undefined && (
          <Notice tone="bad">
            <p>{wrong}</p>
          </Notice>
        )}
        <p>{about(subject)}</p>
        <form
          method="post"
          action={c.req.path}
          class="stack"
          {...(action.file === undefined ? {} : { enctype: 'multipart/form-data' })}
        >
          {fields(props)}
          <div class="row">
            <button type="submit">{go}</button>
            <a class="button plain" href={back(subject)}>
              Back
            </a>
          </div>
        </form>
      </>
    ),
  });
}

function askOnce<Subject>(
  c: ConsoleContext,
  action: Action<z.ZodObject, Subject>,
  subject: Subject,
  question: Question & { ok: true },
  fields: Texts,
  changed: boolean,
): Promise<Response> {
  const title = action.title(subject);
  return show(c, action.place, {
    title,
    body: (
      <AskOnceMore title={title} action={c.req.path} yes={question.yes} back={action.back(subject)} fields={fields}>
        {changed && (
          <Notice tone="warn">
            <p>It stands otherwise now than when you were asked. Nothing was done; this is how it stands now.</p>
          </Notice>
        )}
        {question.says.map((sentence) => (
          <p>{sentence}</p>
        ))}
      </AskOnceMore>
    ),
  });
}

/**
 * Mounts an action: its form, then the question, then the deed. What is confirmed is worked out anew: where it would say something else
 * than what was shown, it is asked again and nothing is done.
 */
export function addAction<Schema extends z.ZodObject, Subject>(
  pages: Hono<ConsolePages>,
  action: Action<Schema, Subject>,
): void {
  pages.get(action.path, async (c) => {
    const subject = await action.find(c);
    if (subject === null) return missing(c);
    return form(c, action, { subject, faults: {}, sent: c.req.query() }, 200);
  });

  pages.post(action.path, async (c) => {
    const subject = await action.find(c);
    if (subject === null) return missing(c);
    const { confirmed, shown, ...sent } = await typed(c, action.file);
    const filled = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== ''));
    const read = action.schema.safeParse(filled);
    if (!read.success) return form(c, action, { subject, faults: faultsOf(read.error), sent }, 400);
    const { data: value } = read;
    const refuse = ({ say, field = 'form' }: Refused) =>
      form(c, action, { subject, faults: { [field]: say }, sent }, 422);
    const question = await action.ask(c, subject, value);
    if (!question.ok) return refuse(question);
    const now_shown = await shownAs(question.says);
    const as_shown = confirmed === 'yes' && shown === now_shown;
    if (!as_shown) {
      const fields = { ...sent, shown: now_shown };
      return askOnce(c, action as never, subject, question, fields, confirmed === 'yes');
    }
    const outcome = await action.act(c, subject, value);
    if (!outcome.ok) return refuse(outcome);
    return c.redirect(withQuery(outcome.to, { done: outcome.done }), 303);
  });
}
