import * as z from 'zod';

import { Email, Id, line, LongId, MAX_AMOUNT, text } from '../http/schema.ts';
import { currencyDigits } from '../money/currency.rules.ts';

/** A field that has to be filled in, with what is said where it is not. */
export const needed = (what: string) => z.string(`${what} is needed`);

/** Why something is done, up to 1,000 characters. */
export const ReasonField = needed('A reason').pipe(text(1000));
/** What speaks for a client's word. */
export const EvidenceField = needed('What shows it').pipe(text(4000));
export const IdField = needed('An id').pipe(Id);
export const LongIdField = needed('An id').pipe(LongId);
export const EmailField = z.string().pipe(Email);
export const LineField = (max: number) => z.string().pipe(line(max));

const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,4}))?$/;

/**
 * An amount as people type it, `59.25` or `-5`, in minor units of a currency; null for what is none, or has more decimals than the
 * currency. By string arithmetic.
 */
export function minorUnits(typed: string, currency: string): number | null {
  const [, sign, whole, decimals = ''] = DECIMAL.exec(typed.trim()) ?? [];
  const digits = currencyDigits(currency);
  if (whole === undefined || decimals.length > digits) return null;
  const amount = Number(whole + decimals.padEnd(digits, '0'));
  if (amount > MAX_AMOUNT) return null;
  return sign === '-' && amount !== 0 ? -amount : amount;
}

/** A rate as people type it, `25` or `12.5` percent, in basis points; null for what is none between 0 and 100. */
export function basisPoints(typed: string): number | null {
  const [, sign, whole, decimals = ''] = DECIMAL.exec(typed.trim()) ?? [];
  if (whole === undefined || sign === '-' || decimals.length > 2) return null;
  const bps = Number(whole + decimals.padEnd(2, '0'));
  return bps <= 10_000 ? bps : null;
}

/** Basis points as people type and read them: 2500 → `25`, 1250 → `12.5`. */
export function percentText(bps: number): string {
  const figures = String(bps).padStart(3, '0');
  const decimals = figures.slice(-2).replace(/0+$/, '');
  return decimals === '' ? figures.slice(0, -2) : `${figures.slice(0, -2)}.${decimals}`;
}
