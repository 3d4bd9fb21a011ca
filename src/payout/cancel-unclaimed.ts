import { logLine } from '../log.ts';
import { commit } from '../program/commit.repo.ts';
import { keepTry, unclaimedPayouts } from './cancel.repo.ts';
import { dueCancellations } from './cancel.rules.ts';
import type { CancellationRow } from './cancel.schema.ts';
import type { SendContext } from './make-send.ts';
import { poll } from './poll.ts';
import { itemsOfPayout, sendOfPayout } from './send.repo.ts';
import type { SendRow } from './send.schema.ts';

/** Which cancellations to try: of one partner or (null) of all, so long after a former try, at most so many. */
export interface CancelRun {
  partner_id: string | null;
  again_ms: number;
  limit: number;
}

/**
 * P7: tells PayPal to give back what stands UNCLAIMED and is to be cancelled, then asks how it stands, and books that alone. Safe to run
 * again after it died anywhere and twice at once: PayPal refuses to cancel what it has given back, or what has been claimed meanwhile, and
 * the look that follows says which. Answers with how many payouts were tried.
 */
export async function cancelUnclaimed(
  context: SendContext,
  { partner_id, again_ms, limit }: CancelRun,
  now: number,
): Promise<number> {
  const due = dueCancellations(await unclaimedPayouts(context.db, partner_id), now, again_ms).slice(0, limit);
  const told = new Map<string, SendRow>();
  for (const cancellation of due) {
    const send = await tell(context, cancellation, now);
    if (send) told.set(send.sender_batch_id, send);
  }
  for (const send of told.values()) await poll(context, send, now);
  return due.length;
}

/** Tells PayPal to cancel each unclaimed item of a payout, and keeps that it was told; answers with the sending to look at. */
async function tell({ db, paypal }: SendContext, cancellation: CancellationRow, now: number): Promise<SendRow | null> {
  const { payout_id, cause } = cancellation;
  const send = await sendOfPayout(db, payout_id);
  if (send?.status !== 'accepted') return null;
  for (const { outcome, provider_item_id } of await itemsOfPayout(db, send.sender_batch_id, payout_id)) {
    if (outcome !== 'unclaimed' || provider_item_id === null) continue;
    // What is answered decides nothing: it may be lost, and the item may have been given back by an earlier try.
    const { state } = await paypal.cancelItem(provider_item_id);
    logLine('payout_cancelled', { payout_id, cause, state });
  }
  await commit(db, [], [keepTry(db, cancellation, now)]);
  return send;
}
