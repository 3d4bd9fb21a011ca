import { COMMISSION_REASONS, type CommissionEntry } from '../earnings/commissions.rules.ts';
import type { StandingWords } from '../pages/tone.ts';

/** What kind of line it is, for its partner. */
export const KIND_WORDS: Readonly<Record<CommissionEntry['kind'], string>> = {
  commission: 'Commission',
  clawback: 'Change of a paid commission',
  returned: 'Payout that came back',
  adjustment: 'Adjustment',
};

/** How a line stands. */
export const LINE_WORDS: Readonly<Record<CommissionEntry['status'], StandingWords>> = {
  pending: { word: 'pending', tone: 'plain', meaning: 'earned, and not vested yet (V1)' },
  payable: { word: 'payable', tone: 'plain', meaning: 'vested, and counted on the next pay day (P1)' },
  in_flight: { word: 'on its way', tone: 'plain', meaning: 'taken into a payout that has not arrived yet' },
  paid: { word: 'paid', tone: 'good', meaning: 'it has arrived' },
  returned: {
    word: 'came back',
    tone: 'warn',
    meaning: 'its payout came back, and a line of its own makes it due anew',
  },
  forfeited: { word: 'forfeited', tone: 'bad', meaning: 'it is not paid' },
  refunded: { word: 'refunded', tone: 'warn', meaning: 'the client has the money back' },
  held: { word: 'held', tone: 'warn', meaning: 'somebody has to decide first' },
};

type Reason = keyof typeof COMMISSION_REASONS;

/** The reason of a line as one of the closed list; null where it has none, or gives an operator's own words. */
export function reasonOf(entry: Pick<CommissionEntry, 'kind' | 'reason'>): Reason | null {
  const { kind, reason } = entry;
  return kind !== 'adjustment' && reason !== null && Object.hasOwn(COMMISSION_REASONS, reason)
    ? (reason as Reason)
    : null;
}

/** Why a line is as it is, in a sentence; null where there is nothing to say. */
export function reasonText(entry: Pick<CommissionEntry, 'kind' | 'reason'>): string | null {
  if (entry.kind === 'adjustment') return entry.reason;
  const reason = reasonOf(entry);
  return reason === null ? null : COMMISSION_REASONS[reason];
}

/** The fact behind a line that changes another, and where more is told. */
export interface Cause {
  text: string;
  link: { href: string; text: string } | null;
}

/** The page of all lines of a payment. */
export function paymentHref(entry: { account_id: string; payment_id: string }): string {
  return `/partners/earnings/${encodeURIComponent(entry.account_id)}/${encodeURIComponent(entry.payment_id)}`;
}

/** The page of an account. */
export function accountHref(account_id: string): string {
  return `/partners/referrals/${encodeURIComponent(account_id)}`;
}

function causeText(reason: Reason, cause: string, payment: string): string {
  const texts: Readonly<Record<Reason, string>> = {
    refund: `Refund or lost dispute ${cause} of payment ${payment}`,
    refund_reversal: `Refund ${cause} of payment ${payment} failed, or its dispute was won`,
    forfeit: `The account of payment ${payment} ended before it had vested`,
    reactivation: `The account of payment ${payment} came back in time`,
    referrer: `The referrer of the account of payment ${payment} was corrected`,
    self_referral: `The account of payment ${payment} was found to be the partner’s own, or cleared of it`,
    form_join: `The client of payment ${payment} has not confirmed yet`,
    dispute: `A dispute of payment ${payment}`,
    moved: `A fact told late moved the day on which payment ${payment} is payable`,
    void: `Payment ${payment} had been told wrongly`,
    returned: `Payout ${cause} came back`,
    came_back: `The money of the payout came back`,
    paid_elsewhere: `A former program has paid it`,
  };
  return texts[reason];
}

/** Of a line that changes another: which fact, of which payment, and the lines of that payment or the payout; null for a plain commission. */
export function causeOf(
  entry: Pick<CommissionEntry, 'kind' | 'reason' | 'cause_id' | 'payment_id' | 'account_id'>,
): Cause | null {
  const { kind, cause_id, payment_id, account_id } = entry;
  const reason = reasonOf(entry);
  if (kind === 'commission' || reason === null) return null;
  const text = causeText(reason, cause_id ?? '', payment_id ?? '');
  if (reason === 'returned' && cause_id !== null && payment_id === null)
    return { text, link: { href: `/partners/payouts/${encodeURIComponent(cause_id)}`, text: 'the payout' } };
  if (payment_id === null || account_id === null) return { text, link: null };
  return { text, link: { href: paymentHref({ account_id, payment_id }), text: 'the line it changes' } };
}
