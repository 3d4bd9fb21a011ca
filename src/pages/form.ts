import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';

/** What a form said: its fields as they should be, or what is wrong with which field. */
export type FormRead<T> =
  | { ok: true; value: T }
  | { ok: false; faults: Readonly<Record<string, string>>; sent: Readonly<Record<string, string>> };

/** A form's fields and files; one that cannot be read is refused (400). */
export async function bodyOf(c: Context): Promise<Record<string, string | File>> {
  try {
    return await c.req.parseBody();
  } catch (error) {
    // What is no form, whatever it says it is; anything else, such as one that is too large, is told by who bounds it.
    if (error instanceof TypeError) throw new HTTPException(400);
    throw error;
  }
}

/** Fields of a form that came as text, each once; a file is left out. A field that came several times is the last one. */
export async function fieldsOf(c: Context): Promise<Record<string, string>> {
  const body = await bodyOf(c);
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value.trim()]] : [])),
  );
}

/** Reads a form by a schema. An empty field counts as left out. Faults are by field, in words for the reader. */
export async function readForm<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<FormRead<z.output<Schema>>> {
  const sent = await fieldsOf(c);
  const filled = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(filled);
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) faults[String(path[0] ?? 'form')] ??= message;
  return { ok: false, faults, sent };
}
