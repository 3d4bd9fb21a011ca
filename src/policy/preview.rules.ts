import { payDateFor } from '../calendar/week.rules.ts';
import { startOfDay } from '../calendar/zone.rules.ts';
import type { AccountFacts } from '../commission/facts.ts';
import { target, type Entry } from '../commission/target.rules.ts';
import { NOTHING_HELD, type PayDay } from '../explain/gates.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';
import type { PartnerRecord } from '../partner/facts.rules.ts';
import { nextPayDay } from '../payout/due.rules.ts';
import { decideChunk } from '../payout/freeze.rules.ts';
import type { PolicyFields, PolicyHistory, PolicyVersion } from './policy.rules.ts';

/** Something by the policy as it is, and as it is proposed. */
export interface Both<T> {
  as_is: T;
  proposed: T;
}

/** Pay days that the proposed version governs, and pay days in all, that a preview plays. */
export const GOVERNED_PAY_DAYS = 4;
export const MAX_PAY_DAYS = 60;

/** A pay day and its first instant, for which it is played. */
export type DayToPlay = PayDay & { starts_at: number };

/**
 * The pay days that a preview plays, by a history of the policy: those without a batch, up to the fourth one that a version governs from
 * its instant on, in order. `complete` is false where that lies too far ahead.
 */
export function payDaysToPlay(
  history: PolicyHistory,
  latest: string | null,
  now: number,
  from_at: number,
): { days: DayToPlay[]; complete: boolean } {
  const days: DayToPlay[] = [];
  let governed = 0;
  let day = nextPayDay(history, latest, now);
  while (days.length < MAX_PAY_DAYS) {
    const starts_at = startOfDay(day.pay_date, day.policy.timezone);
    days.push({ ...day, starts_at });
    if (starts_at >= from_at) governed += 1;
    if (governed === GOVERNED_PAY_DAYS) return { days, complete: true };
    day = nextPayDay(history, day.pay_date, now);
  }
  return { days, complete: false };
}

/** What of a partner's open lines, none of them held, becomes payable before the end of a week and after those before it. */
export interface OpenWeek {
  week_ends_at: number;
  amount: number;
  line_count: number;
}

/** One payout of a played pay day. */
export interface PlayedPay {
  week_ends_at: number;
  pay_date: string;
  amount: number;
}

/**
 * P2, P3, P4, P6: what a partner is paid on these pay days, in order, from what is open now, by the gates that the freeze decides by. What
 * is not paid carries over. Facts of the partner count as they are known now, at the start of each pay day.
 */
export function playPartner(
  days: readonly DayToPlay[],
  open: readonly OpenWeek[],
  partner_id: string,
  record: PartnerRecord,
  now: number,
): PlayedPay[] {
  const records = new Map([[partner_id, record]]);
  const pays: PlayedPay[] = [];
  let paid_up_to = Number.NEGATIVE_INFINITY;
  for (const day of days) {
    const { ends_at } = day.week;
    const claimed = open.filter((part) => part.week_ends_at <= ends_at && part.week_ends_at > paid_up_to);
    const due = sumAmounts(claimed.map((part) => part.amount));
    const line_count = sumAmounts(claimed.map((part) => part.line_count));
    const at = Math.max(now, day.starts_at);
    const dues = [{ partner_id, due, line_count, held: NOTHING_HELD }];
    if (decideChunk(day, at, dues, records).pays.length === 0) continue;
    pays.push({ week_ends_at: ends_at, pay_date: day.pay_date, amount: due });
    paid_up_to = ends_at;
  }
  return pays;
}

/** What an account's payments have earned one partner up to now, and how much of that is payable by now (paid or not). */
export interface PartnerShare {
  partner_id: string;
  commission: number;
  payable: number;
}

/** What an account comes to under one version. */
export interface AccountOutcome {
  shares: PartnerShare[];
  /** The first pay day on which any of it could be paid; null where nothing is due. */
  first_pay_date: string | null;
}

function outcomeOf(entries: readonly Entry[], days: PolicyVersion, now: number): AccountOutcome {
  const told = entries.filter((entry) => entry.at <= now);
  const shares = [...Map.groupBy(told, (entry) => entry.partner_id)].map(([partner_id, own]) => ({
    partner_id,
    commission: sumAmounts(own.map((entry) => entry.amount)),
    payable: sumAmounts(own.filter((entry) => entry.payable_at <= now).map((entry) => entry.amount)),
  }));
  const payments = [...Map.groupBy(told, (entry) => entry.payment_id).values()];
  const standing = payments.filter((own) => sumAmounts(own.map((entry) => entry.amount)) > 0);
  const first = Math.min(...standing.flatMap((own) => own.map((entry) => entry.payable_at)));
  return { shares, first_pay_date: Number.isFinite(first) ? payDateFor(first, days) : null };
}

/** The fields that say what an account's payments earn, and from when that is payable; all others leave its lines alone. */
const GOVERNING = ['default_rate_bps', 'vesting_days', 'client_since', 'reactivation_days'] as const;

/**
 * What an account comes to as it is governed, and what it would come to had the proposed version governed it all along. Its referrers stay as
 * they are. `in_force` says on which weekday is paid as it is.
 */
export function illustrate(
  facts: AccountFacts,
  versions: { in_force: PolicyVersion; proposed: PolicyVersion },
  now: number,
): Both<AccountOutcome> {
  const entries = target(facts);
  const alike = GOVERNING.every((field) => facts.policy[field] === versions.proposed[field]);
  const then = alike ? entries : target({ ...facts, policy: versions.proposed });
  return {
    as_is: outcomeOf(entries, versions.in_force, now),
    proposed: outcomeOf(then, versions.proposed, now),
  };
}

/** Fields by which referrers are found and changed: a preview does not play these again. */
const REFERRER_FIELDS: readonly (keyof PolicyFields)[] = [
  'click_lifetime_days',
  'referrer_window_days',
  'late_claims',
  'audit_correction',
  'own_name_on_client_domain',
  'promotion_codes',
];

/** The fields of an account's version that the proposed one sets otherwise and a preview does not play. */
export function notReplayed(policy: PolicyVersion, proposed: PolicyVersion): (keyof PolicyFields)[] {
  return REFERRER_FIELDS.filter((field) => policy[field] !== proposed[field]);
}

/** The rows that change most, the largest change first; then by id. At most `limit`. */
export function topChanges<Row extends { partner_id: string }>(
  rows: Iterable<Row>,
  changes: (row: Row) => readonly number[],
  limit: number,
): Row[] {
  const size = (row: Row) => Math.max(...changes(row).map(Math.abs));
  return [...rows].toSorted((a, b) => size(b) - size(a) || (a.partner_id < b.partner_id ? -1 : 1)).slice(0, limit);
}
