import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';

import { readStanding } from '../../../src/backup/backup.repo.ts';
import { backupKeys, BACKUP_DAYS } from '../../../src/backup/backup.rules.ts';
import { backUp } from '../../../src/backup/backup.ts';
import { readManifest } from '../../../src/backup/restore.ts';
import { runBackup } from '../../../src/backup/run.ts';
import { advanceSend } from '../../../src/payout/send.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { at, book, freshBooks, rows, seedPartners } from '../payouts/play.ts';
import { contextOf, DAY, frozenFriday, RUN } from '../payouts/simulated.ts';
import { spyOn } from '../payouts/spy.ts';

const NIGHT = at('2026-11-21T02:00:00Z');
const HOUR = 3_600_000;
const SLOW = { timeout: 120_000 };
const bucket = env.BACKUPS as R2Bucket;

it(
  'a sending that is made while a copy is read begins it anew: it is never in it without its items',
  SLOW,
  async () => {
    const play = await frozenFriday(['ana', 'ben', 'eva']);
    play.chunk_payouts = 1;
    const context = await contextOf(play, RUN);
    const sends = async () => (await rows(play.books, 'SELECT chunk FROM sends')).length;
    while ((await sends()) < 2) await advanceSend(context, DAY, RUN);
    const status = await rows(play.books, 'SELECT status FROM batches');
    const copy = (left: number) =>
      backUp({ db: play.books.db, bucket, program_id: context.program_id, budget: { left } }, '2026-11-21', NIGHT);
    expect(await copy(14)).toBe('again');
    while ((await sends()) < 3) await advanceSend(context, DAY, RUN);
    expect(await rows(play.books, 'SELECT status FROM batches')).toEqual(status);
    expect(await copy(950)).toBe('moved');
    expect(await copy(950)).toBe('done');
    const manifest = await readManifest(bucket, context.program_id, '2026-11-21');
    expect(manifest?.tables['sends']?.rows).toBe(3);
    expect(manifest?.tables['send_items']?.rows).toBe(3);
  },
);

it('books that were restored, and know of no copies, let the old ones go as well', SLOW, async () => {
  const books = await freshBooks();
  const { program_id } = await readProgram(books.db);
  const keys = backupKeys(program_id);
  await runBackup({ db: books.db, bucket, program_id }, {}, NIGHT);
  await books.d1.exec('DELETE FROM backups');
  await bucket.put(`${keys.all}of-no-day`, 'x');
  await runBackup({ db: books.db, bucket, program_id }, {}, NIGHT + BACKUP_DAYS * 24 * HOUR);
  expect((await bucket.list({ prefix: keys.day('2026-11-21') })).objects.length).toBeGreaterThan(2);
  await runBackup({ db: books.db, bucket, program_id }, {}, NIGHT + (BACKUP_DAYS + 1) * 24 * HOUR);
  expect((await bucket.list({ prefix: keys.day('2026-11-21') })).objects).toEqual([]);
  expect((await bucket.list({ prefix: keys.day('2026-12-21') })).objects.length).toBeGreaterThan(2);
  expect(await bucket.head(`${keys.all}of-no-day`)).not.toBeNull();
});

it(
  'asks two queries an object where a page fills it, and looks at no transfer to see whether one was booked',
  SLOW,
  async () => {
    const play = await frozenFriday(Array.from({ length: 40 }, (_, i) => `r${i}`));
    const { program_id } = await readProgram(play.books.db);
    await seedPartners(play.books, [{ partner_id: 'many' }]);
    const line = (i: number) => ({ partner_id: 'many', payable_at: at('2027-01-01T00:00:00Z') + i, amount: 100 });
    await book(
      play.books,
      Array.from({ length: 3000 }, (_, i) => line(i)),
    );
    const budget = { left: 950 };
    const context = { db: play.books.db, bucket, program_id, budget, part_chars: 30_000 };
    expect(await backUp(context, '2026-11-21', NIGHT)).toBe('done');
    const { tables = {} } = (await readManifest(bucket, program_id, '2026-11-21')) ?? {};
    const parts = Object.values(tables).flatMap((table) => table.parts).length;
    expect(tables['lines']?.parts.length).toBeGreaterThan(10);
    // One that reads and one that notes; a table is read to its end, and its first pages are small.
    expect(950 - budget.left).toBeLessThan(2 * parts + 2 * Object.keys(tables).length + 20);
    const spy = spyOn(play.books.d1);
    await readStanding(openDatabase(spy.d1));
    expect(spy.sent.map(({ rows_read }) => rows_read < 20)).toEqual([true]);
  },
);
