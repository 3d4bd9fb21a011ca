import type { Entry } from '../commission/target.rules.ts';

/** What names an entry: lines under one key add up to the entry's amount. */
function keyOf(entry: Entry): string {
  return JSON.stringify([entry.payment_id, entry.partner_id, entry.kind, entry.cause_id, entry.at, entry.payable_at]);
}

function sums(entries: readonly Entry[]): Map<string, Entry> {
  const byKey = new Map<string, Entry>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const former = byKey.get(key);
    byKey.set(key, former ? { ...former, amount: former.amount + entry.amount } : entry);
  }
  return byKey;
}

/**
 * `target − posted`, entry by entry: what remains to be booked so that the lines equal the target. Under a key that the target
 * no longer has, what was posted is taken back. Empty when the books are right, so posting twice posts nothing.
 */
export function unposted(target: readonly Entry[], posted: readonly Entry[]): Entry[] {
  const have = sums(posted);
  const want = sums(target);
  const changes: Entry[] = [];
  for (const [key, entry] of have) {
    if (!want.has(key) && entry.amount !== 0) changes.push({ ...entry, amount: -entry.amount });
  }
  for (const [key, entry] of want) {
    const amount = entry.amount - (have.get(key)?.amount ?? 0);
    if (amount !== 0) changes.push({ ...entry, amount });
  }
  return changes;
}
