import { weekOfDay } from '../calendar/week.rules.ts';
import { addDays } from '../calendar/zone.rules.ts';
import type { Gate } from '../explain/gate.ts';
import { NOTHING_HELD, partnerGates, type DueMoney, type PayDay } from '../explain/gates.rules.ts';
import { heldBy, type LineHold, type PartnerBooks } from '../ledger/balance.rules.ts';
import { weekFinder } from '../ledger/close.rules.ts';
import type { Present } from '../ledger/present.ts';
import { sumAmounts } from '../money/money.rules.ts';
import type { PartnerRecord } from '../partner/facts.rules.ts';

/** Open lines that become payable at one instant, and what holds them. */
export interface OpenSum {
  payable_at: number;
  held: LineHold['kind'] | null;
  amount: number;
}

/** What was open of a partner's books at an instant, out of the whole history. */
export function openSumsAt(books: PartnerBooks, as_of: number): OpenSum[] {
  const frozen = new Map(books.payouts.map((payout) => [payout.payout_id, payout.frozen_at]));
  return books.lines
    .filter((line) => line.at <= as_of && (line.payout_id === null || (frozen.get(line.payout_id) ?? 0) > as_of))
    .map((line) => ({
      payable_at: line.payable_at,
      amount: line.amount,
      held: heldBy(line, books.partner_id, books.holds, as_of),
    }));
}

/** When a partner's open lines begin to become payable: from an instant on, after the present, and whether there is any at all. */
export interface OpenFirsts {
  first: number | null;
  unvested: number | null;
  any: boolean;
}

/**
 * What open lines come to on a pay day, as `dueMoney` says it, at a present `at` and without reading them: out of the latest close and what
 * came since. What becomes payable after the week of the pay day is told by weeks, each at its last instant, and where it begins exactly.
 */
export function dueMoneyNow(
  { before, since }: Pick<Present, 'before' | 'since'>,
  firsts: OpenFirsts,
  day: PayDay,
  at: number,
  referred: boolean,
): DueMoney {
  const { week, policy } = day;
  const next = weekOfDay(addDays(week.end_on, 1), policy).start_on;
  const weekOf = weekFinder(policy);
  const sums = new Map(Object.entries(before.weeks));
  const add = (payable_at: number, amount: number) => {
    const start_on = weekOf(payable_at);
    sums.set(start_on, (sums.get(start_on) ?? 0) + amount);
  };
  for (const line of since.lines) if (line.at <= at) add(line.payable_at, line.amount);
  const held = { ...NOTHING_HELD };
  for (const line of since.held) {
    add(line.payable_at, -line.amount);
    if (line.payable_at < week.ends_at) held[line.held] += line.amount;
  }
  // What a freeze has claimed since the close had become payable before this pay day's week.
  const claimed = since.transfers.map(({ kind, amount }) => (kind === 'freeze' ? -amount : 0));
  const claimable = [...sums].flatMap(([start_on, amount]) => (start_on < next ? [amount] : []));
  const later = [...sums].flatMap(([start_on, amount]) =>
    start_on < next || amount === 0 ? [] : [{ payable_at: weekOfDay(start_on, policy).ends_at - 1, amount }],
  );
  const begins = [firsts.first, firsts.unvested].flatMap((payable_at) =>
    payable_at === null ? [] : [{ payable_at, amount: 0 }],
  );
  return {
    tracked: referred || firsts.any,
    due: sumAmounts([before.matured, ...claimable, ...claimed]),
    held,
    upcoming: [...begins, ...later],
  };
}

/** What open lines come to on a pay day: what can be claimed, what is held of it, and what becomes payable after its week (P1). */
export function dueMoney(open: readonly OpenSum[], day: PayDay, referred: boolean): DueMoney {
  const claimable = open.filter((sum) => sum.payable_at < day.week.ends_at);
  const held = { ...NOTHING_HELD };
  for (const sum of claimable) if (sum.held !== null) held[sum.held] += sum.amount;
  const due = sumAmounts(claimable.filter((sum) => sum.held === null).map((sum) => sum.amount));
  const later = open.filter((sum) => sum.held === null && sum.payable_at >= day.week.ends_at);
  return {
    tracked: referred || open.length > 0,
    due,
    held,
    upcoming: later.map(({ payable_at, amount }) => ({ payable_at, amount })),
  };
}

/** The next pay day for one partner (W): what is due then, and whether it will be paid. */
export interface NextPayout {
  day: PayDay;
  amount: number;
  will_pay: boolean;
  gates: Gate[];
}

/** Explains the next pay day by the gates that the freeze decides by. It will pay where every gate is passed, or opens before the day. */
export function nextPayout(day: PayDay, at: number, record: PartnerRecord, money: DueMoney): NextPayout {
  const gates = partnerGates({ day, at, record, money });
  const will_pay = gates.every((gate) => gate.passed || (gate.opens_on !== null && gate.opens_on < day.pay_date));
  return { day, amount: Math.max(0, money.due), will_pay, gates };
}
