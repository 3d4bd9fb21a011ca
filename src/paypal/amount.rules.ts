import { currencyDigits } from '../money/currency.rules.ts';

/** PayPal pays these in whole units only, while their minor unit is a hundredth: an amount here may be one that PayPal cannot pay. */
const WHOLE_UNITS_AT_PAYPAL = new Set(['HUF', 'TWD']);

/** Whether every amount of minor units of a currency can be written for PayPal. */
export function isPayable(currency: string): boolean {
  return /^[A-Z]{3}$/.test(currency) && !WHOLE_UNITS_AT_PAYPAL.has(currency);
}

/** PayPal's cap of one item: 20,000 units, in minor units. */
export function itemCap(currency: string): number {
  return 20_000 * 10 ** currencyDigits(currency);
}

/**
 * A decimal string of PayPal's as minor units, exactly; null where it is none, is finer than the currency, or leaves the safe integers.
 * Zeros that are missing or too many at the end do not matter ("19.5", "19.750").
 */
export function amountIn(value: string, currency: string): number | null {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value);
  if (!parts) return null;
  const [, sign, whole = '', given = ''] = parts;
  const digits = currencyDigits(currency);
  const fraction = given.replace(/0+$/, '');
  if (fraction.length > digits) return null;
  const amount = Number(`${sign}${whole}${fraction.padEnd(digits, '0')}`);
  return Number.isSafeInteger(amount) ? amount + 0 : null;
}

/**
 * The amounts of the items that together pay one payout: one, or as many full ones as it takes to stay under the cap, then the rest. They
 * sum to the amount exactly.
 */
export function splitAmount(amount: number, cap: number): number[] {
  const full = (amount - (amount % cap)) / cap;
  const rest = amount % cap;
  return [...Array<number>(full).fill(cap), ...(rest > 0 ? [rest] : [])];
}
