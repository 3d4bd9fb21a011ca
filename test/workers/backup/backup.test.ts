import { applyD1Migrations } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { backupKeys, BACKUP_DAYS, type Manifest } from '../../../src/backup/backup.rules.ts';
import { backUp, type BackupBucket } from '../../../src/backup/backup.ts';
import { readManifest, restoreBooks, verifyBooks } from '../../../src/backup/restore.ts';
import { BACKUP_CRON, runBackup } from '../../../src/backup/run.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import type { PayoutsEnv } from '../../../workers/payouts/env.ts';
import payouts from '../../../workers/payouts/index.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { at, book, FRIDAY, freshBooks, rows, run, seedPartners, type Books } from '../payouts/play.ts';

const NIGHT = at('2026-03-21T02:00:00Z');
const DAY = '2026-03-21';
const HOUR = 3_600_000;
const PARTNERS = 12;
/** A copy and a restore go through every table: on a busy machine that takes its time. */
const SLOW = { timeout: 120_000 };
const bucket = env.BACKUPS as R2Bucket;

let books: Books;
let program_id = '';

const friday = (day: string) => run(books, FRIDAY, `${day}T17:00:00Z`);

/** Two Fridays of a dozen partners, one more line that waits, clients with names and addresses. */
async function play(): Promise<void> {
  books = await freshBooks();
  const partners = Array.from({ length: PARTNERS }, (_, i) => ({ partner_id: `p${String(i).padStart(2, '0')}` }));
  await seedPartners(books, partners);
  for (const [week, payable] of ['2026-03-04T20:00:00Z', '2026-03-11T20:00:00Z'].entries())
    await book(
      books,
      partners.map(({ partner_id }, i) => ({ partner_id, payable_at: at(payable), amount: 12_000 + 100 * i + week })),
    );
  await friday('2026-03-13');
  await friday('2026-03-20');
  for (let i = 0; i < 5; i++) {
    const signup = {
      account_id: `c${i}`,
      email: `ann${i}@client.example`,
      name: 'Ännchen „Ø" 🦊',
      signed_up_at: '2026-03-14T00:00:00Z',
    };
    await call('POST', '/v1/signups', { at: '2026-03-14T00:00:00Z', body: signup });
    const payment = {
      payment_id: `pay_c${i}`,
      account_id: `c${i}`,
      amount: 9900,
      currency: 'USD',
      paid_at: '2026-03-14T00:00:00Z',
    };
    await call('POST', '/v1/payments', { at: '2026-03-14T01:00:00Z', body: payment });
  }
  ({ program_id } = await readProgram(books.db));
}

beforeEach(play);

const copy = (options: { left?: number; part_chars?: number; to?: BackupBucket } = {}, now = NIGHT) =>
  backUp(
    {
      db: books.db,
      bucket: options.to ?? bucket,
      program_id,
      budget: { left: options.left ?? 950 },
      ...(options.part_chars ? { part_chars: options.part_chars } : {}),
    },
    DAY,
    now,
  );

async function manifestNow(): Promise<Manifest> {
  const manifest = await readManifest(bucket, program_id, DAY);
  if (!manifest) throw new Error('there is no copy');
  return manifest;
}

/** Every row of every table but the word of copies, and all that makes the tables. */
async function everything(d1: D1Database): Promise<unknown> {
  const { results } = await d1
    .prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name <> 'd1_migrations' ORDER BY type, name",
    )
    .all<{ type: string; name: string; sql: string }>();
  const tables = results.filter(({ type, name }) => type === 'table' && !['backups', 'sender_salts'].includes(name));
  const content: Record<string, unknown[]> = {};
  for (const { name } of tables) content[name] = (await d1.prepare(`SELECT * FROM "${name}"`).all()).results;
  return { schema: results, content };
}

/** Takes the copy out of the bucket, loses everything, migrates anew, puts the copy back. */
async function loseEverything(): Promise<void> {
  const kept: [string, ArrayBuffer][] = [];
  for (const { key } of (await bucket.list()).objects) kept.push([key, await (await bucket.get(key))!.arrayBuffer()]);
  books = await freshBooks();
  for (const [key, bytes] of kept) await bucket.put(key, bytes);
}

describe('the books are copied each night', SLOW, () => {
  it('and restored out of the copy they are the same to the row: tables, closes, balances, triggers', async () => {
    const before = await everything(books.d1);
    expect(await copy()).toBe('done');
    const manifest = await manifestNow();
    expect(manifest).toMatchObject({ quiet: true, close: { pay_date: '2026-03-20' }, day: DAY });
    expect(manifest.tables['lines']?.rows).toBe(2 * PARTNERS);
    expect(Object.keys(manifest.tables).length).toBeGreaterThan(50);
    expect(manifest.migrations.length).toBe(env.BOOKS_MIGRATIONS.length);
    await loseEverything();
    await restoreBooks(books.db, bucket, manifest);
    expect(await everything(books.d1)).toEqual(before);
    const checks = await verifyBooks(books.db, manifest);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'lines: rows',
        'people: hash',
        'close 2026-03-13: chain',
        'close 2026-03-20: chain',
        'balance of clearing',
        'transfers meet in',
      ]),
    );
    await expect(books.d1.exec('DELETE FROM lines')).rejects.toThrow('append_only');
  });

  it('the salt of the day is in none: destroyed, it is nowhere, and no hash is anybody’s', async () => {
    const salt = 'ab'.repeat(16);
    await books.d1.prepare('INSERT INTO sender_salts (day, salt) VALUES (?, ?)').bind(DAY, salt).run();
    expect(await copy()).toBe('done');
    expect(Object.keys((await manifestNow()).tables)).not.toContain('sender_salts');
    for (const { key } of (await bucket.list()).objects) {
      const bytes = await (await bucket.get(key))!.arrayBuffer();
      const text = key.endsWith('.gz')
        ? await new Response(new Response(bytes).body!.pipeThrough(new DecompressionStream('gzip'))).text()
        : new TextDecoder().decode(bytes);
      expect(text).not.toContain(salt);
    }
  });

  it('a copy that takes many runs is the same copy', async () => {
    await copy();
    const whole = await manifestNow();
    await play();
    const moved = await readProgram(books.db);
    await books.d1.prepare('DELETE FROM backups').run();
    program_id = moved.program_id;
    let runs = 0;
    for (let ended = ''; ended !== 'done'; runs++) {
      ended = await copy({ left: 12, part_chars: 3000 }, NIGHT + runs * HOUR);
      expect(['again', 'done']).toContain(ended);
      expect(runs).toBeLessThan(100);
    }
    expect(runs).toBeGreaterThan(5);
    const pieces = await manifestNow();
    expect(Object.values(pieces.tables).flatMap(({ parts }) => parts).length).toBeGreaterThan(15);
    const counts = ({ tables }: Manifest) => Object.entries(tables).map(([name, table]) => [name, table.rows]);
    expect(counts(pieces)).toEqual(counts(whole));
    const before = await everything(books.d1);
    await loseEverything();
    await restoreBooks(books.db, bucket, pieces);
    expect(await everything(books.d1)).toEqual(before);
    expect((await verifyBooks(books.db, pieces)).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('once a night: done is done', async () => {
    expect(await copy()).toBe('done');
    const { objects } = await bucket.list();
    expect(await copy()).toBe('was_done');
    expect((await bucket.list()).objects.map(({ key, etag }) => [key, etag])).toEqual(
      objects.map(({ key, etag }) => [key, etag]),
    );
  });

  it('a line booked meanwhile is tomorrow’s: the copy ends where it began, and no line is without its facts', async () => {
    expect(await copy({ left: 14 })).toBe('again');
    const body = {
      payment_id: 'late',
      account_id: 'c0',
      amount: 5000,
      currency: 'USD',
      paid_at: '2026-03-15T00:00:00Z',
    };
    await call('POST', '/v1/payments', { at: '2026-03-21T02:05:00Z', body });
    await book(books, [{ partner_id: 'p00', payable_at: at('2026-03-25T00:00:00Z'), amount: 77 }]);
    expect(await copy()).toBe('done');
    const manifest = await manifestNow();
    expect([manifest.quiet, manifest.tables['lines']?.rows, manifest.tables['payments']?.rows]).toEqual([
      false,
      2 * PARTNERS,
      6,
    ]);
    await loseEverything();
    await restoreBooks(books.db, bucket, manifest);
    expect((await verifyBooks(books.db, manifest)).filter(({ ok }) => !ok)).toEqual([]);
    expect(await rows(books, "SELECT payment_id FROM payments WHERE payment_id = 'late'")).toHaveLength(1);
  });

  it('where a payout moves meanwhile the copy begins anew: it is never of two moments', async () => {
    expect(await copy({ left: 14 })).toBe('again');
    await book(books, [{ partner_id: 'p01', payable_at: at('2026-03-18T00:00:00Z'), amount: 50_000 }]);
    await friday('2026-03-27');
    expect(await copy()).toBe('moved');
    expect(await readManifest(bucket, program_id, DAY)).toBeNull();
    expect(await copy()).toBe('done');
    const manifest = await manifestNow();
    expect(manifest.close?.pay_date).toBe('2026-03-27');
    await loseEverything();
    await restoreBooks(books.db, bucket, manifest);
    expect((await verifyBooks(books.db, manifest)).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('a run that dies at any effect is followed by one that ends the copy', async () => {
    let crashes = 0;
    for (let nth = 1; nth < 99; nth += 2) {
      let effects = 0;
      const put = async (...args: Parameters<R2Bucket['put']>) => {
        effects += 1;
        if (effects === nth) throw new Error('crash');
        const done = await bucket.put(...args);
        if (effects === nth + 1) throw new Error('crash');
        return done;
      };
      const ended = await copy({ part_chars: 2000, to: { put } as unknown as BackupBucket }).catch(() => 'crashed');
      if (ended === 'done') break;
      crashes += 1;
      expect([ended, await readManifest(bucket, program_id, DAY)]).toEqual(['crashed', null]);
    }
    expect(crashes).toBeGreaterThan(3);
    expect(await copy()).toBe('was_done');
    const manifest = await manifestNow();
    await loseEverything();
    await restoreBooks(books.db, bucket, manifest);
    expect((await verifyBooks(books.db, manifest)).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('of two runs at once one goes on', async () => {
    const ended = await Promise.all([copy({ part_chars: 2000 }), copy({ part_chars: 2000 })]);
    expect(ended.toSorted()).toEqual(['done', 'elsewhere']);
    const manifest = await manifestNow();
    await loseEverything();
    await restoreBooks(books.db, bucket, manifest);
    expect((await verifyBooks(books.db, manifest)).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('asks a bounded number of queries, a few a table', async () => {
    const budget = { left: 950 };
    await backUp({ db: books.db, bucket, program_id, budget }, DAY, NIGHT);
    expect(950 - budget.left).toBeLessThan(250);
  });
});

describe('a restore trusts nothing', SLOW, () => {
  it('an object that is gone, or holds other rows, stops it', async () => {
    await copy();
    const manifest = await manifestNow();
    const key = manifest.tables['people']!.parts[0]!.key;
    await loseEverything();
    await bucket.put(key, await (await bucket.get(manifest.tables['lines']!.parts[0]!.key))!.arrayBuffer());
    await expect(restoreBooks(books.db, bucket, manifest)).rejects.toThrow('holds other rows');
    await bucket.delete(key);
    await freshAgain();
    await expect(restoreBooks(books.db, bucket, manifest)).rejects.toThrow('lacks');
  });

  it('books that differ in one row, one amount or one hash are told', async () => {
    await copy();
    const manifest = await manifestNow();
    await loseEverything();
    await restoreBooks(books.db, bucket, manifest);
    const triggers = await books.d1
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .all<{ name: string }>();
    for (const { name } of triggers.results) await books.d1.exec(`DROP TRIGGER ${name}`);
    await books.d1.exec('UPDATE lines SET amount = amount + 1 WHERE seq = 3');
    await books.d1.exec("DELETE FROM people WHERE person_id = 'per_p04'");
    const wrong = (await verifyBooks(books.db, manifest)).filter(({ ok }) => !ok).map(({ what }) => what);
    expect(wrong).toEqual(
      ['lines: hash', 'people: rows', 'people: hash', 'close 2026-03-13: chain', 'balance of lines'].filter((what) =>
        wrong.includes(what),
      ),
    );
    expect(wrong).toEqual(
      expect.arrayContaining([
        'lines: hash',
        'people: rows',
        'people: hash',
        'close 2026-03-13: chain',
        'balance of lines',
      ]),
    );
  });

  it('a manifest is taken by the hash that the books know of it', async () => {
    await copy();
    const [{ manifest_sha256 } = {}] = await rows<{ manifest_sha256: string }>(
      books,
      'SELECT manifest_sha256 FROM backups',
    );
    expect(await readManifest(bucket, program_id, DAY, manifest_sha256)).not.toBeNull();
    expect(await readManifest(bucket, program_id, DAY, '0'.repeat(64))).toBeNull();
  });
});

async function freshAgain(): Promise<void> {
  const kept: [string, ArrayBuffer][] = [];
  for (const { key } of (await bucket.list()).objects) kept.push([key, await (await bucket.get(key))!.arrayBuffer()]);
  await freshDatabases();
  await applyD1Migrations(env.BOOKS, env.BOOKS_MIGRATIONS);
  for (const [key, bytes] of kept) await bucket.put(key, bytes);
}

describe('the nightly cron', SLOW, () => {
  const wake = (now: number, more: object = {}) => {
    const rail = { PAYOUT_RAIL: 'export', PAYOUT_APPROVAL: 'none', PAYPAL_POLL_SECONDS: '900' };
    const given = {
      BOOKS: books.d1,
      WITNESS: env.WITNESS,
      BACKUPS: bucket,
      ENVIRONMENT: 'production',
      CLOCK: 'system',
      ...rail,
      ...more,
    };
    return payouts.scheduled(
      { cron: BACKUP_CRON, scheduledTime: now, noRetry: () => undefined },
      given as unknown as PayoutsEnv,
    );
  };

  it('copies, says so in the log without a word of what it copied, and freezes nothing', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text));
    await wake(NIGHT);
    await wake(NIGHT + HOUR / 4);
    vi.restoreAllMocks();
    expect(lines).toEqual(['{"event":"backup_run","outcome":"done","dropped":0}']);
    expect(await rows(books, 'SELECT day, status, began_at, ended_at FROM backups')).toEqual([
      { day: DAY, status: 'done', began_at: NIGHT, ended_at: NIGHT },
    ]);
    expect(await rows(books, 'SELECT cron, well_at FROM heartbeats')).toEqual([
      { cron: 'backup', well_at: NIGHT + HOUR / 4 },
    ]);
    expect(await rows(books, 'SELECT pay_date FROM batches')).toHaveLength(2);
  });

  it('lets copies go after thirty days, with all that a run left: what was erased is in none that is older', async () => {
    const context = { db: books.db, bucket, program_id };
    await runBackup(context, {}, NIGHT);
    const keys = backupKeys(program_id);
    await bucket.put(`${keys.day(DAY)}left-by-a-crash`, 'x');
    await runBackup(context, {}, NIGHT + BACKUP_DAYS * 24 * HOUR);
    expect((await bucket.list({ prefix: keys.day(DAY) })).objects.length).toBeGreaterThan(10);
    await runBackup(context, {}, NIGHT + (BACKUP_DAYS + 1) * 24 * HOUR);
    expect((await bucket.list({ prefix: keys.day(DAY) })).objects).toEqual([]);
    expect(await rows(books, "SELECT status FROM backups WHERE day = '2026-03-21'")).toEqual([{ status: 'dropped' }]);
  });

  it('without a bucket it copies nothing and fails nobody', async () => {
    await wake(NIGHT, { BACKUPS: undefined });
    expect(await rows(books, 'SELECT * FROM backups')).toEqual([]);
  });
});
