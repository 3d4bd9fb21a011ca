import { z } from '@hono/zod-openapi';

import { WEEKDAYS } from '../calendar/week.rules.ts';
import { Amount, Bps, Currency, Instant, InstantOut, instantOut, PositiveAmount, toInstant } from '../http/schema.ts';
import type { PolicyRow } from './policy.repo.ts';
import type { PolicyFields, PolicyVersion } from './policy.rules.ts';
import type { AskedVersion } from './version.rules.ts';

const days = (max: number) => z.int().min(0).max(max);
const Weekday = z.enum(WEEKDAYS);

/** A factor as a person writes it: three decimals at most (P8). */
const Growth = z
  .number()
  .min(1)
  .max(1000)
  .refine((factor) => /^\d+(?:\.\d{1,3})?$/.test(String(factor)), 'three decimals at most');

/** Every field of docs/policy.md with what it may be. */
const FIELDS = {
  attribution: z.enum(['last_click']),
  // Browsers keep no cookie for longer.
  click_lifetime_days: z.int().min(1).max(400),
  referrer_window_days: days(366),
  late_claims: z.enum(['forward', 'closed']),
  audit_correction: z.enum(['automatic', 'operator']),
  own_name_on_client_domain: z.enum(['clear', 'hold']),
  promotion_codes: z.enum(['fallback', 'click']),
  default_rate_bps: Bps,
  vesting_days: days(1000),
  client_since: z.enum(['first_payment', 'signup']),
  reactivation_days: days(1000),
  payout_threshold: Amount,
  max_payout: PositiveAmount.nullable(),
  max_batch: PositiveAmount.nullable(),
  max_growth: Growth.nullable(),
  pay_weekday: Weekday,
  week_starts_on: Weekday,
  timezone: z.string().max(64),
  currency: Currency,
} satisfies Record<keyof PolicyFields, z.ZodType>;

export const VersionBody = z
  .strictObject({ effective_from: Instant, ...z.object(FIELDS).partial().shape })
  .openapi('NewPolicyVersion');

/** The version that a validated body asks for. */
export function askedVersion({ effective_from, ...fields }: z.infer<typeof VersionBody>): AskedVersion {
  const told = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return { ...(told as Partial<PolicyFields>), effective_from: toInstant(effective_from) };
}

/** A version in an answer. */
export const VersionOut = z
  .object({ version: z.int(), effective_from: InstantOut, ...FIELDS })
  .openapi('PolicyVersion');
const SavedOut = VersionOut.extend({
  saved_by: z.string().optional().openapi({ description: 'told to operators' }),
  recorded_at: InstantOut.optional(),
}).openapi('SavedPolicyVersion');

export const PolicyOut = z
  .object({
    in_force: VersionOut,
    data: z.array(SavedOut),
    next_cursor: z.string().nullable(),
  })
  .openapi('Policy');

/** A version as answers write it. */
export function versionOut(version: PolicyVersion): z.infer<typeof VersionOut> {
  return { ...version, effective_from: instantOut(version.effective_from) };
}

/** A saved version; who saved it, and when, is for operators. */
export function savedOut(version: PolicyVersion, row: PolicyRow | undefined): z.infer<typeof SavedOut> {
  const saved = row ? { saved_by: row.saved_by, recorded_at: instantOut(row.recorded_at) } : {};
  return { ...versionOut(version), ...saved };
}

const Money = z.int().openapi({ description: 'minor units' });
const both = <T extends z.ZodType>(value: T) => z.object({ as_is: value, proposed: value });
const Fridays = z.object({
  pay_date: z.string(),
  payouts: z.int(),
  amount: Money,
  approval_reasons: z.array(z.string()),
});
const field = z.union([z.string(), z.number(), z.null()]);

export const PreviewOut = z
  .object({
    version: VersionOut,
    changes: z.array(z.object({ field: z.string(), from: field, to: field })),
    pay_days: z
      .object({
        weeks: z.array(
          z.object({
            week: z.object({ start: z.string(), end: z.string() }),
            ...both(Fridays.nullable()).shape,
            paid_no_more: z.int().openapi({ description: 'partners paid on it as it is and not as proposed' }),
            paid_then_only: z.int(),
          }),
        ),
        amount: both(Money),
        partners_paid: both(z.int()),
        partners_changed: z.int(),
        partners: z.array(
          z.object({ partner_id: z.string(), amount: both(Money), first_pay_date: both(z.string().nullable()) }),
        ),
        complete: z.boolean().openapi({ description: 'false: more partners or pay days than one answer plays' }),
      })
      .openapi({
        description:
          'what really changes: what is open in the books now, paid by the policy as it is and as proposed, up to the fourth pay day that the new version governs',
      }),
    illustration: z
      .object({
        accounts: z.int(),
        commission: both(Money),
        payable: both(Money),
        first_pay_dates: z.object({ earlier: z.int(), later: z.int(), gained: z.int(), lost: z.int() }),
        partners_changed: z.int(),
        partners: z.array(
          z.object({ partner_id: z.string(), accounts: z.int(), commission: both(Money), payable: both(Money) }),
        ),
        not_replayed: z.object({ fields: z.array(z.string()), accounts: z.int() }),
        next_cursor: z.string().nullable().openapi({ description: 'null: all accounts have been looked at' }),
      })
      .openapi({
        description:
          'no version does this: commissions of present accounts had the proposed fields governed them, up to now. Referrers are taken as they are',
      }),
  })
  .openapi('PolicyPreview');
