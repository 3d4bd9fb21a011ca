import { compareText } from '../commission/term.rules.ts';
import type { Fact, FactOf } from './fact.ts';

/** A refund or a lost dispute as it is to stand in the books, with its reversal where there is one. */
export interface WantedRefund {
  refund_id: string;
  payment_id: string;
  amount: number;
  refunded_at: number;
  reversed_at: number | null;
}

/** Money that went out over a charge or payment intent, before it is known which invoice that paid. */
export type OutgoingRefund = Omit<WantedRefund, 'payment_id'> & Path;

/** What leads to the invoice that was paid. */
export interface Path {
  charge: string | null;
  intent: string | null;
  invoice: string | null;
}

/** A dispute with when it ended, for the hold on what it is about (C2). */
export interface WantedDispute {
  dispute_id: string;
  payment_id: string;
  amount: number;
  opened_at: number;
  ended_at: number | null;
  /** Whether its money ever went out. */
  gone: boolean;
}

/** The facts of one kind. */
export function factsOfKind<K extends Fact['kind']>(facts: readonly Fact[], kind: K): FactOf<K>[] {
  return facts.filter((fact): fact is FactOf<K> => fact.kind === kind);
}

const earliest = (facts: readonly { at: number }[]): number | null =>
  facts.length === 0 ? null : Math.min(...facts.map((fact) => fact.at));

/** The first of several facts about one object: endpoints of two versions may each have told it. */
export function first<F extends Fact>(facts: readonly F[]): F[] {
  const byId = new Map<string, F>();
  const order = (a: F, b: F) => a.at - b.at || compareText(JSON.stringify(a.value), JSON.stringify(b.value));
  for (const fact of facts.toSorted(order)) if (!byId.has(fact.object_id)) byId.set(fact.object_id, fact);
  return [...byId.values()];
}

/** Refunds by their own objects. One that failed is reversed. */
function ownRefunds(facts: readonly Fact[], intentOf: ReadonlyMap<string, string>): OutgoingRefund[] {
  const failed = factsOfKind(facts, 'refund_failed');
  return first(factsOfKind(facts, 'refund')).map(({ object_id, at, value }) => ({
    refund_id: object_id,
    amount: value.amount,
    refunded_at: at,
    reversed_at: earliest(failed.filter((fact) => fact.object_id === object_id)),
    charge: value.charge,
    invoice: value.invoice,
    intent: value.intent ?? (value.charge === null ? null : (intentOf.get(value.charge) ?? null)),
  }));
}

/** The id of what a charge's own count says beyond the refunds that are known. */
function beyondId(charge: string, at: number, amount: number): string {
  return `${charge}:refunded:${at / 1000}:${amount}`;
}

/** Whether a refund in the books was told for a charge's own count alone; it gives way once its refunds are known. */
export function isBeyond(refund_id: string): boolean {
  return /^[^:]+:refunded:\d+:\d+$/.test(refund_id);
}

/**
 * What `charge.refunded` counts beyond the refunds that are known by themselves: an endpoint may hear of only one of the two, and neither is
 * counted twice. The count is cumulative, so each step is compared with what had been refunded by then.
 */
function beyond(facts: readonly Fact[], known: readonly OutgoingRefund[], intentOf: ReadonlyMap<string, string>) {
  const counts = factsOfKind(facts, 'charge_refunded').toSorted(
    (a, b) => a.at - b.at || a.value.amount - b.value.amount,
  );
  const pieces: OutgoingRefund[] = [];
  for (const { object_id: charge, at, value } of counts) {
    const intent = intentOf.get(charge) ?? null;
    const sum = (refunds: readonly OutgoingRefund[]) => refunds.reduce((total, refund) => total + refund.amount, 0);
    const own = known.filter(
      (refund) =>
        (refund.charge === charge || (refund.charge === null && intent !== null && refund.intent === intent)) &&
        refund.refunded_at <= at &&
        (refund.reversed_at === null || refund.reversed_at > at),
    );
    const amount = value.amount - sum(own) - sum(pieces.filter((piece) => piece.charge === charge));
    if (amount > 0)
      pieces.push({
        refund_id: beyondId(charge, at, amount),
        amount,
        refunded_at: at,
        reversed_at: null,
        charge,
        intent,
        invoice: null,
      });
  }
  return pieces;
}

const found = (map: ReadonlyMap<string, string>, id: string | null) => (id === null ? undefined : map.get(id));

/**
 * Which intent each charge belongs to, and which payment each charge or intent is: the invoice that it paid, else one that the books have
 * under its own id. `known` are the ids of payments in the books.
 */
export function paths(facts: readonly Fact[], known: ReadonlySet<string>) {
  const intentOf = new Map(first(factsOfKind(facts, 'charge')).map((fact) => [fact.object_id, fact.value.intent]));
  const invoiceOf = new Map(first(factsOfKind(facts, 'pays')).map((fact) => [fact.object_id, fact.value.invoice]));
  const paymentOf = ({ charge, intent, invoice }: Path): string | null => {
    const through = intent ?? found(intentOf, charge) ?? null;
    const paid = invoice ?? found(invoiceOf, charge) ?? found(invoiceOf, through) ?? null;
    return [paid, charge, through].find((id) => id !== null && known.has(id)) ?? paid;
  };
  return { intentOf, paymentOf };
}

/** The refunds, by their own objects and by what charges count beyond those. */
export function outgoing(facts: readonly Fact[], intentOf: ReadonlyMap<string, string>): OutgoingRefund[] {
  const known = ownRefunds(facts, intentOf);
  return [...known, ...beyond(facts, known, intentOf)];
}

/** The disputes, each with what it is about and when it ended. */
export function disputesOf(facts: readonly Fact[]) {
  const closed = factsOfKind(facts, 'dispute_closed');
  const gone = new Set(factsOfKind(facts, 'dispute_out').map((fact) => fact.object_id));
  return first(factsOfKind(facts, 'dispute')).map(({ object_id, at, value }) => ({
    dispute_id: object_id,
    amount: value.amount,
    opened_at: at,
    ended_at: earliest(closed.filter((fact) => fact.object_id === object_id)),
    gone: gone.has(object_id),
    charge: value.charge,
    intent: value.intent,
    invoice: null,
  }));
}
