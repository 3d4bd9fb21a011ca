import { expect } from 'vitest';

import { hasReferred } from '../../../src/earnings/earnings.repo.ts';
import { dueMoney, nextPayout, openSumsAt } from '../../../src/earnings/earnings.rules.ts';
import { readNextPayout } from '../../../src/earnings/earnings.ts';
import { readPartnerBooks } from '../../../src/ledger/balance.repo.ts';
import { heldBy, type LineHold, type PartnerBooks, totalsAt } from '../../../src/ledger/balance.rules.ts';
import type { lines, transfers } from '../../../src/ledger/ledger.schema.ts';
import { readTotals } from '../../../src/ledger/totals.ts';
import { readPartnerRecord } from '../../../src/partner/record.repo.ts';
import type { BatchRow, PayoutRow } from '../../../src/payout/payout.schema.ts';
import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';
import { type Books, rows } from './play.ts';

type Line = typeof lines.$inferSelect;
type Transfer = typeof transfers.$inferSelect;

const total = (items: readonly { amount: number }[]) => items.reduce((sum, { amount }) => sum + amount, 0);

/** Every row that a Friday writes or closes, in order. */
export async function dump(books: Books): Promise<Record<string, unknown[]>> {
  const tables = [
    'lines',
    'transfers',
    'batches',
    'batch_chunks',
    'payouts',
    'payout_skips',
    'closes',
    'close_balances',
  ];
  const all: Record<string, unknown[]> = {};
  for (const table of tables) all[table] = await rows(books, `SELECT * FROM ${table} ORDER BY 1, 2, 3`);
  return all;
}

/** What must be true of the books at any time, whatever happened. */
export async function checkLaws(books: Books, now: number): Promise<void> {
  const lineRows = await rows<Line>(books, 'SELECT * FROM lines ORDER BY seq');
  const moves = await rows<Transfer>(books, 'SELECT * FROM transfers ORDER BY seq');
  const payoutRows = await rows<PayoutRow>(books, 'SELECT * FROM payouts');
  const batches = await rows<BatchRow>(books, 'SELECT * FROM batches');
  const holds = await rows<LineHold>(
    books,
    "SELECT * FROM holds WHERE kind IN ('form_join', 'self_referral', 'dispute')",
  );
  const balance = (account: string, of: readonly Transfer[] = moves) =>
    total(of.filter((move) => move.credit === account)) - total(of.filter((move) => move.debit === account));
  const withStatus = (...statuses: string[]) => total(payoutRows.filter(({ status }) => statuses.includes(status)));

  // The accounts of the books are what the payouts say.
  expect(balance('clearing')).toBe(withStatus('frozen', 'sending', 'in_flight', 'unclaimed'));
  expect(balance('paid')).toBe(withStatus('paid'));
  expect(balance('came_back')).toBe(withStatus('held'));

  for (const partner_id of new Set(lineRows.map((line) => line.partner_id))) {
    const own = lineRows.filter((line) => line.partner_id === partner_id);
    const ownMoves = moves.filter((move) => move.partner_id === partner_id);
    // Returned money is a line and a transfer; every other line came from outside.
    const open = total(own.filter((line) => line.payout_id === null));
    expect(open).toBe(total(own.filter((line) => line.kind !== 'returned')) + balance('partner', ownMoves));
    await checkTotals(books, partner_id, own, balance('written_off', ownMoves), now);
  }

  for (const payout of payoutRows) {
    const batch = batches.find((row) => row.pay_date === payout.pay_date)!;
    const claimed = lineRows.filter((line) => line.payout_id === payout.payout_id);
    expect([total(claimed), claimed.length]).toEqual([payout.amount, payout.line_count]);
    for (const line of claimed) {
      // P1, V1, S3: nothing of an open week, unvested, held, or of after the freeze or the cut.
      expect(line.payable_at).toBeLessThan(batch.week_ends_at);
      expect(line.at).toBeLessThanOrEqual(batch.frozen_at);
      expect(line.seq).toBeLessThanOrEqual(batch.cut_seq);
      expect(heldBy(line, payout.partner_id, holds, batch.frozen_at)).toBeNull();
    }
  }
  // What a freeze knows of partners is what their facts are.
  const facts = `SELECT json_group_array(json_array(f.n, f.field, f.value, f.at)) FROM (SELECT * FROM partner_facts AS o
    WHERE o.partner_id = p.partner_id AND o.field NOT IN ('contact', 'rate_bps') ORDER BY o.n) AS f`;
  expect(await rows(books, `SELECT partner_id FROM payees AS p WHERE facts IS NOT (${facts})`)).toEqual([]);
  expect(await rows(books, 'SELECT partner_id FROM partners EXCEPT SELECT partner_id FROM payees')).toEqual([]);
  const known = new Set(payoutRows.map((payout) => payout.payout_id));
  expect(lineRows.filter((line) => line.payout_id !== null && !known.has(line.payout_id))).toEqual([]);
}

async function checkTotals(
  { db }: Books,
  partner_id: string,
  own: readonly Line[],
  written_off: number,
  now: number,
): Promise<void> {
  const whole = await readPartnerBooks(db, partner_id);
  for (const as_of of [now, now + 20 * 86_400_000]) {
    const totals = totalsAt(whole, as_of);
    // The present, from the latest close, is what the whole history says.
    expect(await readTotals(db, partner_id, as_of, now, DEFAULT_POLICY)).toEqual(totals);
    if (as_of === now) await checkNext(db, partner_id, whole, now);
    const { pending, payable, in_flight, paid, owed_back } = totals;
    const earned = total(own.filter((line) => line.kind !== 'returned' && line.at <= as_of));
    expect(pending + payable + in_flight + paid - owed_back + written_off).toBe(earned);
  }
}

/** W: the next pay day is explained alike, whether each open line is read or the close tells of them. */
async function checkNext(db: Books['db'], partner_id: string, whole: PartnerBooks, now: number): Promise<void> {
  const next = await readNextPayout(db, partner_id, now, now);
  const money = dueMoney(openSumsAt(whole, now), next.day, await hasReferred(db, partner_id));
  expect(next).toEqual(nextPayout(next.day, now, await readPartnerRecord(db, partner_id), money));
}
