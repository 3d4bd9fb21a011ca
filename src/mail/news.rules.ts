import { addDays, dayOf, startOfDay } from '../calendar/zone.rules.ts';
import type { Gate, GateName } from '../explain/gate.ts';
import { isOwnGate, type OwnGate } from '../letter/news-letter.rules.ts';
import { payoutAddressAt, residencyGate, type PartnerRecord } from '../partner/facts.rules.ts';

/**
 * The gates that kept something due from being paid, where the partner can open all of them; none where anything else stands in the way as
 * well, or nothing was due.
 */
export function gatesToTell(skip: { amount: number; gates: readonly Gate[] }): Gate[] {
  const shut = skip.gates.filter((gate) => !gate.passed);
  return skip.amount > 0 && shut.every(({ gate }) => isOwnGate(gate)) ? shut : [];
}

/** What a letter about gates follows from: one of a partner, month and set of gates is one letter. */
export function gateCause(partner_id: string, gates: readonly GateName[], month: string): string {
  return `${partner_id}:${gates.join('+')}:${month}`;
}

/** The sets of gates that such a letter may be about. */
export const GATE_SETS: readonly (readonly OwnGate[])[] = [
  ['residency'],
  ['paypal_address'],
  ['residency', 'paypal_address'],
];

/**
 * The gates of a partner that are shut and open by what the partner itself does: not one that waits for an operator, or for the 72 hours of
 * an address that has been set (P3, P4).
 */
export function opensItself(
  record: PartnerRecord,
  at: number,
): { shut: ReadonlySet<GateName>; own: ReadonlySet<GateName> } {
  const residency = residencyGate(record, at);
  const address = payoutAddressAt(record, at);
  const shut = new Set<GateName>();
  const own = new Set<GateName>();
  if (!residency.open) shut.add('residency');
  if (!residency.open && residency.reason === 'unanswered') own.add('residency');
  if (!address.open) shut.add('paypal_address');
  if (!address.open && (address.reason === 'none' || address.reason === 'came_back')) own.add('paypal_address');
  return { shut, own };
}

/** A month of the program: its name `YYYY-MM`, and the instants between which it lies, the end left out. */
export interface Month {
  month: string;
  start_at: number;
  end_at: number;
}

/** The month of a name. */
export function monthOf(month: string, timezone: string): Month {
  const first = `${month}-01`;
  const next = addDays(first, 31).slice(0, 7);
  return { month, start_at: startOfDay(first, timezone), end_at: startOfDay(`${next}-01`, timezone) };
}

/** The last month that has ended at an instant. */
export function lastMonth(now: number, timezone: string): Month {
  const first = `${dayOf(now, timezone).slice(0, 7)}-01`;
  return monthOf(addDays(first, -1).slice(0, 7), timezone);
}
