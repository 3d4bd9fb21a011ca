import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { ProgramEnv } from '../../../src/http/env.ts';
import { call, type Answer } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { tokenOf } from '../partner/api.ts';
import { RECEIVED, ACCEPTED, LAST, app, handIn, csv, idOf, accept, look, signup, verdicts } from './ask.ts';

vi.setConfig({ testTimeout: 60_000 });

let ann = '';
let bob = '';
beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann', { email: 'ann@partners.example', paypal: 'ann@money.example' });
  await givePartner('bob', { email: 'bob@partners.example' });
  ann = await tokenOf('ann', undefined, '2026-02-01T00:00:00Z');
  bob = await tokenOf('bob', undefined, '2026-02-01T00:00:00Z');
});

describe('a list of expected clients is handed in', () => {
  it('B1: as JSON or CSV, each row received, malformed or duplicate, and no more', async () => {
    const rows = [
      { row: 1, verdict: 'received' },
      { row: 2, verdict: 'malformed' },
      { row: 3, verdict: 'duplicate' },
    ];
    const json = await handIn(ann, ['One@town.example', 'nobody', 'one+x@town.example']);
    expect(json).toEqual({ status: 201, body: { list_id: expect.stringMatching(/^lst_/), rows } });
    const text = await csv(ann, 'name,email\nOne,one@other.example\nNo,nobody\nTwo,one@other.example\n');
    expect(text).toEqual({ status: 201, body: { list_id: expect.stringMatching(/^lst_/), rows } });
    const own = await call('GET', '/v1/expected-clients', { as: { token: ann }, at: RECEIVED });
    const counts = { rows: 3, received: 1, malformed: 1, duplicate: 1, received_at: RECEIVED };
    expect(own.body['data']).toHaveLength(2);
    expect(own.body['data']).toEqual(
      expect.arrayContaining([
        { list_id: idOf(json), ...counts },
        { list_id: idOf(text), ...counts },
      ]),
    );
    const others = await call('GET', '/v1/expected-clients', { as: { token: bob }, at: RECEIVED });
    expect(others.body['data']).toEqual([]);
  });

  it('B1: the same list again is answered as the first time; an idempotency key makes it another', async () => {
    const first = await handIn(ann, ['a@town.example', 'b@town.example']);
    expect(await handIn(ann, ['a@town.example', 'b@town.example'], ACCEPTED)).toEqual({ ...first, status: 200 });
    expect(await csv(ann, 'email\na@town.example\nb@town.example\n')).toEqual({ ...first, status: 200 });
    const keyed = await handIn(ann, ['a@town.example', 'b@town.example'], RECEIVED, { 'idempotency-key': 'k1' });
    expect(keyed.status).toBe(201);
    expect(idOf(keyed)).not.toBe(idOf(first));
    const again = await handIn(ann, ['a@town.example', 'b@town.example'], RECEIVED, { 'idempotency-key': 'k1' });
    expect(again).toEqual({ ...keyed, status: 200 });
    const other = await handIn(ann, ['a@town.example'], RECEIVED, { 'idempotency-key': 'k1' });
    expect(other).toMatchObject({ status: 409, body: { code: 'conflict' } });
    // Another partner's equal list is a list of its own.
    expect((await handIn(bob, ['a@town.example', 'b@town.example'])).status).toBe(201);
  });

  it('B1: bounds: rows a list, lists a program day, bytes, content type, columns, scope', async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => `c${i}@t.example`);
    expect(await handIn(ann, many)).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await handIn(ann, [])).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await csv(ann, 'email\n')).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await csv(ann, `email\n${'x'.repeat(2 * 1024 * 1024)}`)).toMatchObject({ status: 413 });
    expect(await csv(ann, 'a@town.example', RECEIVED, 'text/plain')).toMatchObject({ status: 415 });
    expect(await csv(ann, 'email,phone\na@town.example,1\n')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'body' }] },
    });
    const body = [{ email: 'a@town.example', phone: '1' }];
    expect(await call('POST', '/v1/expected-clients', { as: { token: ann }, at: RECEIVED, body })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'body.0.phone' }] },
    });
    const reader = await tokenOf('ann', 'read links', '2026-02-01T00:00:00Z');
    expect((await handIn(reader, ['a@town.example'])).status).toBe(403);
    for (let i = 0; i < 10; i++) expect((await handIn(ann, [`d${i}@town.example`])).status).toBe(201);
    expect(await handIn(ann, ['d10@town.example'])).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect((await handIn(ann, ['d0@town.example'])).status).toBe(200);
    expect((await handIn(bob, ['d10@town.example'])).status).toBe(201);
    // The day is the program's: midnight there is 08:00 UTC.
    expect((await handIn(ann, ['d10@town.example'], '2026-03-02T07:59:59Z')).status).toBe(429);
    expect((await handIn(ann, ['d10@town.example'], '2026-03-02T08:00:00Z')).status).toBe(201);
  });

  it('B1: what an operator sees and decides is no partner’s to ask', async () => {
    const list_id = idOf(await handIn(ann, ['a@town.example']));
    for (const id of [list_id, 'lst_none'])
      expect((await call('GET', `/v1/expected-clients/${id}`, { as: { token: ann }, at: RECEIVED })).status).toBe(403);
    const body = { reason: 'mine' };
    expect(
      (await call('POST', `/v1/expected-clients/${list_id}/acceptance`, { as: { token: ann }, at: RECEIVED, body }))
        .status,
    ).toBe(403);
    const query = '/v1/expected-clients?status=accepted';
    expect((await call('GET', query, { as: { token: ann }, at: RECEIVED })).status).toBe(403);
    expect(await accept('lst_none')).toMatchObject({ status: 404 });
    expect(await look('lst_none')).toMatchObject({ status: 404 });
  });
});

describe('an operator accepts a list', () => {
  it('B1: with the verdict of each row, kept as it was at the acceptance', async () => {
    const clicked = await giveToken({ code: 'bob', at: '2026-02-20T00:00:00Z' });
    await signup('a1', 'bobs@town.example', '2026-02-21T00:00:00Z', { referral_token: clicked });
    await signup('a2', 'free@town.example', '2026-02-21T00:00:00Z');
    const bobs = await handIn(bob, ['listed@town.example']);
    expect((await accept(idOf(bobs), RECEIVED)).status).toBe(201);
    const waits = await handIn(bob, ['waits@town.example']);
    const list_id = idOf(
      await handIn(
        ann,
        [
          'new@town.example',
          'free@town.example',
          'bobs+x@town.example',
          'listed@town.example',
          'Ann@money.example',
          'nobody',
          'waits@town.example',
        ],
        '2026-03-01T12:00:01Z',
      ),
    );
    const expected = [
      'accepted',
      'existing_account',
      'tracked_to_another',
      'listed_by_another',
      'self_referral',
      null,
      'accepted',
    ];
    const before = await look(list_id);
    const counts = {
      accepted: 2,
      existing_account: 1,
      tracked_to_another: 1,
      listed_by_another: 1,
      self_referral: 1,
    };
    expect(before.body).toMatchObject({ partner_id: 'ann', accepted_at: null, verdicts: counts });
    expect(await verdicts(list_id)).toEqual(expected);
    const data = before.body['data'] as unknown as { earlier_list_id: string | null }[];
    expect(data.map((row) => row.earlier_list_id)).toEqual([null, null, null, null, null, null, idOf(waits)]);

    const done = await accept(list_id);
    expect(done).toEqual({
      status: 201,
      body: { list_id, accepted_at: ACCEPTED, accepted_until: LAST, verdicts: counts },
    });
    expect(await accept(list_id, LAST)).toEqual({ ...done, status: 200 });
    expect(await accept(list_id, LAST, 'In other words.')).toMatchObject({
      status: 409,
      body: { code: 'already_decided' },
    });
    await signup('a3', 'new@town.example', '2026-03-03T00:00:00Z');
    expect(await verdicts(list_id, LAST)).toEqual(expected);
    // The other's list has the address too, and is the later one now.
    await accept(idOf(waits), '2026-03-02T12:00:01Z');
    expect(await verdicts(idOf(waits))).toEqual(['listed_by_another']);

    const listed = await call('GET', '/v1/expected-clients?status=waiting', { as: 'ana', at: LAST });
    expect(listed.body['data']).toEqual([]);
    const paged = await look(list_id, LAST, '?limit=4');
    expect(paged.body['data']).toHaveLength(4);
    const rest = await look(list_id, LAST, `?limit=4&cursor=${paged.body['next_cursor']}`);
    expect(rest.body['data']).toHaveLength(3);
    expect(rest.body['next_cursor']).toBeNull();
    const log = await call('GET', '/v1/audit-log?subject=partner:ann', { as: 'ana', at: LAST });
    expect(JSON.stringify(log.body)).toContain('expected.accept');
    expect(JSON.stringify(log.body)).not.toContain('town.example');
  });

  it('B1: a form that anyone may have sent makes no address an existing account', async () => {
    const form = new URLSearchParams({ email: 'x@town.example' }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-clock': RECEIVED };
    const sent = await app.request(
      'http://localhost/signups',
      { method: 'POST', headers, body: form },
      env as unknown as ProgramEnv,
    );
    expect(sent.status).toBeLessThan(400);
    const list_id = idOf(await handIn(ann, ['x@town.example']));
    expect(await verdicts(list_id)).toEqual(['accepted']);
  });

  it('B1: two acceptances at once of lists with the same address: one row is accepted', async () => {
    const one = idOf(await handIn(ann, ['x@town.example']));
    const other = idOf(await handIn(bob, ['x@town.example']));
    const both = await Promise.all([accept(one), accept(other)]);
    expect(both.map((answer) => answer.status)).toEqual([201, 201]);
    const all = [...(await verdicts(one)), ...(await verdicts(other))];
    expect(all.toSorted()).toEqual(['accepted', 'listed_by_another']);
  });
});

describe('an accepted row attributes a later signup', () => {
  async function accepted(emails: readonly string[], token = ann, at = ACCEPTED): Promise<string> {
    const list_id = idOf(await handIn(token, emails));
    expect((await accept(list_id, at)).status).toBe(201);
    return list_id;
  }
  const referrer = async (answer: Promise<Answer>) => (await answer).body['referrer'];

  it('B1: as source bulk, by the folded address, and the payment is its partner’s', async () => {
    const list_id = await accepted(['c.lient@gmail.com']);
    const answer = await signup('a1', 'Client+app@gmail.com', '2026-03-05T00:00:00Z');
    expect(answer).toMatchObject({ status: 201, body: { referrer: { partner_id: 'ann', source: 'bulk' }, flags: [] } });
    const { body } = await call('GET', '/v1/accounts/a1', { as: 'ana', at: '2026-03-05T00:00:00Z' });
    expect(body).toMatchObject({ decisions: [{ clause: 'B1', outcome: 'referred' }] });
    const [row] = (await env.BOOKS.prepare('SELECT facts FROM decisions').all<{ facts: string }>()).results;
    expect(JSON.parse(row?.facts ?? '{}')).toMatchObject({ list_id });
    const paid = await call('POST', '/v1/payments', {
      at: '2026-03-06T00:00:00Z',
      body: {
        payment_id: 'p1',
        account_id: 'a1',
        amount: 7900,
        currency: 'USD',
        paid_at: '2026-03-06T00:00:00Z',
      },
    });
    expect(paid.body['commission']).toMatchObject({ partner_id: 'ann', amount: 1975 });
    await expectTheLaw(['a1']);
  });

  it('L3, B1: after a tracked click and after the answer, before a form of the same address', async () => {
    await accepted(['1@town.example', '2@town.example', '3@town.example']);
    const at = '2026-03-05T00:00:00Z';
    const token = await giveToken({ code: 'bob', at: '2026-02-20T00:00:00Z' });
    expect(await referrer(signup('a1', '1@town.example', at, { referral_token: token }))).toMatchObject({
      partner_id: 'bob',
      source: 'last_click',
    });
    expect(await referrer(signup('a2', '2@town.example', at, { how_heard: 'bob@partners.example' }))).toMatchObject({
      partner_id: 'bob',
      source: 'how_heard',
    });
    expect(await referrer(signup('a3', '3@town.example', at, { how_heard: 'from a friend' }))).toMatchObject({
      partner_id: 'ann',
      source: 'bulk',
    });
  });

  it('B1: only from the acceptance to the last instant of its window', async () => {
    const list_id = idOf(
      await handIn(ann, ['1@t.example', '2@t.example', '3@t.example', '4@t.example', '5@t.example']),
    );
    expect(await referrer(signup('a1', '1@t.example', '2026-03-02T11:59:58Z'))).toBeNull();
    await accept(list_id);
    // What is open is not looked at again; a signup told late counts by its own instant.
    const { body } = await call('GET', '/v1/accounts/a1', { as: 'ana', at: ACCEPTED });
    expect(body['referrer']).toBeNull();
    expect(await referrer(signup('a2', '2@t.example', '2026-03-02T11:59:59Z'))).toBeNull();
    expect(await referrer(signup('a3', '3@t.example', ACCEPTED))).toMatchObject({ source: 'bulk' });
    expect(await referrer(signup('a4', '4@t.example', LAST))).toMatchObject({ source: 'bulk' });
    expect(await referrer(signup('a5', '5@t.example', '2026-04-01T11:00:01Z'))).toBeNull();
  });

  it('B1: only while the partner is active, and never over S1', async () => {
    await accepted(['1@town.example', '2@town.example', 'later@town.example']);
    const status = (value: string, at: string) =>
      call('PATCH', '/v1/partners/ann', { as: 'ana', at, body: { status: value } });
    await status('suspended', '2026-03-05T00:00:00Z');
    expect(await referrer(signup('a1', '1@town.example', '2026-03-05T00:00:01Z'))).toBeNull();
    await status('active', '2026-03-06T00:00:00Z');
    expect(await referrer(signup('a2', '2@town.example', '2026-03-06T00:00:01Z'))).toMatchObject({ partner_id: 'ann' });
    // An address that becomes the partner's own after the acceptance.
    await call('PATCH', '/v1/partners/ann', {
      as: 'ana',
      at: '2026-03-07T00:00:00Z',
      body: { email: 'later@town.example' },
    });
    expect((await signup('a3', 'later@town.example', '2026-03-08T00:00:00Z')).body).toMatchObject({
      referrer: { partner_id: 'ann' },
      flags: ['self_referral'],
    });
  });

  it('B1: of two partners the one whose list was accepted first; after its window the other may list anew', async () => {
    await accepted(['1@town.example'], bob, '2026-03-01T12:00:00Z');
    await accepted(['1@town.example']);
    expect(await referrer(signup('a1', '1@town.example', '2026-03-05T00:00:00Z'))).toMatchObject({ partner_id: 'bob' });
    const anew = await handIn(ann, ['1@town.example'], '2026-05-01T00:00:00Z', { 'idempotency-key': 'anew' });
    await accept(idOf(anew), '2026-05-01T00:00:00Z');
    // The account that has come of it meanwhile stands against it.
    expect(await verdicts(idOf(anew))).toEqual(['tracked_to_another']);
  });
});
