import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { ingestKey } from '../../support/local.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { spyOn } from '../payouts/spy.ts';

const app = createApi();
const lost = () => {
  throw new Error('D1_ERROR: Network connection lost');
};

/** One request during which the nth batch of the books fails: before it is done, or after it, its answer lost. */
async function crashing(n: number, when: 'before' | 'after', path: string, body: object) {
  const spy = spyOn(env.BOOKS, { [when]: (batch: number) => (batch === n ? lost() : undefined) });
  const headers = { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/json' };
  const bindings = { ...env, BOOKS: spy.d1 } as unknown as ProgramEnv;
  const answer = await app.request(
    `http://localhost${path}`,
    { method: 'POST', headers, body: JSON.stringify(body) },
    bindings,
  );
  return { status: answer.status, reached: spy.batches > n };
}

const signup = async (account_id: string) => ({
  account_id,
  email: `${account_id}@client.example`,
  signed_up_at: '2026-03-01T12:00:00Z',
  referral_token: await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' }),
});
const payment = (account_id: string) => ({
  payment_id: `pay-${account_id}`,
  account_id,
  amount: 7900,
  currency: 'USD',
  paid_at: '2026-03-02T00:00:00Z',
});

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
});

describe('a door that dies at any batch of the books, before it is done or with its answer lost', () => {
  it('fault 9: the sale told again is booked, once', { timeout: 60_000 }, async () => {
    for (const when of ['before', 'after'] as const) {
      let died = 0;
      for (let n = 0, reached = true; reached; n++) {
        const account_id = `${when}-${n}`;
        expect((await call('POST', '/v1/signups', { body: await signup(account_id) })).status).toBe(201);
        const crash = await crashing(n, when, '/v1/payments', payment(account_id));
        reached = crash.reached;
        if (crash.status === 503) died += 1;
        expect([200, 201]).toContain((await call('POST', '/v1/payments', { body: payment(account_id) })).status);
        expect((await booked(account_id)).map((line) => [line.kind, line.amount])).toEqual([['commission', 1975]]);
        await expectTheLaw([account_id]);
      }
      expect(died).toBeGreaterThan(0);
    }
  });

  it('fault 9: the signup told again has its referrer, once', { timeout: 60_000 }, async () => {
    for (const when of ['before', 'after'] as const) {
      for (let n = 0, reached = true; reached; n++) {
        const account_id = `${when}-${n}`;
        const body = await signup(account_id);
        reached = (await crashing(n, when, '/v1/signups', body)).reached;
        const told = await call('POST', '/v1/signups', { body });
        expect([200, 201]).toContain(told.status);
        expect(told.body['referrer']).toMatchObject({ partner_id: 'ann' });
        const account = await call('GET', `/v1/accounts/${account_id}`, { as: 'ana' });
        expect(account.body['decisions']).toHaveLength(1);
      }
    }
  });
});
