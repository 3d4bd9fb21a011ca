import type { Fault } from './fault.rules.ts';

/** How something stands from an instant on. */
export interface Event {
  readonly at: number;
  readonly status: string;
}

/** An item as it was taken in. What becomes of it is its timeline: how it stands is the last event that has come. */
export interface Item {
  readonly payout_item_id: string;
  readonly payout_batch_id: string;
  readonly sender_item_id: string | null;
  readonly receiver: string;
  readonly note: string | null;
  readonly currency: string;
  /** Minor units. */
  readonly amount: number;
  readonly fee: number;
  readonly timeline: readonly Event[];
}

export interface Batch {
  readonly payout_batch_id: string;
  readonly sender_batch_id: string;
  readonly created_at: number;
  readonly currency: string;
  readonly amount: number;
  readonly fees: number;
  readonly item_ids: readonly string[];
  readonly timeline: readonly Event[];
}

/** What can be set while it runs. Durations in ms, amounts in minor units. */
export interface Settings {
  /** Instant that it answers at; null: the system's. A request's `X-Clock` goes before either. */
  readonly now: number | null;
  /** A batch is PENDING so long, then PROCESSING so long. */
  readonly pending_ms: number;
  readonly processing_ms: number;
  /** After SUCCESS, until `reversed@` and `refunded@` come back. */
  readonly comes_back_ms: number;
  readonly token_seconds: number;
  /** What the sender had to begin with, in any currency. */
  readonly funds: number;
  readonly item_fee: number;
  /** Whether a duplicate's answer links to the original. */
  readonly duplicate_link: boolean;
  readonly default_page_size: number;
}

export const DEFAULTS: Settings = {
  now: null,
  pending_ms: 20_000,
  processing_ms: 40_000,
  comes_back_ms: 5 * 86_400_000,
  token_seconds: 32_400,
  funds: 1_000_000_000,
  item_fee: 25,
  duplicate_link: true,
  default_page_size: 100,
};

/** A request that was answered, for tests to look at. */
export interface Asked {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly sender_batch_id: string | null;
  /** What was done and answered; with a fault the answer may have been another. */
  readonly status: number;
  readonly fault: string | null;
}

/** All that the simulator remembers. */
export interface World {
  settings: Settings;
  faults: Fault[];
  /** Token → until when it is good. */
  tokens: Map<string, number>;
  batches: Map<string, Batch>;
  items: Map<string, Item>;
  asked: Asked[];
  /** Makes ids: counts up for ever. */
  serial: number;
}

export function emptyWorld(): World {
  return {
    settings: DEFAULTS,
    faults: [],
    tokens: new Map(),
    batches: new Map(),
    items: new Map(),
    asked: [],
    serial: 0,
  };
}
