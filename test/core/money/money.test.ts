import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { currencyDigits, moneyText } from '../../../src/money/currency.rules.ts';
import { commissionAmount, decimalString, divideHalfUp, sumAmounts } from '../../../src/money/money.rules.ts';

/** What half up means, without a division: r is it when r − ½ ≤ n/d < r + ½. */
function isHalfUp(result: bigint, numerator: bigint, denominator: bigint): boolean {
  const above = 2n * (numerator - result * denominator);
  return -denominator <= above && above < denominator;
}

const safe = fc.bigInt({ min: -(2n ** 53n - 1n), max: 2n ** 53n - 1n });

const tooLarge = new RangeError('amount beyond 2^53');

describe('C1: half up, exactly', () => {
  it.each([
    [5n, 2n, 3],
    [-5n, 2n, -2],
    [3n, 2n, 2],
    [-3n, 2n, -1],
    [1n, 2n, 1],
    [-1n, 2n, 0],
    [1n, 3n, 0],
    [2n, 3n, 1],
    [-2n, 3n, -1],
    [0n, 7n, 0],
    [49_999n, 100_000n, 0],
    [50_000n, 100_000n, 1],
    [9_007_199_254_740_991n, 1n, 9_007_199_254_740_991],
    [-9_007_199_254_740_991n, 1n, -9_007_199_254_740_991],
  ])('%s ÷ %s is %s', (numerator, denominator, result) => {
    expect(divideHalfUp(numerator, denominator)).toBe(result);
  });

  it('holds for every fraction', () => {
    fc.assert(
      fc.property(safe, fc.bigInt({ min: 1n, max: 2n ** 60n }), (numerator, denominator) => {
        expect(isHalfUp(BigInt(divideHalfUp(numerator, denominator)), numerator, denominator)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('holds at and beside every half', () => {
    const cases = fc.tuple(
      fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
      fc.bigInt({ min: 1n, max: 10n ** 9n }),
      fc.bigInt(-1n, 1n),
    );
    fc.assert(
      fc.property(cases, ([whole, half, beside]) => {
        const [numerator, denominator] = [(2n * whole + 1n) * half + beside, 2n * half];
        expect(isHalfUp(BigInt(divideHalfUp(numerator, denominator)), numerator, denominator)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses what has no exact answer', () => {
    const notPositive = new RangeError('denominator must be positive');
    expect(() => divideHalfUp(1n, 0n)).toThrow(notPositive);
    expect(() => divideHalfUp(1n, -1n)).toThrow(notPositive);
    expect(() => divideHalfUp(2n ** 53n, 1n)).toThrow(tooLarge);
    expect(() => divideHalfUp(-(2n ** 53n), 1n)).toThrow(tooLarge);
  });
});

describe('C1: commissionAmount', () => {
  const amount = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const inputs = fc
    .record({ rate_bps: fc.integer({ min: 0, max: 10_000 }), paid: amount, base: amount, refunded: amount })
    .filter(({ paid, refunded }) => refunded <= paid);

  it('is the rate on the kept share of the base, rounded half-up once', () => {
    fc.assert(
      fc.property(inputs, ({ rate_bps, base, paid, refunded }) => {
        const exact = BigInt(rate_bps) * BigInt(base) * BigInt(paid - refunded);
        const result = commissionAmount({ rate_bps, base, paid, refunded });
        if (paid === 0) expect(result).toBe(0);
        else expect(isHalfUp(BigInt(result), exact, 10_000n * BigInt(paid))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('fault 13: a percentage is no float: 14.5 % of $1.00 is $0.15', () => {
    expect(commissionAmount({ rate_bps: 1450, base: 100, paid: 100, refunded: 0 })).toBe(15);
    expect(commissionAmount({ rate_bps: 2500, base: 7902, paid: 7902, refunded: 0 })).toBe(1976);
    expect(commissionAmount({ rate_bps: 10_000, base: 9_007_199_254_740_991, paid: 3, refunded: 2 })).toBe(
      3_002_399_751_580_330,
    );
  });

  it('is between zero and the base, and never less for more: rate, base or share kept', () => {
    fc.assert(
      fc.property(inputs, inputs, (one, other) => {
        const result = commissionAmount(one);
        expect(result >= 0 && result <= one.base).toBe(true);
        const more = {
          rate_bps: Math.max(one.rate_bps, other.rate_bps),
          base: Math.max(one.base, other.base),
          paid: one.paid,
          refunded: Math.min(one.refunded, other.refunded),
        };
        expect(commissionAmount(more)).toBeGreaterThanOrEqual(result);
      }),
      { numRuns: 2000 },
    );
  });

  it('C2: is exactly zero once all is refunded, and counts more than all as all', () => {
    fc.assert(
      fc.property(inputs, amount, (input, more) => {
        expect(commissionAmount({ ...input, refunded: input.paid })).toBe(0);
        expect(commissionAmount({ ...input, refunded: input.paid + more })).toBe(0);
      }),
    );
  });

  it('of nothing paid is nothing', () => {
    expect(commissionAmount({ rate_bps: 2500, base: 0, paid: 0, refunded: 0 })).toBe(0);
    expect(commissionAmount({ rate_bps: 2500, base: 100, paid: 0, refunded: 0 })).toBe(0);
  });
});

describe('sumAmounts', () => {
  it('adds', () => {
    expect(sumAmounts([])).toBe(0);
    expect(sumAmounts([1975, 1975, 1975])).toBe(5925);
    expect(sumAmounts([1975, -1975])).toBe(0);
  });

  it('refuses to leave the safe integers, on the way too', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(() => sumAmounts([most, 1])).toThrow(tooLarge);
    // Here the end would be safe again, but wrong by one.
    expect(() => sumAmounts([most, 1, 1, -3])).toThrow(tooLarge);
    expect(() => sumAmounts([0.5])).toThrow(RangeError);
    expect(() => sumAmounts([Number.NaN])).toThrow(RangeError);
  });
});

describe('decimalString', () => {
  it.each([
    [1975, 2, '19.75'],
    [1010, 2, '10.10'],
    [5, 2, '0.05'],
    [-5, 2, '-0.05'],
    [0, 2, '0.00'],
    [-0, 2, '0.00'],
    [100, 0, '100'],
    [-100, 0, '-100'],
    [1, 3, '0.001'],
    [Number.MAX_SAFE_INTEGER, 2, '90071992547409.91'],
  ])('%s with %s decimals is %s', (amount, digits, text) => {
    expect(decimalString(amount, digits)).toBe(text);
  });

  it('says every amount back to the last figure', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 4 }), (amount, digits) => {
        const text = decimalString(amount, digits);
        expect(text).toMatch(digits === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${digits}}$`));
        expect(BigInt(text.replace('.', ''))).toBe(BigInt(amount));
      }),
    );
  });

  it('refuses what is no whole number of minor units', () => {
    for (const wrong of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => decimalString(wrong)).toThrow(new RangeError('not an integer of minor units'));
    }
  });
});

describe('currencies', () => {
  it.each([
    ['USD', 2, '19.75 USD'],
    ['JPY', 0, '1975 JPY'],
    ['KWD', 3, '1.975 KWD'],
    // Well formed and unknown; not well formed.
    ['XQZ', 2, '19.75 XQZ'],
    ['nothing', 2, '19.75 nothing'],
  ])('%s has %s decimals', (currency, digits, text) => {
    expect(currencyDigits(currency)).toBe(digits);
    expect(moneyText(1975, currency)).toBe(text);
  });
});
