import { beforeEach, describe, expect, it } from 'vitest';

import { call, type Answer } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner } from '../../support/world.ts';
import { joinByAddress } from '../confirm/page.ts';
import { Post } from '../mail/post.ts';
import {
  account,
  clicked,
  confirm,
  file,
  forgetTokens,
  pay,
  recordClick,
  rows,
  signup,
  tokenOf,
  visitor,
} from './file.ts';

const OPENED = '2026-06-01T17:00:00Z';
const DAY_2 = '2026-06-02T17:00:00Z';
const DAY_5 = '2026-06-05T00:00:00Z';
const ASKED = '2026-06-10T00:00:00Z';

beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
  for (const partner of ['ann', 'bob', 'cleo']) await givePartner(partner);
});

async function merge(account_id: string, into_account_id: string): Promise<void> {
  const body = { into_account_id, kind: 'merged', reason: 'one client' };
  expect((await call('POST', `/v1/accounts/${account_id}/move`, { as: 'ana', at: DAY_5, body })).status).toBe(201);
}

/** Two operators overrule a clause. */
async function except(account_id: string, words: object, at = DAY_5): Promise<Answer> {
  const body = { clause: 'R1', partner_id: 'bob', reason: 'they met at the fair', ...words };
  await call('POST', `/v1/accounts/${account_id}/exceptions`, { as: 'ana', at, body });
  return call('POST', `/v1/accounts/${account_id}/exceptions`, { as: 'ben', at, body });
}

async function decideHolds(decision: 'release' | 'deny', at: string): Promise<void> {
  for (const { hold_id } of await rows('SELECT hold_id FROM holds WHERE decision IS NULL'))
    await call('POST', `/v1/holds/${String(hold_id)}/decision`, {
      as: 'ana',
      at,
      body: { decision, reason: 'looked' },
    });
}

async function netOf(account_id: string): Promise<Record<string, number>> {
  await expectTheLaw([account_id]);
  const sums: Record<string, number> = {};
  for (const { partner_id, amount } of await booked(account_id)) sums[partner_id] = (sums[partner_id] ?? 0) + amount;
  return sums;
}

describe('accounts that have become one', { timeout: 30_000 }, () => {
  it('R3: a claim by the former id is about the account that goes on, and can be confirmed', async () => {
    await signup('a1', OPENED);
    await signup('a2', DAY_2);
    await merge('a1', 'a2');
    const claim = await file('bob', ASKED, { account_id: 'a1' });
    expect(claim).toMatchObject({ status: 201, body: { account_id: 'a2', outcome: 'needs_client_confirmation' } });
    expect((await file('bob', ASKED, { account_id: 'a2' })).body['claim_id']).toBe(claim.body['claim_id']);
    expect(await confirm(claim.body['claim_id'], ASKED)).toMatchObject({ status: 201, body: { outcome: 'granted' } });
    expect((await account('a2'))['referrer']).toMatchObject({ partner_id: 'bob', source: 'claim' });
  });

  it('R4: an audit by the former id reads what one by the other id reads', async () => {
    await signup('a1', OPENED);
    await signup('a2', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'v') });
    await recordClick('bob', '2026-05-30T00:00:00Z', visitor('v'));
    await merge('a1', 'a2');
    const audit = await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    expect(audit.body).toMatchObject({ account_id: 'a2', reason: 'corrected_to_asker' });
  });

  it('R3: a no that the client said of the former account ends the claim for good', async () => {
    await signup('a1', OPENED);
    await signup('a2', DAY_2);
    const claim = await file('bob', '2026-06-03T00:00:00Z', { account_id: 'a1' });
    await confirm(claim.body['claim_id'], '2026-06-04T00:00:00Z', false);
    await merge('a1', 'a2');
    expect((await file('bob', ASKED, { account_id: 'a2' })).body).toMatchObject({ reason: 'client_said_no' });
  });

  it('S1, S3: a referrer who holds the account that goes on is held, and told', async () => {
    await signup('a1', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'v') });
    await signup('a2', DAY_2, { email: 'ann@partners.example' });
    await merge('a1', 'a2');
    expect(await rows('SELECT kind, partner_id, account_id, decision FROM holds')).toEqual([
      { kind: 'self_referral', partner_id: 'ann', account_id: 'a2', decision: null },
    ]);
    expect(await rows(`SELECT facts ->> '$.news' AS news FROM mail_outbox`)).toEqual([{ news: 'self_referral_held' }]);
  });

  it('S3: what an operator has released of the former account is not held anew', async () => {
    await signup('a1', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'v') });
    await call('PATCH', '/v1/accounts/a1', { at: DAY_2, body: { email: 'ann@partners.example' } });
    await decideHolds('release', DAY_2);
    await signup('a2', DAY_2, { email: 'ann@partners.example' });
    await merge('a1', 'a2');
    expect(await rows('SELECT account_id FROM holds WHERE decision IS NULL')).toEqual([]);
  });
});

describe('exceptions and what comes after them', { timeout: 30_000 }, () => {
  it('R4: an audit does not undo what two operators have agreed on, be it that nobody is the referrer', async () => {
    await signup('a1', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'v') });
    await pay('a1', 'p1', DAY_2);
    await except('a1', {});
    const audit = await file('ann', ASKED, { account_id: 'a1' }, 'audit');
    expect(audit.body).toMatchObject({ outcome: 'unchanged', clause: 'R4', reason: 'exception_stands' });
    expect(await netOf('a1')).toEqual({ ann: 0, bob: 1975 });
    await except('a1', { partner_id: null });
    expect((await file('cleo', ASKED, { account_id: 'a1' }, 'audit')).body).toMatchObject({ outcome: 'unchanged' });
    expect(await netOf('a1')).toEqual({ ann: 0, bob: 0 });
  });

  it('R4: nor does it after the account has become part of another', async () => {
    await signup('a1', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'v') });
    await except('a1', {}, '2026-06-03T00:00:00Z');
    await signup('a2', DAY_2);
    await merge('a1', 'a2');
    expect((await file('ann', ASKED, { account_id: 'a2' }, 'audit')).body).toMatchObject({
      reason: 'exception_stands',
    });
  });

  it('R3: an exception closes the question about a form of the same address, and a later no does not undo it', async () => {
    await joinByAddress('bob', 'a1', 'x@client.example', OPENED);
    await pay('a1', 'p1', DAY_2);
    expect((await except('a1', {})).status).toBe(201);
    expect(await rows('SELECT kind, decision FROM holds')).toEqual([{ kind: 'form_join', decision: 'release' }]);
    const payments = await call('GET', '/v1/earnings/commissions', { as: await tokenOf('bob'), at: ASKED });
    expect(payments.body['data']).toMatchObject([{ payment_id: 'p1', status: 'pending', reason: null }]);
  });

  it('S1, S3: whom an operator has denied as the account’s own holder earns nothing by another way either', async () => {
    await givePartner('dan', { email: 'dan@danco.example' });
    const referral_token = await clicked('dan', '2026-05-20T00:00:00Z', 'v');
    await signup('a1', OPENED, { email: 'boss@danco.example', referral_token });
    await pay('a1', 'p1', DAY_2);
    await decideHolds('deny', '2026-06-03T00:00:00Z');
    await except('a1', { partner_id: null });
    const claim = await file('dan', '2026-06-06T00:00:00Z', { account_id: 'a1' });
    const granted = await confirm(claim.body['claim_id'], ASKED);
    expect(granted.body).toMatchObject({ outcome: 'granted', clause: 'S1', reason: 'granted_blocked' });
    expect(await netOf('a1')).toEqual({ dan: 0 });
    await except('a1', { partner_id: 'dan', clause: 'S1' }, '2026-06-11T00:00:00Z');
    expect(await netOf('a1')).toEqual({ dan: 1975 });
  });
});

describe('R3, L4: an account without a holder’s address', { timeout: 30_000 }, () => {
  it('R3: nobody can be written to, and support records the confirmation', async () => {
    await signup('a1', OPENED);
    await rows(`UPDATE account_people SET until_at = ${Date.parse(DAY_2)}`);
    const claim = await file('bob', ASKED, { account_id: 'a1' });
    expect(claim.body).toMatchObject({ outcome: 'needs_client_confirmation' });
    expect(await rows(`SELECT mail_id FROM mail_outbox WHERE kind = 'ask_client'`)).toEqual([]);
    expect(await confirm(claim.body['claim_id'], ASKED)).toMatchObject({ status: 201, body: { outcome: 'granted' } });
  });
});

describe('letters of what operators decide', { timeout: 30_000 }, () => {
  const letters = () =>
    rows(`SELECT facts ->> '$.partner_id' AS partner_id, facts ->> '$.news' AS news, facts ->> '$.clause' AS clause
      FROM mail_outbox WHERE kind = 'account_letter' ORDER BY 1`);

  it('R1, C3: both partners are told of an exception, with the clause that was overruled', async () => {
    await signup('a1', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'v') });
    await except('a1', {});
    expect(await letters()).toEqual([
      { partner_id: 'ann', news: 'exception_away', clause: 'R1' },
      { partner_id: 'bob', news: 'exception_granted', clause: 'R1' },
    ]);
    const post = new Post();
    await post.run('2026-06-06T00:00:00Z');
    expect(post.to('ann@partners.example')[0]?.text).toContain('(R1)');
    expect(post.to('ann@partners.example')[0]?.text).not.toMatch(/client\.example|bob/);
    expect(post.to('bob@partners.example')[0]?.text).toContain('a•••@client.example');
  });

  it('L2, C3: the referrer of the account that was opened later is told of a merge', async () => {
    await signup('a1', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'v') });
    await signup('a2', DAY_2, { referral_token: await clicked('bob', '2026-05-21T00:00:00Z', 'w') });
    await merge('a1', 'a2');
    expect(await letters()).toEqual([{ partner_id: 'bob', news: 'merged_away', clause: null }]);
  });
});

describe('what is told of a decision', { timeout: 30_000 }, () => {
  it('R5: the letter about a client named by address counts the days of the account’s own version', async () => {
    await signup('a1', '2026-05-01T00:00:00Z');
    const body = { effective_from: '2026-05-03T00:00:00Z', referrer_window_days: 10 };
    expect((await call('POST', '/v1/policy', { as: 'ana', at: '2026-05-02T00:00:00Z', body })).status).toBe(201);
    const claim = await file('bob', ASKED, { account_email: 'a1@client.example' });
    expect(await confirm(claim.body['claim_id'], ASKED)).toMatchObject({
      body: { reason: 'granted_late', effective_from: '2026-05-11T00:00:00Z' },
    });
    const path = `/v1/claims/${String(claim.body['claim_id'])}/letter`;
    const letter = await call('GET', path, { as: await tokenOf('bob'), at: ASKED });
    expect(letter.body['text']).toContain('which is 30 days before you asked');
  });

  it('W: who lost an account to a claim is not told of another’s click', async () => {
    await joinByAddress('bob', 'a1', 'x@client.example', OPENED);
    const claim = await file('cleo', ASKED, { account_id: 'a1' });
    await confirm(claim.body['claim_id'], ASKED);
    const lost = await call('GET', '/v1/referrals/a1', { as: await tokenOf('bob'), at: ASKED });
    expect(lost.body['gates']).toMatchObject([
      { gate: 'tracked', clause: 'R1', passed: false, detail: expect.not.stringContaining('click') },
    ]);
  });

  it('R4: a finding released many times at once is decided once, and each call is answered with that', async () => {
    const body = { effective_from: '2026-05-02T00:00:00Z', audit_correction: 'operator' };
    await call('POST', '/v1/policy', { as: 'ana', at: '2026-05-01T00:00:00Z', body });
    await signup('a1', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'v') });
    await recordClick('bob', '2026-05-30T00:00:00Z', visitor('v'));
    await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    await file('cleo', ASKED, { account_id: 'a1' }, 'audit');
    const word = { decision: 'release', reason: 'the log is right' };
    const said = await Promise.all(
      (await rows('SELECT hold_id FROM holds')).flatMap(({ hold_id }) =>
        (['ana', 'ben', 'ana'] as const).map((as) =>
          call('POST', `/v1/holds/${String(hold_id)}/decision`, { as, at: ASKED, body: word }),
        ),
      ),
    );
    expect(said.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 201, 201]);
    expect(await rows('SELECT kind, outcome FROM decisions ORDER BY n')).toEqual([
      { kind: 'signup', outcome: 'referred' },
      { kind: 'audit', outcome: 'corrected' },
      { kind: 'audit', outcome: 'unchanged' },
    ]);
  });
});

describe('R6: what decides is a decision', { timeout: 30_000 }, () => {
  it('R3, R6: the confirmation of a form of the same address stands among the account’s decisions', async () => {
    await joinByAddress('bob', 'a1', 'x@client.example', OPENED);
    await decideHolds('release', DAY_5);
    const { decisions, referrer } = (await account('a1')) as unknown as { decisions: object[]; referrer: object };
    expect(referrer).toMatchObject({ partner_id: 'bob' });
    expect(decisions).toMatchObject([
      { kind: 'signup' },
      { kind: 'operator', outcome: 'confirmed', clause: 'R3', asked_by: 'ana', policy_version: 1 },
    ]);
  });

  it('S3, R6: so does the release of a hold for self-referral, and the audit window and earnings are as before', async () => {
    const referral_token = await clicked('ann', '2026-05-20T00:00:00Z', 'v');
    await signup('a1', OPENED, { referral_token });
    await call('PATCH', '/v1/accounts/a1', { at: DAY_2, body: { email: 'ann@partners.example' } });
    await decideHolds('release', DAY_5);
    await pay('a1', 'p1', ASKED);
    expect((await account('a1'))['decisions']).toMatchObject([
      { kind: 'signup' },
      { kind: 'operator', outcome: 'cleared', clause: 'S3', asked_by: 'ana' },
    ]);
    expect(await netOf('a1')).toEqual({ ann: 1975 });
  });

  it('R6: a partner who lost is not told that the other is the account’s own holder', async () => {
    const referral_token = await clicked('bob', '2026-05-25T00:00:00Z', 'v');
    await givePartner('dan', { email: 'dan@danco.example' });
    const earlier = await clicked('dan', '2026-05-20T00:00:00Z', 'v');
    await signup('a1', OPENED, { email: 'bob@partners.example', referral_token });
    await signup('a2', OPENED, { email: 'bob@partners.example', referral_token: earlier });
    await recordClick('bob', '2026-05-30T00:00:00Z', visitor('v'));
    await file('cleo', ASKED, { account_id: 'a2' }, 'audit');
    const as = await tokenOf('dan');
    const lost = await call('GET', '/v1/referrals/a2', { as, at: ASKED });
    expect(lost.body).toMatchObject({ status: 'not_referrer' });
    const told = [JSON.stringify(lost.body)];
    const { decisions } = lost.body as unknown as { decisions: { decision_id: string }[] };
    for (const { decision_id } of decisions) {
      const { body } = await call('GET', `/v1/receipts/${decision_id}`, { as, at: ASKED });
      const [, payload = ''] = String(body['receipt']).split('.');
      told.push(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    }
    expect(told).toHaveLength(3);
    expect(told.join('\n')).not.toMatch(/self_referral|"S1"|bob/);
  });
});
