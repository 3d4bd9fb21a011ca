import { moneyText } from '../money/currency.rules.ts';
import type { PolicyVersion } from '../policy/policy.rules.ts';

/** What the ceilings of P8 look at. `former` are the amounts of the batches before that paid anybody, the latest first. */
export interface CeilingInput {
  policy: Pick<PolicyVersion, 'max_payout' | 'max_batch' | 'max_growth' | 'currency'>;
  approval: 'none' | 'manual';
  payout_amount: number;
  largest_payout: number;
  former: readonly number[];
}

/** How many former batches the growth is measured against. */
export const GROWTH_BATCHES = 8;

/** Twice the median, which is an integer whatever the count. */
function doubledMedian(amounts: readonly number[]): bigint | null {
  const sorted = amounts.slice(0, GROWTH_BATCHES).toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : BigInt(upper) + BigInt(lower);
}

/** A factor in thousandths, by its decimal figures. */
function thousandths(factor: number): bigint {
  const [whole = '0', decimals = ''] = String(factor).split('.');
  return BigInt(whole + decimals.padEnd(3, '0').slice(0, 3));
}

/** P8: why a batch waits for an operator's approval, in sentences; empty where it does not. */
export function approvalReasons(input: CeilingInput): string[] {
  const { policy, approval, payout_amount, largest_payout, former } = input;
  const text = (amount: number) => moneyText(amount, policy.currency);
  const reasons: string[] = [];
  if (approval === 'manual') reasons.push('Every batch is approved by an operator (PAYOUT_APPROVAL=manual).');
  if (policy.max_payout !== null && largest_payout > policy.max_payout) {
    reasons.push(`A payout of ${text(largest_payout)} is above max_payout, ${text(policy.max_payout)}.`);
  }
  if (policy.max_batch !== null && payout_amount > policy.max_batch) {
    reasons.push(`The batch of ${text(payout_amount)} is above max_batch, ${text(policy.max_batch)}.`);
  }
  const doubled = doubledMedian(former);
  if (policy.max_growth !== null && doubled !== null) {
    if (2n * 1000n * BigInt(payout_amount) > thousandths(policy.max_growth) * doubled) {
      reasons.push(
        `The batch of ${text(payout_amount)} is above ${policy.max_growth} times the median of the batches before.`,
      );
    }
  }
  return reasons;
}
