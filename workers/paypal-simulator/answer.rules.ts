import { formatInstant } from '../../src/clock.ts';
import type { components } from '../../src/paypal/payouts.types.ts';
import { money } from './amount.rules.ts';
import { feeAt } from './ledger.rules.ts';
import type { Batch, Item } from './model.ts';
import type { Detail } from './request.rules.ts';
import { sinceAt, statusAt } from './timeline.rules.ts';

type Schemas = components['schemas'];
type Link = Schemas['link_description'];
/** A shape of the contract whose word for a status is open, as it is in life. */
type Open<Shape, Key extends keyof Shape> = Omit<Shape, Key> & Partial<Record<Key, string>>;
type ItemShape = Open<Schemas['payout_batch_items'], 'transaction_status'>;
type SingleItemShape = Open<Schemas['payout_item-2'], 'transaction_status'>;
type HeaderShape = Open<Schemas['payout_batch_header'], 'batch_status'>;
type BatchShape = Omit<Schemas['payout_batch'], 'batch_header' | 'items'> & {
  batch_header: HeaderShape;
  items: ItemShape[];
};

export interface Reply {
  readonly status: number;
  readonly json: unknown;
}

const self = (href: string): Link => ({ href, rel: 'self', method: 'GET' });
const batchHref = (origin: string, id: string) => `${origin}/v1/payments/payouts/${id}`;
const itemHref = (origin: string, id: string) => `${origin}/v1/payments/payouts-item/${id}`;

/** The link of a duplicate's answer to the original. */
export function originalLink(origin: string, payout_batch_id: string): NonNullable<Detail['link']> {
  return [{ href: batchHref(origin, payout_batch_id), rel: 'self', method: 'GET' }];
}

/** An error as the API tells it. */
export function errorReply(status: number, name: string, message: string, details: readonly Detail[] = []): Reply {
  const error: Schemas['error'] = {
    name,
    message,
    debug_id: 'f1d2d2f924e98',
    information_link: 'https://developer.paypal.com/docs/api/payments.payouts-batch/#errors',
    ...(details.length > 0 ? { details: details.map((detail) => ({ ...detail, location: 'body' })) } : {}),
    links: [],
  };
  return { status, json: error };
}

/** The answer to a create that was taken in. */
export function createdReply(batch: Batch, now: number, origin: string): Reply {
  const { sender_batch_id, payout_batch_id, timeline, created_at } = batch;
  const json: Omit<Schemas['payout'], 'batch_header'> & {
    batch_header: Open<Schemas['payout_header'], 'batch_status'>;
  } = {
    batch_header: {
      sender_batch_header: { sender_batch_id },
      payout_batch_id,
      batch_status: statusAt(timeline, now),
      time_created: formatInstant(created_at),
    },
    links: [self(batchHref(origin, payout_batch_id))],
  };
  return { status: 201, json };
}

const told = (name: string, message: string) => ({ name, message, debug_id: 'f1d2d2f924e99', links: [] });

/** Why an item stands as it does, in PayPal's own words where it is the receiver's doing. */
function errorOf(status: string): Schemas['error'] | null {
  if (status === 'UNCLAIMED') return told('RECEIVER_UNREGISTERED', 'Receiver is unregistered.');
  if (status === 'FAILED') return told('RECEIVER_ACCOUNT_LOCKED', 'Receiver’s account is locked or inactive.');
  if (status === 'BLOCKED') return told('REGULATORY_BLOCKED', 'The transaction is blocked.');
  if (status === 'ONHOLD') return told('PENDING_RECIPIENT_NON_HOLDING_CURRENCY_PAYMENT_PREFERENCE', 'On hold.');
  return null;
}

/** An item as a page of its batch shows it. */
export function itemShape(item: Item, now: number, origin: string): ItemShape {
  const { payout_item_id, payout_batch_id, currency, timeline, sender_item_id, note } = item;
  const transaction_status = statusAt(timeline, now);
  const error = errorOf(transaction_status);
  return {
    payout_item_id,
    ...(transaction_status === 'SUCCESS' ? { transaction_id: `T${payout_item_id}` } : {}),
    transaction_status,
    payout_item_fee: money(feeAt(item, now), currency),
    payout_batch_id,
    payout_item: {
      recipient_type: 'EMAIL',
      amount: money(item.amount, currency),
      receiver: item.receiver,
      ...(note === null ? {} : { note }),
      ...(sender_item_id === null ? {} : { sender_item_id }),
    },
    time_processed: formatInstant(sinceAt(timeline, now)),
    ...(error ? { errors: error } : {}),
    links: [self(itemHref(origin, payout_item_id))],
  };
}

/** An item by itself. */
export function itemReply(item: Item, batch: Batch, now: number, origin: string): Reply {
  const json: SingleItemShape = { ...itemShape(item, now, origin), sender_batch_id: batch.sender_batch_id };
  return { status: 200, json };
}

export interface PageOf {
  readonly page: number;
  readonly page_size: number;
  readonly total_required: boolean;
}

const pagesOf = (count: number, size: number) => (count - (count % size)) / size + (count % size > 0 ? 1 : 0);

/** One page of a batch. */
export function batchReply(batch: Batch, items: readonly Item[], asked: PageOf, now: number, origin: string): Reply {
  const { page, page_size, total_required } = asked;
  const batch_status = statusAt(batch.timeline, now);
  const pending = batch_status === 'PENDING';
  const href = (n: number) => `${batchHref(origin, batch.payout_batch_id)}?page=${n}&page_size=${page_size}`;
  const here = items.slice((page - 1) * page_size, page * page_size);
  const json: BatchShape = {
    ...(total_required ? { total_items: items.length, total_pages: pagesOf(items.length, page_size) } : {}),
    batch_header: {
      payout_batch_id: batch.payout_batch_id,
      batch_status,
      time_created: formatInstant(batch.created_at),
      ...(batch_status === 'SUCCESS' ? { time_completed: formatInstant(sinceAt(batch.timeline, now)) } : {}),
      sender_batch_header: { sender_batch_id: batch.sender_batch_id },
      funding_source: 'BALANCE',
      amount: money(batch.amount, batch.currency),
      fees: money(pending ? 0 : batch.fees, batch.currency),
    },
    items: here.map((item) => itemShape(item, now, origin)),
    links: [self(href(page)), ...(page * page_size < items.length ? [{ ...self(href(page + 1)), rel: 'next' }] : [])],
  };
  return { status: 200, json };
}
