import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { erasePerson } from '../../../src/privacy/erase.ts';
import { sweep } from '../../../src/privacy/run.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { call, sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { operatorKeys } from '../../support/local.ts';
import { page } from '../../support/pages.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { accept, handIn, idOf } from '../expected/ask.ts';
import { checkLaws } from '../payouts/laws.ts';
import { at, FRIDAY, run } from '../payouts/play.ts';
import { ANN, erase, everywhere, exported, LATER, rows, T0 } from './ask.ts';

const now = () => ({ db: books(), d1: env.BOOKS });
const token = (code: string) => giveToken({ code, at: T0 });

const signup = { account_id: 'acct_1', email: ANN, name: 'Ann Client', company: 'Client Ltd' };
const payment = {
  payment_id: 'in_1',
  account_id: 'acct_1',
  amount: 60_000,
  currency: 'USD',
  paid_at: '2026-03-02T12:00:00Z',
};

/** A client of eve's, who filed a form too, is on a list of hers, was claimed by bob, and paid. */
async function play(): Promise<void> {
  await givePartner('eve', { email: 'eve@partner.biz', paypal: 'eve.pay@partner.biz' });
  await givePartner('bob', { email: 'bob@partner.biz', paypal: 'bob.pay@partner.biz' });
  const how_heard = 'A friend, Zacharias, told me';
  await sendForm({ email: ANN, name: 'Ann Client', how_heard, referral_token: await token('eve') }, { at: T0 });
  const body = { ...signup, signed_up_at: '2026-03-01T13:00:00Z', referral_token: await token('eve'), how_heard };
  expect((await call('POST', '/v1/signups', { at: '2026-03-01T13:00:01Z', body })).status).toBe(201);
  await call('POST', '/v1/payments', { at: '2026-03-02T12:00:01Z', body: payment });
  const refund = { refund_id: 're_1', payment_id: 'in_1', amount: 1000, refunded_at: '2026-03-03T12:00:00Z' };
  await call('POST', '/v1/refunds', { at: '2026-03-03T12:00:01Z', body: refund });
}

beforeEach(async () => {
  await freshDatabases();
  await play();
});

describe('GET /v1/people/export', () => {
  it('hands out everything that is held of a person, in any spelling of the address, and no hash', async () => {
    const { status, body } = await exported('Ann+news@Client.biz');
    expect(status).toBe(200);
    const found = body as unknown as Record<string, Record<string, unknown>[]>;
    expect(found['people']).toHaveLength(2);
    expect(found['people']?.[0]).toMatchObject({ email: ANN, name: 'Ann Client', erased_at: null });
    expect(found['accounts']?.map((row) => row['account_id'])).toContain('acct_1');
    expect(found['forms']).toHaveLength(1);
    expect(found['documents']?.map((row) => row['body'])).toContain('A friend, Zacharias, told me');
    expect(JSON.stringify(body)).not.toContain('_hash');
    expect(JSON.stringify(body)).not.toMatch(/"(eve|bob)@/);
  });

  it('of a partner: facts, links, tokens, payouts', async () => {
    const { body } = await exported('eve.pay@partner.biz');
    expect(body['partners']).toMatchObject({ links: [{ code: 'eve' }], payouts: [] });
    expect(JSON.stringify(body)).not.toContain('bob');
  });

  it('is for operators, and of somebody unknown it is empty', async () => {
    expect((await call('GET', `/v1/people/export?email=${ANN}`, { as: 'ingest' })).status).toBe(403);
    const { status, body } = await exported('nobody@nowhere.biz');
    expect(status).toBe(200);
    expect(body).toMatchObject({ people: [], accounts: [], documents: [] });
  });
});

describe('POST /v1/people/erasure', () => {
  it('takes two people, and then no name, address or text of theirs stands anywhere in the books', async () => {
    const body = { email: ANN, reason: 'they asked for it' };
    const lines = await booked('acct_1');
    const first = await call('POST', '/v1/people/erasure', { as: 'ana', at: LATER, body });
    expect([first.status, first.body]).toMatchObject([202, { status: 'proposed', people: 2 }]);
    expect((await call('POST', '/v1/people/erasure', { as: 'ana', at: LATER, body })).status).toBe(202);
    expect(await everywhere()).toContain(ANN);
    const done = await call('POST', '/v1/people/erasure', { as: 'ben', at: LATER, body });
    expect([done.status, done.body]).toMatchObject([201, { status: 'done', people: 2 }]);
    const all = await everywhere();
    for (const word of ['ann@', 'Ann Client', 'Client Ltd', 'Zacharias'])
      expect([word, all.includes(word)]).toEqual([word, false]);
    expect(await booked('acct_1')).toEqual(lines);
  });

  it('leaves the books as they were: law, Friday, statement, journal', async () => {
    const before = await rows('SELECT * FROM lines');
    await erase(ANN);
    expect(await rows('SELECT * FROM lines')).toEqual(before);
    await expectTheLaw(['acct_1']);
    await checkLaws(now(), at('2026-06-20T00:00:00Z'));
    await run(now(), FRIDAY, '2026-06-12T17:00:00Z');
    expect(await rows('SELECT partner_id, amount FROM payouts')).toEqual([{ partner_id: 'eve', amount: 14_750 }]);
    await checkLaws(now(), at('2026-06-20T00:00:00Z'));
    for (const path of ['/v1/journal', '/v1/statements/2026', '/v1/statements/2026/export.csv']) {
      const headers = { authorization: `Bearer ${operatorKeys.ana}`, 'x-clock': '2026-06-20T00:00:00Z' };
      const answer = await createApi().request(path, { headers }, env as unknown as ProgramEnv);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(await answer.text()).not.toContain(ANN);
    }
    const account = await call('GET', '/v1/accounts/acct_1', { as: 'ana', at: LATER });
    expect(account.body).toMatchObject({ people: [{ email: null, name: null }], referrer: { partner_id: 'eve' } });
    const { body } = await call('POST', '/v1/partners/eve/tokens', { as: 'ana', at: LATER, body: { scope: 'read' } });
    const as = { token: String(body['token']) };
    for (const path of ['/v1/earnings', '/v1/referrals', '/v1/earnings/commissions'])
      expect([path, (await call('GET', path, { as, at: LATER })).status]).toEqual([path, 200]);
  });

  it('twice is harmless; somebody unknown is nothing; somebody who comes back can be erased again', async () => {
    await erase(ANN);
    const again = await erase(ANN);
    expect([again.status, again.body['status']]).toEqual([200, 'nothing']);
    expect((await erase('nobody@nowhere.biz')).body['status']).toBe('nothing');
    const body = { account_id: 'acct_2', email: ANN, signed_up_at: LATER };
    expect((await call('POST', '/v1/signups', { at: LATER, body })).status).toBe(201);
    expect((await erase(ANN)).body).toMatchObject({ status: 'done', account_ids: ['acct_2'] });
  });

  it('S1: a hash stays while the account lives with a referrer, and a partner who takes that address is found', async () => {
    await erase(ANN);
    const { hasher } = await readProgram(books());
    const kept = await rows<{ match_hash: string | null }>(
      "SELECT p.match_hash, p.address_hash FROM people AS p JOIN account_people USING (person_id) WHERE account_id = 'acct_1'",
    );
    expect(kept).toEqual([{ match_hash: await hasher.match(ANN), address_hash: null }]);
    await call('PATCH', '/v1/partners/eve', { as: 'ana', at: LATER, body: { paypal_email: ANN } });
    expect(await rows("SELECT account_id FROM holds WHERE kind = 'self_referral'")).toEqual([{ account_id: 'acct_1' }]);
  });

  it('no hash stays of who has no referred account: neither in people, nor forms, claims, lists or guards', async () => {
    const { hasher } = await readProgram(books());
    const email = 'free@client.biz';
    await sendForm({ email }, { at: T0 });
    const body = { account_id: 'acct_free', email, signed_up_at: '2026-03-10T00:00:00Z' };
    await call('POST', '/v1/signups', { at: '2026-03-10T00:00:00Z', body });
    const made = await call('POST', '/v1/partners/bob/tokens', { as: 'ana', at: T0, body: { scope: 'claims' } });
    const as = { token: String(made.body['token']) };
    const claim = { kind: 'claim', account_email: email, note: 'I told Free of it' };
    expect((await call('POST', '/v1/claims', { as, at: LATER, body: claim })).status).toBe(201);
    const list = await handIn(as.token, [email, 'other@client.biz'], LATER);
    expect((await erase(email)).body).toMatchObject({
      status: 'done',
      account_ids: expect.arrayContaining(['acct_free']),
    });
    const all = await everywhere();
    for (const word of [await hasher.match(email), await hasher.address(email), email, 'I told Free'])
      expect([word, all.includes(word)]).toEqual([word, false]);
    // What waited for an operator is still decided: the row that was emptied attributes nobody.
    expect((await accept(idOf(list), '2026-03-21T00:00:00Z')).status).toBe(201);
    const anew = { account_id: 'acct_anew', email, signed_up_at: '2026-03-22T00:00:00Z' };
    expect((await call('POST', '/v1/signups', { at: '2026-03-22T00:00:00Z', body: anew })).body['referrer']).toBeNull();
  });

  it('of somebody who applied and was declined, no hash stays either, and they may apply again', async () => {
    const { hasher } = await readProgram(books());
    const email = 'nora@new.example';
    const form = { name: 'Nora New', email, country: 'DE', text: 'A newsletter for tax advisers.' };
    await page('/partners/apply', { at: T0, form });
    const [applied] = await rows<{ partner_id: string }>('SELECT partner_id FROM applications');
    const path = `/v1/partners/${applied?.partner_id}`;
    expect((await call('PATCH', path, { as: 'ana', at: T0, body: { status: 'closed' } })).status).toBe(200);
    expect((await erase(email)).body).toMatchObject({ status: 'done', partner_ids: [applied?.partner_id] });
    const all = await everywhere();
    for (const word of [await hasher.match(email), await hasher.address(email), email, 'Nora New', 'tax advisers'])
      expect([word, all.includes(word)]).toEqual([word, false]);
    await page('/partners/apply', { at: LATER, form });
    expect(await rows('SELECT count(*) AS n FROM applications')).toEqual([{ n: 2 }]);
  });

  it('S1: an emptied row keeps no hash once its account has ended for good', async () => {
    const cancelled_at = '2026-03-10T00:00:00Z';
    await call('POST', '/v1/accounts/acct_1/cancellation', { at: LATER, body: { cancelled_at } });
    await erase(ANN);
    const dbs = { books: books(), clicks: openDatabase(env.CLICKS) };
    const kept = () => rows('SELECT person_id FROM people WHERE erased_at IS NOT NULL AND match_hash IS NOT NULL');
    await sweep(dbs, at('2026-04-01T03:00:00Z'));
    expect(await kept()).toHaveLength(1);
    await sweep(dbs, at('2026-04-12T03:00:00Z'));
    expect(await kept()).toHaveLength(0);
  });

  it('P7: while a payout is on its way its address stays; then it goes, and the partner has none (P3)', async () => {
    await run(now(), FRIDAY, '2026-06-12T17:00:00Z');
    const refused = await call('POST', '/v1/people/erasure', {
      as: 'ana',
      at: '2026-06-12T18:00:00Z',
      body: { email: 'eve.pay@partner.biz', reason: 'they asked for it' },
    });
    expect([refused.status, refused.body['code']]).toEqual([409, 'batch_state']);
    await env.BOOKS.exec("UPDATE payouts SET status = 'paid'");
    const done = await erase('eve.pay@partner.biz', '2026-06-13T18:00:00Z');
    expect(done.body).toMatchObject({ status: 'done', unpayable_partner_ids: ['eve'] });
    const more = { adjustment_id: 'bonus', amount: 50_000, reason: 'a bonus' };
    await call('POST', '/v1/partners/eve/adjustments', { as: 'ana', at: '2026-06-14T01:00:00Z', body: more });
    await run(now(), FRIDAY, '2026-06-26T17:00:00Z');
    expect(await rows("SELECT partner_id FROM payout_skips WHERE pay_date = '2026-06-26'")).toEqual([
      { partner_id: 'eve' },
    ]);
    // Another address is given as any other.
    const given = await call('PATCH', '/v1/partners/eve', {
      as: 'ana',
      at: '2026-06-27T00:00:00Z',
      body: { paypal_email: 'eve2@partner.biz' },
    });
    expect(given.status).toBe(200);
  });

  it('P7: a Friday that freezes while two people erase keeps the address', async () => {
    const { hasher } = await readProgram(books());
    const order = { email: 'eve.pay@partner.biz', reason: 'they asked for it' };
    const instant = at('2026-06-12T17:00:00Z');
    await erasePerson({ books: books(), now: instant, by: 'ana' }, hasher, order);
    let emptying = false;
    const meanwhile = new Proxy(env.BOOKS, {
      get(d1, name: keyof D1Database) {
        if (name === 'prepare')
          return (text: string) => {
            emptying ||= text.startsWith('UPDATE people');
            return d1.prepare(text);
          };
        if (name === 'batch')
          return async (statements: D1PreparedStatement[]) => {
            if (emptying) await run(now(), FRIDAY, '2026-06-12T17:00:00Z');
            emptying = false;
            return d1.batch(statements);
          };
        return d1[name].bind(d1);
      },
    });
    const done = await erasePerson({ books: openDatabase(meanwhile), now: instant, by: 'ben' }, hasher, order);
    expect(done).toEqual({ ok: false, reason: 'on_the_way' });
    expect(await rows('SELECT status FROM payouts')).toEqual([{ status: 'frozen' }]);
    expect(await everywhere()).toContain('eve.pay@partner.biz');
  });

  it('a partner’s first answers go, since they hold the address; told again it is a conflict', async () => {
    const body = { partner_id: 'pat', name: 'Pat Partner', email: 'pat@partner.biz', country: 'US' };
    expect((await call('POST', '/v1/partners', { as: 'ana', at: T0, body })).status).toBe(201);
    expect((await call('POST', '/v1/partners', { as: 'ana', at: T0, body })).status).toBe(200);
    await erase('pat@partner.biz');
    expect(await everywhere()).not.toContain('pat@partner.biz');
    expect((await call('POST', '/v1/partners', { as: 'ana', at: LATER, body })).status).toBe(409);
  });

  it('mail that waits is not sent, and what went out says nothing of them any more', async () => {
    await env.BOOKS.prepare(
      `INSERT INTO mail_outbox SELECT 'm' || role, 'ask_client', 'account:acct_1', 'acct_1', person_id, '{"claim_id":"c1"}', 0, NULL, 'queued', 0, NULL, 0, NULL FROM account_people WHERE account_id = 'acct_1'`,
    ).run();
    await erase(ANN);
    expect(await rows('SELECT status, reason, facts FROM mail_outbox WHERE mail_id = ?', 'madmin')).toEqual([
      { status: 'dropped', reason: 'no_address', facts: '{}' },
    ]);
  });
});

describe('a fact told again when its first answer is gone', () => {
  const told: readonly [string, string, object, object][] = [
    ['payment', '/v1/payments', payment, { ...payment, amount: 1 }],
    [
      'refund',
      '/v1/refunds',
      { refund_id: 're_1', payment_id: 'in_1', amount: 1000, refunded_at: '2026-03-03T12:00:00Z' },
      { refund_id: 're_1', payment_id: 'in_1', amount: 1001, refunded_at: '2026-03-03T12:00:00Z' },
    ],
    [
      'refund of an unknown payment',
      '/v1/refunds',
      { refund_id: 're_2', payment_id: 'in_9', amount: 1000, refunded_at: '2026-03-03T12:00:00Z' },
      { refund_id: 're_2', payment_id: 'in_1', amount: 1000, refunded_at: '2026-03-03T12:00:00Z' },
    ],
    [
      'reversal',
      '/v1/refunds/re_1/reversal',
      { reversed_at: '2026-03-04T12:00:00Z' },
      { reversed_at: '2026-03-05T12:00:00Z' },
    ],
    [
      'reversal of an unknown refund',
      '/v1/refunds/re_8/reversal',
      { reversed_at: '2026-03-04T12:00:00Z' },
      { reversed_at: '2026-03-05T12:00:00Z' },
    ],
  ];

  it.each(told)(
    '%s: the same is a replay, other content a conflict, and nothing is booked twice',
    async (_, path, same, other) => {
      await call('POST', path, { at: LATER, body: same });
      await env.BOOKS.exec('DELETE FROM replays');
      const lines = await rows('SELECT * FROM lines');
      const replay = await call('POST', path, { at: LATER, body: same });
      expect(replay.status).toBe(200);
      expect((await call('POST', path, { at: LATER, body: other })).status).toBe(409);
      expect(await rows('SELECT * FROM lines')).toEqual(lines);
      await expectTheLaw(['acct_1']);
    },
  );

  it('end: the same is a replay', async () => {
    const body = { cancelled_at: '2026-03-10T00:00:00Z' };
    expect((await call('POST', '/v1/accounts/acct_1/cancellation', { at: LATER, body })).status).toBe(201);
    await env.BOOKS.exec('DELETE FROM replays');
    expect((await call('POST', '/v1/accounts/acct_1/cancellation', { at: LATER, body })).status).toBe(200);
    await expectTheLaw(['acct_1']);
  });

  it('payment under another account: a conflict', async () => {
    await env.BOOKS.exec('DELETE FROM replays');
    const moved = await call('POST', '/v1/payments', { at: LATER, body: { ...payment, account_id: 'acct_other' } });
    expect(moved.status).toBe(409);
  });

  it('signup: a conflict, since who it was cannot be compared', async () => {
    await erase(ANN);
    const again = await call('POST', '/v1/signups', {
      at: LATER,
      body: { ...signup, signed_up_at: '2026-03-01T13:00:00Z' },
    });
    expect(again.status).toBe(409);
  });
});
