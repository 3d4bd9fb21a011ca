import type { Item, Settings } from './model.ts';
import { statusAt } from './timeline.rules.ts';

/** Where an item's money is. */
export type Whereabouts = 'receiver' | 'on_the_way' | 'sender' | 'came_back';

/** Where the money of an item in a status is; what PayPal has not decided is neither the sender's nor the receiver's. */
export function whereabouts(status: string): Whereabouts {
  switch (status) {
    case 'SUCCESS':
      return 'receiver';
    case 'FAILED':
    case 'DENIED':
    case 'RETURNED':
      return 'sender';
    case 'REFUNDED':
    case 'REVERSED':
      return 'came_back';
    default:
      return 'on_the_way';
  }
}

/** The fee of an item: none while it is pending, and none where nothing was paid. */
export function feeAt(item: Item, now: number): number {
  const status = statusAt(item.timeline, now);
  return status === 'PENDING' || whereabouts(status) === 'sender' ? 0 : item.fee;
}

export interface Entry {
  readonly payout_item_id: string;
  readonly payout_batch_id: string;
  readonly sender_item_id: string | null;
  readonly receiver: string;
  readonly currency: string;
  readonly amount: number;
  readonly fee: number;
  readonly status: string;
  readonly whereabouts: Whereabouts;
}

/** Sums of a currency, minor units. */
export interface Totals {
  receiver: number;
  on_the_way: number;
  sender: number;
  came_back: number;
  fees: number;
  /** What the sender can still send. */
  balance: number;
}

/** What was really paid, item by item, and where all the money is, at an instant. */
export function ledgerAt(items: Iterable<Item>, settings: Settings, now: number) {
  const totals: Record<string, Totals> = {};
  const entries: Entry[] = [];
  for (const item of items) {
    const { payout_item_id, payout_batch_id, sender_item_id, receiver, currency, amount } = item;
    const status = statusAt(item.timeline, now);
    const where = whereabouts(status);
    const fee = feeAt(item, now);
    entries.push({
      payout_item_id,
      payout_batch_id,
      sender_item_id,
      receiver,
      currency,
      amount,
      fee,
      status,
      whereabouts: where,
    });
    const sums = (totals[currency] ??= {
      receiver: 0,
      on_the_way: 0,
      sender: 0,
      came_back: 0,
      fees: 0,
      balance: settings.funds,
    });
    sums[where] += amount;
    sums.fees += fee;
    sums.balance -= fee + (where === 'receiver' || where === 'on_the_way' ? amount : 0);
  }
  return { entries, totals };
}

/** What the sender can still send in a currency. */
export function balanceAt(items: Iterable<Item>, settings: Settings, currency: string, now: number): number {
  return ledgerAt(items, settings, now).totals[currency]?.balance ?? settings.funds;
}
