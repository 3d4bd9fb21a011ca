import { payoutGates } from '../explain/gates.rules.ts';
import { cursorOf, page } from '../http/cursor.ts';
import { failurePage } from '../pages/app.tsx';
import { payoutsOfPartner } from '../payout/batch.repo.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { centerPage, createCenterPages } from './app.ts';
import { keyAt } from './cursor.ts';
import { shownFailure } from './failure.ts';
import { PayoutPage, PayoutsPage } from './payouts.page.tsx';
import { findOwnPayout, linesOfPayout } from './payouts.repo.ts';

/** What has been paid to a partner, and what each payout consists of. */
export const payoutPages = createCenterPages();

const A_PAGE = 50;

payoutPages.get('/payouts', async (c) => {
  const { books, person, config } = c.var;
  const before = keyAt(c.req.query('cursor'));
  const [{ timezone }] = await readPolicy(books);
  const rows = await payoutsOfPartner(books, person.partner_id, before, A_PAGE);
  const { data, next_cursor } = page(rows, A_PAGE, (row) => row.pay_date);
  const older = next_cursor === null ? null : `/partners/payouts?cursor=${next_cursor}`;
  const body = <PayoutsPage payouts={data} timezone={timezone} older={older} />;
  return centerPage(config.program_name, '/partners/earnings', { title: 'Payouts', body });
});

const A_RECEIPT = 200;
/** Where a receipt goes on: below which line, and how many came before. */
const GOES_ON = /^(\d{1,16}):(\d{1,9})$/;

payoutPages.get('/payouts/:payout_id', async (c) => {
  const { books, person, config } = c.var;
  const found = await findOwnPayout(books, person.partner_id, c.req.param('payout_id'));
  if (!found) return failurePage(shownFailure(c), 404);
  const { payout, batch } = found;
  const [, below, before] = GOES_ON.exec(keyAt(c.req.query('cursor')) ?? '') ?? [];
  const shown = Number(before ?? 0);
  const limit = Math.min(A_RECEIPT, Math.max(0, payout.line_count - shown));
  const of = { partner_id: payout.partner_id, payout_id: payout.payout_id, cut_seq: batch.cut_seq };
  const lines = await linesOfPayout(books, of, below === undefined ? null : Number(below), limit);
  const last = lines.at(-1);
  const all = shown + lines.length >= payout.line_count || !last;
  const more = all ? null : `?cursor=${cursorOf(`${last.seq}:${shown + lines.length}`)}`;
  const { week_start_on, week_end_on, currency } = batch;
  const [{ timezone }] = await readPolicy(books);
  const gates = payoutGates({ pay_date: payout.pay_date, status: payout.status, batch_status: batch.status });
  const body = (
    <PayoutPage
      payout={{ ...payout, week_start_on, week_end_on, currency }}
      gates={gates}
      lines={lines}
      timezone={timezone}
      more={more}
    />
  );
  return centerPage(config.program_name, '/partners/earnings', { title: `Payout of ${payout.pay_date}`, body });
});
