import { currencyDigits } from '../money/currency.rules.ts';
import { decimalString } from '../money/money.rules.ts';
import { isPayable, itemCap, splitAmount } from './amount.rules.ts';
import type { components } from './payouts.types.ts';

type CreatePayout = components['schemas']['create_payout_request'];

/** PayPal's limit of one batch. */
export const MAX_ITEMS = 15_000;
/** Items of a chunk unless told otherwise: small enough to rebuild and compare. */
export const DEFAULT_ITEMS = 500;
/** The serializer that new chunks are sent with. A chunk keeps the version it was first sent with: other bytes could pay twice. */
export const BODY_VERSION = 1;

/** One frozen payout as PayPal is told it. Amount in minor units, above zero. */
export interface FrozenItem {
  readonly payout_id: string;
  readonly amount: number;
  /** The PayPal address. */
  readonly receiver: string;
}

/** Which sending of which part of which Friday. `chunk` and `attempt` count from 1. */
export interface SendName {
  readonly program_id: string;
  readonly pay_date: string;
  readonly chunk: number;
  readonly attempt: number;
}

export interface Chunk extends SendName {
  readonly currency: string;
  /** What receivers read. */
  readonly note: string;
  readonly items: readonly FrozenItem[];
}

/** The bytes of a chunk's POST (as text: UTF-8) and what stands where in it, or why there is none. */
export type Body =
  | { ok: true; version: number; sender_batch_id: string; body: string; sender_item_ids: readonly string[] }
  | { ok: false; reason: 'version' | 'currency' | 'empty' | 'too_many_items' | 'bad_item'; payout_id: string | null };

/** P7: the one thing by which PayPal knows a sending again, for 30 days. The same sending always has the same one. */
export function senderBatchId({ program_id, pay_date, chunk, attempt }: SendName): string {
  return `${program_id}-${pay_date}-${chunk}-${attempt}`;
}

/** How items name their payout: its id, or `id.2` for the second part of one above the cap. */
export function senderItemId(payout_id: string, part: number, parts: number): string {
  return parts === 1 ? payout_id : `${payout_id}.${part}`;
}

/** The payout that an item belongs to. Ids of payouts have no dot. */
export function payoutIdOf(sender_item_id: string): string {
  const dot = sender_item_id.indexOf('.');
  return dot === -1 ? sender_item_id : sender_item_id.slice(0, dot);
}

/**
 * Cuts frozen payouts, in their order, into chunks of at most `max_items` items. The parts of one payout stay together, so that one
 * answer tells of all of them; a payout with more parts than that is a chunk of its own.
 */
export function chunked<Item extends FrozenItem>(
  items: readonly Item[],
  currency: string,
  max_items: number = DEFAULT_ITEMS,
): Item[][] {
  const limit = Math.min(max_items, MAX_ITEMS);
  const cap = itemCap(currency);
  const chunks: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const parts = partsOf(item.amount, cap);
    const last = chunks.at(-1);
    if (last && parts <= room) last.push(item);
    else chunks.push([item]);
    room = (last && parts <= room ? room : limit) - parts;
  }
  return chunks;
}

/** How many items pay an amount. */
function partsOf(amount: number, cap: number): number {
  return (amount - (amount % cap)) / cap + (amount % cap > 0 ? 1 : 0);
}

function isSound({ payout_id, amount, receiver }: FrozenItem): boolean {
  return /^[^.]{1,56}$/.test(payout_id) && Number.isSafeInteger(amount) && amount > 0 && receiver !== '';
}

/**
 * The body of a chunk's POST. The same chunk and version give the same bytes for ever: keys in a fixed order, no white space, amounts by
 * integer arithmetic. One currency, at most 15,000 items, what is above the item cap in several.
 */
export function payoutBody(chunk: Chunk, version: number = BODY_VERSION): Body {
  const { currency, note } = chunk;
  const refused = (reason: Extract<Body, { ok: false }>['reason'], payout_id: string | null = null): Body => ({
    ok: false,
    reason,
    payout_id,
  });
  if (version !== 1) return refused('version');
  if (!isPayable(currency)) return refused('currency');
  if (chunk.items.length === 0) return refused('empty');
  const unsound = chunk.items.find((item) => !isSound(item));
  if (unsound) return refused('bad_item', unsound.payout_id);
  // Asked once: to ask for a currency's digits costs more than all else that is done for an item.
  const [cap, digits] = [itemCap(currency), currencyDigits(currency)];
  const count = chunk.items.reduce((sum, item) => sum + partsOf(item.amount, cap), 0);
  if (count > MAX_ITEMS) return refused('too_many_items');
  const items = chunk.items.flatMap(({ payout_id, amount, receiver }) =>
    splitAmount(amount, cap).map((part, i, { length }) => ({
      recipient_type: 'EMAIL',
      amount: { value: decimalString(part, digits), currency },
      note,
      sender_item_id: senderItemId(payout_id, i + 1, length),
      receiver,
    })),
  );
  const sender_batch_id = senderBatchId(chunk);
  const body: CreatePayout = { sender_batch_header: { sender_batch_id }, items };
  const sender_item_ids = items.map(({ sender_item_id }) => sender_item_id);
  return { ok: true, version, sender_batch_id, body: JSON.stringify(body), sender_item_ids };
}
