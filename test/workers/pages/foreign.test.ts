import { beforeAll, describe, expect, it } from 'vitest';

import { runDue } from '../../../src/payout/advance.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { rowCounts } from '../../support/counts.ts';
import { page, readerOf, type PageSeen, type Reader } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';
import { rows } from '../referrer/file.ts';
import { PAGE_ROUTES, pathWith, type PageRoute } from './routes.ts';

const OPENED = '2026-03-02T17:00:00Z';
const NOW = '2026-06-13T00:00:00Z';

/** Ids of things that are bob's, by the name of the parameter or field that names them. */
const BOBS: Record<string, string> = { code: 'bobs1', account_id: 'acct_bob', payment_id: 'pay_bob' };
/** Ids of the same forms that nothing has. */
const UNKNOWN: Record<string, string> = { code: 'nobody1', account_id: 'acct_nobody', payment_id: 'pay_nobody' };

let pia: Reader;

async function idOf(sql: string): Promise<string> {
  const [row] = (await rows(sql)) as { id: string }[];
  if (!row) throw new Error(`bob has nothing of: ${sql}`);
  return row.id;
}

beforeAll(async () => {
  await freshDatabases();
  await givePartner('pia');
  await givePartner('bob', { email: 'bob@partners.example', paypal: 'bob@paypal.example', code: 'bobs1' });
  const token = await call('POST', '/v1/partners/bob/tokens', {
    as: 'ana',
    at: OPENED,
    body: { expires_in: 9_000_000 },
  });
  const as = { token: String(token.body['token']) };
  const signup = { account_id: 'acct_bob', email: 'client@client.example', how_heard: 'bob@partners.example' };
  await call('POST', '/v1/signups', { at: OPENED, body: signup });
  const paid = { payment_id: 'pay_bob', account_id: 'acct_bob', amount: 79_000, currency: 'USD', paid_at: OPENED };
  await call('POST', '/v1/payments', { at: OPENED, body: paid });
  await call('POST', '/v1/signups', { at: OPENED, body: { account_id: 'acct_free', email: 'free@client2.example' } });
  await call('POST', '/v1/claims', { as, at: OPENED, body: { account_id: 'acct_free', kind: 'claim' } });
  await call('POST', '/v1/expected-clients', { as, at: OPENED, body: [{ email: 'soon@client3.example' }] });
  const now = Date.parse('2026-06-12T17:00:00Z');
  await runDue(books(), { cron: '0 17 * * FRI', now, rail: 'export', approval: 'none' });
  const bob = await readerOf('bob', 'bob@partners.example');
  Object.assign(BOBS, {
    payout_id: await idOf("SELECT payout_id AS id FROM payouts WHERE partner_id = 'bob'"),
    claim_id: await idOf("SELECT claim_id AS id FROM claims WHERE partner_id = 'bob'"),
    decision_id: await idOf("SELECT decision_id AS id FROM decisions WHERE partner_id = 'bob'"),
    list_id: await idOf("SELECT list_id AS id FROM expected_lists WHERE partner_id = 'bob'"),
    jti: await idOf("SELECT jti AS id FROM tokens WHERE partner_id = 'bob'"),
    session_id: await idOf(`SELECT id FROM auth_sessions WHERE user_id = '${bob.user_id}'`),
    mail_id: await idOf(
      "SELECT mail_id AS id FROM mail_outbox WHERE facts ->> '$.partner_id' = 'bob' AND send_after_at <= 1781222400000",
    ),
    month: '2026-05',
  });
  for (const [name, id] of Object.entries(BOBS)) UNKNOWN[name] ??= name === 'month' ? id : unlike(id);
  pia = await readerOf('pia');
});

/** An id of the same form, which nothing has. */
function unlike(id: string): string {
  return [...id].map((sign) => (/\d/.test(sign) ? String((Number(sign) + 1) % 10) : sign)).join('');
}

/** What a page says, ids and what differs from call to call left out. */
function seenOf({ status, location, html, headers }: PageSeen, ids: Record<string, string>): string {
  const said = Object.entries(ids).reduce(
    (text, [name, id]) => text.replaceAll(id, `<${name}>`).replaceAll(encodeURIComponent(id), `<${name}>`),
    JSON.stringify([status, location, html, headers.get('content-type')]),
  );
  return said.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<request>');
}

const open = async (route: PageRoute, ids: Record<string, string>) =>
  seenOf(
    await page(pathWith(route, ids), {
      as: pia,
      at: NOW,
      ...(route.method === 'POST' ? { form: { ...ids, confirmed: 'yes' } } : {}),
    }),
    ids,
  );

// The text of terms is everybody's, and a token of a mailed link is nobody's id.
const named = PAGE_ROUTES.filter(
  ({ home, params }) =>
    home === '/partners' && params.length > 0 && !params.some((name) => ['token', 'version', 'name'].includes(name)),
);
const posted = PAGE_ROUTES.filter(
  ({ home, method, path, params }) =>
    home === '/partners' && method === 'POST' && params.length === 0 && /\/settings\//.test(path),
);

describe('a page of another partner', () => {
  it('there are routes that name things, of every kind that a partner has', () => {
    const params = new Set(named.flatMap((route) => route.params));
    for (const name of ['code', 'account_id', 'payout_id', 'claim_id', 'list_id']) expect(params).toContain(name);
  });

  it.each([...named, ...posted])(
    '$method $path: another’s looks like what does not exist, and stays as it is',
    async (route) => {
      const before = await rowCounts();
      const theirs = await open(route, BOBS);
      expect(theirs).toBe(await open(route, UNKNOWN));
      const after = await rowCounts();
      for (const table of ['links', 'link_states', 'claims', 'tokens', 'decisions', 'payouts', 'auth_sessions'])
        expect([table, after[table]]).toEqual([table, before[table]]);
    },
  );

  it('the owner sees them', async () => {
    const bob = await readerOf('bob');
    for (const route of named.filter(({ method, path }) => method === 'GET' && !path.endsWith('.svg')))
      expect([route.path, (await page(pathWith(route, BOBS), { as: bob, at: NOW })).status]).toEqual([route.path, 200]);
  });
});
