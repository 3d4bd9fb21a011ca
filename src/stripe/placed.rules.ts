import { fittingRefunds } from '../commission/refund.rules.ts';
import { compareText } from '../commission/term.rules.ts';
import { disputeRounds, piecesOf, type DisputeRound } from './disputes.rules.ts';
import type { Fact } from './fact.ts';
import { disputesOf, factsOfKind, outgoing, paths, type OutgoingRefund, type Path } from './refunds.rules.ts';
import type { WantedDispute, WantedRefund } from './refunds.rules.ts';

/** A payment that the books have under an id of this component: told by Stripe's events, an import or a server. */
export interface KnownPayment {
  payment_id: string;
  account_id: string;
  amount: number;
}

/** Refunds and disputes with the payment that each is of, and the objects for which none is known. */
export interface Placed {
  refunds: WantedRefund[];
  disputes: WantedDispute[];
  unplaced: string[];
}

type Of<T> = Omit<T, keyof Path> & { payment_id: string };

function bare<T extends Path>({ charge: _, intent: __, invoice: ___, ...rest }: T, payment_id: string): Of<T> {
  return { ...rest, payment_id };
}

const lasting = (rows: readonly { amount: number; reversed_at: number | null }[]): number =>
  rows.reduce((total, row) => total + (row.reversed_at === null ? row.amount : 0), 0);

const byDate = (a: DisputeRound, b: DisputeRound): number =>
  a.refunded_at - b.refunded_at || compareText(a.dispute_id, b.dispute_id);

/** What the disputes of one payment take back: no more than its refunds, and the disputes before, have left. */
function disputeRefunds(
  paid: number,
  refunds: readonly WantedRefund[],
  rounds: readonly DisputeRound[],
): OutgoingRefund[] {
  let room = paid - lasting(fittingRefunds(paid, refunds).fitting);
  return rounds.toSorted(byDate).flatMap((round) => {
    const pieces = piecesOf(round, room);
    room -= lasting(pieces);
    return pieces;
  });
}

/** Which payment each refund and dispute is of (C2). `amounts` are those of all payments that are known, by id, in minor units. */
export function placed(facts: readonly Fact[], amounts: ReadonlyMap<string, number>): Placed {
  const { intentOf, paymentOf } = paths(facts, new Set(amounts.keys()));
  const unplaced: string[] = [];
  const place = <T extends Path>(rows: readonly T[], id: (row: T) => string): Of<T>[] =>
    rows.flatMap((row) => {
      const payment_id = paymentOf(row);
      if (payment_id !== null && amounts.has(payment_id)) return [bare(row, payment_id)];
      unplaced.push(id(row));
      return [];
    });
  const refunds = place(outgoing(facts, intentOf), (row) => row.refund_id);
  const disputes = place(disputesOf(facts), (row) => row.dispute_id);
  const rounds = disputeRounds(facts).flatMap((round) => {
    const payment_id = paymentOf(round);
    return payment_id !== null && amounts.has(payment_id) ? [{ round, payment_id }] : [];
  });
  const taken = [...Map.groupBy(rounds, (row) => row.payment_id)].flatMap(([payment_id, rows]) => {
    const own = refunds.filter((refund) => refund.payment_id === payment_id);
    const pieces = disputeRefunds(
      amounts.get(payment_id) ?? 0,
      own,
      rows.map((row) => row.round),
    );
    return pieces.map((piece) => bare(piece, payment_id));
  });
  return { refunds: [...refunds, ...taken], disputes, unplaced };
}

/** Money that was collected and is of no payment that is known: of a customer, or of a guest. */
export function uninvoiced(
  facts: readonly Fact[],
  known: ReadonlySet<string>,
): { object_id: string; reason: 'no_invoice' | 'no_customer' }[] {
  const { intentOf } = paths(facts, known);
  const explained = new Set(known);
  for (const { object_id } of factsOfKind(facts, 'pays')) {
    explained.add(object_id);
    explained.add(intentOf.get(object_id) ?? object_id);
  }
  for (const [charge, intent] of intentOf) if (explained.has(charge)) explained.add(intent);
  return factsOfKind(facts, 'collected')
    .filter(({ object_id }) => !explained.has(object_id))
    .map(({ object_id, value }) => ({ object_id, reason: value.customer === null ? 'no_customer' : 'no_invoice' }));
}
