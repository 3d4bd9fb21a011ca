import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { payouts } from '../../../src/payout/payout.schema.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { call, ingest, newPartner, rows, tokenOf } from './api.ts';

let token: string;
beforeEach(async () => {
  await freshDatabases();
  await newPartner('ann', { country: 'FR' });
  token = await tokenOf('ann', 'read payout');
});

const patch = (body: Record<string, unknown>, now?: string) =>
  call('PATCH', '/v1/me', { as: token, body, ...(now ? { now } : {}) });
const answers = { us_citizen: false, us_green_card: false, us_over_183_days: false, us_worked_last_year: false };
const residency = (body: Record<string, unknown>, now?: string) =>
  call('PUT', '/v1/me/residency', { as: token, body, ...(now ? { now } : {}) });
const holds = (kind: string) => rows('SELECT * FROM holds WHERE kind = ? ORDER BY opened_at, hold_id', kind);

describe('/v1/me', () => {
  it('shows what is on file, and lets the partner set address and country alone', async () => {
    const { body } = await call('GET', '/v1/me', { as: token });
    expect(body).toEqual({
      partner_id: 'ann',
      name: 'Partner ann',
      email: 'ann@partners.example',
      country: 'FR',
      paypal_email: null,
      residency: null,
      status: 'active',
    });
    expect((await patch({ paypal_email: 'pay@x.example', country: 'DE' })).body).toMatchObject({
      paypal_email: 'pay@x.example',
      country: 'DE',
    });
    expect((await patch({ paypal_email: null })).body.paypal_email).toBeNull();
    for (const fields of [
      { name: 'x' },
      { rate_bps: 9000 },
      { status: 'active' },
      { country: null },
      { email: 'x@x.example' },
    ])
      expect((await patch(fields)).status).toBe(400);
  });

  it('P3: a partner is not told that an address is taken; it waits for an operator', async () => {
    await newPartner('bea', { paypal_email: 'pay@x.example' });
    const free = await patch({ paypal_email: 'free@x.example' });
    const taken = await patch({ paypal_email: 'PAY@x.example' });
    expect(taken.status).toBe(200);
    expect(Object.keys(taken.body)).toEqual(Object.keys(free.body));
    expect(taken.body.paypal_email).toBe('PAY@x.example');
    const [hold, ...more] = await holds('address_in_use');
    expect(more).toHaveLength(0);
    expect(hold).toMatchObject({ partner_id: 'ann', clause: 'P3', decision: null });
    const [fact] = await rows(
      "SELECT value FROM partner_facts WHERE partner_id = 'ann' AND field = 'paypal' ORDER BY n DESC LIMIT 1",
    );
    expect(hold?.['person_id']).toBe(fact?.['value']);
    // An address that waits, or was denied, does not take it from the partner who has it.
    await call('PATCH', '/v1/partners/bea', { body: { paypal_email: 'other@x.example' } });
    expect((await call('PATCH', '/v1/partners/bea', { body: { paypal_email: 'pay@x.example' } })).status).toBe(200);
    // Setting it again asks no second time.
    await patch({ paypal_email: null });
    await patch({ paypal_email: 'pay@x.example' });
    expect(await holds('address_in_use')).toHaveLength(1);
  });

  it('P3: the same address set again writes nothing, unless a payout to it came back', async () => {
    await patch({ paypal_email: 'pay@x.example' });
    await patch({ paypal_email: 'Pay@x.example' }, '2026-03-03T00:00:00Z');
    const facts = () =>
      rows<{ value: string }>("SELECT value FROM partner_facts WHERE field = 'paypal' AND value IS NOT NULL");
    const [first, ...more] = await facts();
    expect(more).toHaveLength(0);
    const came_back = {
      pay_date: '2026-03-06',
      partner_id: 'ann',
      payout_id: 'po_1',
      amount: 100,
      line_count: 1,
      person_id: first?.value ?? '',
      status: 'returned' as const,
      status_at: Date.parse('2026-03-10T00:00:00Z'),
      fault: 'receiver' as const,
    };
    await openDatabase(env.BOOKS).insert(payouts).values(came_back);
    token = await tokenOf('ann', 'read payout', '2026-03-11T00:00:00Z');
    await patch({ paypal_email: 'pay@x.example' }, '2026-03-11T00:00:00Z');
    expect((await facts()).map((fact) => fact.value)).toEqual([first?.value, first?.value]);
  });

  it("P4: the partner's own change of country to the US waits for an operator; an operator's does not", async () => {
    await patch({ country: 'DE' });
    expect(await holds('country_change')).toHaveLength(0);
    await patch({ country: 'US' });
    await patch({ country: 'US' });
    expect(await holds('country_change')).toMatchObject([{ partner_id: 'ann', clause: 'P4', decision: null }]);
    await call('PATCH', '/v1/partners/ann', { body: { country: 'US' } });
    expect(await holds('country_change')).toMatchObject([{ decision: 'release', decided_by: 'ana' }]);
    await call('PATCH', '/v1/partners/ann', { body: { country: 'FR' } });
    await call('PATCH', '/v1/partners/ann', { body: { country: 'US' } });
    expect(await holds('country_change')).toHaveLength(1);
  });
});

describe('PUT /v1/me/residency', () => {
  it('P4: the first answer that fits names the form; answers serve until replaced', async () => {
    const cases = [
      [{ us_citizen: true, us_over_183_days: true }, 'W-9'],
      [{ us_green_card: true }, 'W-9'],
      [{ us_worked_last_year: true }, 'W-8BEN with review'],
      [{}, 'W-8BEN'],
    ] as const;
    for (const [given, form] of cases) {
      const { status, body } = await residency({ ...answers, ...given });
      expect([status, body.residency.form]).toEqual([200, form]);
    }
    expect(await holds('residency')).toHaveLength(0);
    expect((await call('GET', '/v1/me', { as: token })).body.residency).toEqual({
      ...answers,
      form: 'W-8BEN',
      answered_at: '2026-03-02T20:00:00Z',
    });
    const count = (await rows('SELECT * FROM partner_facts')).length;
    await residency(answers, '2026-03-03T00:00:00Z');
    expect(await rows('SELECT * FROM partner_facts')).toHaveLength(count);
  });

  it('P4: manual, once given, is put to an operator once, and other answers do not take it back', async () => {
    await residency({ ...answers, us_over_183_days: true });
    expect(await holds('residency')).toMatchObject([{ partner_id: 'ann', clause: 'P4', decision: null }]);
    await residency(answers);
    await residency({ ...answers, us_over_183_days: true });
    expect(await holds('residency')).toHaveLength(1);
    const [hold] = await holds('residency');
    await call('POST', `/v1/holds/${String(hold?.['hold_id'])}/decision`, {
      body: { decision: 'release', reason: 'seen' },
      now: '2026-03-03T00:00:00Z',
    });
    await residency({ ...answers, us_over_183_days: true, us_worked_last_year: true }, '2026-03-03T10:00:00Z');
    expect(await holds('residency')).toMatchObject([{ decision: 'release' }, { decision: null }]);
  });

  it('answers all four, with the scope for it', async () => {
    expect((await residency({ us_citizen: true })).status).toBe(400);
    expect((await residency({ ...answers, us_citizen: 'no' })).status).toBe(400);
    expect((await call('PUT', '/v1/me/residency', { as: await tokenOf('ann'), body: answers })).status).toBe(403);
  });
});

describe('S3: an address that is an account holder’s, found later', () => {
  const signup = (account_id: string, email: string) =>
    call('POST', '/v1/signups', {
      as: ingest,
      body: { account_id, email, how_heard: 'by ann@partners.example', signed_up_at: '2026-03-02T20:00:00Z' },
      now: '2026-03-02T21:00:00Z',
    });

  it('holds each account whose holder it is, once', async () => {
    await signup('a1', 'Jo.Doe+x@gmail.com');
    await signup('a2', 'someone@else.example');
    await patch({ paypal_email: 'jodoe@googlemail.com' }, '2026-03-02T22:00:00Z');
    expect(await holds('self_referral')).toMatchObject([
      { account_id: 'a1', partner_id: 'ann', clause: 'S3', decision: null },
    ]);
    await patch({ paypal_email: null }, '2026-03-02T22:00:00Z');
    await patch({ paypal_email: 'jo.doe@gmail.com' }, '2026-03-02T23:00:00Z');
    expect(await holds('self_referral')).toHaveLength(1);
    await call('PATCH', '/v1/partners/ann', { body: { email: 'someone@else.example' }, now: '2026-03-02T23:00:00Z' });
    expect(await holds('self_referral')).toHaveLength(2);
  });

  it('does not touch accounts of other partners, or blocked ones', async () => {
    await newPartner('bea');
    await call('POST', '/v1/signups', {
      as: ingest,
      body: { account_id: 'a1', email: 'x@x.example', how_heard: 'bea@partners.example' },
    });
    await signup('a2', 'ann@partners.example');
    await patch({ paypal_email: 'x@x.example' });
    await patch({ paypal_email: 'ANN@partners.example' });
    expect(await holds('self_referral')).toHaveLength(0);
  });
});
