/** An amount as PayPal writes it: a decimal string and its currency. */
export interface PaypalAmount {
  readonly value: string;
  readonly currency: string;
}

/** One detail of an error: which field, which issue, and the ids that its links lead to. */
export interface ErrorDetail {
  readonly field: string | null;
  readonly issue: string | null;
  readonly linked_batch_ids: readonly string[];
}

/** An error as far as it is read: its message and values, which may hold addresses, are not. */
export interface PaypalError {
  readonly name: string;
  readonly details: readonly ErrorDetail[];
}

export interface PaypalItem {
  readonly payout_item_id: string | null;
  /** What was sent as the item's id. */
  readonly sender_item_id: string | null;
  readonly payout_batch_id: string | null;
  readonly sender_batch_id: string | null;
  /** An open set of words; null before the item is taken up. */
  readonly transaction_status: string | null;
  readonly amount: PaypalAmount | null;
  readonly fee: PaypalAmount | null;
  /** Why it failed or waits, `RECEIVER_UNREGISTERED` and the like. */
  readonly error_name: string | null;
}

export interface PaypalBatch {
  readonly payout_batch_id: string;
  readonly sender_batch_id: string | null;
  readonly batch_status: string;
  readonly amount: PaypalAmount | null;
  readonly fees: PaypalAmount | null;
  /** Of the whole batch; null unless asked for. */
  readonly total_items: number | null;
  readonly total_pages: number | null;
  /** Of this page. */
  readonly items: readonly PaypalItem[];
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text of a length that ids, words and amounts have; null for anything else. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 1000 ? value : null;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function amountOf(value: unknown): PaypalAmount | null {
  const fields = fieldsOf(value);
  const [amount, currency] = [textOf(fields?.['value']), textOf(fields?.['currency'])];
  return amount !== null && currency !== null ? { value: amount, currency } : null;
}

/** The JSON of an answer, or undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The batch that a link leads to. Only the path is read; the link is never followed. */
function linkedBatchId(link: unknown): string[] {
  const href = textOf(fieldsOf(link)?.['href'] ?? link);
  const id = href === null ? undefined : /\/v1\/payments\/payouts\/([A-Za-z0-9_-]+)\/?(?:[?#].*)?$/.exec(href)?.[1];
  return id === undefined ? [] : [id];
}

function linksOf(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

function detailOf(value: unknown): ErrorDetail[] {
  const fields = fieldsOf(value);
  if (!fields) return [];
  const links = [...linksOf(fields['link']), ...linksOf(fields['links'])];
  const linked_batch_ids = [...new Set(links.flatMap(linkedBatchId))];
  return [{ field: textOf(fields['field']), issue: textOf(fields['issue']), linked_batch_ids }];
}

/** An error of the API (`name`) or of its token endpoint (`error`); null where it is neither. */
export function readError(json: unknown): PaypalError | null {
  const fields = fieldsOf(json);
  const name = textOf(fields?.['name']) ?? textOf(fields?.['error']);
  return name === null ? null : { name, details: listOf(fields?.['details']).flatMap(detailOf) };
}

/** An item; null where it has no id by which it could be told from others. */
export function readItem(json: unknown): PaypalItem | null {
  const fields = fieldsOf(json);
  const told = fieldsOf(fields?.['payout_item']);
  const payout_item_id = textOf(fields?.['payout_item_id']);
  const sender_item_id = textOf(told?.['sender_item_id']);
  if (!fields || (payout_item_id === null && sender_item_id === null)) return null;
  return {
    payout_item_id,
    sender_item_id,
    payout_batch_id: textOf(fields['payout_batch_id']),
    sender_batch_id: textOf(fields['sender_batch_id']),
    transaction_status: textOf(fields['transaction_status']),
    amount: amountOf(told?.['amount']),
    fee: amountOf(fields['payout_item_fee']),
    error_name: readError(fields['errors'])?.name ?? null,
  };
}

/** One page of a batch; null where its id, its status or one of its items cannot be read: a page is read whole or not at all. */
export function readBatch(json: unknown): PaypalBatch | null {
  const fields = fieldsOf(json);
  const header = fieldsOf(fields?.['batch_header']);
  const payout_batch_id = textOf(header?.['payout_batch_id']);
  const batch_status = textOf(header?.['batch_status']);
  if (!fields || !header || payout_batch_id === null || batch_status === null) return null;
  const items = listOf(fields['items']).map(readItem);
  if (!items.every((item) => item !== null)) return null;
  return {
    payout_batch_id,
    sender_batch_id: textOf(fieldsOf(header['sender_batch_header'])?.['sender_batch_id']),
    batch_status,
    amount: amountOf(header['amount']),
    fees: amountOf(header['fees']),
    total_items: countOf(fields['total_items']),
    total_pages: countOf(fields['total_pages']),
    items,
  };
}
