import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { factsOf } from '../../../src/account/state.rules.ts';
import { readAccountStates } from '../../../src/account/states.repo.ts';
import { target } from '../../../src/commission/target.rules.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { unposted } from '../../../src/ledger/diff.rules.ts';
import { freshDatabases } from '../../support/books.ts';
import { books, givePartner } from '../../support/world.ts';
import { csv, sendFile } from './send.ts';

const AT = '2026-11-20T17:00:00Z';
/** VITE_LARGE_IMPORT=1 plays the size that the program promises; without it a twentieth. */
const LARGE = (import.meta as { env?: Record<string, string> }).env?.['VITE_LARGE_IMPORT'] === '1';
const ROWS = LARGE ? 100_000 : 5000;
const ACCOUNTS = ROWS / 10;
const PARTNERS = 50;

function signups() {
  return csv(
    Array.from({ length: ACCOUNTS }, (_, i) => ({
      account_id: `acct_${i}`,
      email: `client${i}@c${i}.example`,
      signed_up_at: '2026-01-01T00:00:00Z',
      partner_id: `p_${i % PARTNERS}`,
    })),
  );
}

function payments() {
  const day = (n: number) => `2026-${String(1 + (n % 10)).padStart(2, '0')}-15T10:00:00Z`;
  // By date, as a former program exports them: an account's rows are spread over the whole file.
  return csv(
    Array.from({ length: ROWS }, (_, i) => ({
      payment_id: `pay_${i}`,
      account_id: `acct_${i % ACCOUNTS}`,
      amount: 7900,
      currency: 'USD',
      paid_at: day(Math.floor(i / ACCOUNTS)),
    })),
  );
}

/** The books, which count what is asked of them, and fail after a number of batches. */
function watched(failAfter = Number.POSITIVE_INFINITY) {
  const seen = { queries: 0, batches: 0 };
  const BOOKS = new Proxy(env.BOOKS, {
    get(database, key) {
      if (key === 'batch')
        return (statements: D1PreparedStatement[]) => {
          seen.batches += 1;
          if (seen.batches > failAfter) return Promise.reject(new Error('D1_ERROR: Network connection lost.'));
          return database.batch(statements);
        };
      const value: unknown = Reflect.get(database, key);
      if (key === 'prepare') seen.queries += 1;
      return typeof value === 'function' ? value.bind(database) : value;
    },
  });
  return { seen, env: { BOOKS } as Partial<ProgramEnv> };
}

async function expectAllRight() {
  const { states } = await readAccountStates(books(), {
    account_ids: Array.from({ length: ACCOUNTS }, (_, i) => `acct_${i}`),
  });
  let lines = 0;
  for (const state of states.values()) {
    const facts = factsOf(state);
    if (!facts) throw new Error('an account is missing');
    lines += state.posted.length;
    if (unposted(target(facts), state.posted).length > 0) throw new Error(`${state.account_id} is not right`);
  }
  expect(lines).toBe(ROWS);
}

describe(`an import of ${ROWS} rows`, () => {
  beforeEach(async () => {
    await freshDatabases();
    for (let i = 0; i < PARTNERS; i++) await givePartner(`p_${i}`);
    for (let sent = 0; sent < 10; sent++) {
      const { summary } = await sendFile('signups', signups(), { at: AT });
      if (summary.next === null) break;
    }
  }, 600_000);

  it('is told within an invocation’s queries, and again costs next to nothing', { timeout: 900_000 }, async () => {
    const first = watched();
    const began = Date.now();
    const answer = await sendFile('payments', payments(), { at: AT, env: first.env });
    console.info('rows', ROWS, 'ms', Date.now() - began, 'queries', first.seen.queries);
    expect(answer.summary).toMatchObject({ rows: ROWS, created: ROWS, next: null });
    expect(answer.lines.map(({ row }) => row)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
    expect(first.seen.queries).toBeLessThan(1000);
    await expectAllRight();
    const second = watched();
    const again = await sendFile('payments', payments(), { at: AT, env: second.env });
    expect(again.summary).toMatchObject({ rows: ROWS, unchanged: ROWS, next: null });
    const dry = await sendFile('payments', payments(), { query: 'dry_run=true', at: AT });
    expect(dry.summary.due_total).toBe(ROWS * 1975);
  });

  it(
    'breaks off where the books do not answer, and the same file goes on from there',
    { timeout: 900_000 },
    async () => {
      const looked = watched();
      const dry = await sendFile('payments', payments(), { query: 'dry_run=true', at: AT, env: looked.env });
      const query = `expect_due=${dry.summary.due_total}`;
      const told = async () => (await env.BOOKS.prepare('SELECT count(*) AS n FROM payments').first<number>('n')) ?? 0;
      // While the file is looked at as a whole nothing is written yet.
      const { batches } = looked.seen;
      const early = watched(batches - 1);
      expect((await sendFile('payments', payments(), { query, at: AT, env: early.env })).status).toBe(503);
      expect(await told()).toBe(0);
      // Each run looks at the whole file once more, and then breaks off in a group further on than the one before.
      let before = 0;
      for (const more of [2, 5, 9]) {
        const broken = watched(batches + more);
        const { status, summary } = await sendFile('payments', payments(), { query, at: AT, env: broken.env });
        expect(status).toBe(200);
        if (summary.next === null) break;
        expect(summary.stopped).toBe('unavailable');
        expect(await told()).toBeGreaterThan(before);
        before = await told();
      }
      // A large file may also come to the end of an invocation's queries, and goes on from there.
      for (let next: number | null = 1, runs = 0; next !== null && runs < 4; runs++)
        next = (await sendFile('payments', payments(), { query, at: AT })).summary.next;
      const last = await sendFile('payments', payments(), { query, at: AT });
      expect(last.summary).toMatchObject({ unchanged: ROWS, created: 0, next: null });
      await expectAllRight();
    },
  );
});
