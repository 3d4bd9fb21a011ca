import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { advance } from '../../../src/payout/advance.ts';
import { RUN_QUERIES } from '../../../src/payout/budget.ts';
import { operationsOf } from '../../../src/payout/operations.ts';
import { readPolicy } from '../../../src/policy/policy.repo.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import booksThen from '../../fixtures/upgrade/books.sql?raw';
import clicksThen from '../../fixtures/upgrade/clicks.sql?raw';
import then from '../../fixtures/upgrade/totals.json' with { type: 'json' };
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { checkLaws } from '../payouts/laws.ts';
import { at, type Books, FRIDAY, rows, run } from '../payouts/play.ts';
import { advanceAll, contextOf, freeze, Paypal, payoutsBy, type Play } from '../payouts/simulated.ts';

type Row = Record<string, unknown>;
type Tables = Record<string, Row[]>;

/** Puts a database back as it was written down: one statement a line. */
async function restore(database: D1Database, dump: string): Promise<void> {
  const statements = dump.split(/;\n/).filter((statement) => statement.trim() !== '');
  await database.batch(statements.map((statement) => database.prepare(statement)));
}

/** All rows of all tables and views, but for the list of migrations. */
async function everything(database: D1Database): Promise<Tables> {
  const { results } = await database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations'",
    )
    .all<{ name: string }>();
  const found: Tables = {};
  for (const { name } of results) found[name] = (await database.prepare(`SELECT * FROM ${name}`).all<Row>()).results;
  return found;
}

/** What a database is made of, written in one way: each table by its columns, indexes and triggers by their text. */
async function schemaOf(database: D1Database): Promise<unknown[]> {
  const { results } = await database
    .prepare(
      "SELECT type, name, tbl_name, CASE type WHEN 'table' THEN (SELECT json_group_array(json_array(c.name, c.type, c.\"notnull\", c.pk)) FROM pragma_table_info(s.name) AS c) ELSE sql END AS made FROM sqlite_schema AS s WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' ORDER BY type, name",
    )
    .all<Row>();
  return results.map((row) => ({
    ...row,
    made: String(row['made'])
      .replace(/--[^\n]*/g, '')
      .replace(/\s+/g, ' '),
  }));
}

/** Rows by their own text, in one order: a table that is made anew may keep them in another. */
const inOrder = (list: readonly Row[]) => list.map((row) => JSON.stringify(row)).toSorted();

let books: Books;
let before: { books: Tables; clicks: Tables };

beforeEach(async () => {
  await reset();
  await restore(env.BOOKS, booksThen);
  await restore(env.CLICKS, clicksThen);
  before = { books: await everything(env.BOOKS), clicks: await everything(env.CLICKS) };
  await applyD1Migrations(env.BOOKS, env.BOOKS_MIGRATIONS);
  await applyD1Migrations(env.CLICKS, env.CLICKS_MIGRATIONS);
  books = { d1: env.BOOKS, db: openDatabase(env.BOOKS) };
});

const accountIds = () => (before.books['accounts'] ?? []).map((row) => String(row['account_id']));
const NOW = then.at;

describe('a database of the first landed version', () => {
  it('is one: what came later is not in it, and a program’s life is', () => {
    expect(booksThen.includes('0003_')).toBe(false);
    const count = (name: string) => before.books[name]?.length ?? 0;
    for (const name of [
      'partners',
      'accounts',
      'payments',
      'refunds',
      'lines',
      'transfers',
      'closes',
      'sends',
      'payout_skips',
    ])
      expect([name, count(name) > 0]).toEqual([name, true]);
    expect((before.books['holds'] ?? []).map((row) => row['kind']).toSorted()).toEqual([
      'address_in_use',
      'came_back',
      'country_change',
      'form_join',
      'residency',
      'self_referral',
    ]);
    expect((before.books['batches'] ?? []).map((row) => row['status'])).toEqual([
      'settled',
      'settled',
      'awaiting_approval',
    ]);
  });

  it('migrates with every row as it was', async () => {
    const now = { books: await everything(env.BOOKS), clicks: await everything(env.CLICKS) };
    for (const database of ['books', 'clicks'] as const) {
      for (const [name, former] of Object.entries(before[database])) {
        const columns = Object.keys(former[0] ?? {});
        const kept = (now[database][name] ?? []).map((row) =>
          Object.fromEntries(columns.map((column) => [column, row[column]])),
        );
        expect([name, former.length === 0 ? [] : inOrder(kept)]).toEqual([name, inOrder(former)]);
        expect([name, now[database][name]?.length]).toEqual([name, former.length]);
      }
    }
  });

  it('becomes what a new database is', async () => {
    const migrated = [await schemaOf(env.BOOKS), await schemaOf(env.CLICKS)];
    await freshDatabases();
    expect(migrated).toEqual([await schemaOf(env.BOOKS), await schemaOf(env.CLICKS)]);
  });

  it('the law: lines are what the facts make due, and the books balance', async () => {
    await expectTheLaw(accountIds());
    await checkLaws(books, at(NOW));
  });

  it('each partner’s totals are what that version said', async () => {
    const found: Record<string, unknown> = {};
    for (const partner_id of Object.keys(then.totals)) {
      const { body } = await call('POST', `/v1/partners/${partner_id}/tokens`, {
        as: 'ana',
        at: NOW,
        body: { scope: 'read' },
      });
      const earnings = await call('GET', '/v1/earnings', { as: { token: String(body['token']) }, at: NOW });
      found[partner_id] = earnings.body['totals'];
    }
    expect(found).toEqual(then.totals);
  });

  it('its closes, taken again from its rows, have the hashes that they had', async () => {
    await books.d1.exec('DROP TRIGGER closes_no_delete');
    await books.d1.exec('DROP TRIGGER close_balances_no_delete');
    await books.d1.exec('DELETE FROM closes');
    await books.d1.exec('DELETE FROM close_balances');
    const program = { ...(await readProgram(books.db)), history: await readPolicy(books.db) };
    const words = { now: at(NOW), rail: 'paypal', approval: 'manual' } as const;
    for (const close of before.books['closes'] ?? [])
      await advance(books.db, program, String(close['pay_date']), words, { left: RUN_QUERIES });
    const again = await everything(env.BOOKS);
    expect(inOrder(again['closes'] ?? [])).toEqual(inOrder(before.books['closes'] ?? []));
    expect(inOrder(again['close_balances'] ?? [])).toEqual(inOrder(before.books['close_balances'] ?? []));
  });
});

describe('the present code on it', () => {
  it('what was told is known: the same again is a replay, other content a conflict', async () => {
    const payment = {
      payment_id: 'in_acme_06',
      account_id: 'acme',
      amount: 23_800,
      tax_amount: 3_800,
      currency: 'USD',
    };
    const body = { ...payment, paid_at: '2026-06-12T09:00:00Z' };
    expect((await call('POST', '/v1/payments', { at: NOW, body })).status).toBe(200);
    expect((await call('POST', '/v1/payments', { at: NOW, body: { ...body, amount: 1 + body.amount } })).status).toBe(
      409,
    );
  });

  it('what waited is told: signups, payments, refunds and a word about each hold', async () => {
    const parked = { account_id: 'nobody_yet', email: 'late@nobody.example', signed_up_at: '2026-07-01T00:00:00Z' };
    const opened = await call('POST', '/v1/signups', {
      at: NOW,
      body: { ...parked, how_heard: 'dee@partners.example' },
    });
    expect(opened.status).toBe(201);
    const refund = { refund_id: 're_now', payment_id: 'in_acme_08', amount: 23_800, refunded_at: NOW };
    expect((await call('POST', '/v1/refunds', { at: NOW, body: refund })).status).toBe(201);
    for (const hold of before.books['holds'] ?? []) {
      if (hold['kind'] === 'came_back') continue;
      const word = { decision: 'release', reason: 'looked at' };
      const decided = await call('POST', `/v1/holds/${String(hold['hold_id'])}/decision`, {
        as: 'ben',
        at: NOW,
        body: word,
      });
      expect([hold['kind'], decided.status]).toEqual([hold['kind'], 201]);
    }
    await expectTheLaw([...accountIds(), 'nobody_yet']);
    await checkLaws(books, at(NOW));
  });

  it('the Friday that waits is approved and paid, and the next one freezes and closes', async () => {
    const paypal = new Paypal();
    // Its ids go on from those that PayPal gave before.
    for (let i = 0; i < 100; i++) paypal.state.next();
    const play: Play = { books, paypal, bucket: env.WITNESS, fetch: paypal.fetch, chunk_payouts: 500, page_size: 1000 };
    const pay_date = '2026-10-02';
    const [batch] = await rows<{ manifest_sha256: string }>(
      books,
      'SELECT * FROM batches WHERE pay_date = ?',
      pay_date,
    );
    const vault = operationsOf({
      db: books.db,
      context: (now) => contextOf(play, now),
      instances: () => ({ ensure: async () => {} }),
    });
    const approved = await vault.approve(pay_date, batch?.manifest_sha256 ?? '', 'ben', at(NOW));
    expect(approved).toEqual({ ok: true, first_time: true });
    await advanceAll(play, at('2026-10-02T18:10:00Z'), pay_date);
    await advanceAll(play, at('2026-10-02T19:00:00Z'), pay_date);
    expect((await payoutsBy(play, pay_date))['ann']).toMatchObject({ status: 'paid', amount: 19_000 });

    const bonus = { adjustment_id: 'now', amount: 30_000, reason: 'a bonus' };
    await call('POST', '/v1/partners/hal/adjustments', { as: 'ana', at: '2026-10-03T01:00:00Z', body: bonus });
    await freeze(play, at('2026-10-09T17:00:00Z'));
    const next = await rows(
      books,
      "SELECT status, payout_count, payout_amount FROM batches WHERE pay_date = '2026-10-09'",
    );
    expect(next).toMatchObject([{ payout_count: 1, payout_amount: 30_000 }]);
    expect(await rows(books, "SELECT pay_date FROM closes WHERE pay_date = '2026-10-09'")).toHaveLength(1);
    await expectTheLaw(accountIds());
    await checkLaws(books, at('2026-10-10T00:00:00Z'));
  });

  it('and pays by file, where the rail is the export', async () => {
    const bonus = { adjustment_id: 'now', amount: 30_000, reason: 'a bonus' };
    await call('POST', '/v1/partners/hal/adjustments', { as: 'ana', at: '2026-10-03T01:00:00Z', body: bonus });
    await run(books, FRIDAY, '2026-10-09T17:00:00Z');
    const frozen = await rows(books, "SELECT partner_id, amount FROM payouts WHERE pay_date = '2026-10-09'");
    expect(frozen).toEqual([{ partner_id: 'hal', amount: 30_000 }]);
    await checkLaws(books, at('2026-10-10T00:00:00Z'));
  });
});
