import { factsOf, type AccountRow, type CancellationRow, type PaymentRow } from '../account/state.rules.ts';
import { baseOf, isPaidElsewhere } from '../commission/target.rules.ts';
import { termsOf } from '../commission/term.rules.ts';
import type { AccountGateInput } from '../explain/account-gates.rules.ts';
import type { FrozenPayout } from '../explain/gates.rules.ts';
import { heldBy, type LineHold } from '../ledger/balance.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';
import { maskedAddress } from '../people/address.rules.ts';
import type { PolicyHistory } from '../policy/policy.rules.ts';
import type { AccountLine, ReferredAccount } from './referral.repo.ts';

/**
 * How an account stands to a partner: nothing paid yet, in its vesting days, vested, ended before it vested, waiting for a word, one's
 * own, or tracked to somebody else.
 */
export const REFERRAL_STATUSES = [
  'signed_up',
  'vesting',
  'vested',
  'forfeited',
  'held',
  'self_referral',
  'not_referrer',
] as const;

/** Rows of some accounts' terms and of what stands against them. */
export interface TermRows {
  accounts: readonly AccountRow[];
  payments: readonly PaymentRow[];
  cancellations: readonly CancellationRow[];
  policy: PolicyHistory;
  holds: readonly LineHold[];
}

/** Where the latest term of an account stands (V1, V2); `vests_at` is null before its first payment above zero. */
export interface TermStanding {
  vests_at: number | null;
  forfeited: boolean;
  /** V1: how many days that takes, by the version that governs the account. */
  vesting_days: number;
}

/** An account's facts up to an instant: what is dated later takes effect when it comes. */
function factsAt(rows: TermRows, account_id: string, at: number) {
  return factsOf({
    account_id,
    account: rows.accounts.find((account) => account.account_id === account_id) ?? null,
    policy: rows.policy,
    payments: rows.payments.filter((payment) => payment.account_id === account_id && payment.paid_at <= at),
    cancellations: rows.cancellations.filter((end) => end.account_id === account_id && end.cancelled_at <= at),
    refunds: [],
    reversals: [],
    decisions: [],
    partner_rates: {},
    partner_closures: new Map(),
    plan_rates: {},
  });
}

/** Where the latest term of an account stands at an instant. */
export function termStanding(rows: TermRows, account_id: string, at: number): TermStanding {
  const facts = factsAt(rows, account_id, at);
  const term = facts ? termsOf(facts).at(-1) : undefined;
  return {
    vests_at: term?.vests_at ?? null,
    forfeited: term?.forfeits.at(-1)?.until_at === null,
    vesting_days: (facts?.policy ?? rows.policy[0]).vesting_days,
  };
}

/** Kinds of the undecided holds on an account or its payments that concern the partner. */
export function heldKinds(rows: TermRows, partner_id: string, account_id: string, at: number): LineHold['kind'][] {
  const payments: (string | null)[] = [
    null,
    ...rows.payments.filter((payment) => payment.account_id === account_id).map((payment) => payment.payment_id),
  ];
  const kinds = payments.map((payment_id) => heldBy({ account_id, payment_id }, partner_id, rows.holds, at));
  return [...new Set(kinds)].filter((kind) => kind !== null);
}

/** A referred account as its partner sees it: recognisable and no more. */
export interface ReferralView {
  account_id: string;
  company: string | null;
  email: string | null;
  source: string | null;
  signed_up_at: number;
  flags: ('self_referral' | 'form_join')[];
  status: (typeof REFERRAL_STATUSES)[number];
  vests_at: number | null;
  vesting_days: number;
}

/** A referred account with its flags and where it stands at an instant. */
export function referralView(rows: TermRows, partner_id: string, account: ReferredAccount, at: number): ReferralView {
  const { account_id, company, source, signed_up_at } = account;
  const { vests_at, forfeited, vesting_days } = termStanding(rows, account_id, at);
  const held = heldKinds(rows, partner_id, account_id, at);
  const flags: ReferralView['flags'] = [];
  if (account.blocked === 1 || held.includes('self_referral')) flags.push('self_referral');
  if (held.includes('form_join')) flags.push('form_join');
  const email = account.email === null ? null : maskedAddress(account.email);
  return {
    account_id,
    company,
    email,
    source,
    signed_up_at,
    flags,
    status: statusOf(account.blocked === 1, held, vests_at, forfeited, at),
    vests_at,
    vesting_days,
  };
}

function statusOf(
  blocked: boolean,
  held: readonly LineHold['kind'][],
  vests_at: number | null,
  forfeited: boolean,
  at: number,
): ReferralView['status'] {
  if (blocked) return 'self_referral';
  if (held.length > 0) return 'held';
  if (vests_at === null) return 'signed_up';
  if (forfeited) return 'forfeited';
  return at < vests_at ? 'vesting' : 'vested';
}

/** A payment of a referred account that earns the partner nothing, and why. */
export interface Unearning {
  payment_id: string;
  paid_at: number;
  reason: 'foreign_currency' | 'before_claim' | 'paid_elsewhere';
}

/** Payments above zero that earn nothing by what they are (C1, R5), the latest first. */
export function unearning(rows: TermRows, account: ReferredAccount, at: number): Unearning[] {
  const facts = factsAt(rows, account.account_id, at);
  if (!facts) return [];
  const found = facts.payments.flatMap((payment): Unearning[] => {
    const { payment_id, paid_at, amount } = payment;
    if (amount === 0) return [];
    if (account.earns_from !== null && paid_at < account.earns_from)
      return [{ payment_id, paid_at, reason: 'before_claim' }];
    if (isPaidElsewhere(payment)) return [{ payment_id, paid_at, reason: 'paid_elsewhere' }];
    return baseOf(payment, facts.policy.currency) === null ? [{ payment_id, paid_at, reason: 'foreign_currency' }] : [];
  });
  return found.toSorted((a, b) => b.paid_at - a.paid_at);
}

type LineFacts = Pick<AccountGateInput, 'earned' | 'refunded' | 'open' | 'payout'>;

/** What an account's lines come to for the gates, as they stand at an instant. */
export function lineFacts(lines: readonly AccountLine[], at: number): LineFacts {
  const counting = lines.filter((line) => line.at <= at);
  const sumOf = (...kinds: AccountLine['kind'][]) =>
    sumAmounts(counting.filter((line) => kinds.includes(line.kind)).map((line) => line.amount));
  const latest = counting
    .filter((line) => line.pay_date !== null)
    .toSorted((a, b) => ((a.pay_date ?? '') < (b.pay_date ?? '') ? -1 : 1))
    .at(-1);
  const byInstant = Map.groupBy(
    counting.filter((line) => line.pay_date === null),
    (line) => line.payable_at,
  );
  const open = [...byInstant].map(([payable_at, own]) => ({
    payable_at,
    amount: sumAmounts(own.map((line) => line.amount)),
  }));
  return {
    earned: sumOf('commission', 'referrer', 'self_referral'),
    refunded: 0 - sumOf('refund', 'refund_reversal'),
    open: open.filter(({ amount }) => amount !== 0),
    payout: latest ? payoutOf(latest) : null,
  };
}

function payoutOf({ pay_date, status, batch_status }: AccountLine): FrozenPayout | null {
  return pay_date === null || status === null || batch_status === null ? null : { pay_date, status, batch_status };
}
