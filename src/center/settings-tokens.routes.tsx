import type { Context } from 'hono';
import * as z from 'zod';

import { goOn } from '../identity/sign-in.routes.tsx';
import { dayText } from '../letter/letter.rules.ts';
import { sendMailSoon } from '../mail/send-soon.ts';
import { failurePage } from '../pages/app.tsx';
import type { CenterPages } from '../pages/context.ts';
import { fieldsOf, readForm } from '../pages/form.ts';
import { issueToken, revokeToken } from '../partner/issue-token.ts';
import { listTokens } from '../partner/token.repo.ts';
import { SCOPES } from '../partner/token.rules.ts';
import { signPartnerToken } from '../partner/token.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { centerPage, createCenterPages } from './app.ts';
import { partnerDoor } from './door.ts';
import { shownFailure } from './failure.ts';
import { IssuedPage, TOKEN_DAYS, TokensPage, type TokenShown } from './settings-tokens.page.tsx';
import type { Faults } from './settings.page.tsx';
import { proved, ProofForm } from './settings.routes.tsx';

/** A partner's API tokens. */
export const tokenPages = createCenterPages();

const PAGE_ROWS = 50;
const DAY_S = 24 * 60 * 60;
const title = 'API tokens';

async function shownTokens(
  c: Context<CenterPages>,
  timezone: string,
): Promise<{ tokens: TokenShown[]; more: string | null }> {
  const { books, now, person } = c.var;
  const after = c.req.method === 'GET' ? (c.req.query('after') ?? null) : null;
  const rows = await listTokens(books, person.partner_id, after, PAGE_ROWS + 1);
  const page = rows.slice(0, PAGE_ROWS);
  const last = rows.length > PAGE_ROWS ? page.at(-1) : undefined;
  const tokens = page.map(({ jti, scope, issued_at, expires_at, issued_by, revoked_at }) => ({
    jti,
    scope,
    issued_at,
    issued_on: dayText(issued_at, timezone),
    expires_at,
    expires_on: dayText(expires_at, timezone),
    by_support: !issued_by.startsWith('partner:'),
    state: revoked_at !== null ? ('revoked' as const) : expires_at <= now ? ('expired' as const) : ('holds' as const),
  }));
  return {
    tokens: tokens.toSorted((a, b) => b.issued_at - a.issued_at),
    more: last ? `/partners/settings/tokens?after=${encodeURIComponent(last.jti)}` : null,
  };
}

async function show(c: Context<CenterPages>, faults: Faults = {}, status = 200): Promise<Response> {
  const [policy] = await readPolicy(c.var.books);
  const listed = await shownTokens(c, policy.timezone);
  const revoked = c.req.method === 'GET' && c.req.query('done') === 'revoked';
  const body = <TokensPage {...listed} two_factor={c.var.person.two_factor} revoked={revoked} faults={faults} />;
  return centerPage(c.var.config.program_name, '/partners/settings', { title, status, body });
}

tokenPages.get('/settings/tokens', (c) => show(c));

const IssueForm = ProofForm.extend({
  days: z
    .string()
    .transform(Number)
    .refine((days) => TOKEN_DAYS.some((known) => known === days), 'Please choose one of the list'),
});

tokenPages.post('/settings/tokens', async (c) => {
  const { books, config, person } = c.var;
  const sent = await fieldsOf(c);
  const scopes = SCOPES.filter((scope) => sent[`scope_${scope}`] === 'yes');
  const read = await readForm(c, IssueForm);
  if (!read.ok) return show(c, read.faults, 400);
  if (scopes.length === 0) return show(c, { scope: 'Please choose at least one' }, 400);
  // A token outlives the session, and one for payouts changes where money goes: who asks is asked once more.
  const proof = await proved(c, read.value);
  if (!proof.ok) return show(c, proof.faults, proof.status);
  const { hasher } = await readProgram(books);
  const asked = { scopes, expires_in: read.value.days * DAY_S };
  const unkeyed = { content: null, idempotency_key: null };
  const done = await issueToken(partnerDoor(c), hasher, person.partner_id, asked, unkeyed);
  if (!done.ok) {
    if (done.reason === 'scope_too_long')
      return show(c, { days: 'A token that may set the PayPal address holds for a day at most' }, 422);
    return failurePage(shownFailure(c), done.reason === 'not_found' ? 404 : 503);
  }
  sendMailSoon(c);
  const { scope, exp } = done.answer;
  const token = await signPartnerToken(c.env, config.public_url, done.answer);
  const [policy] = await readPolicy(books);
  const expires_at = exp * 1000;
  const body = (
    <IssuedPage token={token} scope={scope} expires_at={expires_at} expires_on={dayText(expires_at, policy.timezone)} />
  );
  return centerPage(config.program_name, '/partners/settings', { title, body });
});

const RevokeForm = z.object({ jti: z.string().max(100) });

tokenPages.post('/settings/tokens/revoke', async (c) => {
  const read = await readForm(c, RevokeForm);
  const done = read.ok && (await revokeToken(partnerDoor(c), c.var.person.partner_id, read.value.jti));
  if (!done || !done.ok) return failurePage(shownFailure(c), 404);
  return goOn(c, '/partners/settings/tokens?done=revoked');
});
