import { findBatch, findPayout } from '../payout/batch.repo.ts';
import { sendOfPayout } from '../payout/send.repo.ts';
import { readAuditLog } from '../program/audit.repo.ts';
import { createConsolePages } from './app.ts';
import { missing, pathPart, show, wordsOf } from './common.tsx';
import { HISTORY_ROWS } from './history.tsx';
import { PayoutBody } from './payout.page.tsx';
import { allItemsOfPayout, linesOfPayout } from './payout.repo.ts';

/** One payout, for whoever has to settle it. */
export const payoutPages = createConsolePages();

/** Lines that its page lists. */
const MOST_LINES = 200;

payoutPages.get('/payouts/:payout_id', async (c) => {
  const { books } = c.var;
  const payout = await findPayout(books, pathPart(c, 'payout_id'));
  const batch = payout && (await findBatch(books, payout.pay_date));
  if (!payout || !batch) return missing(c);
  const [words, send, items, lines, history] = await Promise.all([
    wordsOf(c),
    sendOfPayout(books, payout.payout_id),
    allItemsOfPayout(books, payout.payout_id),
    linesOfPayout(books, payout, MOST_LINES),
    readAuditLog(books, { before: null, limit: HISTORY_ROWS, subject: `payout:${payout.payout_id}` }),
  ]);
  const seen = { payout, batch, send, items, lines, history };
  return show(c, '/console/batches', {
    title: `Payout ${payout.payout_id}`,
    body: <PayoutBody seen={seen} words={words} done={c.req.query('done')} />,
  });
});
