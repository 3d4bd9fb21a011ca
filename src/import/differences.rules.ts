import type { PaymentFact } from '../commission/facts.ts';
import { commissionAmount } from '../money/money.rules.ts';

/** Why a commission of the former program is not the one that stands here. */
export const DIFFERENCES = {
  unknown_payment: 'nobody has told of this payment here',
  parked: 'the payment waits for its account',
  no_referrer: 'no referrer is tracked here',
  other_partner: 'another partner is the referrer here',
  unknown_partner: 'nobody here has that partner’s id or address',
  earns_nothing: 'the payment earns nothing here; `detail` says why',
  tax: 'the former program paid on the tax as well',
  refunded: 'a refund counts here',
  forfeited: 'the account ended before it had vested (V2)',
  rounding: 'a minor unit of rounding',
  rate: 'another rate, or another base',
  paid_there_due_here:
    'the former program has paid it, and it is due here too: import the payment with paid_elsewhere_at',
  unpaid_there_paid_here: 'here it counts as paid by the former program, which has not paid it',
  missing_there: 'the file has no commission of this payment',
} as const;
export type Difference = keyof typeof DIFFERENCES;

/** A commission as the former program has it; minor units. */
export interface Theirs {
  amount: number;
  paid: boolean;
  /** Whose, as far as the file says: null for not at all, a partner's id here, or somebody unknown here. */
  partner: { known: boolean; partner_id: string } | null;
}

/** What stands here for the same payment. */
export interface Ours {
  payment: PaymentFact;
  partner_id: string;
  amount: number;
  rate_bps: number;
  refunded: boolean;
  forfeited: boolean;
  paid_elsewhere: boolean;
}

/** Why two commissions of one payment are not the same; empty where they are. */
export function compareCommissions(theirs: Theirs, ours: Ours): Difference[] {
  const found: Difference[] = [];
  if (theirs.partner !== null) {
    if (!theirs.partner.known) found.push('unknown_partner');
    else if (theirs.partner.partner_id !== ours.partner_id) found.push('other_partner');
  }
  if (theirs.amount !== ours.amount) found.push(amountDifference(theirs.amount, ours));
  if (theirs.paid && !ours.paid_elsewhere) found.push('paid_there_due_here');
  if (!theirs.paid && ours.paid_elsewhere) found.push('unpaid_there_paid_here');
  return found;
}

function amountDifference(amount: number, ours: Ours): Difference {
  const { payment, rate_bps } = ours;
  if (ours.forfeited) return 'forfeited';
  const earned = (base: number) =>
    payment.amount === 0 ? 0 : commissionAmount({ rate_bps, base, paid: payment.amount, refunded: 0 });
  if (ours.refunded && near(amount, earned(payment.amount - payment.tax_amount))) return 'refunded';
  if (payment.tax_amount > 0 && near(amount, earned(payment.amount))) return 'tax';
  return near(amount, ours.amount) ? 'rounding' : ours.refunded ? 'refunded' : 'rate';
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1;
}
