import { beforeEach, describe, expect, it } from 'vitest';

import { payoutAddressAt } from '../../../src/partner/facts.rules.ts';
import { readPartnerRecord } from '../../../src/partner/record.repo.ts';
import { approve } from '../../../src/payout/approve.ts';
import { findBatch, findPayout, findSkip } from '../../../src/payout/batch.repo.ts';
import { decideCameBack } from '../../../src/payout/came-back.ts';
import { exportCsv } from '../../../src/payout/export.ts';
import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import type { OutcomeItem } from '../../../src/payout/rpc.ts';
import { checkLaws, dump } from './laws.ts';
import { at, book, type Books, fact, freshBooks, FRIDAY, rows, run, seedPartners } from './play.ts';

const DAY = '2026-11-20';
const RUN = '2026-11-20T17:00:00Z';
const NOW = at('2026-11-23T09:00:00Z');
const NEXT = '2026-12-04T17:00:00Z';

let books: Books;
let ids: Record<string, string>;

async function frozen(options: { approval?: 'none' | 'manual' } = {}): Promise<void> {
  books = await freshBooks();
  await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2', paypal: '+p2@example.com' }]);
  await book(
    books,
    ['p1', 'p2'].map((partner_id) => ({ partner_id, payable_at: at('2026-11-10T20:00:00Z'), amount: 12_010 })),
  );
  await run(books, FRIDAY, RUN, options);
  const payouts = await rows<{ partner_id: string; payout_id: string }>(
    books,
    'SELECT partner_id, payout_id FROM payouts',
  );
  ids = Object.fromEntries(payouts.map(({ partner_id, payout_id }) => [partner_id, payout_id]));
}

const tell = (
  partner_id: string,
  status: OutcomeItem['status'],
  more: Partial<OutcomeItem> & { now?: number } = {},
) => {
  const { now = NOW, ...rest } = more;
  return recordOutcomes(books.db, {
    pay_date: DAY,
    items: [{ payout_id: ids[partner_id]!, status, ...rest }],
    by: 'ana',
    now,
  });
};
const done = { ok: true, first_time: true };
const again = { ok: true, first_time: false };

describe('P7: what became of payouts', () => {
  beforeEach(() => frozen());

  it('paid means the item succeeded: in flight with the first outcome, settled with the last', async () => {
    expect((await findBatch(books.db, DAY))?.status).toBe('frozen');
    expect(await tell('p1', 'paid', { reference: 'TX1' })).toEqual(done);
    expect((await findBatch(books.db, DAY))?.status).toBe('in_flight');
    expect(await findPayout(books.db, ids['p1']!)).toMatchObject({ status: 'paid', reference: 'TX1', status_at: NOW });
    expect(await tell('p1', 'paid', { reference: 'TX1' })).toEqual(again);
    expect(await tell('p2', 'paid')).toEqual(done);
    expect(await findBatch(books.db, DAY)).toMatchObject({ status: 'settled', settled_at: NOW });
    await checkLaws(books, NOW);
  });

  it('a failed or returned payout becomes one new line, payable from the answer on, paid by a later Friday', async () => {
    expect(await tell('p1', 'failed')).toEqual(done);
    expect(await tell('p1', 'failed')).toEqual(again);
    const returned = await rows(
      books,
      "SELECT partner_id, amount, at, payable_at, cause_id, account_id FROM lines WHERE kind = 'returned'",
    );
    expect(returned).toEqual([
      { partner_id: 'p1', amount: 12_010, at: NOW, payable_at: NOW, cause_id: ids['p1'], account_id: null },
    ]);
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    await run(books, FRIDAY, NEXT);
    const again2 = await rows(books, "SELECT pay_date, amount FROM payouts WHERE partner_id = 'p1' ORDER BY pay_date");
    expect(again2).toEqual([
      { pay_date: DAY, amount: 12_010 },
      { pay_date: '2026-12-04', amount: 12_010 },
    ]);
    await checkLaws(books, at(NEXT));
  });

  it('P3: returned by the receiver shuts the gate until the partner sets the address again', async () => {
    await tell('p1', 'returned', { reason: 'unclaimed after 30 days' });
    const record = await readPartnerRecord(books.db, 'p1');
    expect(payoutAddressAt(record, NOW)).toMatchObject({ open: false, reason: 'came_back' });
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    await run(books, FRIDAY, NEXT);
    const skip = await findSkip(books.db, '2026-12-04', 'p1');
    expect(skip?.gates.filter((gate) => !gate.passed).map((gate) => gate.clause)).toEqual(['P3']);
    await fact(books, 'p1', 'paypal', 'per_p1', at('2026-12-05T00:00:00Z'));
    await run(books, FRIDAY, '2026-12-11T17:00:00Z');
    expect(await rows(books, "SELECT amount FROM payouts WHERE pay_date = '2026-12-11'")).toEqual([{ amount: 12_010 }]);
  });

  it('nothing goes back: not paid after returned, not failed after paid, and nothing is written', async () => {
    await tell('p1', 'paid');
    await tell('p2', 'returned');
    const before = await dump(books);
    expect(await tell('p1', 'failed')).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await tell('p2', 'paid')).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await tell('p2', 'failed')).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await dump(books)).toEqual(before);
  });

  it('all items of a call or none', async () => {
    await tell('p1', 'paid');
    const before = await dump(books);
    const items: OutcomeItem[] = [
      { payout_id: ids['p2']!, status: 'paid' },
      { payout_id: ids['p1']!, status: 'failed' },
    ];
    expect(await recordOutcomes(books.db, { pay_date: DAY, items, by: 'ana', now: NOW })).toMatchObject({
      ok: false,
      reason: 'conflict',
    });
    expect(await recordOutcomes(books.db, { pay_date: '2026-11-13', items, by: 'ana', now: NOW })).toMatchObject({
      ok: false,
      reason: 'not_found',
    });
    expect(await recordOutcomes(books.db, { pay_date: DAY, items: [], by: 'ana', now: NOW })).toMatchObject({
      ok: false,
      reason: 'invalid',
    });
    expect(await dump(books)).toEqual(before);
  });

  it('fault 5: the same outcome told twice at once is booked once', async () => {
    const answers = await Promise.all([tell('p1', 'failed'), tell('p1', 'failed'), tell('p2', 'paid')]);
    expect(answers.map((answer) => answer.ok)).toEqual([true, true, true]);
    expect(await rows(books, "SELECT count(*) AS n FROM lines WHERE kind = 'returned'")).toEqual([{ n: 1 }]);
    await checkLaws(books, NOW);
  });

  it('two different outcomes at once: one is recorded, the other is a conflict', async () => {
    const answers = await Promise.all([tell('p1', 'failed'), tell('p1', 'paid')]);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toMatchObject({ reason: 'conflict' });
    await checkLaws(books, NOW);
  });
});

describe('P7: money that comes back after it was paid', () => {
  const LATER = NOW + 86_400_000;
  let hold_id: string;
  beforeEach(async () => {
    await frozen();
    await tell('p1', 'paid');
    await tell('p2', 'paid');
    await tell('p1', 'returned', { reason: 'REVERSED' });
    const [hold] = await rows<{ hold_id: string }>(books, "SELECT hold_id FROM holds WHERE kind = 'came_back'");
    hold_id = hold!.hold_id;
  });
  const word = (decision: 'release' | 'deny') =>
    decideCameBack(books.db, { hold_id, decision, reason: 'seen', by: 'ana', now: LATER });

  it('leaves paid and waits for an operator, once', async () => {
    expect(await findPayout(books.db, ids['p1']!)).toMatchObject({ status: 'held' });
    expect((await findBatch(books.db, DAY))?.status).toBe('settled');
    expect(await tell('p1', 'returned', { reason: 'REVERSED' })).toEqual(again);
    expect(await rows(books, 'SELECT count(*) AS n FROM holds')).toEqual([{ n: 1 }]);
    await checkLaws(books, NOW);
  });

  it('released, it is due anew', async () => {
    expect(await word('release')).toEqual(done);
    expect(await word('release')).toEqual(again);
    expect(await word('deny')).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await rows(books, "SELECT amount, payable_at FROM lines WHERE kind = 'returned'")).toEqual([
      { amount: 12_010, payable_at: LATER },
    ]);
    await checkLaws(books, LATER);
  });

  it('denied, it is written off', async () => {
    expect(await word('deny')).toEqual(done);
    expect(await rows(books, "SELECT debit, credit, amount FROM transfers WHERE kind = 'written_off'")).toEqual([
      { debit: 'came_back', credit: 'written_off', amount: 12_010 },
    ]);
    await checkLaws(books, LATER);
  });

  it('decided twice at once, it is decided once', async () => {
    const answers = await Promise.all([word('release'), word('deny')]);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    await checkLaws(books, LATER);
  });
});

describe('P8: approval, and the file', () => {
  it('is by the manifest’s hash, once, and nothing leaves before it', async () => {
    await frozen({ approval: 'manual' });
    const batch = await findBatch(books.db, DAY);
    expect(batch?.status).toBe('awaiting_approval');
    expect(await exportCsv(books.db, DAY, 'Lastclick')).toMatchObject({ ok: false, reason: 'batch_state' });
    expect(await tell('p1', 'paid')).toMatchObject({ ok: false, reason: 'batch_state' });
    const by = (manifest_sha256: string, who = 'ana') =>
      approve(books.db, { pay_date: DAY, manifest_sha256, by: who, now: NOW });
    expect(await by('0'.repeat(64))).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await by(batch!.manifest_sha256!)).toEqual(done);
    expect(await by(batch!.manifest_sha256!, 'ben')).toEqual(again);
    expect(await findBatch(books.db, DAY)).toMatchObject({ status: 'frozen', approved_by: 'ana', approved_at: NOW });
    expect(await approve(books.db, { pay_date: '2026-11-13', manifest_sha256: '', by: 'ana', now: NOW })).toMatchObject(
      { reason: 'not_found' },
    );
  });

  it('a batch that needs none says so', async () => {
    await frozen();
    const { manifest_sha256 } = (await findBatch(books.db, DAY))!;
    expect(
      await approve(books.db, { pay_date: DAY, manifest_sha256: manifest_sha256!, by: 'ana', now: NOW }),
    ).toMatchObject({ reason: 'batch_state' });
  });

  it('the file has every payout without an outcome, the same bytes each time', async () => {
    await frozen();
    const file = {
      ok: true,
      csv: `p1@example.com,120.10,USD,${ids['p1']},Lastclick partner payout of ${DAY}\r\n" +p2@example.com",120.10,USD,${ids['p2']},Lastclick partner payout of ${DAY}\r\n`,
    };
    expect(await exportCsv(books.db, DAY, 'Lastclick')).toEqual(file);
    expect(await exportCsv(books.db, DAY, 'Lastclick')).toEqual(file);
    await tell('p1', 'paid');
    expect(await exportCsv(books.db, DAY, 'Lastclick')).toEqual({
      ok: true,
      csv: file.csv.slice(file.csv.indexOf('\n') + 1),
    });
    expect(await exportCsv(books.db, '2026-11-13', 'Lastclick')).toMatchObject({ ok: false, reason: 'not_found' });
  });

  it('an erased address is no row in the file, and says whose outcome to record', async () => {
    await frozen();
    await books.d1.prepare("UPDATE people SET email = NULL WHERE person_id = 'per_p1'").run();
    const answer = await exportCsv(books.db, DAY, 'Lastclick');
    expect(answer).toMatchObject({ ok: false, reason: 'invalid', detail: expect.stringContaining(ids['p1']!) });
  });

  it('a batch frozen for another rail is not this one’s', async () => {
    await frozen();
    await books.d1.exec('DROP TRIGGER batches_frozen_stays');
    await books.d1.exec("UPDATE batches SET rail = 'paypal'");
    expect(await exportCsv(books.db, DAY, 'Lastclick')).toMatchObject({ reason: 'other_rail' });
    expect(await tell('p1', 'paid')).toMatchObject({ reason: 'other_rail' });
  });
});

describe('append-only', () => {
  beforeEach(() => frozen());
  it.each([
    'UPDATE payouts SET amount = 1',
    "UPDATE payouts SET person_id = 'x'",
    'DELETE FROM payouts',
    'UPDATE batches SET cut_seq = 0',
    "UPDATE batches SET manifest_sha256 = 'x'",
    'UPDATE batches SET payout_amount = 1',
    'DELETE FROM batches',
    'UPDATE batch_chunks SET payout_amount = 1',
    'DELETE FROM batch_chunks',
    "UPDATE payout_skips SET gates = '[]'",
    'UPDATE lines SET payout_id = NULL',
    "UPDATE lines SET payout_id = 'other'",
    'UPDATE lines SET amount = 1',
    'DELETE FROM lines',
    'UPDATE transfers SET amount = 1',
    'DELETE FROM transfers',
    'UPDATE closes SET line_seq = 0',
    'DELETE FROM close_balances',
  ])('refuses %s', async (statement) => {
    if (statement.includes('skips'))
      await books.d1.exec("INSERT INTO payout_skips VALUES ('2026-11-20', 'x', 1, '[]')");
    await expect(books.d1.prepare(statement).run()).rejects.toThrow(/append_only/);
  });
});
