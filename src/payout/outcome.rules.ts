import type { BatchRow, PayoutRow, PayoutStatus } from './payout.schema.ts';
import type { OutcomeItem } from './rpc.ts';

/** Statuses in which a payout's money is on the way: on the clearing account. */
export const ON_THE_WAY: readonly PayoutStatus[] = ['frozen', 'sending', 'in_flight', 'unclaimed'];

/** What an outcome does to one payout. */
export interface Move {
  payout_id: string;
  partner_id: string;
  amount: number;
  /** Never before what is known of the payout already. */
  at: number;
  from: PayoutStatus;
  to: 'paid' | 'failed' | 'returned' | 'held';
  transfer: 'paid' | 'returned' | 'came_back';
  reference: string | null;
  reason: string | null;
  fault: 'receiver' | 'sender' | null;
}

/** What a call with outcomes comes to. */
export type OutcomeDecision =
  | { ok: true; moves: Move[] }
  | { ok: false; reason: 'batch_state' | 'other_rail' | 'invalid' | 'conflict'; detail: string };

type Step = { to: Move['to']; transfer: Move['transfer'] } | 'same' | 'conflict';

/** P7, forward only: what an outcome means for a payout in a status. */
export function stepOf(from: PayoutStatus, outcome: OutcomeItem['status']): Step {
  switch (from) {
    case 'frozen':
    case 'sending':
    case 'in_flight':
    case 'unclaimed':
      return { to: outcome, transfer: outcome === 'paid' ? 'paid' : 'returned' };
    case 'paid':
      if (outcome === 'paid') return 'same';
      return outcome === 'returned' ? { to: 'held', transfer: 'came_back' } : 'conflict';
    case 'held':
    case 'returned':
      return outcome === 'returned' ? 'same' : 'conflict';
    case 'failed':
      return outcome === 'failed' ? 'same' : 'conflict';
  }
}

const RECEIVER =
  /receiver|recipient|payee|unclaimed|refused|declined|malformed|unregistered|not registered|unconfirmed|closed|locked|(?:invalid|unknown|wrong)[ _-](?:e-?mail|address|account)/i;
const SENDER = /sender|insufficient|funds|balance|limit/i;

/**
 * P3: whether money came back for a reason on the receiver's side, by the words of the reason. A returned payout is the receiver's unless
 * the reason names the sender; a failed one is only where the reason names the receiver.
 */
export function faultOf(status: 'failed' | 'returned', reason: string | null): 'receiver' | 'sender' {
  if (reason !== null && RECEIVER.test(reason)) return 'receiver';
  return status === 'failed' || (reason !== null && SENDER.test(reason)) ? 'sender' : 'receiver';
}

/** States of a batch in which outcomes can come. */
const TAKES_OUTCOMES: ReadonlySet<BatchRow['status']> = new Set([
  'frozen',
  'sending',
  'in_flight',
  'settled',
  'needs_attention',
]);

function differs(told: string | undefined, kept: string | null): boolean {
  return told !== undefined && told !== kept;
}

function listed(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(', ')} and ${ids.length - 5} more` : ids.join(', ');
}

/**
 * Decides outcomes told of a batch on the export rail, all or none: each payout moves forward or stands there already. `payouts` are those
 * of the batch that the items name.
 */
export function decideOutcomes(
  batch: Pick<BatchRow, 'pay_date' | 'status' | 'rail'>,
  payouts: readonly PayoutRow[],
  items: readonly OutcomeItem[],
  now: number,
): OutcomeDecision {
  if (batch.rail !== 'export') {
    return { ok: false, reason: 'other_rail', detail: `The batch of ${batch.pay_date} goes by ${batch.rail}.` };
  }
  if (!TAKES_OUTCOMES.has(batch.status)) {
    return { ok: false, reason: 'batch_state', detail: `The batch of ${batch.pay_date} is ${batch.status}.` };
  }
  const byId = new Map(payouts.map((payout) => [payout.payout_id, payout]));
  const twice = items.filter((item, i) => items.findIndex((other) => other.payout_id === item.payout_id) !== i);
  if (twice.length > 0) return invalid('named twice', twice);
  const unknown = items.filter((item) => !byId.has(item.payout_id));
  if (unknown.length > 0) return invalid('not in this batch', unknown);
  const moves: Move[] = [];
  const conflicts: string[] = [];
  for (const item of items) {
    const payout = byId.get(item.payout_id);
    if (!payout) continue;
    const step = stepOf(payout.status, item.status);
    const same = step === 'same' && !differs(item.reference, payout.reference) && !differs(item.reason, payout.reason);
    if (step === 'conflict' || (step === 'same' && !same)) conflicts.push(item.payout_id);
    else if (step !== 'same') moves.push(moveOf(payout, item, step, now));
  }
  if (conflicts.length > 0) {
    return { ok: false, reason: 'conflict', detail: `Another outcome is recorded already of ${listed(conflicts)}.` };
  }
  return { ok: true, moves };
}

function invalid(what: string, items: readonly OutcomeItem[]): OutcomeDecision {
  return { ok: false, reason: 'invalid', detail: `${what}: ${listed(items.map((item) => item.payout_id))}` };
}

function moveOf(payout: PayoutRow, item: OutcomeItem, step: Exclude<Step, string>, now: number): Move {
  const { payout_id, partner_id, amount, status: from } = payout;
  const reason = item.reason ?? payout.reason;
  const ended = step.to === 'failed' || step.to === 'returned';
  return {
    payout_id,
    partner_id,
    amount,
    at: Math.max(now, payout.status_at),
    from,
    ...step,
    reference: item.reference ?? payout.reference,
    reason,
    fault: ended ? faultOf(step.to as 'failed' | 'returned', item.reason ?? null) : null,
  };
}
