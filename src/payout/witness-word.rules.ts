import type { ItemOutcome } from '../paypal/status.rules.ts';
import { canonicalJson } from '../program/canonical.rules.ts';
import type { PayoutTransfer } from './outcome.repo.ts';
import type { PayoutRow, PayoutStatus } from './payout.schema.ts';

/** What people can say of payouts and sendings. */
export type WordKind = 'withheld' | 'resolved' | 'outcomes' | 'came_back' | 'adopted';

/** One movement of a payout's money: kind, part (null where it went as one), amount, instant. */
export type WordTransfer = [PayoutTransfer['kind'], number | null, number, number];

/** An item of a payout's last sending: part, outcome, PayPal's id and PayPal's word. */
export type WordItem = [number, ItemOutcome, string | null, string | null];

/** A payout as a word left it: all of its movements up to there, so that a replay books what is missing of them. */
export interface WordPayout {
  payout_id: string;
  partner_id: string;
  status: PayoutStatus;
  fault: PayoutRow['fault'];
  /** An id at most: no free text. */
  reference: string | null;
  transfers: WordTransfer[];
  items: WordItem[];
}

/** A person's word as the witness keeps it. Ids, amounts and a hashed name; no reasons, no addresses. */
export interface WitnessWord {
  version: 1;
  what: WordKind;
  pay_date: string;
  at: number;
  by: string;
  payouts: WordPayout[];
  adopted: { sender_batch_id: string; payout_batch_id: string } | null;
}

/** The witness's text of a word: equal words give equal bytes. */
export function wordText({ payouts, ...word }: WitnessWord): string {
  const rows = payouts.map((payout) => ({ ...payout })).toSorted((a, b) => (a.payout_id < b.payout_id ? -1 : 1));
  return canonicalJson({ ...word, payouts: rows });
}

/** The reference of a payout as far as it is an id; words that a person typed stay in the books. */
export function idAtMost(reference: string | null): string | null {
  return reference !== null && /^[A-Za-z0-9_-]{1,64}$/.test(reference) ? reference : null;
}

/** Words in the order in which they were said; of one instant, what rests on more comes later. */
export function inOrder(words: readonly WitnessWord[]): WitnessWord[] {
  const weight = ({ payouts }: WitnessWord) => payouts.reduce((sum, { transfers }) => sum + transfers.length, 0);
  return words.toSorted((a, b) => a.at - b.at || weight(a) - weight(b));
}

/** How a payout stands whose money had come back, by all of its movements: what waits for a word, what stayed, or nothing. */
export function standingOf(transfers: readonly WordTransfer[]): 'held' | 'paid' | 'returned' {
  const settled = new Set(
    transfers.flatMap(([kind, part]) => (kind === 'reinstated' || kind === 'written_off' ? [part] : [])),
  );
  if (transfers.some(([kind, part]) => kind === 'came_back' && !settled.has(part))) return 'held';
  const stayed = transfers.reduce(
    (sum, [kind, , amount]) => sum + (kind === 'paid' ? amount : kind === 'came_back' ? -amount : 0),
    0,
  );
  return stayed > 0 ? 'paid' : 'returned';
}

const nameOf = ([kind, part, amount]: WordTransfer): string => `${kind} ${part ?? ''} ${amount}`;

/**
 * What the books lack of a payout's movements, as a word tells them: none where they have gone on past it, null where they say something
 * else, so that the two cannot be joined.
 */
export function transfersLeft(
  posted: readonly WordTransfer[],
  told: readonly WordTransfer[],
): readonly WordTransfer[] | null {
  const [have, want] = [new Set(posted.map(nameOf)), new Set(told.map(nameOf))];
  if (have.isSupersetOf(want)) return [];
  return have.isSubsetOf(want) ? told.filter((transfer) => !have.has(nameOf(transfer))) : null;
}
