import { expect, it } from 'vitest';

import { openDatabase } from '../../../src/program/commit.repo.ts';
import { at, book, type Books, freshBooks, FRIDAY, rows, run, seedPartners } from './play.ts';
import { type Sent, spyOn } from './spy.ts';

const BEFORE = at('2026-11-13T17:00:00Z');
const RUN = at('2026-11-20T17:00:00Z');
const WITHIN = at('2026-11-10T20:00:00Z');
const VESTS = at('2027-01-10T20:00:00Z');

/** What each partner has: due this Friday, vesting later (one of these booked since the last close), and paid long ago. */
const DUE = 4;
const UNVESTED = 13;

/** `partners` who are all paid this Friday, with `past` paid lines each; the Friday before took its close, and paid nobody. */
async function fridayBooks(partners: number, past: number): Promise<Books> {
  const books = await freshBooks();
  const ids = Array.from({ length: partners }, (_, i) => `p${String(i).padStart(4, '0')}`);
  await seedPartners(
    books,
    ids.map((partner_id) => ({ partner_id })),
  );
  const line = (partner_id: string, k: number, payable_at: number, more = {}) => {
    return { partner_id, account_id: `${partner_id}_${k % 4}`, payable_at, at: BEFORE - 1000, amount: 3000, ...more };
  };
  const of = (count: number, make: (partner_id: string, k: number) => ReturnType<typeof line>) =>
    ids.flatMap((partner_id) => Array.from({ length: count }, (_, k) => make(partner_id, k)));
  if (past > 0) {
    await book(
      books,
      of(past, (id, k) => line(id, k, BEFORE - 40 * 86_400_000, { payout_id: `past_${id}` })),
    );
  }
  await book(
    books,
    of(DUE, (id, k) => line(id, k, WITHIN + k)),
  );
  await book(
    books,
    of(UNVESTED - 1, (id, k) => line(id, k, VESTS + k)),
  );
  await run(books, FRIDAY, BEFORE);
  await book(
    books,
    of(1, (id, k) => line(id, k, VESTS + 1000 + k, { at: BEFORE + 1000 })),
  );
  return books;
}

const sum = (sent: readonly Sent[]) => ({
  rows_read: sent.reduce((all, one) => all + one.rows_read, 0),
  rows_written: sent.reduce((all, one) => all + one.rows_written, 0),
});

/** Rows of this Friday's freeze, and of the close that follows it. */
async function measured(partners: number, past: number) {
  const books = await fridayBooks(partners, past);
  const spy = spyOn(books.d1);
  await run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, RUN);
  expect(await rows(books, "SELECT payout_count, status FROM batches WHERE pay_date = '2026-11-20'")).toEqual([
    { payout_count: partners, status: 'frozen' },
  ]);
  const close = spy.sent.findIndex(({ text }) => text.includes('close_runs'));
  return { freeze: sum(spy.sent.slice(0, close)), close: sum(spy.sent.slice(close)) };
}

it('rows are linear in what is due: exactly so many a partner and a line, at four sizes', async () => {
  const [first, ...larger] = [
    await measured(25, 3),
    await measured(50, 3),
    await measured(100, 3),
    await measured(200, 3),
  ];
  for (const [i, one] of larger.entries()) {
    const more = 25 * 2 ** (i + 1) - 25;
    expect({
      freeze: {
        // The partner's facts and address 2, the end of its due lines 2, who is paid and what is written 2; a line is summed 1, and marked 3.
        rows_read: one.freeze.rows_read - first!.freeze.rows_read,
        // A payout 2, a line 1.
        rows_written: one.freeze.rows_written - first!.freeze.rows_written,
      },
      close: {
        rows_read: one.close.rows_read - first!.close.rows_read,
        rows_written: one.close.rows_written - first!.close.rows_written,
      },
    }).toEqual({
      freeze: { rows_read: more * (6 + 4 * DUE), rows_written: more * (2 + DUE) },
      // A line booked since 1, a payout 1, the former balances 2, the present ones 1.
      close: { rows_read: more * 5, rows_written: more },
    });
  }
  // With what does not depend on the size. Of 100 lines due; 50,000 partners of four come to 5.5 read and 1.5 written a line.
  expect(first).toEqual({
    freeze: { rows_read: 45 + 25 * (6 + 4 * DUE), rows_written: 7 + 25 * (2 + DUE) },
    close: { rows_read: 13 + 25 * 5, rows_written: 3 + 25 },
  });
});

it('rows are flat in what is past: a hundred paid lines more of each partner cost none', async () => {
  expect(await measured(20, 100)).toEqual(await measured(20, 0));
});
