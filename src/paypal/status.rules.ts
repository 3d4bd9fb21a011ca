/** How an item stands, as far as this program acts on it. */
export type ItemOutcome =
  /** The receiver has the money. It can still come back later. */
  | 'paid'
  /** Waits for the receiver to open an account; PayPal returns it after 30 days. */
  | 'unclaimed'
  /** P7: PayPal confirms that this item did not pay: its amount is due anew. */
  | 'ended'
  /** P7: paid once, and the money is back with the sender. */
  | 'came_back'
  /** Not decided: look again. */
  | 'waiting'
  /** A word that this program does not know: look again, tell a person, never final. */
  | 'unknown';

export interface ItemStanding {
  readonly outcome: ItemOutcome;
  /** PayPal will not go on with it by itself. A paid item is terminal, but re-read for 60 days. */
  readonly terminal: boolean;
}

const ITEMS: ReadonlyMap<string, ItemStanding> = new Map([
  ['SUCCESS', { outcome: 'paid', terminal: true }],
  ['UNCLAIMED', { outcome: 'unclaimed', terminal: false }],
  ['FAILED', { outcome: 'ended', terminal: true }],
  ['DENIED', { outcome: 'ended', terminal: true }],
  ['RETURNED', { outcome: 'ended', terminal: true }],
  ['REFUNDED', { outcome: 'came_back', terminal: true }],
  ['REVERSED', { outcome: 'came_back', terminal: true }],
  ['PENDING', { outcome: 'waiting', terminal: false }],
  ['ONHOLD', { outcome: 'waiting', terminal: false }],
  ['ON_HOLD', { outcome: 'waiting', terminal: false }],
  // Blocked is not yet decided: PayPal confirms by another word that it has not paid.
  ['BLOCKED', { outcome: 'waiting', terminal: false }],
]);

/** P7: what PayPal's word for an item means. Absent, before the item is taken up, it waits; the words are an open set. */
export function itemStanding(transaction_status: string | null): ItemStanding {
  if (transaction_status === null) return { outcome: 'waiting', terminal: false };
  return ITEMS.get(transaction_status) ?? { outcome: 'unknown', terminal: false };
}

/** How a batch stands. `processed` says nothing of its items; `denied` paid none and frees its id; of `unknown` a person is told. */
export type BatchStanding = 'processing' | 'processed' | 'denied' | 'unknown';

const BATCHES: ReadonlyMap<string, BatchStanding> = new Map([
  ['PENDING', 'processing'],
  ['PROCESSING', 'processing'],
  ['SUCCESS', 'processed'],
  ['DENIED', 'denied'],
]);

/** What PayPal's word for a batch means. */
export function batchStanding(batch_status: string): BatchStanding {
  return BATCHES.get(batch_status) ?? 'unknown';
}
