import type { RailName } from './payout.schema.ts';

/** One frozen payout as a rail is given it. Amounts are minor units of the batch's one currency. */
export interface RailItem {
  payout_id: string;
  amount: number;
  /** The PayPal address; read at the last moment, and kept nowhere else. */
  receiver: string;
}

/** What a rail sends at once: frozen items under an id that is the same at every attempt to send them. */
export interface RailBatch {
  send_id: string;
  currency: string;
  note: string;
  items: readonly RailItem[];
}

/**
 * What became of handing a batch over. `accepted` is never payment. `unknown` (a time-out, an answer that cannot be read) is asked again
 * under the same id with the same bytes, never under another. `refused` says that nothing was created, and whose item is at fault.
 */
export type Handover =
  | { state: 'handed_to_person'; document: string }
  | { state: 'accepted'; provider_batch_id: string }
  | { state: 'unknown'; reason: string }
  | { state: 'refused'; reason: string; payout_id: string | null };

/** How a provider says that an item stands, as far as this program acts on it. */
export type ItemProgress =
  /** Not decided, or a word that this program does not know: look again, never final. */
  | { final: false; status: 'in_flight' | 'unclaimed'; known: boolean }
  | { final: true; status: 'paid' | 'failed' | 'returned' };

/** A way by which money leaves. The rail of a batch is fixed when it is frozen. */
export interface Rail {
  readonly name: RailName;
  /** Hands items over, or asks again what became of them under the same id. */
  hand(batch: RailBatch): Promise<Handover>;
  /** What a provider's word for an item means. Words are an open set. */
  progress(word: string): ItemProgress;
}
