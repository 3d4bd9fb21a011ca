import { expect } from 'vitest';

import { readAccountState } from '../../src/account/state.repo.ts';
import { factsOf, withParkedReasons } from '../../src/account/state.rules.ts';
import { target, type Entry } from '../../src/commission/target.rules.ts';
import { unposted } from '../../src/ledger/diff.rules.ts';
import { books } from './world.ts';

/** The one law: the lines of each account equal `target(facts)`, and nothing that can be applied is parked. */
export async function expectTheLaw(account_ids: readonly string[]): Promise<void> {
  for (const account_id of account_ids) {
    const state = await readAccountState(books(), { account_id });
    expect(withParkedReasons(state)).toEqual(state);
    const facts = factsOf(state);
    expect(facts ? unposted(target(facts), state.posted) : state.posted).toEqual([]);
  }
}

/** An account's lines added up by what they are, in a fixed order: two books are the same when these are. */
export async function booked(account_id: string): Promise<Omit<Entry, 'cause_id' | 'rate_bps'>[]> {
  const { posted } = await readAccountState(books(), { account_id });
  return posted
    .filter((entry) => entry.amount !== 0)
    .map(({ cause_id: _, rate_bps: __, ...entry }) => entry)
    .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
