import { expect, it } from 'vitest';

import { readTotals } from '../../../src/ledger/totals.ts';
import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { at, book, type Books, freshBooks, FRIDAY, run, seedPartners } from './play.ts';
import { type Sent, spyOn } from './spy.ts';

const RUN = at('2026-11-20T17:00:00Z');
const WITHIN = at('2026-11-10T20:00:00Z');
const PARTNERS = 200;
/** Of each partner: due this Friday, and vesting later. */
const DUE = 20;
const UNVESTED = 10;

/** Partners with lines due, lines that vest later, and, every tenth, one below the threshold. */
async function busyBooks(): Promise<Books> {
  const books = await freshBooks();
  const ids = Array.from({ length: PARTNERS }, (_, i) => `p${String(i).padStart(4, '0')}`);
  await seedPartners(
    books,
    ids.map((partner_id) => ({ partner_id })),
  );
  for (let i = 0; i < ids.length; i += 100) {
    const lines = ids.slice(i, i + 100).flatMap((partner_id, j) =>
      Array.from({ length: DUE + UNVESTED }, (_, k) => {
        const payable_at = k < DUE ? WITHIN + k : at('2027-01-10T20:00:00Z');
        return {
          partner_id,
          account_id: `${partner_id}_${k}`,
          payable_at,
          at: WITHIN,
          amount: j % 10 === 0 ? 100 : 1_975,
        };
      }),
    );
    await book(books, lines);
  }
  return books;
}

const due = PARTNERS * DUE;
const total = (sent: readonly Sent[], key: 'rows_read' | 'rows_written') =>
  sent.reduce((sum, one) => sum + one[key], 0);
const isClose = (text: string) => /close|"seq" > |select "freeze_seq"/.test(text);

async function spied(books: Books): Promise<Sent[]> {
  const spy = spyOn(books.d1);
  await run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, RUN);
  return spy.sent;
}

it('a freeze reads and writes little more than the lines that are due', async () => {
  const sent = await spied(await busyBooks());
  const freeze = sent.filter(({ text }) => !isClose(text));
  expect(total(freeze, 'rows_read') / due).toBeLessThan(6);
  expect(total(freeze, 'rows_written') / due).toBeLessThan(1.6);
  // 13 queries a chunk of up to 1,000 partners, and some around them: 50,000 partners fit into one run.
  expect(sent.length).toBeLessThan(60);
});

it.each([
  ['before', false],
  ['after', true],
])('no statement of a freeze or close scans what is not due, %s ANALYZE', async (_, analyze) => {
  const books = await busyBooks();
  if (analyze) await books.d1.exec('ANALYZE');
  const sent = await spied(books);
  const plans = new Map<string, string[]>();
  for (const { text } of sent) {
    if (plans.has(text)) continue;
    const { results } = await books.d1
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .bind(...Array.from({ length: text.split('?').length - 1 }, () => null))
      .all<{ detail: string }>();
    plans.set(
      text,
      results.map((row) => row.detail),
    );
  }
  expect(plans.size).toBeGreaterThan(15);
  for (const [text, details] of plans) {
    for (const detail of details) {
      // A scan of a table that grows, or a skip-scan of an index.
      expect([text, detail]).not.toEqual([
        text,
        expect.stringMatching(
          /^SCAN (?:l|lines|t|transfers|m|moves|payouts|payees|p|payout_skips|versions|v|partner_facts|people|holds|close_balances)\b(?! VIRTUAL)|ANY\(/,
        ),
      ]);
    }
  }
  const claims = [...plans].filter(([text]) => /UPDATE lines AS l|FROM payees AS p/.test(text));
  expect(claims).toHaveLength(2);
  for (const [, details] of claims) {
    expect(details).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/SEARCH l USING INDEX lines_open \(partner_id=\? AND payable_at<\?\)/),
      ]),
    );
  }
});

it('the present costs the close and what came since, not the history', async () => {
  const books = await busyBooks();
  await run(books, FRIDAY, RUN);
  const spy = spyOn(books.d1);
  const totals = await readTotals(openDatabase(spy.d1), 'p0001', RUN + 1, RUN + 1, DEFAULT_POLICY);
  expect(totals).toMatchObject({ in_flight: DUE * 1_975, pending: UNVESTED * 1_975 });
  expect(total(spy.sent, 'rows_read')).toBeLessThan(20);
});
