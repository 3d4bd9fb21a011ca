import { page } from '../http/cursor.ts';
import { Notice } from '../pages/parts.tsx';
import { findBatch, listBatches, payoutsOfBatch, skippedOfBatch } from '../payout/batch.repo.ts';
import { exportCsv } from '../payout/export.ts';
import { sendsOfBatch } from '../payout/send.repo.ts';
import { readAuditLog } from '../program/audit.repo.ts';
import { createConsolePages } from './app.ts';
import { BatchBody, BatchesBody, LostBatchBody, type BatchSeen } from './batches.page.tsx';
import {
  asked,
  askPayouts,
  at,
  cursorKey,
  missing,
  PAGE_ROWS,
  pathPart,
  show,
  withQuery,
  wordsOf,
  type ConsoleContext,
} from './common.tsx';
import { HISTORY_ROWS } from './history.tsx';
import { daysBehind } from './read-today.ts';

/** Fridays: how each stands, whom it pays and whom not (P1, P7, P8). */
export const batchPages = createConsolePages();

batchPages.get('/batches', async (c) => {
  const words = await wordsOf(c);
  const found = await listBatches(c.var.books, cursorKey(c), PAGE_ROWS);
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => row.pay_date);
  const more = next_cursor === null ? null : withQuery('/console/batches', { cursor: next_cursor });
  return show(c, '/console/batches', {
    title: 'Batches',
    body: <BatchesBody rows={data} more={more} words={words} />,
  });
});

async function readBatch(c: ConsoleContext, pay_date: string): Promise<BatchSeen | null> {
  const { books } = c.var;
  const batch = await findBatch(books, pay_date);
  if (!batch) return null;
  const [paid, kept, sends, history, behind] = await Promise.all([
    payoutsOfBatch(books, pay_date, cursorKey(c, 'payouts'), PAGE_ROWS),
    skippedOfBatch(books, pay_date, cursorKey(c, 'skipped'), PAGE_ROWS),
    sendsOfBatch(books, pay_date),
    readAuditLog(books, { before: null, limit: HISTORY_ROWS, subject: `batch:${pay_date}` }),
    daysBehind(c.env.PAYOUTS),
  ]);
  const payouts = page(paid, PAGE_ROWS, (row) => row.partner_id);
  const skipped = page(kept, PAGE_ROWS, (row) => row.partner_id);
  const path = at.batch(pay_date);
  const more = (name: 'payouts' | 'skipped', cursor: string | null) =>
    cursor === null
      ? null
      : `${withQuery(path, { payouts: asked(c, 'payouts'), skipped: asked(c, 'skipped'), [name]: cursor })}#${name}`;
  return {
    batch,
    payouts: payouts.data,
    payouts_more: more('payouts', payouts.next_cursor),
    skipped: skipped.data,
    skipped_more: more('skipped', skipped.next_cursor),
    sends,
    history,
    behind: behind && new Set(behind),
  };
}

/** A batch that the books do not have: lost since a restore, where the witness has it; else there is none. */
async function lostBatch(c: ConsoleContext): Promise<Response> {
  const pay_date = pathPart(c, 'pay_date');
  const behind = await daysBehind(c.env.PAYOUTS);
  if (!behind?.includes(pay_date)) return missing(c);
  const title = `Batch of ${pay_date}`;
  return show(c, '/console/batches', { title, body: <LostBatchBody pay_date={pay_date} /> });
}

batchPages.get('/batches/:pay_date', async (c) => {
  const [words, seen] = [await wordsOf(c), await readBatch(c, pathPart(c, 'pay_date'))];
  if (!seen) return lostBatch(c);
  const title = `Batch of ${seen.batch.pay_date}`;
  return show(c, '/console/batches', {
    title,
    body: <BatchBody seen={seen} words={words} done={c.req.query('done')} />,
  });
});

batchPages.get('/batches/:pay_date/export.csv', async (c) => {
  const { books, now, config } = c.var;
  const pay_date = pathPart(c, 'pay_date');
  const file = await exportCsv(books, pay_date, config.program_name);
  if (!file.ok && file.reason === 'not_found') return missing(c);
  // Handed out only once the witness outside the books knows the batch (P7).
  const kept = file.ok ? await askPayouts(() => c.env.PAYOUTS.prepareExport(pay_date, now)) : file;
  if (!file.ok || !kept.ok) {
    const body = (
      <>
        <h1>There is no file</h1>
        <Notice tone="bad">
          <p>{kept.ok ? '' : kept.detail}</p>
        </Notice>
        <p>
          <a href={at.batch(pay_date)}>Back to the batch</a>
        </p>
      </>
    );
    return show(c, '/console/batches', { title: 'There is no file', status: 409, body });
  }
  return c.body(file.csv, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="payouts-${pay_date}.csv"`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
});
