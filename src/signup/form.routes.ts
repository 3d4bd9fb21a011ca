import { z } from '@hono/zod-openapi';

import { consentSettings } from '../attribution/consent.rules.ts';
import { mayKeep } from '../attribution/consent.ts';
import { cookieValues, MOST_COOKIES } from '../attribution/visitor.ts';
import { createRoutes, fieldErrors } from '../http/app.ts';
import { fail } from '../http/fail.ts';
import { problemResponse } from '../http/problem.ts';
import { Email } from '../http/schema.ts';
import { networkOf } from '../http/sender.ts';
import { originOf } from '../program/config.rules.ts';
import { signupContext } from './context.ts';
import { recordForm } from './form.ts';

/** The site's own form: anyone can send it (docs/trust.md). */
export const formRoutes = createRoutes();

const MAX_FORM_BYTES = 64 * 1024;
const Text = (max: number) =>
  z
    .string()
    .max(max)
    .transform((text) => text.trim() || null)
    .nullish()
    .transform((text) => text ?? null);

/** The fields that a form may carry; others are the site's own business and are not kept. */
const FormBody = z.object({
  email: z.string().trim().pipe(Email),
  name: Text(200),
  company: Text(200),
  how_heard: Text(4000),
  referral_token: Text(1000),
  account_id: Text(128),
  next: Text(2000),
});

/** The address to go on to, if it is on an allowed origin; never anywhere else. */
export function allowedNext(next: string | null, origins: readonly string[], signup_ref: string): string | null {
  if (next === null) return null;
  const origin = originOf(next);
  if (origin === null || !origins.includes(origin)) return null;
  const url = new URL(next);
  if (url.username !== '' || url.password !== '') return null;
  url.searchParams.set('signup_ref', signup_ref);
  return url.href;
}

/** Text fields of a form post, the first of each name; a file where text belongs is no text. */
function textFields(form: FormData): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [name, value] of form.entries()) if (typeof value === 'string') fields[name] ??= value;
  return fields;
}

formRoutes.post('/signups', async (c) => {
  const { config } = c.var;
  const origin = c.req.header('origin');
  if (origin !== undefined && !config.signup_origins.includes(origin)) return problemResponse('origin_not_allowed');
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded' && type !== 'multipart/form-data') {
    return problemResponse('unsupported_media_type', 'send a form: urlencoded or multipart');
  }
  const sender_address = c.req.header('cf-connecting-ip');
  const { success } = await c.env.FORM_LIMIT.limit({ key: networkOf(c.req.raw.headers) ?? 'local' });
  if (!success) return problemResponse('rate_limited');
  const body = await c.req.arrayBuffer();
  if (body.byteLength > MAX_FORM_BYTES) return problemResponse('too_large', 'at most 64 KiB');
  const parsed = FormBody.safeParse(textFields(await formOf(c.req.header('content-type') ?? '', body)));
  if (!parsed.success) return problemResponse('malformed', undefined, fieldErrors('json', parsed.error.issues));
  const { next, referral_token, account_id, ...fields } = parsed.data;
  const { cookie_name } = config;
  const readable = mayKeep(c.req.raw, { ...consentSettings(c.env), cookie_name }) === 'yes';
  const kept = readable ? cookieValues(c.req.header('cookie') ?? null, cookie_name).slice(0, MOST_COOKIES) : [];
  const tokens = [referral_token ?? '', ...kept].filter((token) => token !== '');
  const input = { ...fields, tokens, hinted_account_id: account_id, sender_address };
  const done = await recordForm(await signupContext(c), input);
  if (!done.ok) return problemResponse(done.reason === 'busy' ? 'busy' : 'conflict');
  const target = allowedNext(next, config.signup_origins, done.answer.signup_ref);
  c.header('cache-control', 'no-store');
  return target === null ? c.json(done.answer, 201) : c.redirect(target, 303);
});

async function formOf(type: string, body: ArrayBuffer): Promise<FormData> {
  try {
    return await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch {
    return fail('malformed', 'the body is not a form', [{ path: 'body', message: 'not a form' }]);
  }
}
