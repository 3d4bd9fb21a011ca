/** Basis points in a whole. */
export const BPS = 10_000;

/**
 * `numerator ÷ denominator` rounded half up (away from −∞ at the half: 2.5 → 3, −2.5 → −2), exactly, as a safe integer.
 * Throws a RangeError only for a denominator that is not positive or a result beyond 2^53: neither is reachable from checked input.
 */
export function divideHalfUp(numerator: bigint, denominator: bigint): number {
  if (denominator <= 0n) throw new RangeError('denominator must be positive');
  const doubled = 2n * numerator + denominator;
  const divisor = 2n * denominator;
  const quotient = doubled / divisor;
  const floored = doubled % divisor < 0n ? quotient - 1n : quotient;
  const result = Number(floored);
  if (!Number.isSafeInteger(result)) throw new RangeError('amount beyond 2^53');
  return result;
}

/** What the share of one payment depends on; all amounts in minor units of their own currency. */
export interface CommissionInput {
  rate_bps: number;
  /** The payment without its tax, in the program's currency. */
  base: number;
  /** What was paid, and how much of that has been refunded, in the payment's currency. */
  paid: number;
  refunded: number;
}

/** C1: `rate × base × (paid − refunded) ÷ paid`, rounded half-up once. More refunded than paid counts as all. */
export function commissionAmount({ rate_bps, base, paid, refunded }: CommissionInput): number {
  const kept = Math.max(0, paid - refunded);
  if (kept === 0) return 0;
  return divideHalfUp(BigInt(rate_bps) * BigInt(base) * BigInt(kept), BigInt(BPS) * BigInt(paid));
}

/** Sum of minor units; refuses to leave the safe integers, on the way too, where a sum could come back wrong. */
export function sumAmounts(amounts: Iterable<number>): number {
  let sum = 0;
  for (const amount of amounts) {
    sum += amount;
    if (!Number.isSafeInteger(sum)) throw new RangeError('amount beyond 2^53');
  }
  return sum;
}

/** Minor units as a decimal string with `digits` decimals, by string arithmetic: 1975 → "19.75", −5 → "-0.05". */
export function decimalString(amount: number, digits = 2): string {
  if (!Number.isSafeInteger(amount)) throw new RangeError('not an integer of minor units');
  const figures = String(Math.abs(amount)).padStart(digits + 1, '0');
  const sign = amount < 0 ? '-' : '';
  return digits === 0 ? sign + figures : `${sign}${figures.slice(0, -digits)}.${figures.slice(-digits)}`;
}
