import { z } from '@hono/zod-openapi';

import { Bps, Email, Id, InstantOut, Name, Reason, line } from '../http/schema.ts';
import { isCountry } from './country.rules.ts';
import { scopesOf, TOKEN_SECONDS } from './token.rules.ts';

export const Country = z
  .string()
  .refine(isCountry, 'an ISO 3166-1 alpha-2 code')
  .openapi({ type: 'string', example: 'US' });
export const PartnerStatusBody = z.enum(['applied', 'active', 'suspended', 'closed']);

/** For writes that have no natural id. */
export const IdempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'printable ASCII, 1 to 200')
    .optional()
    .openapi({ description: 'the same key with the same body is answered as before' }),
});

export const PartnerBody = z
  .strictObject({
    partner_id: Id.optional(),
    name: Name,
    email: Email,
    country: Country,
    paypal_email: Email.optional(),
    rate_bps: Bps.optional(),
    status: PartnerStatusBody.optional(),
  })
  .openapi('NewPartner');

export const PartnerPatchBody = z
  .strictObject({
    name: Name.optional(),
    email: Email.optional(),
    country: Country.optional(),
    paypal_email: Email.nullable().optional(),
    rate_bps: Bps.nullable().optional(),
    status: PartnerStatusBody.optional(),
    reason: Reason.optional().openapi({ description: 'kept with the facts that change' }),
    withhold_reason: Reason.optional().openapi({
      description: 'why the balance of a closed partner is not paid out (P6)',
    }),
  })
  .openapi('PartnerPatch');

const Answers = {
  us_citizen: z.boolean(),
  us_green_card: z.boolean(),
  us_over_183_days: z.boolean(),
  us_worked_last_year: z.boolean(),
};
export const ResidencyBody = z.strictObject(Answers).openapi('ResidencyAnswers');
export const ResidencyOut = z
  .object({ ...Answers, form: z.enum(['W-9', 'manual', 'W-8BEN with review', 'W-8BEN']), answered_at: InstantOut })
  .openapi('Residency');

export const MeOut = z
  .object({
    partner_id: Id,
    name: z.string().nullable(),
    email: z.string().nullable(),
    country: z.string().nullable(),
    paypal_email: z.string().nullable(),
    residency: ResidencyOut.nullable(),
    status: PartnerStatusBody,
  })
  .openapi('Me');
export const PartnerOut = MeOut.extend({ rate_bps: Bps.nullable(), created_at: InstantOut }).openapi('Partner');
export const PartnerCreatedOut = PartnerOut.extend({ link: z.object({ code: Id, url: z.string() }) }).openapi(
  'PartnerCreated',
);

export const MePatchBody = z
  .strictObject({ paypal_email: Email.nullable().optional(), country: Country.optional() })
  .openapi('MePatch');

/** Where a link leads; whether its origin is allowed is decided later (422). */
export const Destination = z
  .string()
  .max(2000)
  .refine((text) => URL.canParse(text), 'an absolute URL')
  .openapi({ type: 'string', format: 'uri', example: 'https://www.example.com/' });
export const Label = line(200);
export const LinkBody = z
  .strictObject({ code: Id.optional(), destination: Destination, label: Label.optional() })
  .openapi('NewLink');
export const LinkPatchBody = z
  .strictObject({
    destination: Destination.optional(),
    label: Label.nullable().optional(),
    retired: z.boolean().optional(),
  })
  .openapi('LinkPatch');
export const LinkOut = z
  .object({ code: Id, destination: z.string(), label: z.string().nullable(), url: z.string(), retired: z.boolean() })
  .openapi('Link');

export const TokenBody = z
  .strictObject({
    scope: z
      .string()
      .max(100)
      .refine((text) => scopesOf(text) !== null, 'scopes of read, links, claims, payout, space-separated')
      .optional(),
    expires_in: z
      .int()
      .min(1)
      .max(10_000_000_000)
      .optional()
      .openapi({
        description: `seconds; by default ${TOKEN_SECONDS.default}, with the scope payout at most ${TOKEN_SECONDS.payout}`,
      }),
  })
  .openapi('NewToken');
export const TokenOut = z
  .object({ token: z.string(), jti: Id, scope: z.string(), expires_at: InstantOut })
  .openapi('Token');
export const TokenListed = z
  .object({
    jti: Id,
    scope: z.string(),
    issued_at: InstantOut,
    expires_at: InstantOut,
    issued_by: z.string(),
    revoked_at: InstantOut.nullable(),
  })
  .openapi('ListedToken');
