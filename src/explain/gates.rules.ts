import { payDateFor, type Week } from '../calendar/week.rules.ts';
import { dayOf } from '../calendar/zone.rules.ts';
import { moneyText } from '../money/currency.rules.ts';
import { partnerAt, payoutAddressAt, residencyGate, type PartnerRecord } from '../partner/facts.rules.ts';
import type { PolicyVersion } from '../policy/policy.rules.ts';
import { passed, shut, type Gate } from './gate.ts';

/** A pay day: the week that it pays up to the end of, and the policy in force on it. */
export interface PayDay {
  pay_date: string;
  week: Week;
  policy: PolicyVersion;
}

/** Net amounts of open lines that would be due on a pay day but are left out until somebody decides, by the kind of their hold. */
export interface HeldMoney {
  form_join: number;
  self_referral: number;
  dispute: number;
}

/** Nothing held. */
export const NOTHING_HELD: HeldMoney = { form_join: 0, self_referral: 0, dispute: 0 };

/** Of one partner's open lines, by the pay day: what can be claimed, what is held, and what becomes payable after its week. */
export interface DueMoney {
  /** Whether any account is tracked to the partner, or anything is due. */
  tracked: boolean;
  /** Net sum of what became payable up to the end of the week, after clawbacks. */
  due: number;
  held: HeldMoney;
  /** Open lines, not held, that become payable after the week, as far as they are known; a freeze reads none. */
  upcoming: readonly { payable_at: number; amount: number }[];
}

/** How the payout of a frozen batch stands. */
export interface FrozenPayout {
  pay_date: string;
  status: 'frozen' | 'sending' | 'in_flight' | 'paid' | 'unclaimed' | 'returned' | 'failed' | 'held';
  batch_status: 'freezing' | 'frozen' | 'awaiting_approval' | 'sending' | 'in_flight' | 'settled' | 'needs_attention';
}

/** What the gates of one partner and one pay day rest on. Facts of the partner count as they were at `at` (the freeze, or now). */
export interface PartnerGateInput {
  day: PayDay;
  at: number;
  record: PartnerRecord;
  money: DueMoney;
}

/**
 * W: the gates of one partner on one pay day, `tracked` to `threshold`, in order. The freeze pays exactly where all are passed, and
 * explanations show these same ones; `payoutGates` continues the list once a payout is frozen. A gate that concerns accounts is
 * passed as soon as anything of the partner passes it.
 */
export function partnerGates(input: PartnerGateInput): Gate[] {
  return [...moneyGates(input), activeGate(input), residenceGate(input), addressGate(input), thresholdGate(input)];
}

/** Whether a partner with these gates is paid: all of them are passed. */
export function willPay(gates: readonly Gate[]): boolean {
  return gates.every((gate) => gate.passed);
}

function moneyGates({ day, at, money }: PartnerGateInput): Gate[] {
  const { policy } = day;
  const text = (amount: number) => moneyText(amount, policy.currency);
  const any = money.due !== 0 || money.upcoming.length > 0;
  const heldGate = (
    gate: 'tracked' | 'not_self_referral' | 'not_refunded',
    held: number,
    why: string,
    open: string,
  ): Gate => {
    if (held === 0) return passed(gate, open);
    const detail = `${text(held)} ${why}`;
    return any ? passed(gate, detail) : shut(gate, detail);
  };
  const tracked = heldGate(
    'tracked',
    money.held.form_join,
    'waits until the client confirms who referred them.',
    'Tracked as the referrer.',
  );
  return [
    money.tracked ? tracked : shut('tracked', 'No account is tracked to this partner yet.'),
    heldGate(
      'not_self_referral',
      money.held.self_referral,
      'is held until an operator has looked at a possible self-referral.',
      'Nothing is held as a self-referral.',
    ),
    heldGate(
      'not_refunded',
      money.held.dispute,
      'is held while the client’s bank looks into a dispute.',
      'Nothing is held because of a dispute.',
    ),
    vestedGate(day, at, money),
    closedWeekGate(day, money),
  ];
}

function firstOf(upcoming: DueMoney['upcoming']): { payable_at: number; amount: number } | undefined {
  return upcoming.toSorted((a, b) => a.payable_at - b.payable_at)[0];
}

function vestedGate({ policy }: PayDay, at: number, { due, upcoming }: DueMoney): Gate {
  const unvested = upcoming.filter((line) => line.payable_at > at);
  const first = firstOf(unvested);
  if (due !== 0 || unvested.length < upcoming.length)
    return passed('vested', 'What is due has vested by the end of the week that is paid.');
  if (!first) return shut('vested', 'There is nothing that could vest yet.');
  const opens_on = dayOf(first.payable_at, policy.timezone);
  return shut('vested', `Nothing has vested yet; the first commission vests on ${opens_on}.`, opens_on);
}

function closedWeekGate({ week, policy }: PayDay, { due, upcoming }: DueMoney): Gate {
  const paid = `${week.start_on} to ${week.end_on}`;
  if (due !== 0) return passed('in_closed_week', `It became payable up to the end of the week of ${paid}.`);
  const first = firstOf(upcoming);
  if (!first) return shut('in_closed_week', `Nothing became payable up to the end of the week of ${paid}.`);
  const opens_on = payDateFor(first.payable_at, policy);
  const day = dayOf(first.payable_at, policy.timezone);
  return shut('in_closed_week', `The next amount becomes payable on ${day}, after the week of ${paid}.`, opens_on);
}

function activeGate({ at, record }: PartnerGateInput): Gate {
  const { status, withheld } = partnerAt(record, at);
  switch (status) {
    case 'active':
      return passed('partner_active', 'The partner is active.');
    case 'applied':
      return shut('partner_active', 'The application to the program has not been accepted yet.');
    case 'suspended':
      return shut('partner_active', 'The partner is suspended: nothing is paid, and the balance stays.');
    case 'closed':
      if (withheld !== null)
        return shut('partner_active', 'The partner is closed, and an operator withholds the balance.');
      return passed('partner_active', 'The partner is closed and is paid what has vested.');
  }
}

const RESIDENCY_DETAIL = {
  country_change: 'An operator has to see the change of country first.',
  unanswered: 'Partners outside the United States answer four questions before they are paid.',
  manual: 'The answers need an operator’s decision.',
} as const;

function residenceGate({ at, record }: PartnerGateInput): Gate {
  const gate = residencyGate(record, at);
  if (!gate.open) return shut('residency', RESIDENCY_DETAIL[gate.reason]);
  return passed(
    'residency',
    gate.form === null ? 'The partner is in the United States.' : 'The four questions are answered.',
  );
}

const ADDRESS_DETAIL = {
  none: 'There is no PayPal address to pay to.',
  // Whether another partner has the address is not told.
  in_use: 'The PayPal address waits for an operator’s check.',
  came_back: 'A payout to the PayPal address came back: set the address again, or another one.',
} as const;

function addressGate({ at, record, day }: PartnerGateInput): Gate {
  const gate = payoutAddressAt(record, at);
  if (gate.open) return passed('paypal_address', 'There is a PayPal address that serves.');
  const opens_on = gate.opens_at === null ? null : dayOf(gate.opens_at, day.policy.timezone);
  if (gate.reason !== 'waiting') return shut('paypal_address', ADDRESS_DETAIL[gate.reason], opens_on);
  return shut('paypal_address', `The new PayPal address serves 72 hours after it was set, on ${opens_on}.`, opens_on);
}

/** The pay day on which what is known adds up to the threshold, if it ever does. A pay day takes what its week ends with. */
function reachesOn({ policy }: PayDay, { due, upcoming }: DueMoney): string | null {
  const byPayDate = new Map<string, number>();
  for (const { payable_at, amount } of upcoming.toSorted((a, b) => a.payable_at - b.payable_at)) {
    const pay_date = payDateFor(payable_at, policy);
    byPayDate.set(pay_date, (byPayDate.get(pay_date) ?? 0) + amount);
  }
  let sum = due;
  for (const [pay_date, amount] of byPayDate) {
    sum += amount;
    if (sum > 0 && sum >= policy.payout_threshold) return pay_date;
  }
  return null;
}

function thresholdGate({ day, at, record, money }: PartnerGateInput): Gate {
  const { payout_threshold: threshold, currency } = day.policy;
  const { due } = money;
  const text = (amount: number) => moneyText(amount, currency);
  if (due < 0) {
    return shut('threshold', `${text(-due)} that was paid before is still to be earned back.`, reachesOn(day, money));
  }
  if (due > 0 && partnerAt(record, at).status === 'closed') {
    return passed('threshold', `${text(due)} is due; a closed partner is paid whatever the threshold.`);
  }
  if (due > 0 && due >= threshold)
    return passed('threshold', `${text(due)} is due; the threshold is ${text(threshold)}.`);
  return shut(
    'threshold',
    `${text(due)} is due; ${text(Math.max(1, threshold) - due)} more is needed to reach the threshold of ${text(threshold)}. It carries over.`,
    reachesOn(day, money),
  );
}

/** W: the gates of a frozen payout: approved, sent, succeeded. */
export function payoutGates({ pay_date, status, batch_status }: FrozenPayout): Gate[] {
  const batch = `The batch of ${pay_date}`;
  const waits = batch_status === 'freezing' || batch_status === 'awaiting_approval';
  const approved = waits
    ? shut(
        'approved',
        batch_status === 'freezing' ? `${batch} is being put together.` : `${batch} waits for an operator’s approval.`,
      )
    : passed('approved', `${batch} is approved.`);
  const sent =
    status === 'frozen' || status === 'sending'
      ? shut('sent', 'The payout has not been sent yet.')
      : passed('sent', 'The payout was sent.');
  return [approved, sent, succeededGate(status)];
}

function succeededGate(status: FrozenPayout['status']): Gate {
  switch (status) {
    case 'paid':
      return passed('succeeded', 'The payout succeeded.');
    case 'unclaimed':
      return shut('succeeded', 'The payout waits to be claimed at PayPal.');
    case 'returned':
      return shut('succeeded', 'The payout came back; its amount is due anew.');
    case 'failed':
      return shut('succeeded', 'The payout failed; its amount is due anew.');
    case 'held':
      return shut('succeeded', 'The money came back after it had been paid; an operator decides.');
    case 'frozen':
    case 'sending':
    case 'in_flight':
      return shut('succeeded', 'PayPal has not said yet that the payout succeeded.');
  }
}
