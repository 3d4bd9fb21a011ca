import { beforeEach, describe, expect, it } from 'vitest';

import { partnerFacts } from '../../../src/partner/partner.schema.ts';
import { findBatch, findSkip } from '../../../src/payout/batch.repo.ts';
import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import { takeSteps } from '../../../src/payout/run.ts';
import { sha256 } from '../../../src/people/hash.ts';
import { commit, guardQuery, guardsFrom, insertRows, openDatabase } from '../../../src/program/commit.repo.ts';
import { checkLaws, dump } from './laws.ts';
import { at, book, type Books, DAILY, freshBooks, FRIDAY, rows, run, seedPartners } from './play.ts';
import { advanceUntil, contextOf, freeze, frozenFriday, statusesBy } from './simulated.ts';
import { revive, snapshot } from './snapshot.ts';
import { spyOn } from './spy.ts';

const DAY = '2026-11-20';
const RUN = at('2026-11-20T17:00:00Z');
const WITHIN = at('2026-11-10T20:00:00Z');
const IDS = ['a', 'b', 'c', 'd', 'e'];

let books: Books;

async function seeded(): Promise<void> {
  books = await freshBooks();
  await seedPartners(
    books,
    IDS.map((partner_id) => ({ partner_id })),
  );
  await book(
    books,
    IDS.flatMap((partner_id, i) => [
      {
        partner_id,
        account_id: `acc_${partner_id}`,
        payment_id: `pay_${partner_id}`,
        payable_at: WITHIN,
        amount: 9_000,
      },
      {
        partner_id,
        account_id: `b_${partner_id}`,
        payment_id: `bpay_${partner_id}`,
        payable_at: WITHIN + i,
        amount: i === 4 ? 500 : 5_000,
      },
    ]),
  );
}
beforeEach(seeded);

/** A hash of all rows. The program's id is minted anew by each migration, and what follows from it is left out. */
async function digest(): Promise<string> {
  const [row] = await rows<{ program_id: string }>(books, 'SELECT program_id FROM program');
  const all = await dump(books);
  let text = JSON.stringify(all).replaceAll(row!.program_id, 'program');
  for (const { payout_id, partner_id } of all['payouts'] as { payout_id: string; partner_id: string }[]) {
    text = text.replaceAll(payout_id, `po_of_${partner_id}`);
  }
  return sha256(text.replaceAll(/"(sha256|manifest_sha256|hash)":"[0-9a-f]{64}"/g, ''));
}

/** How many batches an undisturbed freeze sends. */
async function undisturbed(): Promise<{ batches: number; dump: string }> {
  const spy = spyOn(books.d1);
  await run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, RUN, { chunk: 2 });
  const result = { batches: spy.batches, dump: await digest() };
  await seeded();
  return result;
}

describe('a run that dies', () => {
  it('anywhere, before a write or after it, is taken up with the same books', { timeout: 60_000 }, async () => {
    const whole = await undisturbed();
    expect(whole.batches).toBeGreaterThan(8);
    for (let n = 0; n < whole.batches; n++) {
      for (const when of ['before', 'after'] as const) {
        const die = (i: number) => {
          if (i === n) throw new Error('died');
        };
        const spy = spyOn(books.d1, { [when]: die });
        await expect(run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, RUN, { chunk: 2 })).rejects.toThrow(
          /died|books/,
        );
        // The next cron takes it up; if nothing was begun there is nothing for the daily one.
        await run(books, DAILY, RUN + 1_800_000, { chunk: 2 });
        await run(books, FRIDAY, RUN, { chunk: 2 });
        expect(await digest()).toBe(whole.dump);
        await seeded();
      }
    }
  });

  it('a batch begun by one run is frozen as of its own instant by the next', async () => {
    const spy = spyOn(books.d1, {
      after: async (n) => {
        if (n === 5) throw new Error('died');
      },
    });
    await expect(run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, RUN, { chunk: 1 })).rejects.toThrow(/died|books/);
    await books.d1.exec("INSERT INTO partner_facts VALUES ('d', 9, 'status', 'suspended', 1795194000001, 'ana', NULL)");
    await book(books, [{ partner_id: 'e', payable_at: WITHIN, amount: 50_000 }]);
    await run(books, DAILY, RUN + 86_400_000, { chunk: 1 });
    expect(await findBatch(books.db, DAY)).toMatchObject({
      frozen_at: RUN,
      payout_count: 4,
      payout_amount: 56_000,
      skipped_count: 1,
    });
  });
});

describe('two at once', () => {
  it('two runs freeze each partner once', async () => {
    const whole = await undisturbed();
    await Promise.all([
      run(books, FRIDAY, RUN, { chunk: 2 }),
      run(books, FRIDAY, RUN, { chunk: 2 }),
      run(books, DAILY, RUN, { chunk: 2 }),
    ]);
    await run(books, FRIDAY, RUN, { chunk: 2 });
    expect(await digest()).toBe(whole.dump);
  });

  /** Runs a freeze with something else done between any two of its batches, and hands each outcome over. */
  async function interleaved(disturb: () => Promise<void>, check: () => Promise<void>): Promise<void> {
    const { batches } = await undisturbed();
    for (let n = 0; n <= batches; n++) {
      const spy = spyOn(books.d1, { before: (i) => (i === n ? disturb() : undefined) });
      await run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, RUN, { chunk: 2 });
      if (spy.batches <= n) await disturb();
      await checkLaws(books, RUN + 1);
      await check();
      await seeded();
    }
  }

  it('P6: a suspension and a freeze: paid before it, or skipped by it', { timeout: 60_000 }, async () => {
    const outcomes = new Set<string>();
    const suspend = async () => {
      const subjects = ['partner:c'];
      const guards = guardsFrom(subjects, await guardQuery(books.db, subjects));
      const suspended = { partner_id: 'c', n: 9, field: 'status' as const, value: 'suspended', at: RUN, by: 'ana' };
      expect(await commit(books.db, guards, [insertRows(books.db, partnerFacts, [suspended])])).toBe('committed');
    };
    await interleaved(suspend, async () => {
      const [payout] = await rows<{ amount: number }>(books, "SELECT amount FROM payouts WHERE partner_id = 'c'");
      const skip = await findSkip(books.db, DAY, 'c');
      expect((payout === undefined) !== (skip === null)).toBe(true);
      if (skip) expect(skip.gates.filter((gate) => !gate.passed).map((gate) => gate.clause)).toEqual(['P6']);
      outcomes.add(payout ? 'paid' : 'skipped');
    });
    expect(outcomes).toEqual(new Set(['paid', 'skipped']));
  });

  it('C2, C3: a refund and a freeze: netted before the cut, else earned back', { timeout: 60_000 }, async () => {
    const outcomes = new Set<number>();
    const refund = () =>
      book(books, [
        {
          partner_id: 'c',
          account_id: 'acc_c',
          payment_id: 'pay_c',
          kind: 'refund',
          payable_at: WITHIN,
          at: RUN,
          amount: -3_000,
        },
      ]);
    await interleaved(refund, async () => {
      const [payout] = await rows<{ amount: number }>(books, "SELECT amount FROM payouts WHERE partner_id = 'c'");
      const [open] = await rows<{ amount: number }>(
        books,
        "SELECT coalesce(sum(amount), 0) AS amount FROM lines WHERE partner_id = 'c' AND payout_id IS NULL",
      );
      expect((payout?.amount ?? 0) + (open?.amount ?? 0)).toBe(11_000);
      outcomes.add(payout?.amount ?? 0);
    });
    expect(outcomes).toEqual(new Set([11_000, 14_000]));
  });

  it(
    'S3: a hold dated before the freeze and the freeze: left out, or claimed before it',
    { timeout: 60_000 },
    async () => {
      const outcomes = new Set<string>();
      const hold = async () => {
        await books.d1.exec(
          "INSERT INTO holds (hold_id, kind, partner_id, account_id, clause, facts, opened_at) VALUES ('h', 'self_referral', 'c', 'acc_c', 'S3', '{}', 0)",
        );
      };
      const { batches } = await undisturbed();
      for (let n = 0; n <= batches; n++) {
        const spy = spyOn(books.d1, { before: (i) => (i === n ? hold() : undefined) });
        await run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, RUN, { chunk: 2 });
        const [payout] = await rows<{ amount: number }>(books, "SELECT amount FROM payouts WHERE partner_id = 'c'");
        const skip = await findSkip(books.db, DAY, 'c');
        outcomes.add(payout ? `paid ${payout.amount}` : `skipped ${skip?.amount}`);
        // Fault 8: what a payout says is what its lines add up to.
        const drifted = `SELECT p.partner_id FROM payouts AS p WHERE p.amount IS NOT
          (SELECT sum(l.amount) FROM lines AS l WHERE l.payout_id = p.payout_id)`;
        expect(await rows(books, drifted)).toEqual([]);
        await seeded();
      }
      expect(outcomes).toEqual(new Set(['paid 14000', 'skipped 5000']));
    },
  );

  it(
    'P3: a payout that comes back and the next freeze: the gate is shut, or it was frozen before',
    { timeout: 60_000 },
    async () => {
      const next = at('2026-11-27T17:00:00Z');
      const outcomes = new Set<string>();
      for (let n = 0, last = false; !last; n++) {
        await seeded();
        await run(books, FRIDAY, RUN);
        await book(
          books,
          IDS.map((partner_id) => ({ partner_id, payable_at: at('2026-11-17T20:00:00Z'), amount: 12_000 })),
        );
        const [payout] = await rows<{ payout_id: string }>(
          books,
          "SELECT payout_id FROM payouts WHERE partner_id = 'c'",
        );
        const items = [{ payout_id: payout!.payout_id, status: 'returned' as const }];
        const back = async () => {
          const outcome = { pay_date: DAY, items, by: 'ana', now: next - 1 };
          expect(await recordOutcomes(books.db, outcome)).toEqual({ ok: true, first_time: true });
        };
        const spy = spyOn(books.d1, { before: (i) => (i === n ? back() : undefined) });
        await run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, next);
        last = spy.batches <= n;
        if (!last) outcomes.add((await findSkip(books.db, '2026-11-27', 'c')) ? 'skipped' : 'paid');
        await checkLaws(books, next + 1);
      }
      expect(outcomes).toEqual(new Set(['skipped', 'paid']));
    },
  );

  it(
    'fault 5: a poll that hears of RETURNED at any moment of a freeze: due anew once; the freeze pays what was open, or skips',
    { timeout: 120_000 },
    async () => {
      const next = RUN + 35 * 86_400_000;
      const start = await frozenFriday(['unclaimed']);
      await book(start.books, [{ partner_id: 'p0000', payable_at: at('2026-12-15T20:00:00Z'), amount: 12_000 }]);
      expect(await advanceUntil(start, RUN, RUN + 3_600_000)).toMatchObject({ wait_ms: expect.any(Number) });
      expect(await statusesBy(start)).toEqual({ unclaimed: 'unclaimed' });
      await freeze(start, next - 7 * 86_400_000);
      const kept = await snapshot(start);
      const outcomes = new Set<string>();
      for (let n = 0, last = false; !last; n++) {
        const play = await revive(kept);
        const hear = async () => void (await takeSteps(await contextOf(play, next), [DAY], next));
        const spy = spyOn(play.books.d1, { before: (i) => (i === n ? hear() : undefined) });
        await freeze({ ...play, books: { d1: spy.d1, db: openDatabase(spy.d1) } }, next);
        last = spy.batches <= n;
        if (last) await hear();
        expect(await statusesBy(play)).toEqual({ unclaimed: 'returned' });
        const returned = await rows<{ payout_id: string | null }>(
          play.books,
          "SELECT payout_id FROM lines WHERE kind = 'returned'",
        );
        // Once, due from when it was heard of: after this freeze. The address is shut from then on, so later runs skip it.
        expect(returned).toEqual([{ payout_id: null }]);
        const frozen = await rows<{ amount: number }>(
          play.books,
          "SELECT amount FROM payouts WHERE pay_date > '2026-11-20'",
        );
        outcomes.add(frozen.map(({ amount }) => amount).join() || 'skipped');
        await checkLaws(play.books, next + 1);
      }
      expect(outcomes).toEqual(new Set(['skipped', '12000']));
    },
  );
});
