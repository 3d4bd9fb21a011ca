import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { sweepStripe } from '../../../src/stripe/sweep.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { localSecrets } from '../../support/local.ts';
import { at, customer, event, invoice, NOW } from '../../support/stripe-objects.ts';
import { deliver, signatureOf, type SentEvent } from '../../support/stripe.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { spyOn } from '../payouts/spy.ts';

const session = (token: string) =>
  event('checkout.session.completed', at(0, 6), {
    id: 'cs_1',
    object: 'checkout.session',
    created: at(0, -60),
    customer: 'cus_1',
    invoice: 'in_1',
    client_reference_id: token,
  });

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
  await givePartner('bob');
});

const told = async (...events: SentEvent[]) => {
  for (const one of events) expect(await deliver(one, NOW)).toBe(200);
};
const lines = async (account_id = 'cus_1') => (await booked(account_id)).map((line) => [line.kind, line.amount]);
const parked = async () =>
  (
    (await call('GET', '/v1/parked', { as: 'ana' })).body['data'] as unknown as { parked_id: string; reason: string }[]
  ).map((row) => [row.parked_id, row.reason]);

describe('Stripe’s webhook', () => {
  it('L1: a session’s client_reference_id makes the referrer, whenever it comes', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    await told(invoice(), customer(), session(token));
    expect(await lines()).toEqual([['commission', 1975]]);
    const account = await call('GET', '/v1/accounts/cus_1', { as: 'ana' });
    expect(account.body['referrer']).toMatchObject({ partner_id: 'ann', source: 'last_click' });
    expect(account.body['decisions']).toHaveLength(3);
    await expectTheLaw(['cus_1']);
    expect(await parked()).toEqual([]);
  });

  it('C2: a refund, told by its own object and by the charge’s count, counts once', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    const refund = {
      id: 're_1',
      object: 'refund',
      charge: 'ch_1',
      payment_intent: 'pi_1',
      amount: 3950,
      created: at(2),
    };
    await told(
      event('charge.refunded', at(2, 1), {
        id: 'ch_1',
        object: 'charge',
        created: at(0, 3),
        customer: 'cus_1',
        payment_intent: 'pi_1',
        amount_refunded: 3950,
      }),
      customer(),
      session(token),
      invoice(),
    );
    expect(await parked()).toEqual([['stripe.ch_1', 'unknown_payment']]);
    await told(
      event('invoice_payment.paid', at(0, 5), {
        id: 'inpay_1',
        object: 'invoice_payment',
        invoice: 'in_1',
        payment: { type: 'payment_intent', payment_intent: 'pi_1' },
      }),
    );
    expect(await parked()).toEqual([]);
    expect(await lines()).toEqual([
      ['commission', 1975],
      ['refund', -987],
    ]);
    await told(event('refund.created', at(2, 1), { ...refund, status: 'succeeded' }));
    expect((await lines()).reduce((sum, [, amount]) => sum + Number(amount), 0)).toBe(988);
    await told(event('refund.failed', at(4), { ...refund, status: 'failed' }));
    expect((await lines()).reduce((sum, [, amount]) => sum + Number(amount), 0)).toBe(1975);
    await expectTheLaw(['cus_1']);
  });

  it('C2: a dispute holds, goes out, comes back', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    const dispute = {
      id: 'dp_1',
      object: 'dispute',
      charge: 'ch_1',
      amount: 7900,
      created: at(3),
      status: 'needs_response',
    };
    await told(customer(), session(token), invoice('in_1', 0, { charge: 'ch_1' }));
    await told(event('charge.dispute.created', at(3), dispute));
    const open = await call('GET', '/v1/holds', { as: 'ana' });
    expect(open.body['data']).toMatchObject([{ kind: 'dispute', payment_id: 'in_1', decision: null }]);
    await told(event('charge.dispute.funds_withdrawn', at(3, 1), dispute));
    expect(await lines()).toContainEqual(['refund', -1975]);
    await told(event('charge.dispute.closed', at(5), { ...dispute, status: 'won' }));
    expect(await lines()).toContainEqual(['refund_reversal', 1975]);
    expect((await call('GET', '/v1/holds', { as: 'ana' })).body['data']).toEqual([]);
    await expectTheLaw(['cus_1']);
  });

  it('V2: an account ends with its last subscription; what is told late voids an end', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    const subscription = (id: string, day: number) => ({
      id,
      object: 'subscription',
      customer: 'cus_1',
      created: at(day),
      status: 'active',
    });
    const ended = (id: string, day: number, on: number) =>
      event('customer.subscription.deleted', at(on), {
        ...subscription(id, day),
        status: 'canceled',
        ended_at: at(on),
      });
    await told(customer(), session(token), invoice(), ended('sub_a', 0, 5));
    expect(await lines()).toContainEqual(['forfeit', -1975]);
    await told(event('customer.subscription.created', at(4), subscription('sub_b', 4)));
    expect(await lines()).toEqual([['commission', 1975]]);
    await told(ended('sub_b', 4, 5));
    expect(await lines()).toContainEqual(['forfeit', -1975]);
    await expectTheLaw(['cus_1']);
  });

  it('C2: the account that metadata names takes in what was told of the customer before', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    await told(invoice(), session(token), customer({ metadata: { account_id: 'acme' } }), invoice('in_2', 1));
    expect(await lines('acme')).toEqual([
      ['commission', 1975],
      ['commission', 1975],
    ]);
    await expectTheLaw(['acme']);
  });

  it('L1: the server’s record of an account that Stripe told of first completes it', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    await told(customer({ metadata: { account_id: 'acme' } }), invoice());
    const body = {
      account_id: 'acme',
      email: 'jo@client.example',
      signed_up_at: '2026-03-01T11:59:00Z',
      referral_token: token,
    };
    const answer = await call('POST', '/v1/signups', { body });
    expect(answer).toMatchObject({ status: 201, body: { referrer: { partner_id: 'ann' } } });
    expect((await call('POST', '/v1/signups', { body })).status).toBe(200);
    expect(await lines('acme')).toEqual([['commission', 1975]]);
    await expectTheLaw(['acme']);
  });

  it('L3: a promotion code counts where no click is tracked', async () => {
    const code = { id: 'di_1', object: 'discount', promotion_code: 'promo_X1' };
    await told(customer(), invoice('in_1', 0, { discounts: [code] }));
    expect(await lines()).toEqual([]);
    expect((await call('PUT', '/v1/promotion-codes/FALL20', { as: 'ana', body: { partner_id: 'bob' } })).status).toBe(
      201,
    );
    expect((await call('PUT', '/v1/promotion-codes/fall20', { as: 'ana', body: { partner_id: 'bob' } })).status).toBe(
      200,
    );
    expect((await call('PUT', '/v1/promotion-codes/fall20', { as: 'ana', body: { partner_id: 'ann' } })).status).toBe(
      409,
    );
    await told(event('promotion_code.created', at(-9), { id: 'promo_X1', object: 'promotion_code', code: 'FALL20' }));
    expect(await parked()).toEqual([['stripe.cus_1', 'to_be_settled']]);
    await told(customer());
    expect(await lines()).toEqual([['commission', 1975]]);
    const account = await call('GET', '/v1/accounts/cus_1', { as: 'ana' });
    expect(account.body['referrer']).toMatchObject({ partner_id: 'bob', source: 'code' });
    await told(session(await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' })));
    expect((await call('GET', '/v1/accounts/cus_1', { as: 'ana' })).body['referrer']).toMatchObject({
      partner_id: 'ann',
    });
    await expectTheLaw(['cus_1']);
  });

  it('L3: the server may tell a promotion code too', async () => {
    await call('PUT', '/v1/promotion-codes/FALL20', { as: 'ana', body: { partner_id: 'bob' } });
    const body = {
      account_id: 'a1',
      email: 'a1@client.example',
      signed_up_at: '2026-03-01T12:00:00Z',
      promotion_code: 'Fall20',
    };
    const referral_token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    const [by_code, by_click] = [
      await call('POST', '/v1/signups', { body }),
      await call('POST', '/v1/signups', {
        body: { ...body, account_id: 'a2', email: 'a2@client.example', referral_token },
      }),
    ];
    expect(by_code.body['referrer']).toEqual({ partner_id: 'bob', source: 'code' });
    expect(by_click.body['referrer']).toMatchObject({ partner_id: 'ann', source: 'last_click' });
  });

  it('V2: customers of one account are one: it ends with the last subscription of both', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    const metadata = { account_id: 'acme', referral_token: token };
    const subscribed = (id: string, of: string, on: number | null) =>
      event(on === null ? 'customer.subscription.created' : 'customer.subscription.deleted', at(on ?? 0), {
        id,
        object: 'subscription',
        customer: of,
        created: at(0),
        status: on === null ? 'active' : 'canceled',
        ended_at: on === null ? null : at(on),
      });
    await told(
      customer({ metadata }),
      customer({ metadata, id: 'cus_2' }),
      invoice(),
      invoice('in_2', 1, { customer: 'cus_2' }),
    );
    await told(subscribed('sub_1', 'cus_1', null), subscribed('sub_2', 'cus_2', null), subscribed('sub_1', 'cus_1', 5));
    expect((await lines('acme')).map(([kind]) => kind)).toEqual(['commission', 'commission']);
    await told(subscribed('sub_2', 'cus_2', 6));
    expect((await lines('acme')).filter(([kind]) => kind === 'forfeit')).toHaveLength(2);
    await expectTheLaw(['acme']);
  });

  it('R1: what becomes known after an operator has decided changes nothing', async () => {
    const [ann, bob] = [
      await giveToken({ code: 'ann', at: '2026-02-27T12:00:00Z' }),
      await giveToken({ code: 'bob', at: '2026-02-28T12:00:00Z' }),
    ];
    await told(customer({ metadata: { referral_token: ann } }), invoice());
    const decisions =
      'INSERT INTO decisions SELECT account_id, n + 1, decision_id || 2, at, ?, outcome, ?, partner_id, 1, earns_from, blocked, flags, clause, policy_version, asked_by, facts, recorded_at FROM decisions';
    await env.BOOKS.prepare(decisions).bind('operator', 'operator').run();
    await told(session(bob));
    expect((await call('GET', '/v1/accounts/cus_1', { as: 'ana' })).body['referrer']).toMatchObject({
      partner_id: 'ann',
    });
  });

  it(
    'fault 9: a delivery that dies at any batch is finished by the sweep, or by being sent again',
    { timeout: 120_000 },
    async () => {
      const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
      for (const when of ['before', 'after'] as const) {
        for (let batch = 0, reached = true; reached; batch++) {
          const id = `cus_${when}_${batch}`;
          await told(customer({ id, metadata: { referral_token: token } }));
          const paid = invoice(`in_${when}_${batch}`, 0, { customer: id });
          const lost = () => {
            throw new Error('D1_ERROR: Network connection lost');
          };
          const spy = spyOn(env.BOOKS, { [when]: (nth: number) => (nth === batch ? lost() : undefined) });
          const status = await deliver(paid, NOW, { ...env, BOOKS: spy.d1 } as unknown as ProgramEnv);
          reached = spy.batches > batch;
          expect(status).toBe(reached ? 503 : 200);
          await sweepStripe(env as unknown as ProgramEnv, NOW);
          if ((await lines(id)).length === 0) await told(paid);
          expect(await lines(id)).toEqual([['commission', 1975]]);
          expect(await parked()).toEqual([]);
        }
      }
    },
  );

  it('what waits may be dismissed, and is applied all the same', async () => {
    const refund = { id: 're_1', object: 'refund', charge: 'ch_1', amount: 7900, created: at(2), status: 'succeeded' };
    await told(event('refund.created', at(2), refund));
    const dismiss = (reason: string) =>
      call('POST', '/v1/parked/stripe.re_1/dismissal', { as: 'ana', body: { reason } });
    expect([(await dismiss('x')).status, (await dismiss('x')).status, (await dismiss('y')).status]).toEqual([
      201, 200, 409,
    ]);
    expect(await parked()).toEqual([]);
    const token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    await told(customer({ metadata: { referral_token: token } }), invoice('in_1', 0, { charge: 'ch_1' }));
    expect((await lines()).reduce((sum, [, amount]) => sum + Number(amount), 0)).toBe(0);
    expect(await lines()).toHaveLength(2);
  });

  it('counts a type that means nothing, and keeps no more of it', async () => {
    const plan = event('plan.created', at(0), { id: 'plan_1' });
    await told(plan, plan);
    const rows = await env.BOOKS.prepare('SELECT * FROM stripe_ignored').all();
    expect(rows.results).toMatchObject([{ type: 'plan.created', count: 2 }]);
  });
});

describe('Stripe’s signature', () => {
  const app = createApi();
  const body = JSON.stringify(customer());
  const seconds = Math.floor(NOW / 1000);
  const post = async (header: string | null, sent = body, bindings: object = {}) => {
    const headers = {
      'x-clock': new Date(NOW).toISOString(),
      ...(header === null ? {} : { 'stripe-signature': header }),
    };
    const response = await app.request('http://localhost/v1/webhooks/stripe', { method: 'POST', headers, body: sent }, {
      ...env,
      ...bindings,
    } as unknown as ProgramEnv);
    await response.text();
    return response.status;
  };
  const written = async () =>
    await env.BOOKS.prepare(
      'SELECT (SELECT count(*) FROM stripe_facts) + (SELECT count(*) FROM stripe_pending) + (SELECT count(*) FROM stripe_ignored) AS n',
    ).first<number>('n');
  const secret = localSecrets.STRIPE_WEBHOOK_SECRET;

  it('none that is wrong writes anything', async () => {
    const good = await signatureOf(body, seconds, secret);
    const wrong: (string | null)[] = [
      null,
      '',
      'nonsense',
      `t=${seconds}`,
      good.replace(/t=\d+,/, ''),
      `t=x,${good.split(',')[1]}`,
      good.replace('v1=', 'v0='),
      `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`,
      good.slice(0, -2),
      `t=${seconds + 1},${good.split(',')[1]}`,
      await signatureOf(body, seconds, 'whsec_of_somebody_else'),
      await signatureOf(`${body} `, seconds, secret),
      await signatureOf(body, seconds - 301, secret),
      await signatureOf(body, seconds + 301, secret),
    ];
    for (const header of wrong) expect([header, await post(header)]).toEqual([header, 401]);
    expect(await post(good, body.replace('Jo', 'Ji'))).toBe(401);
    expect(await post(await signatureOf('[]', seconds, secret), '[]')).toBe(400);
    const large = JSON.stringify({ pad: 'x'.repeat(256 * 1024) });
    expect(await post(await signatureOf(large, seconds, secret), large)).toBe(413);
    expect(await post(good, body, { STRIPE_WEBHOOK_SECRET: undefined })).toBe(404);
    expect(await written()).toBe(0);
  });

  it('one of several, by one of several secrets, is enough', async () => {
    const [, other] = (await signatureOf(body, seconds, 'whsec_that_is_rolled_in')).split(',');
    const good = await signatureOf(body, seconds - 300, secret);
    expect(await post(`${good},v0=deadbeef`)).toBe(200);
    const [t] = (await signatureOf(body, seconds, secret)).split(',');
    expect(
      await post(`${t},v1=${'0'.repeat(64)},${other}`, body, {
        STRIPE_WEBHOOK_SECRET: `${secret},whsec_that_is_rolled_in`,
      }),
    ).toBe(200);
    expect(await written()).toBeGreaterThan(0);
  });
});
