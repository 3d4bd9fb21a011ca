import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { call, newPartner, NOON, rows, tokenOf } from './api.ts';

beforeEach(async () => {
  await freshDatabases();
});

describe('POST /v1/partners', () => {
  it('answers with the partner and a first link, and files every field once', async () => {
    const { status, body } = await newPartner('ann', { paypal_email: 'Ann@Pay.example', rate_bps: 3000 });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      partner_id: 'ann',
      name: 'Partner ann',
      email: 'ann@partners.example',
      country: 'US',
      paypal_email: 'Ann@Pay.example',
      rate_bps: 3000,
      status: 'active',
      residency: null,
      created_at: NOON,
    });
    expect(body.link.url).toBe(`https://go.example.com/r/${body.link.code}`);
    const facts = await rows("SELECT field FROM partner_facts WHERE partner_id = 'ann' ORDER BY n");
    expect(facts.map((fact) => fact['field'])).toEqual([
      'status',
      'rate_bps',
      'country',
      'contact',
      'paypal',
      'residency',
    ]);
    expect((await call('GET', '/v1/partners/ann')).body).toMatchObject({ partner_id: 'ann', rate_bps: 3000 });
  });

  it('replays: the same id and content is answered as before, other content is a conflict', async () => {
    const first = await newPartner('ann');
    const again = await newPartner('ann', {}, '2026-04-01T00:00:00Z');
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect((await newPartner('ann', { country: 'FR' })).body.code).toBe('conflict');
    expect(await rows('SELECT * FROM partners')).toHaveLength(1);
  });

  it('replays: without an id the idempotency key is the key, and without that each is new', async () => {
    const body = { name: 'Ann', email: 'ann@x.example', country: 'US' };
    const first = await call('POST', '/v1/partners', { body, key: 'k1' });
    const again = await call('POST', '/v1/partners', { body, key: 'k1' });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect((await call('POST', '/v1/partners', { body: { ...body, name: 'Bea' }, key: 'k1' })).status).toBe(409);
    expect((await call('POST', '/v1/partners', { body })).body.partner_id).not.toBe(first.body.partner_id);
  });

  it('refuses what is malformed with the path of the fault, and writes nothing', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ country: 'XX' }, 'body.country'],
      [{ country: 'us' }, 'body.country'],
      [{ email: 'nobody' }, 'body.email'],
      [{ paypal_email: null }, 'body.paypal_email'],
      [{ rate_bps: 10_001 }, 'body.rate_bps'],
      [{ rate_bps: 2.5 }, 'body.rate_bps'],
      [{ status: 'gone' }, 'body.status'],
      [{ nickname: 'x' }, 'body.nickname'],
      [{ name: ' ' }, 'body.name'],
    ];
    for (const [fields, path] of cases) {
      const { status, body } = await newPartner('ann', fields);
      expect([status, body.errors?.[0]?.path]).toEqual([400, path]);
    }
    expect(await rows('SELECT * FROM partners')).toHaveLength(0);
  });

  it('P3: to an operator a second use of a PayPal address is a conflict, however it is written', async () => {
    await newPartner('ann', { paypal_email: 'pay@x.example' });
    const taken = await newPartner('bea', { paypal_email: 'PAY@x.example' });
    expect([taken.status, taken.body.code]).toEqual([409, 'conflict']);
    await newPartner('bea');
    expect((await call('PATCH', '/v1/partners/bea', { body: { paypal_email: 'Pay@X.example' } })).status).toBe(409);
    // A former address stays the partner's own.
    await call('PATCH', '/v1/partners/ann', { body: { paypal_email: 'other@x.example' } });
    expect((await call('PATCH', '/v1/partners/bea', { body: { paypal_email: 'pay@x.example' } })).status).toBe(409);
  });

  it('P3: two partners that take one address at the same time: one of them is refused', async () => {
    await newPartner('ann');
    await newPartner('bea');
    const body = { paypal_email: 'pay@x.example' };
    const both = await Promise.all([
      call('PATCH', '/v1/partners/ann', { body }),
      call('PATCH', '/v1/partners/bea', { body }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });
});

describe('GET /v1/partners', () => {
  it('pages by id', async () => {
    for (const id of ['c', 'a', 'b']) await newPartner(id);
    const first = await call('GET', '/v1/partners?limit=2');
    expect(first.body.data.map((row: { partner_id: string }) => row.partner_id)).toEqual(['a', 'b']);
    const rest = await call('GET', `/v1/partners?limit=2&cursor=${first.body.next_cursor}`);
    expect(rest.body.data.map((row: { partner_id: string }) => row.partner_id)).toEqual(['c']);
    expect(rest.body.next_cursor).toBeNull();
    expect((await call('GET', '/v1/partners?limit=101')).status).toBe(400);
    expect((await call('GET', '/v1/partners/nobody')).status).toBe(404);
  });

  it('is for operators alone', async () => {
    await newPartner('ann');
    expect((await call('GET', '/v1/partners', { as: 'nothing' })).status).toBe(401);
    expect((await call('GET', '/v1/partners', { as: 'local-ingest-key' })).status).toBe(403);
    expect((await call('GET', '/v1/partners/ann', { as: await tokenOf('ann') })).status).toBe(403);
  });
});

describe('PATCH /v1/partners/{id}', () => {
  it('changes what is named, clears by null, and writes nothing where nothing changes', async () => {
    await newPartner('ann', { paypal_email: 'pay@x.example', rate_bps: 3000 });
    const patch = {
      name: 'Ann B.',
      email: 'new@x.example',
      country: 'FR',
      paypal_email: null,
      rate_bps: null,
      status: 'suspended',
      reason: 'seen',
    };
    const { status, body } = await call('PATCH', '/v1/partners/ann', { body: patch, now: '2026-03-03T00:00:00Z' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'Ann B.',
      email: 'new@x.example',
      country: 'FR',
      paypal_email: null,
      rate_bps: null,
      status: 'suspended',
    });
    const count = (await rows('SELECT * FROM partner_facts')).length;
    expect((await call('PATCH', '/v1/partners/ann', { body: patch, now: '2026-03-04T00:00:00Z' })).body).toEqual(body);
    expect(await rows('SELECT * FROM partner_facts')).toHaveLength(count);
    expect((await call('PATCH', '/v1/partners/ann', { body: { country: null } })).status).toBe(400);
    expect((await call('PATCH', '/v1/partners/nobody', { body: {} })).status).toBe(404);
  });

  it('P6: withholding needs a closed partner, and ends when the partner comes back', async () => {
    await newPartner('ann');
    const refused = await call('PATCH', '/v1/partners/ann', { body: { withhold_reason: 'fraud' } });
    expect([refused.status, refused.body.code]).toEqual([422, 'invalid']);
    await call('PATCH', '/v1/partners/ann', { body: { status: 'closed', withhold_reason: 'fraud' } });
    await call('PATCH', '/v1/partners/ann', { body: { status: 'active' } });
    const held = await rows("SELECT value FROM partner_facts WHERE field = 'withheld' ORDER BY n");
    expect(held.map((fact) => fact['value'])).toEqual(['fraud', null]);
  });

  it('keeps names and addresses in people alone, and logs field names', async () => {
    await newPartner('ann', { paypal_email: 'secret@x.example' });
    await call('PATCH', '/v1/partners/ann', { body: { paypal_email: 'secret2@x.example' } });
    for (const table of ['partner_facts', 'audit_log', 'versions', 'holds']) {
      expect(JSON.stringify(await rows(`SELECT * FROM ${table}`))).not.toContain('secret');
    }
    const log = await call('GET', '/v1/audit-log');
    expect(log.body.data[0]).toMatchObject({
      actor: 'ana',
      action: 'partner.change',
      subject: 'partner:ann',
      details: { fields: ['paypal'] },
    });
  });
});
