import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { at, customer, event, invoice, told } from '../../support/stripe-objects.ts';
import type { SentEvent } from '../../support/stripe.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const FROM = '2026-02-15T08:00:00Z';

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
  await givePartner('bob');
  const policy = { effective_from: FROM, promotion_codes: 'click' };
  await call('POST', '/v1/policy', { as: 'ana', at: '2026-02-01T00:00:00Z', body: policy });
  await call('PUT', '/v1/promotion-codes/FALL20', { as: 'ana', body: { partner_id: 'bob' } });
});

const PROMOTION = event('promotion_code.created', at(-9), { id: 'promo_X1', object: 'promotion_code', code: 'FALL20' });

/** The checkout at which the code was typed, opened some seconds from the signup, with a token of a click of ann’s. */
const checkout = async (opened: number, clicked: string | null): Promise<SentEvent> =>
  event('checkout.session.completed', at(0, 6), {
    id: 'cs_1',
    object: 'checkout.session',
    created: at(0, opened),
    customer: 'cus_1',
    mode: 'subscription',
    client_reference_id: clicked === null ? null : await giveToken({ code: 'ann', at: clicked }),
    discounts: [{ coupon: null, promotion_code: 'promo_X1' }],
  });

const referrer = async (account_id = 'cus_1') =>
  (await call('GET', `/v1/accounts/${account_id}`, { as: 'ana' })).body['referrer'] as unknown as {
    partner_id: string;
    source: string;
  };
const earners = async () => (await booked('cus_1')).map((line) => [line.partner_id, line.amount]);

describe('L3: promotion_codes = click, a code typed at the checkout', () => {
  it.each([
    ['before the signup, after the click', -60, '2026-02-28T12:00:00Z', 'bob', 'code'],
    ['before the signup, before the click', -60, '2026-03-01T11:59:30Z', 'ann', 'last_click'],
    ['in the second of the signup', 0, '2026-02-28T12:00:00Z', 'bob', 'code'],
    ['after the signup, with a click before it', 3, '2026-02-28T12:00:00Z', 'ann', 'last_click'],
    ['after the signup, without a click', 3, null, 'bob', 'code'],
  ] as const)('%s', async (_, opened, clicked, partner_id, source) => {
    const events = [PROMOTION, customer(), invoice(), await checkout(opened, clicked)];
    await told(...events);
    expect(await referrer()).toMatchObject({ partner_id, source });
    expect((await earners()).filter(([, amount]) => amount === 1975)).toContainEqual([partner_id, 1975]);
    const sums = Map.groupBy(await earners(), ([partner]) => partner);
    for (const [partner, rows] of sums)
      expect(rows.reduce((sum, [, amount]) => sum + Number(amount), 0)).toBe(partner === partner_id ? 1975 : 0);
    await expectTheLaw(['cus_1']);
    await freshOrder(events, partner_id);
  });

  /** The same events the other way round make the same referrer. */
  async function freshOrder(events: readonly SentEvent[], partner_id: string): Promise<void> {
    const renamed = JSON.parse(
      JSON.stringify(events.toReversed()).replaceAll('"cus_1"', '"cus_2"').replaceAll('"in_1"', '"in_2"'),
    ) as SentEvent[];
    await told(...renamed, ...renamed);
    expect(await referrer('cus_2')).toMatchObject({ partner_id });
    await expectTheLaw(['cus_2']);
  }

  it('of a partner who is suspended by then: no click', async () => {
    await call('PATCH', '/v1/partners/bob', { as: 'ana', at: '2026-02-20T00:00:00Z', body: { status: 'suspended' } });
    await told(PROMOTION, customer(), await checkout(-60, '2026-02-28T12:00:00Z'));
    expect(await referrer()).toMatchObject({ partner_id: 'ann', source: 'last_click' });
  });

  it('of an account that signed up under the former version: the click', async () => {
    const day = -20;
    const older = { created: at(day) };
    const opened = event('checkout.session.completed', at(day, 6), {
      id: 'cs_1',
      object: 'checkout.session',
      created: at(day, -60),
      customer: 'cus_1',
      client_reference_id: await giveToken({ code: 'ann', at: '2026-02-09T12:00:00Z' }),
      discounts: [{ promotion_code: 'promo_X1' }],
    });
    await told(PROMOTION, customer(older), opened);
    expect(await referrer()).toMatchObject({ partner_id: 'ann', source: 'last_click' });
  });

  it('told by the server with the signup: a click at that moment', async () => {
    const referral_token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
    const body = { account_id: 'a1', email: 'a1@client.example', signed_up_at: '2026-03-01T12:00:00Z', referral_token };
    const answer = await call('POST', '/v1/signups', { body: { ...body, promotion_code: 'fall20' } });
    expect(answer.body['referrer']).toEqual({ partner_id: 'bob', source: 'code' });
  });
});
