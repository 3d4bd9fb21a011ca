import { Chain } from '../ledger/chain.ts';
import { linesAfter, type CloseRow } from '../ledger/close.repo.ts';
import { NO_CLOSE } from '../ledger/close.rules.ts';
import type { Json } from '../program/canonical.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { transfersBetween } from './restore.repo.ts';

/** Rows read at once. */
const PAGE_ROWS = 5000;

type Reader<Row> = (after: number) => Promise<Row[]>;

async function addAll<Row extends { seq: number }>(chain: Chain, read: Reader<Row>, from: number): Promise<void> {
  for (let after = from; ;) {
    const rows = await read(after);
    for (const row of rows) await chain.add(row as unknown as Json);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_ROWS) break;
    after = last.seq;
  }
  await chain.end();
}

/** The hash of a close computed anew: over the former close's, its own bounds, and every line and transfer between the two, in their order. */
export async function chainOfClose(db: Database, former: CloseRow | null, close: CloseRow): Promise<string> {
  const { pay_date, line_seq, transfer_seq, at } = close;
  const from = former ?? NO_CLOSE;
  const chain = new Chain(former?.hash ?? '');
  await chain.add({ pay_date, line_seq, transfer_seq, at });
  await chain.end();
  await addAll(chain, (after) => linesAfter(db, after, line_seq, PAGE_ROWS), from.line_seq);
  await addAll(chain, (after) => transfersBetween(db, after, transfer_seq, PAGE_ROWS), from.transfer_seq);
  return chain.end();
}
