import type { RefundFact } from './facts.ts';
import { compareText } from './term.rules.ts';

/** The order in which refunds count: by their own instant, then id, whenever they were told. */
export function refundOrder(a: RefundFact, b: RefundFact): number {
  return a.refunded_at - b.refunded_at || compareText(a.refund_id, b.refund_id);
}

/**
 * The refunds of one payment that fit into what was paid, in order. One that would make more refunded than paid in all does not
 * count (`refund_too_large`); a reversed one takes no room. So the same refunds told in any order leave the same ones out.
 */
export function fittingRefunds(
  paid: number,
  refunds: readonly RefundFact[],
): { fitting: RefundFact[]; too_large: RefundFact[] } {
  const fitting: RefundFact[] = [];
  const too_large: RefundFact[] = [];
  let room = paid;
  for (const refund of refunds.toSorted(refundOrder)) {
    const needed = refund.reversed_at === null ? refund.amount : 0;
    if (refund.amount > paid || needed > room) too_large.push(refund);
    else {
      room -= needed;
      fitting.push(refund);
    }
  }
  return { fitting, too_large };
}
