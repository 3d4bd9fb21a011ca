import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { call, newPartner, NOON, rows, tokenOf } from './api.ts';

let token: string;
beforeEach(async () => {
  await freshDatabases();
  await newPartner('ann');
  token = await tokenOf('ann', 'read links payout');
});

const ODD = [
  null,
  '',
  ' ',
  0,
  -1,
  1.5,
  1e308,
  true,
  [],
  {},
  'a\u0000b',
  '\ud800',
  '\u202e',
  'x'.repeat(5000),
  "'; DROP TABLE lines; --",
];
const answers = { us_citizen: true, us_green_card: true, us_over_183_days: true, us_worked_last_year: true };

const BODIES: [string, string, 'operator' | 'partner', Record<string, unknown>][] = [
  [
    'POST',
    '/v1/partners',
    'operator',
    {
      partner_id: 'bea',
      name: 'Bea',
      email: 'bea@x.example',
      country: 'US',
      paypal_email: 'b@x.example',
      rate_bps: 1,
      status: 'active',
    },
  ],
  [
    'PATCH',
    '/v1/partners/ann',
    'operator',
    {
      name: 'Ann',
      email: 'a@x.example',
      country: 'US',
      paypal_email: 'c@x.example',
      rate_bps: 1,
      status: 'closed',
      reason: 'r',
      withhold_reason: 'w',
    },
  ],
  ['POST', '/v1/partners/ann/links', 'operator', { code: 'c1', destination: 'https://www.example.com/', label: 'l' }],
  ['POST', '/v1/partners/ann/tokens', 'operator', { scope: 'read', expires_in: 60 }],
  ['POST', '/v1/partners/ann/adjustments', 'operator', { adjustment_id: 'adj', amount: 1, reason: 'r' }],
  ['PUT', '/v1/plans/pro/rate', 'operator', { rate_bps: 1, from: NOON }],
  ['POST', '/v1/links', 'partner', { code: 'c2', destination: 'https://www.example.com/', label: 'l' }],
  ['PATCH', '/v1/me', 'partner', { paypal_email: 'd@x.example', country: 'FR' }],
  ['PUT', '/v1/me/residency', 'partner', answers],
];

describe('bad input is a problem with the path of the fault, never 5xx', () => {
  it.each(BODIES)('%s %s', async (method, path, role, sound) => {
    const as = role === 'partner' ? { as: token } : {};
    for (const field of Object.keys(sound)) {
      for (const odd of ODD) {
        const { status, body, headers } = await call(method, path, { ...as, body: { ...sound, [field]: odd } });
        expect([field, odd, status < 500]).toEqual([field, odd, true]);
        if (status === 400) expect(body.errors[0].path.startsWith('body')).toBe(true);
        if (status >= 400) expect(headers.get('content-type')).toBe('application/problem+json');
      }
    }
    for (const body of [[], 'text', 1, null, { ...sound, constructor: 1 }, { ...sound, unknown: 1 }]) {
      expect((await call(method, path, { ...as, body })).status).toBe(400);
    }
    expect((await call(method, path, { as: 'nobody', body: sound })).status).toBe(401);
    const other = role === 'partner' ? {} : { as: token };
    expect((await call(method, path, { ...other, body: sound })).status).toBe(403);
  });

  it('in paths, queries and headers', async () => {
    const long = 'x'.repeat(65);
    const bad = [
      await call('GET', `/v1/partners/${long}`),
      await call('GET', '/v1/partners/a%20b'),
      await call('GET', '/v1/partners?limit=0'),
      await call('GET', '/v1/partners?limit=ten'),
      await call('GET', '/v1/partners?cursor=%25'),
      await call('GET', '/v1/partners?page=2'),
      await call('GET', '/v1/audit-log?cursor=eA'),
      await call('GET', '/v1/links?limit=1000', { as: token }),
      await call('GET', '/v1/referrals/a%2Fb', { as: token }),
      await call('GET', '/v1/payouts?cursor=***', { as: token }),
      await call('POST', '/v1/partners', {
        key: 'x'.repeat(201),
        body: { name: 'B', email: 'b@x.example', country: 'US' },
      }),
    ];
    expect(bad.map(({ status }) => status)).toEqual(bad.map(() => 400));
    expect((await call('DELETE', '/v1/partners/ann/tokens/nothing')).status).toBe(404);
    expect((await call('PUT', '/v1/links/x', { as: token, body: {} })).status).toBe(405);
    const text = new Request('http://localhost/v1/partners', {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'text/plain', authorization: 'Bearer local-operator-ana' },
    });
    const { createApi } = await import('../../../src/http/api.ts');
    expect((await createApi().fetch(text, env)).status).toBe(415);
    expect(await rows('SELECT * FROM partners')).toHaveLength(1);
  });
});
