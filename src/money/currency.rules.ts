import { decimalString } from './money.rules.ts';

/** Decimals of a currency's minor unit (ISO 4217): 2 for USD, 0 for JPY. An unknown code has 2. */
export function currencyDigits(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** An amount of minor units as people read it, currency named: "59.25 USD". */
export function moneyText(amount: number, currency: string): string {
  return `${decimalString(amount, currencyDigits(currency))} ${currency}`;
}
