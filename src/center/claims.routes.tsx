import type { Context } from 'hono';
import { z } from 'zod';

import { page } from '../http/cursor.ts';
import { Email, LongId, text } from '../http/schema.ts';
import { readClaimLetter } from '../letter/read-claim.ts';
import { failurePage } from '../pages/app.tsx';
import type { CenterPages } from '../pages/context.ts';
import { readForm } from '../pages/form.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyAt } from '../policy/policy.rules.ts';
import { readProgram } from '../program/program.repo.ts';
import { standingForPartner, type ClaimRecord } from '../referrer/claim-view.rules.ts';
import { findClaim, listClaims } from '../referrer/claim.repo.ts';
import { BY_ADDRESS_A_DAY, fileClaim } from '../referrer/file-claim.ts';
import { centerPage, createCenterPages } from './app.ts';
import { ClaimPage, ClaimsPage, MissingPage, type OwnClaim } from './claims.page.tsx';
import { keyAt } from './cursor.ts';
import { partnerDoor } from './door.ts';
import { shownFailure } from './failure.ts';

/** Claims and audits of the partner: filed, and what they came to. */
export const claimPages = createCenterPages();

const Filing = z
  .object({
    kind: z.enum(['claim', 'audit'], 'claim or audit'),
    account_id: LongId.optional(),
    account_email: Email.optional(),
    note: text(2000).optional(),
  })
  .refine((form) => (form.account_id === undefined) !== (form.account_email === undefined), {
    path: ['account_id'],
    message: 'either the account’s number or the client’s address',
  });

type Missing = Omit<Parameters<typeof MissingPage>[0], 'policy'>;

async function missingPage(c: Context<CenterPages>, shown: Missing, status: 200 | 400 | 422 | 429 | 503) {
  const policy = policyAt(await readPolicy(c.var.books), c.var.now);
  const body = <MissingPage policy={policy} {...shown} />;
  return centerPage(c.var.config.program_name, '/partners/referrals', {
    title: 'I am missing as the referrer',
    body,
    status,
  });
}

claimPages.get('/referrals/missing', (c) => {
  const account_id = c.req.query('account_id');
  return missingPage(c, account_id === undefined ? {} : { sent: { account_id } }, 200);
});

claimPages.post('/referrals/missing', async (c) => {
  const form = await readForm(c, Filing);
  if (!form.ok) return missingPage(c, { sent: form.sent, faults: form.faults }, 400);
  const { kind, account_id, account_email, note = null } = form.value;
  const { hasher } = await readProgram(c.var.books);
  const named = account_id === undefined ? { email: account_email ?? '' } : { account_id };
  const { partner_id } = c.var.person;
  const context = { door: partnerDoor(c), hasher, clicks: c.var.clicks };
  const done = await fileClaim(context, { partner_id, kind, named, note });
  if (done.ok)
    return c.redirect(`/partners/claims/${done.answer.claim_id}?done=${done.first_time ? 'filed' : 'before'}`, 303);
  const sent = Object.fromEntries(Object.entries(form.value).map(([name, value]) => [name, value ?? '']));
  switch (done.reason) {
    case 'not_found':
      return missingPage(c, { sent, faults: { account_id: 'there is no account of this number' } }, 422);
    case 'rate_limited':
      return missingPage(
        c,
        { sent, notice: `At most ${BY_ADDRESS_A_DAY} claims by address a day. Please go on tomorrow.` },
        429,
      );
    case 'conflict':
    case 'busy':
      return missingPage(c, { sent, notice: 'It could not be filed just now. Please send it again.' }, 503);
  }
});

/** A claim as its partner may see it. An account that was named by address has no id in it. */
function ownClaim(claim: ClaimRecord, now: number): OwnClaim {
  const account_id = claim.named_by === 'account_id' ? claim.account_id : null;
  return { claim, account_id, stands: standingForPartner(claim, now) };
}

const A_PAGE = 50;
const CURSOR = /^(\d{1,16}):([A-Za-z0-9_-]{1,64})$/;

claimPages.get('/claims', async (c) => {
  const { books, person, now, config } = c.var;
  const [, filed_at, claim_id] = CURSOR.exec(keyAt(c.req.query('cursor')) ?? '') ?? [];
  const before = filed_at === undefined || claim_id === undefined ? null : { filed_at: Number(filed_at), claim_id };
  const [{ timezone }] = await readPolicy(books);
  const rows = await listClaims(books, { partner_id: person.partner_id, before, limit: A_PAGE });
  const { data, next_cursor } = page(rows, A_PAGE, (row) => `${row.filed_at}:${row.claim_id}`);
  const older = next_cursor === null ? null : `/partners/claims?cursor=${next_cursor}`;
  const body = <ClaimsPage claims={data.map((row) => ownClaim(row, now))} timezone={timezone} older={older} />;
  return centerPage(config.program_name, '/partners/referrals', { title: 'Claims and audits', body });
});

const DONE = new Map(
  Object.entries({
    filed: 'Your request is filed.',
    before: 'You had filed this before: here is how it stands.',
  }),
);

claimPages.get('/claims/:claim_id', async (c) => {
  const { books, person, now, config } = c.var;
  const claim = await findClaim(books, c.req.param('claim_id'));
  if (!claim || claim.partner_id !== person.partner_id) return failurePage(shownFailure(c), 404);
  const [{ timezone }] = await readPolicy(books);
  const { program_name } = config;
  const read = await readClaimLetter(books, claim.claim_id, { program_name, now });
  const done = DONE.get(c.req.query('done') ?? '');
  const body = <ClaimPage own={ownClaim(claim, now)} letter={read?.letter ?? null} timezone={timezone} done={done} />;
  return centerPage(program_name, '/partners/referrals', { title: 'Claim', body });
});
