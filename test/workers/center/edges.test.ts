import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';

import { openEdgesQuery, openFirstsOf, readOpenFirsts } from '../../../src/earnings/earnings.repo.ts';
import { latestFrozen } from '../../../src/payout/batch.repo.ts';
import { nextPayDay } from '../../../src/payout/due.rules.ts';
import { readPolicy } from '../../../src/policy/policy.repo.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { begin, friday, START } from '../earnings/play.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

beforeEach(async () => {
  await begin();
});

/** Books an open line that becomes payable at an instant. */
async function open(payable_at: number): Promise<void> {
  await env.BOOKS.prepare(
    `INSERT INTO lines (partner_id, kind, cause_id, at, payable_at, amount, recorded_at)
     SELECT 'ann', 'adjustment', 'adj' || ?1, CAST(?2 AS INTEGER), CAST(?1 AS INTEGER), 1, CAST(?2 AS INTEGER)`,
  )
    .bind(payable_at, Date.parse(START))
    .run();
}

/** What both ways of reading say at an instant, for the week of the next pay day. */
async function both(now: number) {
  const db = openDatabase(env.BOOKS);
  const { week } = nextPayDay(await readPolicy(db), await latestFrozen(db, now), now);
  const [edges] = await openEdgesQuery(db, 'ann', now);
  const found = edges ? openFirstsOf(edges, week.ends_at, now) : null;
  return { found, known: await readOpenFirsts(db, 'ann', week.ends_at, now), from: week.ends_at };
}

// Before the first pay day, in winter, over both changes of clocks, and in summer.
it.each([null, '2026-01-16', '2026-03-06', '2026-03-13', '2026-06-12', '2026-10-30'])(
  'the first open line from the end of a week on is found before that week is known; last pay day %s',
  async (last) => {
    if (last !== null) await friday(last);
    const now = last === null ? Date.parse(START) : Date.parse(`${last}T18:00:00Z`) + 2 * DAY;
    const { found: none, known, from } = await both(now);
    expect(none).toEqual(known);
    // From far to near, so that each is the first in its turn; those before the end of the week never are.
    const near = [from + 30 * DAY, from + 3 * HOUR, from + 900_000, from + 1, from];
    const before = [from - 1, from - 900_000, from - 2 * HOUR, from - 9 * DAY];
    for (const payable_at of [...near, ...before]) {
      await open(payable_at);
      for (const at of [now, from - 1, from, from + 1, from + 2 * HOUR].filter((instant) => instant >= now)) {
        const seen = await both(at);
        if (seen.from !== from) continue;
        expect(seen.found).toEqual(seen.known);
      }
    }
    expect((await both(now)).found?.first).toBe(from);
  },
);
