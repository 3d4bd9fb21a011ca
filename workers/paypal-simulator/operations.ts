import {
  batchReply,
  createdReply,
  errorReply,
  itemReply,
  originalLink,
  type PageOf,
  type Reply,
} from './answer.rules.ts';
import { balanceAt } from './ledger.rules.ts';
import type { Batch, Item } from './model.ts';
import { scan, type Detail, type Request } from './request.rules.ts';
import type { State } from './state.ts';
import { batchTimeline, itemTimeline, overridden, statusAt, takenBy } from './timeline.rules.ts';

/** When and where a request is answered. */
export interface Moment {
  readonly now: number;
  readonly origin: string;
}

const MESSAGES: Readonly<Record<string, string>> = {
  VALIDATION_ERROR: 'Invalid request - see details',
  MALFORMED_REQUEST_JSON: 'The request JSON is not well formed.',
};

/** An id as PayPal makes them: letters and figures. */
const idOf = (prefix: string, n: number) => `${prefix}${n.toString(36).toUpperCase().padStart(11, '0')}`;

function duplicateReply(state: State, original: Batch, origin: string): Reply {
  const detail: Detail = {
    field: 'SENDER_BATCH_ID',
    issue: 'Batch with given sender_batch_id already exists',
    ...(state.world.settings.duplicate_link ? { link: originalLink(origin, original.payout_batch_id) } : {}),
  };
  return errorReply(400, 'USER_BUSINESS_ERROR', 'User business error.', [detail]);
}

function takeIn(state: State, request: Request, denied: boolean, now: number): Batch {
  const { settings } = state.world;
  const payout_batch_id = idOf('B', state.next());
  const items = request.items.map((wanted): Item => ({
    ...wanted,
    payout_item_id: idOf('I', state.next()),
    payout_batch_id,
    fee: settings.item_fee,
    timeline: itemTimeline(wanted.receiver, now, settings, denied),
  }));
  const batch: Batch = {
    payout_batch_id,
    sender_batch_id: request.sender_batch_id,
    created_at: now,
    currency: request.currency,
    amount: items.reduce((sum, item) => sum + item.amount, 0),
    fees: items.length * settings.item_fee,
    item_ids: items.map((item) => item.payout_item_id),
    timeline: batchTimeline(now, settings, denied),
  };
  state.putBatch(batch, items);
  return batch;
}

/** A create: scanned, refused where its id is taken or the funds do not cover it, taken in otherwise. */
export function create(state: State, body: string, denied: boolean, { now, origin }: Moment): Reply {
  const scanned = scan(body);
  if (!scanned.ok) return errorReply(400, scanned.name, MESSAGES[scanned.name] ?? '', scanned.details);
  const { request } = scanned;
  const { batches, items, settings } = state.world;
  const original = takenBy(batches.values(), request.sender_batch_id, now);
  if (original) return duplicateReply(state, original, origin);
  const needed = request.items.reduce((sum, item) => sum + item.amount + settings.item_fee, 0);
  if (needed > balanceAt(items.values(), settings, request.currency, now)) {
    return errorReply(422, 'INSUFFICIENT_FUNDS', 'Sender does not have sufficient funds.');
  }
  return createdReply(takeIn(state, request, denied, now), now, origin);
}

const notFound = () => errorReply(404, 'INVALID_RESOURCE_ID', 'Requested resource ID was not found.');

const isCount = (n: number) => Number.isSafeInteger(n) && n >= 1 && n <= 1000;

/** One page of a batch; pages hold 1,000 items at most. */
export function showBatch(state: State, id: string, page: PageOf, { now, origin }: Moment): Reply {
  const batch = state.world.batches.get(id);
  if (!batch) return notFound();
  if (!isCount(page.page) || !isCount(page.page_size)) {
    return errorReply(400, 'VALIDATION_ERROR', 'Invalid request - see details', [
      { field: 'page_size', issue: 'must be between 1 and 1000' },
    ]);
  }
  const items = batch.item_ids.flatMap((item_id) => state.world.items.get(item_id) ?? []);
  return batchReply(batch, items, page, now, origin);
}

function found(state: State, id: string): { item: Item; batch: Batch } | null {
  const item = state.world.items.get(id);
  const batch = item && state.world.batches.get(item.payout_batch_id);
  return item && batch ? { item, batch } : null;
}

export function showItem(state: State, id: string, { now, origin }: Moment): Reply {
  const known = found(state, id);
  return known ? itemReply(known.item, known.batch, now, origin) : notFound();
}

/** Returns an unclaimed item to the sender at once. */
export function cancelItem(state: State, id: string, { now, origin }: Moment): Reply {
  const known = found(state, id);
  if (!known) return notFound();
  const status = statusAt(known.item.timeline, now);
  if (status === 'RETURNED') return errorReply(400, 'ITEM_ALREADY_CANCELLED', 'Requested item is already cancelled.');
  if (status !== 'UNCLAIMED') {
    return errorReply(400, 'ITEM_INCORRECT_STATUS', 'You can only cancel items that are in UNCLAIMED state.');
  }
  const item = { ...known.item, timeline: overridden(known.item.timeline, { at: now, status: 'RETURNED' }) };
  state.putItem(item);
  return itemReply(item, known.batch, now, origin);
}
