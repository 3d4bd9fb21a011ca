import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { Email, Id, Instant, InstantOut, LongId, Name, text, toInstant } from '../http/schema.ts';
import { sentBody, writtenStatus } from '../http/written.ts';
import { signupContext } from './context.ts';
import { recordSignup } from './record.ts';

/** Signups as the company's server tells them (L1–L4, S1, S3). */
export const signupRoutes = createRoutes();

const MAX_TOKEN_TEXT = 1000;
const Users = z.array(z.strictObject({ email: Email, name: Name.optional() })).max(100);

export const SignupBody = z
  .strictObject({
    account_id: LongId,
    email: Email,
    name: Name.optional(),
    company: Name.optional(),
    signed_up_at: Instant.optional(),
    referral_token: z.string().max(MAX_TOKEN_TEXT).optional(),
    signup_ref: z.string().max(MAX_TOKEN_TEXT).optional(),
    how_heard: text(4000).optional(),
    promotion_code: Id.optional().openapi({
      description: 'a partner’s promotion code that was used at this signup (L3)',
    }),
    users: Users.optional(),
  })
  .openapi('Signup');

const SignupOut = z
  .object({
    account_id: LongId,
    referrer: z
      .object({
        partner_id: Id,
        source: z.enum(['last_click', 'code', 'how_heard', 'bulk', 'claim', 'audit', 'operator']),
        code: Id.optional(),
        click_id: z.string().optional(),
        clicked_at: InstantOut.optional(),
      })
      .nullable(),
    flags: z.array(z.enum(['invalid_token', 'invalid_signup_ref', 'self_referral', 'self_referral_held', 'form_join'])),
    receipt: z.string().openapi({ description: 'a JWS of the decision, verifiable with /.well-known/jwks.json' }),
    warnings: z.array(z.enum(['in_future'])).optional(),
  })
  .openapi('SignupAnswer');

const postSignup = createRoute({
  method: 'post',
  path: '/v1/signups',
  tags: ['ingest'],
  middleware: allow('ingest'),
  request: { body: jsonBody(SignupBody) },
  responses: { 200: jsonAnswer(SignupOut, 'Told before'), 201: jsonAnswer(SignupOut, 'Recorded'), ...PROBLEM_ANSWERS },
});

signupRoutes.openapi(postSignup, async (c) => {
  const body = c.req.valid('json');
  const signed_up_at = body.signed_up_at === undefined ? c.var.now : toInstant(body.signed_up_at);
  const input = {
    account_id: body.account_id,
    email: body.email,
    name: body.name ?? null,
    company: body.company ?? null,
    signed_up_at,
    tokens: body.referral_token ? [body.referral_token] : [],
    signup_ref: body.signup_ref ?? null,
    how_heard: body.how_heard ?? null,
    codes: body.promotion_code === undefined ? [] : [{ code: body.promotion_code, used_at: signed_up_at }],
    users: body.users ?? [],
  };
  const written = await recordSignup(await signupContext(c), input, await sentBody(c));
  if (!written.ok) return failed({ conflict: 'conflict', busy: 'busy' }, written.reason);
  return c.json(written.answer, writtenStatus(written.first_time, false) === 200 ? 200 : 201);
});
