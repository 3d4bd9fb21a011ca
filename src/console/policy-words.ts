import { WEEKDAYS } from '../calendar/week.rules.ts';
import { daysText } from '../letter/letter.rules.ts';
import type { PolicyFields } from '../policy/policy.rules.ts';
import { percentText } from './fields.ts';

type Field = keyof PolicyFields;
type Choices<F extends Field> = Record<Extract<PolicyFields[F], string>, string>;

const LATE_CLAIMS: Choices<'late_claims'> = {
  forward: 'granted for payments from the window before the claim on (R5)',
  closed: 'refused once the window is over (R2)',
};
const AUDIT_CORRECTION: Choices<'audit_correction'> = {
  automatic: 'the referrer is corrected at once',
  operator: 'an operator decides on what was found',
};
const OWN_NAME: Choices<'own_name_on_client_domain'> = {
  clear: 'listed for operators, nothing is held (S2)',
  hold: 'held until an operator decides',
};
const PROMOTION_CODES: Choices<'promotion_codes'> = {
  fallback: 'count where there is no tracked click (L3)',
  click: 'count as a click at that moment',
};
const CLIENT_SINCE: Choices<'client_since'> = {
  first_payment: 'from the first payment above zero',
  signup: 'from the signup',
};
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const weekdays = Object.fromEntries(WEEKDAYS.map((day) => [day, capital(day)])) as Choices<'pay_weekday'>;

/** Fields of the policy with a closed list of values, each in words. */
export const POLICY_CHOICES = {
  late_claims: LATE_CLAIMS,
  audit_correction: AUDIT_CORRECTION,
  own_name_on_client_domain: OWN_NAME,
  promotion_codes: PROMOTION_CODES,
  client_since: CLIENT_SINCE,
  pay_weekday: weekdays,
} as const;

/** What each field of the policy is about, with its clause. */
export const POLICY_LABELS: Record<Field, string> = {
  attribution: 'Attribution (L1)',
  click_lifetime_days: 'A click can win for (L1)',
  referrer_window_days: 'The referrer can change for (R2)',
  late_claims: 'Late claims (R5)',
  audit_correction: 'What an audit finds (R4)',
  own_name_on_client_domain: 'The partner’s name at the client’s domain (S2)',
  promotion_codes: 'Promotion codes (L3)',
  default_rate_bps: 'Rate (C1)',
  vesting_days: 'Commissions vest after (V1)',
  client_since: 'Vesting counts (V1)',
  reactivation_days: 'A client who comes back goes on within (V2)',
  payout_threshold: 'Threshold of a payout (P2)',
  max_payout: 'A payout waits for approval above (P8)',
  max_batch: 'A batch waits for approval above (P8)',
  max_growth: 'A batch waits for approval above this multiple of the usual (P8)',
  pay_weekday: 'Pay day (P1)',
  week_starts_on: 'A week begins on (P1)',
  timezone: 'Time zone',
  currency: 'Currency',
};

/** A field's value in words; `money` says minor units of the program's currency. */
export function policyWords<F extends Field>(
  field: F,
  value: PolicyFields[F],
  money: (amount: number) => string,
): string {
  if (value === null) return 'no such ceiling';
  switch (field) {
    case 'attribution':
      return 'the last click before signing up';
    case 'default_rate_bps':
      return `${percentText(Number(value))} %`;
    case 'payout_threshold':
    case 'max_payout':
    case 'max_batch':
      return money(Number(value));
    case 'max_growth':
      return `${value} ×`;
    case 'week_starts_on':
      return capital(String(value));
    default:
      break;
  }
  if (Object.hasOwn(POLICY_CHOICES, field)) {
    const choices: Readonly<Record<string, string>> = POLICY_CHOICES[field as keyof typeof POLICY_CHOICES];
    return choices[String(value)] ?? String(value);
  }
  return typeof value === 'number' ? daysText(value) : String(value);
}
