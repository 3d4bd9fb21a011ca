import { decimalString } from './money.rules.ts';

function askDigits(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** Asked once: a Friday writes the amounts of every partner, and an answer costs more than the rest of its sentence. */
const known = new Map<string, number>();

/** Decimals of a currency's minor unit (ISO 4217): 2 for USD, 0 for JPY. An unknown code has 2. */
export function currencyDigits(currency: string): number {
  const digits = known.get(currency) ?? askDigits(currency);
  // A program has one currency; payments come in few.
  if (known.size < 200) known.set(currency, digits);
  return digits;
}

/** An amount of minor units as people read it, currency named: "59.25 USD". */
export function moneyText(amount: number, currency: string): string {
  return `${decimalString(amount, currencyDigits(currency))} ${currency}`;
}
