import { beforeEach, describe, expect, it } from 'vitest';

import { findBatch, findSkip, payoutsOfPartner, skippedOfBatch } from '../../../src/payout/batch.repo.ts';
import { sha256 } from '../../../src/people/hash.ts';
import { people } from '../../../src/people/people.schema.ts';
import { insertRows, runBatch } from '../../../src/program/commit.repo.ts';
import { checkLaws, dump } from './laws.ts';
import {
  at,
  book,
  type Books,
  DAILY,
  fact,
  freshBooks,
  FRIDAY,
  payment,
  personRow,
  rows,
  run,
  seedPartners,
} from './play.ts';

const DAY = '2026-11-20';
const RUN = '2026-11-20T17:00:00Z';
/** A moment within the week that 2026-11-20 pays. */
const WITHIN = at('2026-11-10T20:00:00Z');

let books: Books;
beforeEach(async () => {
  books = await freshBooks();
});

const paid = async (pay_date?: string) =>
  rows<{ partner_id: string; amount: number }>(
    books,
    `SELECT partner_id, amount FROM payouts WHERE ?1 IS NULL OR pay_date = ?1 ORDER BY pay_date, partner_id`,
    pay_date ?? null,
  );
const shutGates = async (partner_id: string, pay_date = DAY) => {
  const skip = await findSkip(books.db, pay_date, partner_id);
  return skip?.gates.filter((gate) => !gate.passed).map((gate) => gate.clause);
};

describe('P1: the week', () => {
  it('takes what became payable up to its last instant, and nothing of Sunday', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2' }]);
    await book(books, [
      { partner_id: 'p1', payable_at: at('2026-11-15T07:59:59.999Z'), amount: 12_000 },
      { partner_id: 'p2', payable_at: at('2026-11-15T08:00:00Z'), amount: 12_000 },
    ]);
    expect(await run(books, FRIDAY, RUN)).toEqual({ done: [DAY], unfinished: null });
    expect(await paid()).toEqual([{ partner_id: 'p1', amount: 12_000 }]);
    expect(await skippedOfBatch(books.db, DAY, null, 10)).toEqual([]);
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    expect(await paid('2026-11-27')).toEqual([{ partner_id: 'p2', amount: 12_000 }]);
    await checkLaws(books, at('2026-11-28T00:00:00Z'));
  });

  it('a fact counts from its own instant: one dated after the freeze waits, one told late is taken by the next batch', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }]);
    await book(books, [
      { partner_id: 'p1', payable_at: WITHIN, amount: 12_000 },
      { partner_id: 'p1', payable_at: WITHIN, at: at(RUN) + 1, amount: -2_000 },
    ]);
    await run(books, FRIDAY, RUN);
    await book(books, [{ partner_id: 'p1', payable_at: WITHIN - 1000, amount: 13_000 }]);
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    expect(await paid()).toEqual([
      { partner_id: 'p1', amount: 12_000 },
      { partner_id: 'p1', amount: 11_000 },
    ]);
  });

  it('C3: what is to be earned back is taken from the next payout, and never makes one negative', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }]);
    await book(books, [{ partner_id: 'p1', payable_at: WITHIN, amount: -5_000 }]);
    await run(books, FRIDAY, RUN);
    expect(await findBatch(books.db, DAY)).toMatchObject({ status: 'settled', payout_count: 0, skipped_count: 0 });
    await book(books, [{ partner_id: 'p1', payable_at: WITHIN, amount: 16_000 }]);
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    expect(await paid()).toEqual([{ partner_id: 'p1', amount: 11_000 }]);
  });
});

describe('the gates decide', () => {
  it('P2–P6: who is skipped, and by which clause', async () => {
    await seedPartners(books, [
      { partner_id: 'abroad', country: 'DE' },
      { partner_id: 'applied', status: 'applied' },
      { partner_id: 'homeless', paypal: null },
      { partner_id: 'poor' },
      { partner_id: 'suspended', status: 'suspended' },
      { partner_id: 'well' },
    ]);
    const ids = ['abroad', 'applied', 'homeless', 'poor', 'suspended', 'well'];
    await book(
      books,
      ids.map((partner_id) => ({ partner_id, payable_at: WITHIN, amount: partner_id === 'poor' ? 9_999 : 10_000 })),
    );
    await run(books, FRIDAY, RUN);
    expect(await paid()).toEqual([{ partner_id: 'well', amount: 10_000 }]);
    expect(await Promise.all(ids.slice(0, 5).map((id) => shutGates(id)))).toEqual([
      ['P4'],
      ['P6'],
      ['P3'],
      ['P2'],
      ['P6'],
    ]);
    expect(await findBatch(books.db, DAY)).toMatchObject({
      skipped_count: 5,
      payout_count: 1,
      payout_amount: 10_000,
      status: 'frozen',
    });
  });

  it('P6: a closed partner is paid whatever the threshold, unless it is withheld', async () => {
    await seedPartners(books, [
      { partner_id: 'closed', status: 'closed' },
      { partner_id: 'withheld', status: 'closed' },
    ]);
    await fact(books, 'withheld', 'withheld', 'fraud', WITHIN);
    await book(
      books,
      ['closed', 'withheld'].map((partner_id) => ({ partner_id, payable_at: WITHIN, amount: 1 })),
    );
    await run(books, FRIDAY, RUN);
    expect(await paid()).toEqual([{ partner_id: 'closed', amount: 1 }]);
    expect(await shutGates('withheld')).toEqual(['P6']);
  });

  it('facts count up to the freeze, whenever the run really happens', async () => {
    await seedPartners(books, [{ partner_id: 'before' }, { partner_id: 'after' }]);
    await book(
      books,
      ['before', 'after'].map((partner_id) => ({ partner_id, payable_at: WITHIN, amount: 12_000 })),
    );
    await fact(books, 'before', 'status', 'suspended', at(RUN));
    await fact(books, 'after', 'status', 'suspended', at(RUN) + 1);
    await run(books, FRIDAY, RUN);
    expect(await paid()).toEqual([{ partner_id: 'after', amount: 12_000 }]);
  });

  it('S3, R3, C2: lines under a hold that is open at the freeze are left out, positive and negative', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2' }]);
    await book(books, [
      { partner_id: 'p1', payable_at: WITHIN, amount: 12_000 },
      { partner_id: 'p1', account_id: 'self', payable_at: WITHIN, amount: 1 },
      { partner_id: 'p1', account_id: 'form', payable_at: WITHIN, amount: 20 },
      { partner_id: 'p1', account_id: 'bank', payment_id: 'disputed', payable_at: WITHIN, amount: 300 },
      { partner_id: 'p1', account_id: 'bank', payment_id: 'disputed', payable_at: WITHIN, amount: -100 },
      { partner_id: 'p1', account_id: 'bank', payment_id: 'sound', payable_at: WITHIN, amount: 4_000 },
      { partner_id: 'p1', account_id: 'late', payable_at: WITHIN, amount: 50_000 },
      { partner_id: 'p1', account_id: 'seen', payable_at: WITHIN, amount: 600_000 },
      // The hold on `self` is about p1: another partner's lines of that account are free.
      { partner_id: 'p2', account_id: 'self', payable_at: WITHIN, amount: 13_000 },
    ]);
    await payment(books, 'disputed', 'bank');
    const freeze = at(RUN);
    const hold =
      "INSERT INTO holds (hold_id, kind, partner_id, account_id, payment_id, clause, facts, opened_at, decision, decided_at) VALUES (?, ?, ?, ?, ?, 'S3', '{}', ?, ?, ?)";
    for (const [id, kind, partner_id, account_id, payment_id, opened, decided] of [
      ['h1', 'self_referral', 'p1', 'self', null, 0, null],
      ['h2', 'form_join', null, 'form', null, 0, freeze + 1],
      ['h3', 'dispute', null, null, 'disputed', freeze, null],
      ['h4', 'self_referral', 'p1', 'late', null, freeze + 1, null],
      ['h5', 'self_referral', 'p1', 'seen', null, 0, freeze],
    ]) {
      await books.d1
        .prepare(hold)
        .bind(id, kind, partner_id, account_id, payment_id, opened, decided === null ? null : 'release', decided)
        .run();
    }
    await run(books, FRIDAY, RUN);
    expect(await paid()).toEqual([
      { partner_id: 'p1', amount: 666_000 },
      { partner_id: 'p2', amount: 13_000 },
    ]);
    await checkLaws(books, freeze + 2);
  });

  it('a skip names what is held beside what is due', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }]);
    await book(books, [
      { partner_id: 'p1', payable_at: WITHIN, amount: 5_925 },
      { partner_id: 'p1', account_id: 'self', payable_at: WITHIN, amount: 6_000 },
    ]);
    await books.d1
      .prepare(
        "INSERT INTO holds (hold_id, kind, account_id, clause, facts, opened_at) VALUES ('h', 'self_referral', 'self', 'S3', '{}', 0)",
      )
      .run();
    await run(books, FRIDAY, RUN);
    const skip = await findSkip(books.db, DAY, 'p1');
    expect(skip?.amount).toBe(5_925);
    expect(skip?.gates.find((gate) => gate.gate === 'not_self_referral')).toMatchObject({
      passed: true,
      detail: expect.stringContaining('60.00 USD'),
    });
  });
});

describe('the FAQ’s example', () => {
  it('P2: three payments of $79.00 are $59.25 and not paid; the sixth makes it $118.50, paid on Friday 2026-07-03', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }]);
    // Client since 2026-01-27: vested on 27 April; every later payment is payable when paid.
    const vests_at = at('2026-04-27T20:00:00Z');
    const payments = ['2026-01-27', '2026-02-27', '2026-03-27', '2026-04-27', '2026-05-27', '2026-06-27'].map((day) =>
      at(`${day}T20:00:00Z`),
    );
    await book(
      books,
      payments.map((when) => ({
        partner_id: 'p1',
        account_id: 'basic',
        payable_at: Math.max(when, vests_at),
        at: when,
        amount: 1_975,
      })),
    );
    const fridays: string[] = [];
    for (let friday = at('2026-04-24T17:00:00Z'); friday < at('2026-07-20T00:00:00Z'); friday += 7 * 86_400_000) {
      fridays.push(...(await run(books, FRIDAY, friday)).done);
    }
    expect(await findSkip(books.db, '2026-05-08', 'p1')).toMatchObject({ amount: 7_900 });
    expect(await shutGates('p1', '2026-05-08')).toEqual(['P2']);
    const payouts = await payoutsOfPartner(books.db, 'p1', null, 10);
    expect(payouts.map(({ pay_date, amount }) => [pay_date, amount])).toEqual([['2026-07-03', 11_850]]);
    expect(fridays[0]).toBe('2026-04-24');
    expect(await shutGates('p1', '2026-06-26')).toEqual(['P2']);
  });

  it('P2: exactly $59.25 due is not paid and carries over', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }]);
    await book(
      books,
      [1, 2, 3].map(() => ({ partner_id: 'p1', account_id: 'basic', payable_at: WITHIN, amount: 1_975 })),
    );
    await run(books, FRIDAY, RUN);
    const skip = await findSkip(books.db, DAY, 'p1');
    expect(skip?.amount).toBe(5_925);
    expect(skip?.gates.at(-1)?.detail).toBe(
      '59.25 USD is due; 40.75 USD more is needed to reach the threshold of 100.00 USD. It carries over.',
    );
    expect(await paid()).toEqual([]);
  });
});

describe('the batch', () => {
  it('is complete in chunks, and the manifest is what its hash says', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await seedPartners(
      books,
      ids.map((partner_id) => ({ partner_id })),
    );
    await book(
      books,
      ids.map((partner_id, i) => ({ partner_id, payable_at: WITHIN, amount: 20_000 - i * 3_000 })),
    );
    await run(books, FRIDAY, RUN, { chunk: 2 });
    const chunks = await rows<{ manifest: string; sha256: string; through: string }>(
      books,
      'SELECT * FROM batch_chunks ORDER BY n',
    );
    expect(chunks.map(({ through }) => through)).toEqual(['b', 'd', 'f', 'g']);
    for (const { manifest, sha256: hash } of chunks) expect(await sha256(manifest)).toBe(hash);
    const [program] = await rows<{ program_id: string }>(books, 'SELECT program_id FROM program');
    const manifest = `{"chunks":${JSON.stringify(chunks.map((chunk) => chunk.sha256))},"currency":"USD","frozen_at":${at(RUN)},"pay_date":"${DAY}","policy_version":1,"program_id":"${program?.program_id}","rail":"export","totals":{"amount":62000,"payouts":4,"skipped":3},"week":{"end":"2026-11-14","start":"2026-11-08"}}`;
    expect((await findBatch(books.db, DAY))?.manifest_sha256).toBe(await sha256(manifest));
  });

  it('P3: run late, it names the address as of its instant by its hash, though another one has been set since', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2' }]);
    await book(
      books,
      ['p1', 'p2'].map((partner_id) => ({ partner_id, payable_at: WITHIN, amount: 12_000 })),
    );
    await runBatch(books.db, [insertRows(books.db, people, [personRow('per_new', 'new@example.com')])]);
    await fact(books, 'p1', 'paypal', 'per_new', at(RUN) + 1);
    await run(books, FRIDAY, RUN);
    const [chunk] = await rows<{ manifest: string }>(books, 'SELECT manifest FROM batch_chunks');
    const { items } = JSON.parse(chunk?.manifest ?? '{}') as { items: { receiver: string }[] };
    expect(items.map(({ receiver }) => receiver)).toEqual(['hash-p1@example.com', 'hash-p2@example.com']);
  });

  it('is cut by lines too, so that one statement marks no more; a partner with more than that is a chunk alone', async () => {
    const counts = { a: 5, b: 1, c: 1, d: 4, e: 3, f: 2, g: 1 };
    await seedPartners(
      books,
      Object.keys(counts).map((partner_id) => ({ partner_id })),
    );
    const owed = Object.entries(counts).flatMap(([partner_id, count]) => Array<string>(count).fill(partner_id));
    await book(
      books,
      owed.map((partner_id) => ({ partner_id, payable_at: WITHIN, amount: 10_000 })),
    );
    await run(books, FRIDAY, RUN, { lines: 4 });
    const chunks = await rows(books, 'SELECT through, payout_count FROM batch_chunks ORDER BY n');
    expect(chunks.map(({ through }) => through)).toEqual(['a', 'c', 'd', 'e', 'g']);
    expect(await paid()).toEqual(
      Object.entries(counts).map(([partner_id, count]) => ({ partner_id, amount: count * 10_000 })),
    );
  });

  it('an empty one settles at once, and is closed like any other', async () => {
    await run(books, FRIDAY, RUN);
    expect(await findBatch(books.db, DAY)).toMatchObject({ status: 'settled', settled_at: at(RUN), payout_count: 0 });
    expect(await rows(books, 'SELECT pay_date FROM closes')).toEqual([{ pay_date: DAY }]);
  });

  it('P8: waits above max_payout whatever the setting, and says so', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }]);
    await book(books, [{ partner_id: 'p1', payable_at: WITHIN, amount: 2_000_001 }]);
    await run(books, FRIDAY, RUN);
    const batch = await findBatch(books.db, DAY);
    expect(batch?.status).toBe('awaiting_approval');
    expect(JSON.parse(batch?.approval_reasons ?? '')).toEqual([
      'A payout of 20000.01 USD is above max_payout, 20000.00 USD.',
    ]);
  });

  it('P2, P8: threshold and ceilings are those in force on the pay date', async () => {
    await seedPartners(books, [{ partner_id: 'p1' }]);
    await book(books, [{ partner_id: 'p1', payable_at: WITHIN, amount: 5_000 }]);
    const [{ fields } = { fields: '' }] = await rows<{ fields: string }>(books, 'SELECT fields FROM policy_versions');
    const lower = JSON.stringify({ ...JSON.parse(fields), payout_threshold: 5_000, max_batch: 4_999 });
    // From the pay day's own first instant on.
    await books.d1
      .prepare("INSERT INTO policy_versions VALUES (2, ?, ?, 'ana', 0)")
      .bind(at('2026-11-20T08:00:00Z'), lower)
      .run();
    await run(books, FRIDAY, '2026-11-13T17:00:00Z');
    await run(books, FRIDAY, RUN);
    expect(await paid()).toEqual([{ partner_id: 'p1', amount: 5_000 }]);
    expect(await findBatch(books.db, DAY)).toMatchObject({ policy_version: 2, status: 'awaiting_approval' });
  });
});

describe('any run is safe twice, late, and after missed weeks', () => {
  beforeEach(async () => {
    await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2' }]);
    for (const day of ['2026-10-27', '2026-11-03', '2026-11-10']) {
      await book(
        books,
        ['p1', 'p2'].map((partner_id) => ({ partner_id, payable_at: at(`${day}T20:00:00Z`), amount: 12_000 })),
      );
    }
  });

  it('a second run of either cron changes nothing', async () => {
    await run(books, FRIDAY, RUN);
    const before = await dump(books);
    for (const cron of [FRIDAY, DAILY])
      expect(await run(books, cron, '2026-11-20T17:30:00Z')).toEqual({ done: [], unfinished: null });
    expect(await dump(books)).toEqual(before);
  });

  it('a first run pays the latest due week with everything before it', async () => {
    expect((await run(books, FRIDAY, RUN)).done).toEqual([DAY]);
    expect(await paid()).toEqual(['p1', 'p2'].map((partner_id) => ({ partner_id, amount: 36_000 })));
  });

  it('the daily run never begins a program, and makes up for missed Fridays, oldest first', async () => {
    expect((await run(books, DAILY, '2026-11-07T17:30:00Z')).done).toEqual([]);
    await run(books, FRIDAY, '2026-11-06T17:00:00Z');
    expect((await run(books, DAILY, '2026-11-21T17:30:00Z')).done).toEqual(['2026-11-13', '2026-11-20']);
    const amounts = await rows(books, "SELECT pay_date, amount FROM payouts WHERE partner_id = 'p1' ORDER BY pay_date");
    expect(amounts).toEqual(
      ['2026-11-06', '2026-11-13', '2026-11-20'].map((pay_date) => ({ pay_date, amount: 12_000 })),
    );
  });
});
