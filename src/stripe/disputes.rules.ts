import type { Fact } from './fact.ts';
import { amountOf, fieldsOf, itemsOf, signedOf, textOf, type Fields } from './fields.rules.ts';
import { factsOfKind, first, type OutgoingRefund, type Path } from './refunds.rules.ts';

/**
 * How much of a lost dispute's money came back, in its own currency; null: nothing did, or it is not said. An account that settles in
 * another currency is told in that one: then the share counts, half-up.
 */
export function cameBack(dispute: Fields): number | null {
  const amount = amountOf(dispute['amount']) ?? 0;
  const currency = textOf(dispute['currency'], 3);
  let [out, back, own] = [0, 0, true];
  for (const item of itemsOf(dispute['balance_transactions'])) {
    const moved = signedOf(fieldsOf(item)['amount']) ?? 0;
    if (moved < 0) out -= moved;
    else back += moved;
    own &&= fieldsOf(item)['currency'] === currency;
  }
  if (back === 0 || out === 0) return null;
  const share = own ? back : Number((2n * BigInt(amount) * BigInt(back) + BigInt(out)) / (2n * BigInt(out)));
  return Math.min(share, amount);
}

/** One time that a dispute's money went out, with what of it came back, and when all did. */
export interface DisputeRound extends Path {
  dispute_id: string;
  n: number;
  amount: number;
  /** Whether the dispute has had several amounts: what was told of another one gives way. */
  altered: boolean;
  refunded_at: number;
  returned: { amount: number; at: number }[];
  reversed_at: number | null;
}

const sum = (rows: readonly { amount: number }[]): number => rows.reduce((total, row) => total + row.amount, 0);

/** The rounds of each dispute: its money may go out and come back more than once. Of several amounts the largest counts. */
export function disputeRounds(facts: readonly Fact[]): DisputeRound[] {
  const moves = [...factsOfKind(facts, 'dispute_out'), ...factsOfKind(facts, 'dispute_in')].toSorted(
    (a, b) => a.at - b.at || Number(a.kind === 'dispute_in') - Number(b.kind === 'dispute_in'),
  );
  const told = factsOfKind(facts, 'dispute');
  return first(told).flatMap(({ object_id, at, value: { charge, intent } }) => {
    const amounts = new Set(told.flatMap((fact) => (fact.object_id === object_id ? [fact.value.amount] : [])));
    const amount = Math.max(...amounts);
    const rounds: DisputeRound[] = [];
    for (const move of moves.filter((candidate) => candidate.object_id === object_id)) {
      const open = rounds.findLast((round) => round.reversed_at === null);
      if (move.kind === 'dispute_out') {
        const n = rounds.length + 1;
        const path = { charge, intent, invoice: null };
        // The first round is dated by the dispute itself, which every event of it says alike.
        const refunded_at = n === 1 ? at : move.at;
        const round = { dispute_id: object_id, n, amount, altered: amounts.size > 1, refunded_at, ...path };
        if (!open) rounds.push({ ...round, returned: [], reversed_at: null });
      } else if (open && move.value.amount === undefined) open.reversed_at = move.at;
      else if (open) {
        const more = (move.value.amount ?? 0) - sum(open.returned);
        if (more > 0) open.returned.push({ amount: more, at: move.at });
      }
    }
    return amount > 0 ? rounds : [];
  });
}

/**
 * A round as refunds, of no more than `room`: what other refunds have left of the payment. A part that came back is a refund of its own, with
 * its reversal. What is whole has the dispute's id; each other piece an id with its amount, so that it gives way when more becomes known.
 */
export function piecesOf(round: DisputeRound, room: number): OutgoingRefund[] {
  const { dispute_id, n, amount, altered, refunded_at, returned, reversed_at, charge, intent, invoice } = round;
  const kept = Math.min(amount - sum(returned), room);
  let back = Math.min(amount, room) - kept;
  const whole = kept === amount && !altered;
  const plain = n === 1 ? dispute_id : `${dispute_id}:${n}`;
  const shared = { refunded_at, charge, intent, invoice };
  const refund_id = whole ? plain : `${dispute_id}:${n}:${kept}`;
  const pieces: OutgoingRefund[] = kept > 0 ? [{ refund_id, amount: kept, reversed_at, ...shared }] : [];
  for (const [i, part] of returned.entries()) {
    const piece = Math.min(part.amount, back);
    back -= piece;
    const id = `${dispute_id}:${n}:back:${i + 1}:${piece}`;
    if (piece > 0) pieces.push({ refund_id: id, amount: piece, reversed_at: part.at, ...shared });
  }
  return pieces;
}

/** Whether a refund in the books was told for one of these disputes. */
export function isOfDispute(refund_id: string, dispute_ids: ReadonlySet<string>): boolean {
  return dispute_ids.has(refund_id.split(':')[0] ?? '');
}
