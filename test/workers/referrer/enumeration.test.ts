import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner } from '../../support/world.ts';
import { spyOn, type Sent } from '../payouts/spy.ts';
import {
  account,
  clicked,
  confirm,
  file,
  forgetTokens,
  ownClaims,
  pay,
  recordClick,
  rows,
  signup,
  tokenOf,
  visitor,
} from './file.ts';

const OPENED = '2026-06-01T17:00:00Z';
const NOW = '2026-06-10T00:00:00Z';
const app = createApi();

/** Addresses by what they are to bob; to him they must all look alike. */
const WHO = {
  stranger: 'nobody@else.example',
  free: 'free@client.example',
  anothers: 'anothers@client.example',
  own: 'own@client.example',
  mistracked: 'mistracked@client.example',
  said_no: 'said_no@client.example',
  self: 'bob@partners.example',
} as const;
type Who = keyof typeof WHO;

beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
  for (const partner of ['ann', 'bob', 'cleo']) await givePartner(partner);
  await signup('free', OPENED);
  await signup('anothers', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'anothers') });
  await signup('own', OPENED, { referral_token: await clicked('bob', '2026-05-20T00:00:00Z', 'own') });
  await signup('mistracked', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'mistracked') });
  await recordClick('cleo', '2026-05-30T00:00:00Z', visitor('mistracked'));
  await pay('mistracked', 'p1', '2026-06-02T00:00:00Z');
  await signup('said_no', OPENED);
  const filed = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'said_no' });
  await confirm(filed.body['claim_id'], '2026-06-03T00:00:00Z', false);
  await signup('self', OPENED, { email: WHO.self });
});

interface Seen {
  status: number;
  headers: [string, string][];
  body: Record<string, unknown>;
  /** Statements of reads in their order, what writes there were, and in how many batches. */
  reads: string[];
  writes: number;
  batches: number;
}

const isRead = ({ text }: Sent) => /^\s*select/i.test(text);

/** Files as bob, and looks at everything that could tell. */
async function look(account_email: string, kind: 'claim' | 'audit', at = NOW): Promise<Seen> {
  const [books, clicks] = [spyOn(env.BOOKS), spyOn(env.CLICKS)];
  const { token } = await tokenOf('bob');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-clock': at };
  const response = await app.request(
    'http://localhost/v1/claims',
    { method: 'POST', headers, body: JSON.stringify({ kind, account_email }) },
    { ...env, BOOKS: books.d1, CLICKS: clicks.d1 } as unknown as ProgramEnv,
  );
  const sent = [...books.sent, ...clicks.sent];
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'content-length'),
    body: await response.json(),
    reads: sent.filter(isRead).map(({ text }) => text),
    writes: sent.filter((one) => !isRead(one)).length,
    batches: books.batches + clicks.batches,
  };
}

/** What remains of an answer without the random id. */
const without = ({ body: { claim_id, ...body }, ...seen }: Seen) => {
  expect(claim_id).toMatch(/^clm_[0-9a-f]{32}$/);
  return { ...seen, body };
};

describe('enumeration by address', { timeout: 60_000 }, () => {
  it.each(['claim', 'audit'] as const)(
    'R3: %s: a stranger, a free client, another’s, one’s own, one who said no: one answer, the same reads, as many writes',
    async (kind) => {
      const stranger = without(await look(WHO.stranger, kind));
      expect(stranger).toMatchObject({
        status: 201,
        body: {
          outcome: kind === 'claim' ? 'needs_client_confirmation' : 'received',
          account_id: null,
          decision_id: null,
        },
      });
      for (const who of Object.keys(WHO).filter((name) => name !== 'stranger') as Who[])
        expect({ who, ...without(await look(WHO[who], kind)) }).toEqual({ who, ...stranger });
    },
  );

  it.each(['claim', 'audit'] as const)(
    'R3: %s: asked again, and listed, they look alike too, up to the lapse and after',
    async (kind) => {
      for (const who of Object.keys(WHO) as Who[]) await look(WHO[who], kind);
      const again = without(await look(WHO.stranger, kind, '2026-06-12T00:00:00Z'));
      expect(again.status).toBe(200);
      for (const who of Object.keys(WHO) as Who[])
        expect({ who, ...without(await look(WHO[who], kind, '2026-06-12T00:00:00Z')) }).toEqual({ who, ...again });
      // A no of the client looks like none.
      const [asked] = await rows(`SELECT claim_id FROM claims WHERE account_id = 'free'`);
      await confirm(asked?.['claim_id'], '2026-06-13T00:00:00Z', false);
      for (const at of [
        NOW,
        '2026-06-14T00:00:00Z',
        '2026-07-10T00:00:00Z',
        '2026-07-10T00:00:00.001Z',
        '2027-07-01T00:00:00Z',
      ]) {
        const listed = (await ownClaims('bob', at)).filter((claim) => claim['named_by'] === 'account_email');
        expect(listed).toHaveLength(Object.keys(WHO).length);
        const shapes = listed.map(({ claim_id: _, ...claim }) => JSON.stringify(claim));
        expect(new Set(shapes).size).toBe(1);
      }
      const late = without(await look(WHO.stranger, kind, '2026-07-11T00:00:00Z'));
      expect(without(await look(WHO.free, kind, '2026-07-11T00:00:00Z'))).toEqual(late);
    },
  );

  it('R3: a lapse comes at the same time whatever version governs the account', async () => {
    await rows(
      `INSERT INTO policy_versions SELECT 2, ${Date.parse('2026-06-05T00:00:00Z')}, json_set(fields, '$.referrer_window_days', 60), 'test', 0 FROM policy_versions`,
    );
    const seen = [await look(WHO.stranger, 'claim'), await look(WHO.free, 'claim')];
    expect(seen.map(({ body }) => body['expires_at'])).toEqual(['2026-08-09T00:00:00Z', '2026-08-09T00:00:00Z']);
  });

  it('R3: more than 20 by address in a day of the program are 429, alike for whomever; a repeated one is still answered', async () => {
    const open = await look(WHO.free, 'claim');
    for (let i = 1; i < 20; i++)
      expect(
        (await file('bob', NOW, { account_email: `who${i}@else.example` }, i % 2 ? 'claim' : 'audit')).status,
      ).toBe(201);
    const stranger = await look(WHO.stranger, 'claim');
    expect(stranger).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    for (const who of ['anothers', 'own', 'said_no'] as const) expect(await look(WHO[who], 'claim')).toEqual(stranger);
    expect(await look(WHO.free, 'claim')).toMatchObject({ status: 200, body: { claim_id: open.body['claim_id'] } });
    // By account, and for another partner, there is no such limit; at the program's midnight it begins anew.
    expect((await file('bob', NOW, { account_id: 'free' })).status).toBe(201);
    expect((await file('cleo', NOW, { account_email: WHO.free })).status).toBe(201);
    expect((await look(WHO.stranger, 'claim', '2026-06-10T06:59:59Z')).status).toBe(429);
    expect((await look(WHO.stranger, 'claim', '2026-06-10T07:00:00Z')).status).toBe(201);
  });

  it('R3: what came of it is told after the client’s own yes', async () => {
    const told: Record<string, unknown> = {};
    for (const who of ['free', 'anothers', 'own', 'said_no'] as const) {
      const { body } = await look(WHO[who], 'claim');
      expect((await confirm(body['claim_id'], '2026-06-11T00:00:00Z')).status).toBe(201);
      const own = (await ownClaims('bob', '2026-06-12T00:00:00Z')).find(
        (claim) => claim['claim_id'] === body['claim_id'],
      );
      told[who] = [own?.['outcome'], own?.['clause'], own?.['account_id']];
    }
    expect(told).toEqual({
      free: ['granted', 'R3', null],
      anothers: ['refused', 'R1', null],
      own: ['already_referrer', 'R3', null],
      said_no: ['refused', 'R3', null],
    });
    const audit = await look(WHO.mistracked, 'audit');
    // It was decided at its filing, and the books are right since then.
    expect(await account('mistracked')).toMatchObject({ referrer: { partner_id: 'cleo', source: 'audit' } });
    await expectTheLaw(['mistracked']);
    await confirm(audit.body['claim_id'], '2026-06-11T00:00:00Z');
    // All were filed at one instant: their order says nothing.
    const own = await ownClaims('bob', '2026-06-12T00:00:00Z');
    expect(own.filter((claim) => claim['kind'] === 'audit')).toMatchObject([
      { outcome: 'corrected', reason: 'corrected_to_another' },
    ]);
  });

  it('R3: a stranger’s claim cannot be confirmed by anybody', async () => {
    const { body } = await look(WHO.stranger, 'claim');
    expect(await confirm(body['claim_id'], '2026-06-11T00:00:00Z')).toMatchObject({
      status: 422,
      body: { code: 'invalid' },
    });
  });

  it('S1: the address is folded: spellings of one mailbox are one claim', async () => {
    const first = await look('Free+shop@Client.example', 'claim');
    expect(await look(WHO.free, 'claim')).toMatchObject({ status: 200, body: { claim_id: first.body['claim_id'] } });
    expect(await rows(`SELECT account_id FROM claims WHERE named_by = 'account_email'`)).toEqual([
      { account_id: 'free' },
    ]);
  });

  it('R3: of several accounts of one address it is the latest opened that nobody is tracked for; forms’ own are none', async () => {
    const email = 'many@client.example';
    await signup('m1', '2026-06-02T00:00:00Z', { email });
    await signup('m2', '2026-06-03T00:00:00Z', { email });
    await signup('m3', '2026-06-04T00:00:00Z', {
      email,
      referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'm3'),
    });
    await rows(
      `INSERT INTO accounts SELECT 'form_9', 'form', signed_up_at + 1, 1, NULL, 0 FROM accounts WHERE account_id = 'm2'`,
    );
    await rows(
      `INSERT INTO account_people SELECT 'form_9', person_id, role, from_at, NULL FROM account_people WHERE account_id = 'm2'`,
    );
    await look(email, 'claim');
    expect(await rows(`SELECT account_id FROM claims WHERE named_by = 'account_email'`)).toEqual([
      { account_id: 'm2' },
    ]);
  });

  it('L4: the address is the admin’s as it is now: a secondary user’s and a former one name nobody', async () => {
    await signup('u1', OPENED, { email: 'boss@client.example', users: [{ email: 'user@client.example' }] });
    await call('PATCH', '/v1/accounts/u1', { at: '2026-06-05T00:00:00Z', body: { email: 'newboss@client.example' } });
    for (const email of ['user@client.example', 'boss@client.example', 'newboss@client.example'])
      await look(email, 'claim');
    expect(await rows(`SELECT account_id FROM claims WHERE named_by = 'account_email' ORDER BY account_id`)).toEqual([
      { account_id: null },
      { account_id: null },
      { account_id: 'u1' },
    ]);
  });
});

describe('claims for every plausible prospect, kept for years', { timeout: 60_000 }, () => {
  it('R3: a claim never attaches to an account that did not exist when it was filed', async () => {
    const prospects = Array.from({ length: 15 }, (_, i) => `prospect${i}`);
    for (const year of [2026, 2027])
      for (const who of prospects)
        await file('bob', `${year}-06-20T00:00:00Z`, { account_email: `${who}@client.example` });
    for (const who of prospects) {
      await signup(who, '2027-06-25T00:00:00Z');
      await pay(who, `pay-${who}`, '2027-06-26T00:00:00Z');
    }
    const claims = await rows(`SELECT claim_id, account_id FROM claims WHERE named_by = 'account_email'`);
    expect(claims).toHaveLength(30);
    for (const { claim_id, account_id } of claims) {
      expect(account_id).toBeNull();
      expect((await confirm(claim_id, '2027-06-27T00:00:00Z')).status).toBe(422);
    }
    expect(await rows(`SELECT * FROM decisions WHERE account_id LIKE 'prospect%' AND partner_id IS NOT NULL`)).toEqual(
      [],
    );
    expect(await rows(`SELECT * FROM mail_outbox WHERE kind = 'ask_client' AND account_id LIKE 'prospect%'`)).toEqual(
      [],
    );
    expect((await Promise.all(prospects.map((who) => booked(who)))).flat()).toEqual([]);
    // Nor by account id: what does not exist cannot be claimed.
    expect((await file('bob', '2027-06-27T00:00:00Z', { account_id: 'not-yet' })).status).toBe(404);
  });

  it('R3: a client hears at most once a week, whoever claims, and of one who was told no, never again', async () => {
    const partners = ['ann', 'bob', 'cleo', ...Array.from({ length: 5 }, (_, i) => `more${i}`)];
    for (const partner of partners.slice(3)) await givePartner(partner);
    for (const partner of partners) await file(partner, NOW, { account_id: 'free' });
    for (const partner of partners) await file(partner, NOW, { account_email: WHO.free });
    const mails = await rows(
      `SELECT send_after_at FROM mail_outbox WHERE kind = 'ask_client' AND account_id = 'free' ORDER BY 1`,
    );
    const times = mails.map((mail) => Number(mail['send_after_at']));
    const week = 7 * 24 * 60 * 60 * 1000;
    times.slice(1).forEach((at, i) => expect(at - (times[i] ?? 0)).toBeGreaterThanOrEqual(week));
    // None is sent after the question has expired; the others wait for support.
    expect(times).toHaveLength(5);
    expect(await rows(`SELECT count(*) AS n FROM confirmations WHERE account_id = 'free'`)).toEqual([{ n: 16 }]);
    const before = await rows(`SELECT count(*) AS n FROM mail_outbox WHERE kind = 'ask_client'`);
    await look(WHO.said_no, 'claim');
    await look(WHO.said_no, 'audit');
    expect(await rows(`SELECT count(*) AS n FROM mail_outbox WHERE kind = 'ask_client'`)).toEqual(before);
  });
});
