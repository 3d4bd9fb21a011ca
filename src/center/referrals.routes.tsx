import { page } from '../http/cursor.ts';
import { failurePage } from '../pages/app.tsx';
import { readPolicy } from '../policy/policy.repo.ts';
import { readReferral, readReferrals } from '../referral/referral.ts';
import { findDecision } from '../referrer/receipt.repo.ts';
import { signReceipt } from '../referrer/receipt.ts';
import { concerns, consideredOf } from '../referrer/timeline.rules.ts';
import { centerPage, createCenterPages } from './app.ts';
import { keyAt } from './cursor.ts';
import { shownFailure } from './failure.ts';
import { ReferralPage, ReferralsPage } from './referrals.page.tsx';

/** Accounts that a partner refers, who decided so, and the receipts of it. */
export const referralPages = createCenterPages();

const A_PAGE = 50;

referralPages.get('/referrals', async (c) => {
  const { books, person, now, config } = c.var;
  const after = keyAt(c.req.query('cursor'));
  const [{ timezone }] = await readPolicy(books);
  const views = await readReferrals(books, person.partner_id, { after, limit: A_PAGE, now });
  const { data, next_cursor } = page(views, A_PAGE, (view) => view.account_id);
  const more = next_cursor === null ? null : `/partners/referrals?cursor=${next_cursor}`;
  const body = <ReferralsPage referrals={data} at={{ now, timezone }} more={more} />;
  return centerPage(config.program_name, '/partners/referrals', { title: 'Referrals', body });
});

referralPages.get('/referrals/:account_id', async (c) => {
  const { books, person, now, config } = c.var;
  const account_id = c.req.param('account_id');
  const detail = await readReferral(books, person.partner_id, account_id, now);
  if (!detail) return failurePage(shownFailure(c), 404);
  const [{ timezone }] = await readPolicy(books);
  const keys_url = `${config.public_url}/.well-known/jwks.json`;
  const body = <ReferralPage detail={detail} at={{ now, timezone }} keys_url={keys_url} />;
  return centerPage(config.program_name, '/partners/referrals', { title: `Account ${account_id}`, body });
});

referralPages.get('/receipts/:decision_id', async (c) => {
  const { books, person, config } = c.var;
  const found = await findDecision(books, c.req.param('decision_id'));
  // A decision that the partner had no part in looks like one that does not exist.
  if (!found || !concerns(found.decision, consideredOf(JSON.parse(found.decision.facts)), person.partner_id))
    return failurePage(shownFailure(c), 404);
  const context = { env: c.env, public_url: config.public_url };
  const receipt = await signReceipt(context, found.decision, found, person.partner_id);
  return new Response(receipt, {
    headers: {
      'content-type': 'application/jose',
      'content-disposition': `attachment; filename="receipt-${found.decision.decision_id}.jws"`,
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    },
  });
});
