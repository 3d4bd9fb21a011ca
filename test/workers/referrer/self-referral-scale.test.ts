import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';

import { accountPeople, accounts, decisions } from '../../../src/account/account.schema.ts';
import { changePartner } from '../../../src/partner/change-partner.ts';
import { people } from '../../../src/people/people.schema.ts';
import { insertRows, openDatabase, runBatch } from '../../../src/program/commit.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { books, givePartner } from '../../support/world.ts';
import { rows } from '../partner/api.ts';
import { spyOn } from '../payouts/spy.ts';

const AT = Date.parse('2026-03-01T12:00:00Z');
const COUNT = 20_000;
/** D1: queries an invocation, bytes of a parameter. */
const MOST_QUERIES = 1000;
const MOST_BYTES = 2_000_000;

/** Accounts that a partner refers, by rows: every tenth holder is on `client.biz`. */
async function giveAccounts(partner_id: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const ids = Array.from({ length: 1000 }, (_, i) => `a${String(from + i).padStart(6, '0')}`);
    const own = { policy_version: 1, joined_to: null, recorded_at: AT };
    const decided = { source: 'how_heard', partner_id, sets_referrer: 1, earns_from: null, blocked: 0, flags: '[]' };
    const told = { clause: 'L3', policy_version: 1, asked_by: 'test', facts: '{}', recorded_at: AT };
    await runBatch(books(), [
      insertRows(
        books(),
        accounts,
        ids.map((account_id) => ({ account_id, opened_by: 'server' as const, signed_up_at: AT, ...own })),
      ),
      insertRows(
        books(),
        people,
        ids.map((id, i) => ({
          person_id: `per_${id}`,
          email: i % 10 === 0 ? `${id}@client.biz` : `${id}@business${i}.biz`,
          name: `Client ${id}`,
          company: null,
          address_hash: `address of ${id}`,
          match_hash: `match of ${id}`,
          erased_at: null,
        })),
      ),
      insertRows(
        books(),
        accountPeople,
        ids.map((id) => ({
          account_id: id,
          person_id: `per_${id}`,
          role: 'admin' as const,
          from_at: AT,
          until_at: null,
        })),
      ),
      insertRows(
        books(),
        decisions,
        ids.map((id) => ({
          account_id: id,
          n: 1,
          decision_id: `dec_${id}`,
          at: AT,
          kind: 'signup' as const,
          outcome: 'referred',
          ...decided,
          ...told,
        })),
      ),
    ]);
  }
}

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann', { email: 'ann@smithconsulting.biz' });
});

it(
  'S3: a partner of 20,000 accounts changes its address within D1’s limits, and no account is missed or scanned for',
  { timeout: 300_000 },
  async () => {
    await giveAccounts('ann', COUNT);
    await env.BOOKS.exec('ANALYZE');
    const spy = spyOn(env.BOOKS);
    const { hasher } = await readProgram(books());
    const door = { books: openDatabase(spy.d1), now: AT + 1, by: 'ana' };
    const done = await changePartner(door, hasher, 'partner', 'ann', { paypal_email: 'money@client.biz' });
    expect(done.ok).toBe(true);
    expect(await rows(`SELECT count(*) AS held FROM holds WHERE kind = 'self_referral' AND decision IS NULL`)).toEqual([
      { held: COUNT / 10 },
    ]);
    expect(spy.sent.length).toBeLessThan(MOST_QUERIES / 10);
    const sizes = spy.sent.flatMap(({ params }) =>
      params.map((param) => (typeof param === 'string' ? param.length : 0)),
    );
    expect(Math.max(...sizes)).toBeLessThan(MOST_BYTES);
    const plans = new Set<string>();
    for (const { text } of spy.sent) {
      const { results } = await env.BOOKS.prepare(`EXPLAIN QUERY PLAN ${text}`)
        .bind(...Array.from({ length: text.split('?').length - 1 }, () => null))
        .all<{ detail: string }>();
      for (const { detail } of results) plans.add(detail);
    }
    const scans = [...plans].filter((detail) =>
      /^SCAN (?!json_each|ids|f VIRTUAL|g VIRTUAL|\w+ VIRTUAL|policy_versions|CONSTANT|program)/.test(detail),
    );
    expect(scans).toEqual([]);
  },
);
