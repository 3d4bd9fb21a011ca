import type { RpcAnswer } from './rpc.ts';
import type { WitnessLine } from './witness.rules.ts';

/** Why a replay did not come to its end, as a person is told. */
export type Refused = Extract<RpcAnswer, { ok: false }>;

/** Something of a replay is left, and calling again goes on with it. */
export const AGAIN: Refused = {
  ok: false,
  reason: 'busy',
  detail: 'Something else was written meanwhile, or the run’s queries are used up: call again.',
};

/** An open line of the books, as far as it can be told from others. */
export type OpenLine = Omit<WitnessLine, 'payout_id' | 'rate_bps'> & { seq: number };

/** What a replayed chunk does to lines: those of the books that it marks, and those that it books anew. */
export interface Claimed {
  marks: [number, string][];
  missing: WitnessLine[];
}

/** What names a line. A `returned` one is its payout's, whenever the books heard of it. */
function keyOf(line: Omit<WitnessLine, 'payout_id' | 'rate_bps'>): string {
  const { partner_id, account_id, payment_id, kind, cause_id, at, payable_at, amount } = line;
  const when = kind === 'returned' ? [] : [at, payable_at];
  return JSON.stringify([partner_id, account_id, payment_id, kind, cause_id, amount, ...when]);
}

/**
 * Which open lines of the books are those that a payout had claimed, each once, and which the books have lost. Facts that are told again
 * later post `target − posted`, and find the lines booked here.
 */
export function claimAgain(open: readonly OpenLine[], witnessed: readonly WitnessLine[]): Claimed {
  const left = Map.groupBy(open, keyOf);
  const claimed: Claimed = { marks: [], missing: [] };
  for (const line of witnessed) {
    const found = left.get(keyOf(line))?.shift();
    if (found) claimed.marks.push([found.seq, line.payout_id]);
    else claimed.missing.push(line);
  }
  return claimed;
}

/** A batch's manifest as the witness keeps it. */
export interface Manifest {
  program_id: string;
  pay_date: string;
  frozen_at: number;
  policy_version: number;
  rail: 'paypal' | 'export';
  currency: string;
  totals: { payouts: number; amount: number; skipped: number };
  chunks: string[];
}

/** One payout of a chunk's part of the manifest. */
export interface ManifestItem {
  payout_id: string;
  partner_id: string;
  amount: number;
  line_count: number;
}
