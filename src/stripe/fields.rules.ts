/** Fields of an object of Stripe's, nothing believed of them yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a value, none where it is no object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The items of a list: an array, or Stripe's `{ data: […] }`. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const { data } = fieldsOf(value);
  return Array.isArray(data) ? data : [];
}

/** An id, also out of an expanded object; null where it is none that the program keeps. */
export function idOf(value: unknown): string | null {
  const id = typeof value === 'string' ? value : fieldsOf(value)['id'];
  return typeof id === 'string' && /^[A-Za-z0-9_.:-]{1,128}$/.test(id) ? id : null;
}

/** Whose an object is: a customer's, or since Stripe keeps customers as accounts too, such an account's. */
export function customerOf(object: Fields): string | null {
  return idOf(object['customer']) ?? idOf(object['customer_account']);
}

/** A text within a length; null for anything else and for nothing. */
export function textOf(value: unknown, max: number): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' || text.length > max ? null : text;
}

/** A whole amount of minor units, below 0 too; null for anything else. */
export function signedOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** A whole amount of minor units, 0 or more; null for anything else. */
export function amountOf(value: unknown): number | null {
  const amount = signedOf(value);
  return amount !== null && amount >= 0 ? amount : null;
}

/** Stripe's whole seconds as epoch ms; null for anything else. */
export function instantOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 4_102_444_800
    ? value * 1000
    : null;
}
