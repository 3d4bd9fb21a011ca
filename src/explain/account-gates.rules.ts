import { payDateFor } from '../calendar/week.rules.ts';
import { dayOf } from '../calendar/zone.rules.ts';
import { moneyText } from '../money/currency.rules.ts';
import type { PolicyVersion } from '../policy/policy.rules.ts';
import { passed, shut, type Gate } from './gate.ts';
import { payoutGates, type FrozenPayout } from './gates.rules.ts';

/** An open line of the account, or several of the same instant. */
export interface OpenAmount {
  payable_at: number;
  amount: number;
}

/**
 * What the gates of one account and the partner who asks rest on, as of `at`. Amounts are of this account and partner, in minor units of
 * the program's currency.
 */
export interface AccountGateInput {
  at: number;
  /** The version that governs pay days (`PayDay.policy` of the next one). */
  policy: PolicyVersion;
  /** Who is the tracked referrer. */
  referrer: 'partner' | 'another' | 'nobody';
  /** S3: shown as the referrer, and earns nothing. */
  blocked: boolean;
  /** Kinds of the holds on the account or its payments that are undecided at `at`. */
  held: readonly ('form_join' | 'self_referral' | 'dispute')[];
  /** What the payments earned before refunds and forfeits. */
  earned: number;
  /** How much of it refunds and lost disputes took back, net of what was restored. */
  refunded: number;
  /** V2: the account ended before it had vested, and its unvested commissions are forfeited. */
  forfeited: boolean;
  /** V1: of the latest term; null before the first payment above zero. */
  vests_at: number | null;
  /** Lines in no payout. */
  open: readonly OpenAmount[];
  /** The latest payout that took lines of the account, if any. */
  payout: FrozenPayout | null;
  /** The earliest pay day that is not frozen. */
  next_pay_date: string;
  /** `partnerGates` for the account's first pay day (`firstPayDate`), or for the next one where there is none. */
  partner_gates: readonly Gate[];
}

/** W: the first pay day not frozen yet on which something open of the account can be paid, or null where nothing is open. */
export function firstPayDate(open: readonly OpenAmount[], next_pay_date: string, policy: PolicyVersion): string | null {
  const first = open.toSorted((a, b) => a.payable_at - b.payable_at)[0];
  if (!first) return null;
  const pay_date = payDateFor(first.payable_at, policy);
  return pay_date > next_pay_date ? pay_date : next_pay_date;
}

/** W: the gates of one account for the partner who asks, in order, and the first pay day on which it could be paid. */
export function accountGates(input: AccountGateInput): { gates: Gate[]; first_pay_date: string | null } {
  const own = [
    trackedGate(input),
    selfReferralGate(input),
    refundedGate(input),
    vestedGate(input),
    closedWeekGate(input),
  ];
  const settled = input.open.length === 0 && input.payout !== null;
  const ofPartner = input.partner_gates.filter(({ gate }) =>
    ['partner_active', 'residency', 'paypal_address', 'threshold'].includes(gate),
  );
  const partner = settled
    ? ofPartner.map(({ gate }) => passed(gate, `It was passed on ${input.payout?.pay_date}.`))
    : ofPartner;
  const payout = settled && input.payout ? payoutGates(input.payout) : [];
  const earns = own.slice(0, 2).every((gate) => gate.passed) && !input.forfeited;
  return {
    gates: [...own, ...partner, ...payout],
    first_pay_date: earns ? firstPayDate(input.open, input.next_pay_date, input.policy) : null,
  };
}

/**
 * L, R: whether the partner who asks is the tracked referrer. For whoever is not, it is all that there is to say. `source`: of another
 * partner's being it.
 */
export function trackedGate({
  referrer,
  held,
  source = 'last_click',
}: Pick<AccountGateInput, 'referrer' | 'held'> & { source?: string | null }): Gate {
  if (referrer === 'another') {
    return source === 'last_click' || source === 'audit'
      ? shut('tracked', 'Another partner’s link carried the last tracked click before the signup.')
      : { ...shut('tracked', 'Another partner is tracked as the referrer of this account.'), clause: 'R1' };
  }
  if (referrer === 'nobody') return shut('tracked', 'No referrer is tracked for this account.');
  if (held.includes('form_join')) return shut('tracked', 'The client has not confirmed yet who referred them.');
  return passed('tracked', 'Tracked as the referrer.');
}

function selfReferralGate({ blocked, held }: AccountGateInput): Gate {
  if (blocked) return shut('not_self_referral', 'The account’s holder is the partner: a self-referral earns nothing.');
  if (held.includes('self_referral')) {
    return shut('not_self_referral', 'Held until an operator has looked at a possible self-referral.');
  }
  return passed('not_self_referral', 'The account’s holder is somebody else.');
}

function refundedGate({ held, earned, refunded, policy }: AccountGateInput): Gate {
  if (held.includes('dispute')) return shut('not_refunded', 'Held while the client’s bank looks into a dispute.');
  if (refunded === 0) return passed('not_refunded', 'Nothing was refunded.');
  const detail = `${moneyText(refunded, policy.currency)} of ${moneyText(earned, policy.currency)} was taken back with refunds.`;
  return refunded >= earned ? shut('not_refunded', detail) : passed('not_refunded', detail);
}

function vestedGate({ at, vests_at, forfeited, policy }: AccountGateInput): Gate {
  if (vests_at === null) return shut('vested', 'The account has not paid yet.');
  const day = dayOf(vests_at, policy.timezone);
  if (forfeited)
    return {
      ...shut('vested', `The account ended before it vested on ${day}; its commissions are forfeited.`),
      clause: 'V2',
    };
  if (at < vests_at) return shut('vested', `The account vests on ${day}, if it is still a client then.`, day);
  return passed('vested', `The account vested on ${day}.`);
}

function closedWeekGate(input: AccountGateInput): Gate {
  const { open, payout, next_pay_date, policy } = input;
  const first = firstPayDate(open, next_pay_date, policy);
  if (first === null) {
    if (payout) return passed('in_closed_week', `It was taken into the payout of ${payout.pay_date}.`);
    return shut('in_closed_week', 'Nothing of this account is to be paid.');
  }
  if (first > next_pay_date) return shut('in_closed_week', `It can be paid on ${first} at the earliest.`, first);
  return passed('in_closed_week', `It can be paid on ${first}.`);
}
