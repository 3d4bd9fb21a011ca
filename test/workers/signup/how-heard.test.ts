import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { giveToken } from '../../support/world.ts';
import { call, ingest, newPartner } from '../partner/api.ts';

const NOW = '2026-03-10T12:00:00Z';
const FIRST = '2026-01-01T00:00:00Z';

let n = 0;
/** Who an answer makes the referrer of a new account. */
async function referrerBy(
  how_heard: string,
  more: object = {},
): Promise<{ partner_id: string; source: string } | null> {
  n += 1;
  const body = { account_id: `acc${n}`, email: `bob@client${n}.biz`, how_heard, signed_up_at: NOW, ...more };
  return (await call('POST', '/v1/signups', { as: ingest, now: '2026-03-20T00:00:00Z', body })).body.referrer;
}
const change = (partner_id: string, body: object, now: string) =>
  call('PATCH', `/v1/partners/${partner_id}`, { body, now });

beforeEach(async () => {
  await freshDatabases();
  await newPartner('ann', { email: 'ann@annconsulting.biz', paypal_email: 'money@annconsulting.biz' }, FIRST);
  await newPartner('bea', { email: 'bea@beaconsulting.biz' }, FIRST);
});

describe('L3: the answer to “How did you hear about us?”', () => {
  it('L3: the registered email address of one partner makes them the referrer, source how_heard', async () => {
    for (const answer of [
      'ann@annconsulting.biz',
      'My friend Ann <ANN@AnnConsulting.biz> told me.',
      '(ann@annconsulting.biz)',
    ])
      expect(await referrerBy(answer)).toEqual({ partner_id: 'ann', source: 'how_heard' });
  });

  it('L3: only the registered address counts: no PayPal address, no tagged one, no name', async () => {
    for (const answer of ['money@annconsulting.biz', 'ann+x@annconsulting.biz', 'Partner ann', 'annconsulting.biz', ''])
      expect([answer, await referrerBy(answer || 'nobody')]).toEqual([answer, null]);
  });

  it('L3: exactly one partner: the same one twice is one, two are none', async () => {
    expect(await referrerBy('ann@annconsulting.biz, ANN@annconsulting.biz!')).toMatchObject({ partner_id: 'ann' });
    expect(await referrerBy('ann@annconsulting.biz or bea@beaconsulting.biz')).toBeNull();
    expect(await referrerBy('ann@annconsulting.biz or someone@nowhere.biz')).toMatchObject({ partner_id: 'ann' });
  });

  it('L3: of one address that two partners registered neither is named', async () => {
    await newPartner('eve', { email: 'ann@annconsulting.biz' }, FIRST);
    expect(await referrerBy('ann@annconsulting.biz')).toBeNull();
    await change('eve', { status: 'suspended' }, '2026-03-01T00:00:00Z');
    expect(await referrerBy('ann@annconsulting.biz')).toMatchObject({ partner_id: 'ann' });
  });

  it('L3: active at that moment: suspended before is none, suspended since is one still', async () => {
    await change('ann', { status: 'suspended' }, '2026-03-05T00:00:00Z');
    await change('bea', { status: 'suspended' }, '2026-03-15T00:00:00Z');
    expect(await referrerBy('ann@annconsulting.biz')).toBeNull();
    expect(await referrerBy('bea@beaconsulting.biz')).toMatchObject({ partner_id: 'bea' });
  });

  it('L3: registered at that moment: an address given up before is none, one given up since is one still', async () => {
    await change('ann', { email: 'new@annconsulting.biz' }, '2026-03-05T00:00:00Z');
    await change('bea', { email: 'new@beaconsulting.biz' }, '2026-03-15T00:00:00Z');
    expect(await referrerBy('ann@annconsulting.biz')).toBeNull();
    expect(await referrerBy('new@annconsulting.biz')).toMatchObject({ partner_id: 'ann' });
    expect(await referrerBy('bea@beaconsulting.biz')).toMatchObject({ partner_id: 'bea' });
    expect(await referrerBy('new@beaconsulting.biz')).toBeNull();
  });

  it('L3: a part of a longer address is not an address', async () => {
    for (const answer of ['joann@annconsulting.biz', 'ann@annconsulting.biz.evil.org', 'x.ann@annconsulting.biz'])
      expect([answer, await referrerBy(answer)]).toEqual([answer, null]);
  });

  it('L1, L3: only without a tracked click: any that counts outranks the answer, one that does not count leaves it', async () => {
    await call('POST', '/v1/partners/bea/links', {
      body: { code: 'bea', destination: 'https://www.example.com/' },
      now: FIRST,
    });
    const token = (at: string) => giveToken({ code: 'bea', at });
    const answer = 'ann@annconsulting.biz';
    expect(await referrerBy(answer, { referral_token: await token('2025-06-01T00:00:00Z') })).toMatchObject({
      partner_id: 'bea',
      source: 'last_click',
    });
    expect(await referrerBy(answer, { referral_token: await token('2025-03-01T00:00:00Z') })).toMatchObject({
      partner_id: 'ann',
      source: 'how_heard',
    });
    expect(await referrerBy(answer, { referral_token: 'forged' })).toMatchObject({ partner_id: 'ann' });
  });

  it('L4, S1: a partner that names itself is read for self-referral: as the holder blocked, as a user not', async () => {
    const tell = async (account_id: string, body: object) =>
      (
        await call('POST', '/v1/signups', {
          as: ingest,
          now: NOW,
          body: { account_id, how_heard: 'ann@annconsulting.biz', ...body },
        })
      ).body;
    expect(await tell('own', { email: 'ann@annconsulting.biz' })).toMatchObject({ flags: ['self_referral'] });
    const users = [{ email: 'ann@annconsulting.biz' }];
    expect(await tell('managed', { email: 'boss@business.biz', users })).toMatchObject({
      referrer: { partner_id: 'ann' },
      flags: [],
    });
  });
});
