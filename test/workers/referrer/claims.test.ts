import { beforeEach, describe, expect, it } from 'vitest';

import { call, sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { account, confirm, file, forgetTokens, ownClaims, pay, rows, signup } from './file.ts';

const OPENED = '2026-06-01T17:00:00Z';
const PARTNERS = ['ann', 'bob', 'cleo'];

beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
  for (const partner of PARTNERS) await givePartner(partner);
});

/** What each partner has booked of an account, payment by payment. */
async function credited(account_id: string): Promise<Record<string, Record<string, number>>> {
  await expectTheLaw([account_id]);
  const sums: Record<string, Record<string, number>> = {};
  for (const { partner_id, payment_id, amount } of await booked(account_id)) {
    const own = (sums[partner_id] ??= {});
    own[payment_id] = (own[payment_id] ?? 0) + amount;
    if (own[payment_id] === 0) delete own[payment_id];
  }
  return Object.fromEntries(Object.entries(sums).filter(([, own]) => Object.keys(own).length > 0));
}

const referred = async (account_id: string, code: string) =>
  signup(account_id, OPENED, { referral_token: await giveToken({ code, at: '2026-05-20T00:00:00Z' }) });

describe('a claim by account', { timeout: 30_000 }, () => {
  it('R3: needs the client, is granted on all payments once they confirm, and the lines show it', async () => {
    await signup('a1', OPENED);
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    const filed = await file('bob', '2026-07-01T17:00:00Z', { account_id: 'a1' }, 'claim', 'met at a fair');
    expect(filed).toMatchObject({
      status: 201,
      body: {
        outcome: 'needs_client_confirmation',
        clause: 'R3',
        effective_from: null,
        account_id: 'a1',
        expires_at: '2026-07-31T17:00:00Z',
        decision_id: null,
      },
    });
    expect(await credited('a1')).toEqual({});
    // Filed at the last instant of the window, confirmed four weeks later.
    const done = await confirm(filed.body['claim_id'], '2026-07-30T00:00:00Z');
    expect(done).toMatchObject({ status: 201, body: { outcome: 'granted', clause: 'R3', effective_from: null } });
    expect(await credited('a1')).toEqual({ bob: { p1: 1975 } });
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'bob', source: 'claim' } });
    const [own] = await ownClaims('bob', '2026-07-30T00:00:00Z');
    expect(own).toMatchObject({
      outcome: 'granted',
      note: 'met at a fair',
      decision_id: expect.stringMatching(/^dec_/),
    });
  });

  it('R5: a late one earns on payments made at or after T − 30 days, and never on earlier ones', async () => {
    await signup('a1', OPENED);
    await pay('a1', 'first', OPENED);
    await pay('a1', 'before', '2026-08-11T08:29:59.999Z');
    await pay('a1', 'at', '2026-08-11T08:30:00Z');
    const filed = await file('bob', '2026-09-10T08:30:00Z', { account_id: 'a1' });
    expect((await confirm(filed.body['claim_id'], '2026-09-20T00:00:00Z')).body).toMatchObject({
      outcome: 'granted',
      clause: 'R5',
      effective_from: '2026-08-11T08:30:00Z',
    });
    await pay('a1', 'later', '2026-10-01T00:00:00Z');
    // Told late, made before: earns nothing either.
    await pay('a1', 'told_late', '2026-07-01T00:00:00Z', '2026-10-02T00:00:00Z');
    expect(await credited('a1')).toEqual({ bob: { at: 1975, later: 1975 } });
  });

  it('R2: with late claims closed it is refused at the filing, and nobody is asked', async () => {
    await rows(
      `INSERT INTO policy_versions SELECT 2, 1, json_set(fields, '$.late_claims', 'closed'), 'test', 0 FROM policy_versions`,
    );
    await signup('a1', OPENED);
    expect((await file('bob', '2026-07-01T17:00:00.001Z', { account_id: 'a1' })).body).toMatchObject({
      outcome: 'refused',
      clause: 'R2',
    });
    expect(await rows('SELECT * FROM confirmations')).toEqual([]);
    // One filed in time is none that is late, however late it is confirmed.
    await signup('a2', OPENED);
    const inTime = await file('bob', '2026-07-01T17:00:00Z', { account_id: 'a2' });
    expect((await confirm(inTime.body['claim_id'], '2026-07-20T00:00:00Z')).body['outcome']).toBe('granted');
  });

  it('R1: on an account of another partner it is refused, and on one’s own it is already_referrer', async () => {
    await referred('a1', 'ann');
    expect((await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' })).body).toMatchObject({
      outcome: 'refused',
      clause: 'R1',
      reason: 'another_referrer',
    });
    expect((await file('ann', '2026-06-02T00:00:00Z', { account_id: 'a1' })).body).toMatchObject({
      outcome: 'already_referrer',
    });
    expect(JSON.stringify(await ownClaims('bob', '2026-06-03T00:00:00Z'))).not.toContain('ann');
    expect(await rows("SELECT * FROM mail_outbox WHERE kind = 'ask_client'")).toEqual([]);
  });

  it('R1, S3: a referrer who is blocked as the account’s own holder is tracked all the same', async () => {
    await signup('a1', OPENED, {
      email: 'ann@partners.example',
      referral_token: await giveToken({ code: 'ann', at: '2026-05-20T00:00:00Z' }),
    });
    expect((await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' })).body).toMatchObject({
      outcome: 'refused',
      clause: 'R1',
    });
  });

  it('S1, S3: a claimant who holds the account is recorded, blocked, and earns nothing', async () => {
    await signup('a1', OPENED, { email: 'bob+client@partners.example' });
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    const filed = await file('bob', '2026-06-03T00:00:00Z', { account_id: 'a1' });
    expect((await confirm(filed.body['claim_id'], '2026-06-04T00:00:00Z')).body).toMatchObject({
      outcome: 'granted',
      clause: 'S1',
    });
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'bob' }, flags: ['self_referral'] });
    expect(await credited('a1')).toEqual({});
  });

  it('is 404 for an unknown account, for a form’s own, and for one whose opening has not come', async () => {
    await rows(`INSERT INTO accounts VALUES ('form_1', 'form', 1, 1, NULL, 1)`);
    await signup('later', '2026-12-01T00:00:00Z');
    for (const account_id of ['nobody', 'form_1', 'later']) {
      for (const kind of ['claim', 'audit'] as const) {
        expect(await file('bob', '2026-06-02T00:00:00Z', { account_id }, kind)).toMatchObject({
          status: 404,
          body: { code: 'not_found' },
        });
      }
    }
    expect(await rows('SELECT * FROM claims')).toEqual([]);
  });

  it('R3: filed again while it is open, it is answered with the open one; after a lapse it is filed anew', async () => {
    await signup('a1', OPENED);
    const first = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' });
    const again = await file('bob', '2026-07-02T00:00:00Z', { account_id: 'a1' });
    expect(again).toMatchObject({ status: 200, body: { claim_id: first.body['claim_id'] } });
    // T is that of the claim, not of its repetition.
    expect(again.body['filed_at']).toBe('2026-06-02T00:00:00Z');
    const anew = await file('bob', '2026-07-02T00:00:00.001Z', { account_id: 'a1' });
    expect(anew.status).toBe(201);
    expect(anew.body['claim_id']).not.toBe(first.body['claim_id']);
    expect(await ownClaims('bob', '2026-07-03T00:00:00Z')).toMatchObject([
      { outcome: 'needs_client_confirmation' },
      { outcome: 'lapsed', clause: 'R3' },
    ]);
    // The lapsed one cannot be confirmed any more; the new one is late (R5).
    expect(await confirm(first.body['claim_id'], '2026-07-03T00:00:00Z')).toMatchObject({
      status: 409,
      body: { code: 'already_decided' },
    });
    expect((await confirm(anew.body['claim_id'], '2026-07-03T00:00:00Z')).body).toMatchObject({
      outcome: 'granted',
      clause: 'R5',
    });
  });

  it('R3: can be confirmed at its last instant, and not after', async () => {
    await signup('a1', OPENED);
    await signup('a2', OPENED);
    const one = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' });
    const two = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a2' });
    expect((await confirm(one.body['claim_id'], '2026-07-02T00:00:00Z')).status).toBe(201);
    expect((await confirm(two.body['claim_id'], '2026-07-02T00:00:00.001Z')).status).toBe(409);
    expect(await account('a2')).toMatchObject({ referrer: null });
  });

  it('R3: a no ends it for good; the same answer again is 200, another one 409', async () => {
    await signup('a1', OPENED);
    const filed = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' });
    const { claim_id } = filed.body;
    expect(await confirm(claim_id, '2026-06-03T00:00:00Z', false)).toMatchObject({
      status: 201,
      body: { outcome: 'refused', clause: 'R3' },
    });
    expect(await confirm(claim_id, '2026-06-04T00:00:00Z', false, 'ben')).toMatchObject({
      status: 200,
      body: { outcome: 'refused' },
    });
    expect(await confirm(claim_id, '2026-06-04T00:00:00Z', true, 'ben')).toMatchObject({
      status: 409,
      body: { code: 'already_decided' },
    });
    for (const at of ['2026-06-05T00:00:00Z', '2027-01-05T00:00:00Z'])
      expect(await file('bob', at, { account_id: 'a1' })).toMatchObject({
        status: 200,
        body: { claim_id, outcome: 'refused', clause: 'R3' },
      });
    // It ends that partner's claim, nobody else's.
    const other = await file('cleo', '2026-06-05T00:00:00Z', { account_id: 'a1' });
    expect((await confirm(other.body['claim_id'], '2026-06-06T00:00:00Z')).body['outcome']).toBe('granted');
  });

  it('R3: of two claims the first that is confirmed wins; the other is refused by R1 in the same write', async () => {
    await signup('a1', OPENED);
    const bob = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' });
    const cleo = await file('cleo', '2026-06-03T00:00:00Z', { account_id: 'a1' });
    expect((await confirm(cleo.body['claim_id'], '2026-06-04T00:00:00Z')).body['outcome']).toBe('granted');
    expect(await ownClaims('bob', '2026-06-04T00:00:00Z')).toMatchObject([
      { claim_id: bob.body['claim_id'], outcome: 'refused', clause: 'R1', reason: 'another_claim_confirmed_first' },
    ]);
    // The client's yes comes too late to change anything.
    expect((await confirm(bob.body['claim_id'], '2026-06-05T00:00:00Z')).body).toMatchObject({
      outcome: 'refused',
      clause: 'R1',
    });
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'cleo' } });
  });

  it('R3: only an active partner may claim or ask', async () => {
    await signup('a1', OPENED);
    await call('PATCH', '/v1/partners/bob', {
      as: 'ana',
      at: '2026-06-02T00:00:00Z',
      body: { status: 'suspended', reason: 'review' },
    });
    const named = [{ account_id: 'a1' }, { account_email: 'a1@client.example' }, { account_email: 'who@else.example' }];
    for (const one of named)
      for (const kind of ['claim', 'audit'] as const) {
        const answer = await file('bob', '2026-06-03T00:00:00Z', one, kind);
        expect(answer).toMatchObject({
          status: 201,
          body: { outcome: 'refused', clause: 'R3', reason: 'partner_not_active' },
        });
        expect((await confirm(answer.body['claim_id'], '2026-06-04T00:00:00Z')).status).toBeGreaterThan(400);
      }
    expect(await account('a1')).toMatchObject({ referrer: null });
  });

  it('R6: each decision stands among the account’s, with who asked, facts, clause and version; nothing is edited', async () => {
    await signup('a1', OPENED);
    const filed = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' });
    await confirm(filed.body['claim_id'], '2026-06-04T00:00:00Z');
    await file('cleo', '2026-06-05T00:00:00Z', { account_id: 'a1' });
    const { decisions } = await account('a1');
    expect(decisions).toMatchObject([
      { kind: 'signup', outcome: 'no_referrer' },
      {
        kind: 'claim',
        outcome: 'granted',
        clause: 'R3',
        policy_version: 1,
        partner_id: 'bob',
        source: 'claim',
        asked_by: 'partner:bob',
        facts: {
          claim_id: filed.body['claim_id'],
          answer: 'yes',
          answered_by: 'ana',
          window_ends_at: Date.parse('2026-07-01T17:00:00Z'),
        },
      },
      { kind: 'claim', outcome: 'refused', clause: 'R1', partner_id: null, asked_by: 'partner:cleo' },
    ]);
    await expect(rows(`UPDATE claim_outcomes SET outcome = 'granted'`)).rejects.toThrow(/append_only/);
    await expect(rows(`DELETE FROM claims`)).rejects.toThrow(/append_only/);
  });

  it('is answered with the same refusal, not with a new one, while nothing has changed', async () => {
    await referred('a1', 'ann');
    const first = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' });
    for (const at of ['2026-06-03T00:00:00Z', '2026-09-03T00:00:00Z'])
      expect(await file('bob', at, { account_id: 'a1' })).toMatchObject({
        status: 200,
        body: { claim_id: first.body['claim_id'] },
      });
    expect(await rows('SELECT count(*) AS n FROM decisions')).toEqual([{ n: 2 }]);
  });

  it('the input: one of account_id and account_email, scope claims, filters for operators', async () => {
    const { token } = (
      await call('POST', '/v1/partners/bob/tokens', { as: 'ana', at: OPENED, body: { scope: 'read' } })
    ).body;
    const body = { account_id: 'a1', kind: 'claim' };
    expect((await call('POST', '/v1/claims', { as: { token: String(token) }, at: OPENED, body })).status).toBe(403);
    expect((await call('POST', '/v1/claims', { as: 'ana', at: OPENED, body })).status).toBe(403);
    expect((await call('GET', '/v1/claims?partner_id=ann', { as: { token: String(token) }, at: OPENED })).status).toBe(
      403,
    );
    expect((await call('GET', '/v1/claims', { as: { token: String(token) }, at: OPENED })).status).toBe(200);
    expect((await call('GET', '/v1/claims?cursor=bm9uZQ', { as: 'ana' })).status).toBe(400);
    const both = { ...body, account_email: 'a@b.example' };
    expect((await call('POST', '/v1/claims', { as: { token: String(token) }, at: OPENED, body: both })).status).toBe(
      400,
    );
    expect((await confirm('clm_none', OPENED)).status).toBe(404);
  });

  it('operators list all claims, and those that wait', async () => {
    await signup('a1', OPENED);
    const open = await file('bob', '2026-06-02T00:00:00Z', { account_email: 'A1@client.example' }, 'claim', 'a note');
    const done = await file('cleo', '2026-06-03T00:00:00Z', { account_id: 'a1' });
    await confirm(done.body['claim_id'], '2026-06-04T00:00:00Z', false);
    const list = async (query: string) =>
      (await call('GET', `/v1/claims?${query}`, { as: 'ana', at: '2026-06-05T00:00:00Z' })).body[
        'data'
      ] as unknown as object[];
    expect(await list('')).toMatchObject([
      { claim_id: done.body['claim_id'], answer: 'no', answered_by: 'ana', evidence: 'mail of the client, ticket 42' },
      { claim_id: open.body['claim_id'], account_id: 'a1', named_by: 'account_email', note: 'a note', answer: null },
    ]);
    expect(await list('status=open')).toMatchObject([{ claim_id: open.body['claim_id'] }]);
    expect(await list('partner_id=cleo&kind=claim&account_id=a1')).toHaveLength(1);
    expect(await list('kind=audit')).toEqual([]);
    const page = await call('GET', '/v1/claims?limit=1', { as: 'ana', at: '2026-06-05T00:00:00Z' });
    expect(await list(`cursor=${String(page.body['next_cursor'])}`)).toMatchObject([
      { claim_id: open.body['claim_id'] },
    ]);
  });
});

describe('R3: a form joined by address alone', { timeout: 30_000 }, () => {
  /** An account with a referrer by such a form, whose hold stands open. */
  async function joined(account_id: string): Promise<void> {
    const referral_token = await giveToken({ code: 'ann', at: '2026-05-20T00:00:00Z' });
    await sendForm({ email: `${account_id}@client.example`, referral_token }, { at: '2026-06-01T16:00:00Z' });
    await signup(account_id, OPENED);
    await pay(account_id, `p-${account_id}`, '2026-06-02T00:00:00Z');
  }

  it('R3: outranks nothing: another’s claim that the client confirms takes its place, and its hold is closed', async () => {
    await joined('a1');
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'ann' }, flags: ['form_join'] });
    const filed = await file('bob', '2026-06-03T00:00:00Z', { account_id: 'a1' });
    expect(filed.body['outcome']).toBe('needs_client_confirmation');
    expect((await confirm(filed.body['claim_id'], '2026-06-04T00:00:00Z')).body['outcome']).toBe('granted');
    expect(await account('a1')).toMatchObject({
      referrer: { partner_id: 'bob' },
      flags: [],
      holds: [{ kind: 'form_join', decision: 'deny' }],
    });
    expect(await credited('a1')).toEqual({ bob: { 'p-a1': 1975 } });
  });

  it('R1: once it is confirmed it is a tracked referrer like any other', async () => {
    await joined('a1');
    const open = await file('bob', '2026-06-03T00:00:00Z', { account_id: 'a1' });
    const [hold] = (await account('a1'))['holds'] as unknown as { hold_id: string }[];
    const body = { decision: 'release', reason: 'the client confirmed ann' };
    await call('POST', `/v1/holds/${hold?.hold_id}/decision`, { as: 'ana', at: '2026-06-04T00:00:00Z', body });
    expect((await confirm(open.body['claim_id'], '2026-06-05T00:00:00Z')).body).toMatchObject({
      outcome: 'refused',
      clause: 'R1',
    });
    expect((await file('cleo', '2026-06-05T00:00:00Z', { account_id: 'a1' })).body).toMatchObject({
      outcome: 'refused',
      clause: 'R1',
    });
    expect(await credited('a1')).toEqual({ ann: { 'p-a1': 1975 } });
  });
});
