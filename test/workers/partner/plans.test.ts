import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { call, ingest, newPartner, NOON, tokenOf } from './api.ts';

beforeEach(async () => {
  await freshDatabases();
});

/** Tables that a program grows large: a request of one partner seeks in them. Undecided holds are few, and have an index of their own. */
const LARGE =
  /^SCAN (lines|l|payments|p|refunds|decisions|d|accounts|a|account_people|ap|people|h|partner_facts|f|partners|links|link_states|tokens|transfers|payouts|versions|v|holds|audit_log|replays|adjustments)\b(?! USING INDEX holds_open)/;

/** The books, and every statement that is asked of them. */
function watched(): { BOOKS: D1Database; statements: Set<string> } {
  const statements = new Set<string>();
  const BOOKS = new Proxy(env.BOOKS, {
    get(target, property) {
      if (property === 'prepare') {
        return (query: string) => {
          statements.add(query);
          return target.prepare(query);
        };
      }
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { BOOKS, statements };
}

it('no request of one partner reads a large table from end to end', async () => {
  const { BOOKS, statements } = watched();
  const seen = (method: string, path: string, options: Parameters<typeof call>[2] = {}) =>
    call(method, path, { ...options, env: { BOOKS } });
  await newPartner('ann');
  const token = await tokenOf('ann');
  const payout = await tokenOf('ann', 'read payout');
  await call('POST', '/v1/signups', {
    as: ingest,
    body: { account_id: 'acme', email: 'jo@acme.example', how_heard: 'ann@partners.example' },
  });
  await call('POST', '/v1/payments', {
    as: ingest,
    body: { payment_id: 'pay', account_id: 'acme', amount: 7900, currency: 'USD', paid_at: NOON, plan: 'pro' },
  });
  const done = [
    await seen('POST', '/v1/partners', {
      body: { partner_id: 'bea', name: 'Bea', email: 'bea@x.example', country: 'US', paypal_email: 'bea@pay.example' },
    }),
    await seen('PATCH', '/v1/partners/ann', {
      body: { rate_bps: 3000, status: 'suspended', email: 'new@x.example', paypal_email: 'ann@pay.example' },
    }),
    await seen('GET', '/v1/partners?limit=10'),
    await seen('POST', '/v1/partners/ann/tokens', { body: {}, key: 'k' }),
    await seen('GET', '/v1/partners/ann/tokens'),
    await seen('POST', '/v1/partners/ann/adjustments', { body: { adjustment_id: 'adj', amount: 5, reason: 'x' } }),
    await seen('PUT', '/v1/plans/pro/rate', { body: { rate_bps: 1000, from: NOON } }),
    await seen('GET', '/v1/audit-log?subject=partner:ann'),
    await seen('POST', '/v1/links', { as: token, body: { code: 'x', destination: env.HOME_URL } }),
    await seen('PATCH', '/v1/links/x', { as: token, body: { retired: true } }),
    await seen('GET', '/v1/links', { as: token }),
    await seen('GET', '/v1/me', { as: token }),
    await seen('PATCH', '/v1/me', { as: payout, body: { paypal_email: 'bea@pay.example', country: 'FR' } }),
    await seen('GET', '/v1/earnings', { as: token }),
    await seen('GET', '/v1/earnings?as_of=2026-01-01T00:00:00Z', { as: token }),
    await seen('GET', '/v1/earnings/commissions', { as: token }),
    await seen('GET', '/v1/payouts', { as: token }),
    await seen('GET', '/v1/referrals', { as: token }),
    await seen('GET', '/v1/referrals/acme', { as: token }),
  ];
  expect(done.filter(({ status }) => status > 201).map(({ body }) => body)).toEqual([]);
  expect(statements.size).toBeGreaterThan(30);
  const scans: string[] = [];
  for (const statement of statements) {
    const { results } = await env.BOOKS.prepare(`EXPLAIN QUERY PLAN ${statement}`)
      .bind(...(statement.match(/\?/g) ?? []).map(() => null))
      .all<{ detail: string }>();
    // A list of all partners walks their key, page by page.
    const found = results.filter(
      ({ detail }) => LARGE.test(detail) && !/from "partners" order by "partners"."partner_id"/.test(statement),
    );
    if (found.length > 0) scans.push(`${found.map(({ detail }) => detail).join('; ')}: ${statement}`);
  }
  expect(scans).toEqual([]);
});
