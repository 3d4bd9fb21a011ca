/** PayPal pays these in whole units. */
const WHOLE = new Set(['JPY', 'HUF', 'TWD']);
const CURRENCIES = new Set(
  'AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN RUB SEK SGD THB TWD USD'.split(' '),
);

export const digitsOf = (currency: string): number => (WHOLE.has(currency) ? 0 : 2);

export const isCurrency = (currency: unknown): currency is string =>
  typeof currency === 'string' && CURRENCIES.has(currency);

/** A decimal string with no more digits than its currency has, above zero, as minor units; null for anything else. */
export function minorUnits(value: unknown, currency: string): number | null {
  if (typeof value !== 'string') return null;
  const parts = /^(0|[1-9]\d{0,11})(?:\.(\d+))?$/.exec(value);
  const digits = digitsOf(currency);
  const fraction = parts?.[2] ?? '';
  if (!parts || fraction.length > digits || (fraction !== '' && fraction.length !== digits)) return null;
  const amount = Number(`${parts[1]}${fraction.padEnd(digits, '0')}`);
  return amount > 0 ? amount : null;
}

/** Minor units as PayPal writes them. */
export function money(amount: number, currency: string): { currency: string; value: string } {
  const digits = digitsOf(currency);
  const figures = String(amount).padStart(digits + 1, '0');
  const value = digits === 0 ? figures : `${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
  return { currency, value };
}
