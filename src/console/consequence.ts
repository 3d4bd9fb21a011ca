import type { AccountState } from '../account/state.rules.ts';
import type { Entry } from '../commission/target.rules.ts';
import { posting } from '../ledger/post.repo.ts';
import { sumAmounts } from '../money/money.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import type { Words } from './common.tsx';

/** What a change of an account books, by the very function that books it. Writes nothing. */
export function bookedBy(db: Database, after: AccountState, now: number): readonly Entry[] {
  return posting(db, after, now).entries;
}

/** What a change books for whom, in sentences that name the amounts. */
export function consequence(db: Database, after: AccountState, words: Pick<Words, 'now' | 'money'>): string[] {
  const byPartner = Map.groupBy(bookedBy(db, after, words.now), (entry) => entry.partner_id);
  const says = [...byPartner].flatMap(([partner_id, entries]) => {
    const amount = sumAmounts(entries.map((entry) => entry.amount));
    if (amount === 0) return [];
    return amount > 0
      ? [`${words.money(amount)} are booked for ${partner_id}.`]
      : [`${words.money(-amount)} are taken back from ${partner_id}; what was paid out already is earned back first.`];
  });
  return says.length === 0 ? ['No commission changes: 0 is booked.'] : says;
}
