import { digitsOf, isCurrency, minorUnits } from './amount.rules.ts';

/** An item that passed the first scan. */
export interface Wanted {
  readonly receiver: string;
  readonly currency: string;
  readonly amount: number;
  readonly sender_item_id: string | null;
  readonly note: string | null;
}

/** A body that passed the first scan. */
export interface Request {
  readonly sender_batch_id: string;
  readonly currency: string;
  readonly items: readonly Wanted[];
}

export interface Detail {
  readonly field: string;
  readonly issue: string;
  readonly link?: readonly { href: string; rel: string; method: 'GET' }[];
}

export type Scanned = { ok: true; request: Request } | { ok: false; name: string; details: readonly Detail[] };

const MAX_ITEMS = 15_000;
/** The documented cap of an item, in whole units. */
const ITEM_CAP = 20_000;

const fieldsOf = (value: unknown) =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const optional = (value: unknown, length: number) =>
  value === undefined || (typeof value === 'string' && value.length <= length);

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 127 && /^[^\s@]+@[^\s@]+$/.test(value);
}

/** What is wrong with an item. `malformed@…` has an address that only PayPal finds fault with. */
function faultsOf(value: unknown, type: unknown, index: number): Detail[] {
  const item = fieldsOf(value);
  const amount = fieldsOf(item['amount']);
  const at = (field: string, issue: string): Detail[] => [{ field: `items[${index}].${field}`, issue }];
  const { receiver, sender_item_id } = item;
  const units = isCurrency(amount['currency']) ? minorUnits(amount['value'], amount['currency']) : null;
  return [
    ...((item['recipient_type'] ?? type) === 'EMAIL' ? [] : at('recipient_type', 'Value is invalid')),
    ...(receiver === undefined ? at('receiver', 'may not be null') : []),
    ...(receiver !== undefined && (!isAddress(receiver) || /^malformed\b/.test(receiver))
      ? at('receiver', 'Receiver is invalid or does not match with type')
      : []),
    ...(isCurrency(amount['currency']) ? [] : at('amount.currency', 'Currency code is invalid')),
    ...(isCurrency(amount['currency']) && units === null ? at('amount.value', 'Value is invalid') : []),
    ...(units !== null && units > ITEM_CAP * 10 ** digitsOf(String(amount['currency']))
      ? at('amount.value', 'Amount is above the limit of an item')
      : []),
    ...(optional(sender_item_id, 63) ? [] : at('sender_item_id', 'Length must be between 0 and 63')),
    ...(optional(item['note'], 4000) ? [] : at('note', 'Length must be between 0 and 4000')),
  ];
}

function wanted(value: unknown): Wanted {
  const { receiver, amount, sender_item_id, note } = fieldsOf(value);
  const { value: units, currency } = fieldsOf(amount);
  return {
    receiver: String(receiver),
    currency: String(currency),
    amount: minorUnits(units, String(currency)) ?? 0,
    sender_item_id: typeof sender_item_id === 'string' ? sender_item_id : null,
    note: typeof note === 'string' ? note : null,
  };
}

function refused(details: readonly Detail[]): Scanned {
  return { ok: false, name: 'VALIDATION_ERROR', details };
}

/** PayPal's first scan of a create: one malformed item refuses all, amounts are decimal strings, one currency, 1 to 15,000 items. */
export function scan(body: string): Scanned {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { ok: false, name: 'MALFORMED_REQUEST_JSON', details: [] };
  }
  const { sender_batch_header, items } = fieldsOf(json);
  const { sender_batch_id, recipient_type } = fieldsOf(sender_batch_header);
  if (typeof sender_batch_id !== 'string' || sender_batch_id === '' || sender_batch_id.length > 256) {
    return refused([{ field: 'sender_batch_header.sender_batch_id', issue: 'may not be null' }]);
  }
  if (!Array.isArray(items) || items.length === 0 || items.length > MAX_ITEMS) {
    return refused([{ field: 'items', issue: 'Number of items must be between 1 and 15000' }]);
  }
  const details = items.flatMap((item: unknown, index) => faultsOf(item, recipient_type, index));
  if (details.length > 0) return refused(details);
  const all = items.map(wanted);
  const currencies = new Set(all.map(({ currency }) => currency));
  const [currency = ''] = currencies;
  if (currencies.size > 1) return refused([{ field: 'items', issue: 'All items must have the same currency' }]);
  return { ok: true, request: { sender_batch_id, currency, items: all } };
}
