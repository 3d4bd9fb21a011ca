import { z } from '@hono/zod-openapi';

import { PaymentBody, RefundBody } from '../billing/billing.schemas.ts';
import { Amount, Id, Instant, LongId } from '../http/schema.ts';
import { Country, PartnerBody } from '../partner/partner.schemas.ts';
import { SignupBody } from '../signup/signup.routes.ts';
import { FORMAT_NAMES } from './formats/formats.rules.ts';
import { KINDS, VERDICT_CODES, VERDICTS } from './import.rules.ts';

/** Rows of each kind in the plain format: the bodies of the API's own writes, and what only an import may tell. */
export const PartnerRow = PartnerBody.extend({
  partner_id: Id,
  code: Id.optional().openapi({ description: 'of the first link, so that links which are out there go on working' }),
}).openapi('ImportedPartner');
export const SignupRow = SignupBody.extend({
  partner_id: Id.optional().openapi({
    description: 'whom the former program tracked; a click of this program goes before',
  }),
}).openapi('ImportedSignup');
export const PaymentRow = PaymentBody.safeExtend({
  paid_elsewhere_at: Instant.optional().openapi({
    description: 'a former program has paid the commission: it is in no total, never due here nor clawed back',
  }),
}).openapi('ImportedPayment');
export const RefundRow = RefundBody;
export const ExpectedRow = z
  .strictObject({
    partner_id: Id,
    email: z.string().optional(),
    name: z.string().optional(),
    company: z.string().optional(),
  })
  .openapi('ImportedExpectedClient');

export const ImportParam = z.object({ kind: z.enum(KINDS) });
export const ImportQuery = z.strictObject({
  format: z.enum(FORMAT_NAMES).default('plain'),
  dry_run: z
    .enum(['true', 'false'])
    .optional()
    .openapi({ description: 'says what each row would come to, and writes nothing' }),
  expect_due: z
    .string()
    .regex(/^\d{1,15}$/, 'minor units')
    .optional()
    .openapi({
      description:
        'of payments: the `due_total` of the dry run; with another sum the run is refused before anything is written',
    }),
  country: Country.optional().openapi({ description: 'of partners whose row names none' }),
});

/** A line of the answer: one row's verdict. */
export const VerdictLine = z.object({
  row: z.int().min(1),
  id: z.string().nullable(),
  verdict: z.enum(VERDICTS),
  code: z.enum(Object.keys(VERDICT_CODES) as [keyof typeof VERDICT_CODES]).optional(),
  fields: z.array(z.string()).optional(),
});
const CountsOut = {
  rows: z.int(),
  created: z.int(),
  parked: z.int(),
  unchanged: z.int(),
  refused: z.int(),
};
/** The last line. */
export const SummaryLine = z.object({
  import_id: Id.nullable().openapi({ description: 'null for a dry run' }),
  ...CountsOut,
  due_total: Amount.optional().openapi({
    description:
      'of payments, of a dry run or with expect_due: minor units of all commissions the file creates, vested or not',
  }),
  next: z.int().nullable().openapi({
    description: 'null: the whole file was dealt with. Else the first row that was not: send the same file again',
  }),
  stopped: z.enum(['budget', 'unavailable', 'malformed']).optional(),
});

/** A commission of a former program, as its export says. */
export const CommissionRow = z.object({
  payment_id: LongId,
  account_id: LongId.optional(),
  partner_id: Id.optional(),
  partner_email: z.string().optional(),
  amount: z.int(),
  currency: z.string().optional(),
  paid_at: Instant.optional(),
});
