import type { Clause } from '../policy/clauses.ts';

/** The gates of policy W in their order, each with its clause. */
export const GATES = {
  tracked: 'L1',
  not_self_referral: 'S1',
  not_refunded: 'C2',
  vested: 'V1',
  in_closed_week: 'P1',
  partner_active: 'P6',
  residency: 'P4',
  paypal_address: 'P3',
  threshold: 'P2',
  approved: 'P8',
  sent: 'P7',
  succeeded: 'P7',
} as const satisfies Record<string, Clause>;

/** A gate's name. */
export type GateName = keyof typeof GATES;

/**
 * One gate as it stands: passed or not, the fact behind it in a sentence for the partner (amounts with their currency, days, nothing of
 * other partners), and the program day on which it opens by itself; null where that is not known or it is open.
 */
export interface Gate {
  gate: GateName;
  clause: Clause;
  passed: boolean;
  detail: string;
  opens_on: string | null;
}

/** A gate that is open. */
export function passed(gate: GateName, detail: string): Gate {
  return { gate, clause: GATES[gate], passed: true, detail, opens_on: null };
}

/** A gate that is shut, and the day on which it opens by itself, where known. */
export function shut(gate: GateName, detail: string, opens_on: string | null = null): Gate {
  return { gate, clause: GATES[gate], passed: false, detail, opens_on };
}
