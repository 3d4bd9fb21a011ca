import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { newVisitorId } from '../../../src/attribution/token.ts';
import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { freshDatabases } from '../../support/books.ts';
import { giveToken } from '../../support/world.ts';
import { call, ingest, newPartner, rows, tokenOf } from '../partner/api.ts';

const app = createApi();
const T0 = '2026-03-01T12:00:00Z';
const CLICKED = '2026-02-20T00:00:00Z';
const DAY_ON = '2026-03-02T12:00:00Z';

let link: string;
beforeEach(async () => {
  await freshDatabases();
  for (const id of ['ann', 'eve']) await newPartner(id, { email: `${id}@${id}consulting.biz` }, '2026-01-01T00:00:00Z');
  const { body } = await call('POST', '/v1/partners/ann/links', {
    body: { code: 'ann', destination: 'https://www.example.com/' },
    now: '2026-01-01T00:00:00Z',
  });
  link = body.code;
});

const clicked = (at = CLICKED, visitor_id?: string) =>
  giveToken({ code: link, at, partner_id: 'ann', ...(visitor_id === undefined ? {} : { visitor_id }) });
const record = (account_id: string, more: object = {}, now = T0) =>
  call('POST', '/v1/signups', {
    as: ingest,
    now,
    body: { account_id, email: `bob@${account_id.toLowerCase()}.biz`, ...more },
  });
const list = async (query = '', now = DAY_ON) => (await call('GET', `/v1/signals${query}`, { now })).body.data;
const kinds = async (query = '') => (await list(query)).map((signal: { kind: string }) => signal.kind);

/** A form from a network address. */
async function form(fields: Record<string, string>, from: string, at = T0): Promise<void> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-clock': at, 'cf-connecting-ip': from };
  const body = new URLSearchParams(fields).toString();
  const init = { method: 'POST', headers, body };
  const response = await app.request('http://localhost/signups', init, env as unknown as ProgramEnv);
  expect(response.status).toBe(201);
}

/** The partner looks at its own page, in a browser with a referral cookie. */
async function look(partner: string, cookie: string | null, now = T0): Promise<void> {
  const headers = {
    authorization: `Bearer ${await tokenOf(partner, 'read', now)}`,
    'x-clock': now,
    ...(cookie === null ? {} : { cookie: `__Host-lastclick=${cookie}` }),
  };
  expect((await app.request('http://localhost/v1/me', { headers }, env as unknown as ProgramEnv)).status).toBe(200);
}

describe('signals are noticed', () => {
  it('L1: an unusually quick signup, with its seconds; a slower one is none', async () => {
    await record('a1', { referral_token: await clicked('2026-03-01T11:59:57Z') });
    await record('a2', { referral_token: await clicked('2026-03-01T11:59:50Z') });
    expect(await list()).toMatchObject([
      {
        kind: 'quick_signup',
        clause: 'L1',
        partner_id: 'ann',
        account_id: 'a1',
        noticed_at: T0,
        says: 'The account signed up 3 seconds after the click.',
        facts: { seconds: 3, clicked_at: '2026-03-01T11:59:57Z', signed_up_at: T0 },
      },
    ]);
    expect((await call('GET', '/v1/accounts/a1', { now: DAY_ON })).body).toMatchObject({
      signals: [{ kind: 'quick_signup' }],
      flags: [],
      holds: [],
    });
  });

  it('R3: a form joined by address is listed with its hold', async () => {
    await form({ email: 'bob@a1.biz', referral_token: await clicked() }, '203.0.113.1', '2026-03-01T11:50:00Z');
    await record('a1');
    const [hold] = await rows<{ hold_id: string }>(`SELECT hold_id FROM holds WHERE kind = 'form_join'`);
    expect(await list()).toMatchObject([
      { kind: 'form_join', clause: 'R3', account_id: 'a1', facts: { hold_id: hold?.hold_id } },
    ]);
  });

  it('S1: several accounts of one partner behind one folded address, counted on', async () => {
    const token = { referral_token: await clicked() };
    const spellings = ['b.ob@gmail.com', 'bob+1@gmail.com', 'Bob@gmail.com', 'bob@googlemail.com'];
    for (const [i, email] of spellings.entries()) await record(`a${i}`, { ...token, email });
    expect(await list()).toMatchObject([{ kind: 'accounts_by_address', account_id: null, facts: { accounts: 4 } }]);
    await record('other', { email: 'bob@gmail.com', how_heard: 'eve@eveconsulting.biz' });
    expect(await list('?partner_id=eve')).toEqual([]);
  });

  it('S1: the partner’s own browser among the client’s clicks, whichever is seen first; once', async () => {
    const own = newVisitorId();
    await record('before', { referral_token: await clicked(CLICKED, own) });
    await record('stranger', { referral_token: await clicked() });
    await look('ann', null);
    expect(await list()).toEqual([]);
    await look('ann', await clicked(CLICKED, own));
    await look('ann', await clicked('2026-02-21T00:00:00Z', own), DAY_ON);
    await record('after', { referral_token: await clicked('2026-02-22T00:00:00Z', own) }, DAY_ON);
    const found = await list();
    expect(found).toMatchObject([
      { kind: 'own_browser', account_id: 'after', noticed_at: DAY_ON },
      { kind: 'own_browser', account_id: 'before', noticed_at: T0, facts: { via: 'token', seen_at: T0 } },
    ]);
    expect(await rows('SELECT * FROM partner_visitors')).toHaveLength(1);
    expect(await rows('SELECT * FROM holds')).toEqual([]);
  });

  it('S1: a cookie that does not verify says nothing, nor does another partner’s browser', async () => {
    const visitor = newVisitorId();
    const token = await clicked(CLICKED, visitor);
    await look('ann', `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`);
    await look('eve', token);
    await record('a1', { referral_token: token });
    expect(await list()).toEqual([]);
    expect(await rows('SELECT partner_id FROM partner_visitors')).toEqual([{ partner_id: 'eve' }]);
  });

  it('S1: a browser that opened an account with the partner’s own address is the partner’s own', async () => {
    const own = newVisitorId();
    await record('client', { referral_token: await clicked(CLICKED, own) });
    const blocked = await record('mine', {
      email: 'ann@annconsulting.biz',
      referral_token: await clicked(CLICKED, own),
    });
    expect(blocked.body.flags).toEqual(['self_referral']);
    expect(await list()).toMatchObject([
      {
        kind: 'own_browser',
        account_id: 'client',
        facts: { via: 'own_account' },
        says: expect.stringContaining('own address'),
      },
    ]);
  });
});

describe('clusters of forms', () => {
  it('R3: forms of one partner from one network within a day are one signal, counted on', async () => {
    for (let i = 0; i < 7; i++)
      await form({ email: `c${i}@client.biz`, referral_token: await clicked() }, `2001:db8:0:1::${i}`, T0);
    const [cluster, ...more] = await list();
    expect(more).toEqual([]);
    expect(cluster).toMatchObject({
      kind: 'forms_by_sender',
      account_id: null,
      says: '7 forms of this partner came from one network address.',
      facts: { forms: 7, first_at: T0, last_at: T0 },
    });
  });

  it('R3: neither forms of several partners, nor four, nor five in two days are a cluster', async () => {
    const from = '203.0.113.9';
    for (let i = 0; i < 4; i++) {
      await form({ email: `c${i}@client.biz`, referral_token: await clicked() }, from);
      await form({ email: `d${i}@client.biz`, how_heard: 'eve@eveconsulting.biz' }, from);
    }
    await form({ email: 'e@client.biz', referral_token: await clicked() }, from, '2026-03-02T12:00:01Z');
    await form({ email: 'f@client.biz', referral_token: await clicked() }, '203.0.113.10');
    expect(await list()).toEqual([]);
  });

  it('the hash of a network is salted: it tells no address, and another one the next day', async () => {
    await form({ email: 'c@client.biz' }, '203.0.113.9');
    await form({ email: 'c@client.biz' }, '203.0.113.9', '2026-03-31T00:00:00Z');
    await form({ email: 'c@client.biz' }, '203.0.113.9', '2026-03-31T23:59:59Z');
    const hashes = await rows<{ sender_hash: string }>('SELECT sender_hash FROM forms ORDER BY submitted_at');
    expect(hashes[1]).toEqual(hashes[2]);
    expect(hashes[0]).not.toEqual(hashes[1]);
    expect(JSON.stringify(hashes)).not.toContain('203.0.113');
  });
});

describe('GET /v1/signals', () => {
  it('is paged, newest first, by kind and partner, for operators only', async () => {
    for (let i = 0; i < 5; i++) await record(`a${i}`, { referral_token: await clicked(T0) }, `2026-03-01T12:00:0${i}Z`);
    await record('b0', { how_heard: 'eve@eveconsulting.biz', users: [{ email: 'eve@eveconsulting.biz' }] });
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path = `/v1/signals?limit=2&kind=quick_signup${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body }: { body: { data: { account_id: string }[]; next_cursor: string | null } } = await call(
        'GET',
        path,
      );
      seen.push(...body.data.map((signal) => signal.account_id));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual(['a4', 'a3', 'a2', 'a1', 'a0']);
    expect(await kinds('?partner_id=eve')).toEqual(['partner_is_user']);
    expect(await kinds('?partner_id=eve&kind=quick_signup')).toEqual([]);
    expect(await list()).toHaveLength(6);
    expect((await call('GET', '/v1/signals?kind=nonsense')).status).toBe(400);
    for (const text of ['!!', 'bm9uc2Vuc2U', 'WzFd'])
      expect((await call('GET', `/v1/signals?cursor=${text}`)).status).toBe(400);
    expect((await call('GET', '/v1/signals', { as: ingest })).status).toBe(403);
    expect((await call('GET', '/v1/signals', { as: await tokenOf('ann') })).status).toBe(403);
  });

  it('holds no address, no name and no network', async () => {
    await form({ email: 'bob@a1.biz', name: 'Bob Jones', referral_token: await clicked() }, '203.0.113.1');
    await record('a1', { name: 'Bob Jones', users: [{ email: 'ann@annconsulting.biz' }] });
    const text = JSON.stringify(await rows('SELECT * FROM signals')) + JSON.stringify(await list());
    expect(text).toContain('form_join');
    expect(text).not.toMatch(/@|bob|jones|203\.0|\.biz/i);
  });
});
