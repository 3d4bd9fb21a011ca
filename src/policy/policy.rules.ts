import type { Weekday } from '../calendar/week.rules.ts';

/** The policy's fields, as the table in docs/policy.md lists them. Days are calendar days in `timezone`. */
export interface PolicyFields {
  attribution: 'last_click';
  click_lifetime_days: number;
  referrer_window_days: number;
  late_claims: 'forward' | 'closed';
  audit_correction: 'automatic' | 'operator';
  own_name_on_client_domain: 'clear' | 'hold';
  promotion_codes: 'fallback' | 'click';
  default_rate_bps: number;
  vesting_days: number;
  client_since: 'first_payment' | 'signup';
  reactivation_days: number;
  payout_threshold: number;
  max_payout: number | null;
  max_batch: number | null;
  max_growth: number | null;
  pay_weekday: Weekday;
  week_starts_on: Weekday;
  timezone: string;
  currency: string;
}

/** A dated version: data, never code. */
export interface PolicyVersion extends PolicyFields {
  version: number;
  effective_from: number;
}

/** The first version's fields. */
export const DEFAULT_POLICY: PolicyFields = {
  attribution: 'last_click',
  click_lifetime_days: 365,
  referrer_window_days: 30,
  late_claims: 'forward',
  audit_correction: 'automatic',
  own_name_on_client_domain: 'clear',
  promotion_codes: 'fallback',
  default_rate_bps: 2500,
  vesting_days: 90,
  client_since: 'first_payment',
  reactivation_days: 30,
  payout_threshold: 10_000,
  max_payout: 2_000_000,
  max_batch: null,
  max_growth: null,
  pay_weekday: 'friday',
  week_starts_on: 'sunday',
  timezone: 'America/Los_Angeles',
  currency: 'USD',
};

/** What a policy list always holds: at least one version, in the order of `effective_from`, then `version`. */
export type PolicyHistory = readonly [PolicyVersion, ...PolicyVersion[]];

/** The version in force at an instant; before the first one, the first (never retroactive). */
export function policyAt(history: PolicyHistory, at: number): PolicyVersion {
  let found = history[0];
  for (const version of history) if (version.effective_from <= at) found = version;
  return found;
}

/** The version of a number that an account is governed by for life. */
export function policyOf(history: PolicyHistory, version: number): PolicyVersion {
  return history.find((candidate) => candidate.version === version) ?? history[0];
}
