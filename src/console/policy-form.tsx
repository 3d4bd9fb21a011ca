import * as z from 'zod';

import { isDay, startOfDay } from '../calendar/zone.rules.ts';
import { formatInstant } from '../clock.ts';
import { currencyDigits } from '../money/currency.rules.ts';
import { Field, Select } from '../pages/parts.tsx';
import type { PolicyFields, PolicyVersion } from '../policy/policy.rules.ts';
import { VersionBody } from '../policy/policy.schemas.ts';
import { fieldsOf } from '../policy/version.rules.ts';
import { basisPoints, minorUnits, percentText } from './fields.ts';
import { POLICY_CHOICES, POLICY_LABELS } from './policy-words.ts';

type Texts = Readonly<Record<string, string>>;
/** Fields that a version may set otherwise; the others are the program's for life, or have one value only. */
type Settable = Exclude<keyof PolicyFields, 'attribution' | 'week_starts_on' | 'timezone' | 'currency'>;

const DAYS = ['click_lifetime_days', 'referrer_window_days', 'vesting_days', 'reactivation_days'] as const;
const MONEY = ['payout_threshold', 'max_payout', 'max_batch'] as const;
/** Fields that may be left empty: there is no such ceiling then. */
const OPTIONAL: ReadonlySet<Settable> = new Set(['max_payout', 'max_batch', 'max_growth']);

const typed = z.string().max(40).optional();
/** The form as text; what it says is checked as the API checks it. */
export const PolicyForm = z.object({
  effective_on: typed,
  default_rate_bps: typed,
  late_claims: typed,
  audit_correction: typed,
  own_name_on_client_domain: typed,
  promotion_codes: typed,
  client_since: typed,
  pay_weekday: typed,
  max_growth: typed,
  click_lifetime_days: typed,
  referrer_window_days: typed,
  vesting_days: typed,
  reactivation_days: typed,
  payout_threshold: typed,
  max_payout: typed,
  max_batch: typed,
} satisfies Record<Settable | 'effective_on', z.ZodType>);
export type PolicyTyped = z.output<typeof PolicyForm>;

const SETTABLE = Object.keys(PolicyForm.shape).filter((name) => name !== 'effective_on') as Settable[];

/** Minor units as they are typed: 10000 → `100.00`. */
function typedAmount(amount: number, currency: string): string {
  const digits = currencyDigits(currency);
  const figures = String(amount).padStart(digits + 1, '0');
  return digits === 0 ? figures : `${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
}

/** A version's fields as they stand in the form. */
export function typedOf(version: PolicyVersion): Record<Settable, string> {
  const texts = SETTABLE.map((field): [Settable, string] => {
    const value = version[field];
    if (value === null) return [field, ''];
    if (field === 'default_rate_bps') return [field, percentText(Number(value))];
    if (MONEY.some((name) => name === field)) return [field, typedAmount(Number(value), version.currency)];
    return [field, String(value)];
  });
  return Object.fromEntries(texts) as Record<Settable, string>;
}

function valueOf(field: Settable, text: string, currency: string): unknown {
  if (field === 'default_rate_bps') return basisPoints(text);
  if (MONEY.some((name) => name === field)) return minorUnits(text, currency);
  if (field === 'max_growth' || DAYS.some((name) => name === field))
    return /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : text;
  return text;
}

/** What the form asks for, in the API's own body: fields that are as in the latest version are left out. Or what is wrong with which field. */
export type PolicyAsked = { ok: true; body: z.output<typeof VersionBody> } | { ok: false; field: string; say: string };

export function bodyOf(form: PolicyTyped, latest: PolicyVersion): PolicyAsked {
  const { effective_on = '' } = form;
  if (!isDay(effective_on)) return { ok: false, field: 'effective_on', say: 'A day is needed' };
  const body: Record<string, unknown> = {
    effective_from: formatInstant(startOfDay(effective_on, latest.timezone)),
  };
  const known = fieldsOf(latest);
  for (const field of SETTABLE) {
    const text = form[field];
    if (text === undefined && !OPTIONAL.has(field)) return { ok: false, field, say: 'This is needed' };
    const value = text === undefined ? null : valueOf(field, text, latest.currency);
    if (value === null && text !== undefined) return { ok: false, field, say: 'This is not understood' };
    if (value !== known[field]) body[field] = value;
  }
  const parsed = VersionBody.safeParse(body);
  if (parsed.success) return { ok: true, body: parsed.data };
  const [issue] = parsed.error.issues;
  const path = String(issue?.path[0] ?? 'form');
  return { ok: false, field: path === 'effective_from' ? 'effective_on' : path, say: issue?.message ?? 'Not taken' };
}

const HINTS: Partial<Record<Settable, string>> = {
  click_lifetime_days: 'Days, at most 400',
  referrer_window_days: 'Days',
  vesting_days: 'Days',
  reactivation_days: 'Days',
  default_rate_bps: 'Percent of each payment without its tax',
  max_payout: 'Empty: no such ceiling',
  max_batch: 'Empty: no such ceiling',
  max_growth: 'Such as 3 or 2.5; empty: no such ceiling',
};

/** The fields of the next version, as the latest one has them or as they were typed. */
export function PolicyFieldset({ latest, sent, faults }: { latest: PolicyVersion; sent: Texts; faults: Texts }) {
  const begun = Object.keys(sent).some((name) => Object.hasOwn(PolicyForm.shape, name));
  const values: Texts = begun ? sent : typedOf(latest);
  return (
    <>
      <Field
        name="effective_on"
        label="In force from the beginning of"
        type="date"
        value={values['effective_on']}
        fault={faults['effective_on']}
        hint={`A day to come, in ${latest.timezone}. Who has signed up before keeps the version that holds then, for life.`}
      />
      {SETTABLE.map((field) =>
        Object.hasOwn(POLICY_CHOICES, field) ? (
          <Select
            name={field}
            label={POLICY_LABELS[field]}
            choices={Object.entries(POLICY_CHOICES[field as keyof typeof POLICY_CHOICES]).map(([value, text]) => ({
              value,
              text,
            }))}
            value={values[field]}
            fault={faults[field]}
          />
        ) : (
          <Field
            name={field}
            label={POLICY_LABELS[field]}
            value={values[field] ?? ''}
            hint={HINTS[field]}
            fault={faults[field]}
            required={!OPTIONAL.has(field)}
            maxlength={40}
          />
        ),
      )}
      <div>
        <button class="plain" type="submit" formmethod="get" formaction="/console/policy/preview" formnovalidate>
          Preview: what would change
        </button>
      </div>
    </>
  );
}
