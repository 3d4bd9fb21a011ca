import { beforeEach, describe, expect, it } from 'vitest';

import { call, sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner } from '../../support/world.ts';
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
  visitor,
} from './file.ts';

const OPENED = '2026-06-01T17:00:00Z';
const ASKED = '2026-06-10T00:00:00Z';

beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
  for (const partner of ['ann', 'bob', 'cleo']) await givePartner(partner);
});

/** An account tracked to ann, whose visitor also clicked on another's link, later: the queue brought that click after the signup. */
async function mistracked(account_id: string, last: string, kind: 'person' | 'bot' = 'person'): Promise<void> {
  await signup(account_id, OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', account_id) });
  await recordClick(last, '2026-05-30T00:00:00Z', visitor(account_id), kind);
}

async function netOf(account_id: string): Promise<Record<string, number>> {
  await expectTheLaw([account_id]);
  const sums: Record<string, number> = {};
  for (const { partner_id, amount } of await booked(account_id)) sums[partner_id] = (sums[partner_id] ?? 0) + amount;
  return sums;
}

describe('an audit by account', { timeout: 30_000 }, () => {
  it('R4: corrects the referrer to the log’s last one at once, and keeps the clicks it considered', async () => {
    await mistracked('a1', 'bob');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    expect(await netOf('a1')).toEqual({ ann: 1975 });
    const audit = await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    expect(audit).toMatchObject({
      status: 201,
      body: { outcome: 'corrected', clause: 'R4', reason: 'corrected_to_asker' },
    });
    expect(await netOf('a1')).toEqual({ ann: 0, bob: 1975 });
    const seen = await account('a1');
    expect(seen).toMatchObject({ referrer: { partner_id: 'bob', source: 'audit' } });
    const { decisions } = seen as unknown as { decisions: { facts: { considered: object[] } }[] };
    expect(decisions[1]).toMatchObject({
      kind: 'audit',
      outcome: 'corrected',
      clause: 'R4',
      asked_by: 'partner:bob',
      facts: { found: 'bob', tracked: 'ann', window_ends_at: Date.parse('2026-07-02T00:00:00Z') },
    });
    expect(decisions[1]?.facts.considered).toMatchObject([
      { partner_id: 'bob', verdict: 'won' },
      { partner_id: 'ann', verdict: 'earlier' },
    ]);
  });

  it('R4, C3: the right partner is credited in full at once; what the former was paid is a clawback of its own', async () => {
    await mistracked('a1', 'bob');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    await rows(`UPDATE lines SET payout_id = 'po_1'`);
    await file('bob', '2026-07-02T00:00:00Z', { account_id: 'a1' }, 'audit');
    await pay('a1', 'p2', '2026-07-05T00:00:00Z');
    expect(await rows('SELECT partner_id, payment_id, kind, amount, payout_id FROM lines ORDER BY seq')).toEqual([
      { partner_id: 'ann', payment_id: 'p1', kind: 'commission', amount: 1975, payout_id: 'po_1' },
      { partner_id: 'ann', payment_id: 'p1', kind: 'referrer', amount: -1975, payout_id: null },
      { partner_id: 'bob', payment_id: 'p1', kind: 'commission', amount: 1975, payout_id: null },
      { partner_id: 'bob', payment_id: 'p2', kind: 'commission', amount: 1975, payout_id: null },
    ]);
    await expectTheLaw(['a1']);
  });

  it('R4: names a third partner, whom the one who asked is not told', async () => {
    await mistracked('a1', 'cleo');
    const audit = await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    expect(audit.body).toMatchObject({ outcome: 'corrected', reason: 'corrected_to_another' });
    expect(JSON.stringify([audit.body, await ownClaims('bob', ASKED)])).not.toMatch(/cleo|ann/);
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'cleo', source: 'audit' } });
  });

  it('R4, C1: a third partner found is credited at their own rate, and not for what was paid while they were closed', async () => {
    await givePartner('dora', { rate_bps: 4000 });
    await mistracked('a1', 'dora');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    await pay('a1', 'p2', '2026-06-09T00:00:00Z');
    const closed = { as: 'ana', at: '2026-06-08T00:00:00Z', body: { status: 'closed', reason: 'ended' } } as const;
    await call('PATCH', '/v1/partners/dora', closed);
    for (const named of [{ account_id: 'a1' }, { account_email: 'a1@client.example' }])
      await file('bob', ASKED, named, 'audit');
    expect(await netOf('a1')).toEqual({ ann: 0, dora: 3160 });
  });

  it('R4: finds a referrer where nobody was tracked', async () => {
    // The token's own link was another's click that did not count; the recorded one of the same visitor came late.
    await givePartner('gone', { status: 'suspended' });
    await signup('a1', OPENED, { referral_token: await clicked('gone', '2026-05-20T00:00:00Z', 'a1') });
    expect(await account('a1')).toMatchObject({ referrer: null });
    await recordClick('bob', '2026-05-19T00:00:00Z', visitor('a1'));
    expect((await file('bob', ASKED, { account_id: 'a1' }, 'audit')).body['outcome']).toBe('corrected');
  });

  it('L1, L2, R4: bots, clicks after the signup, other visitors and expired ones are no findings', async () => {
    await mistracked('a1', 'bob', 'bot');
    await recordClick('bob', '2026-06-01T17:00:01Z', visitor('a1'));
    await recordClick('bob', '2025-05-31T17:00:00Z', visitor('a1'));
    await recordClick('bob', '2026-05-31T00:00:00Z', visitor('another'));
    expect((await file('bob', ASKED, { account_id: 'a1' }, 'audit')).body).toMatchObject({
      outcome: 'unchanged',
      reason: 'same_referrer',
    });
    // In the signup's own second it counts: servers send no finer.
    await recordClick('bob', '2026-06-01T17:00:00.900Z', visitor('a1'));
    expect((await file('bob', ASKED, { account_id: 'a1' }, 'audit')).body['outcome']).toBe('corrected');
  });

  it('R4: without a visitor nothing changes, also for a referrer by how_heard', async () => {
    await signup('a1', OPENED, { how_heard: 'ann@partners.example told me' });
    expect((await file('bob', ASKED, { account_id: 'a1' }, 'audit')).body).toMatchObject({
      outcome: 'unchanged',
      reason: 'no_visitor',
    });
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'ann', source: 'how_heard' } });
  });

  it('R4: may be asked for up to 30 days after the first purchase, before one after the opening', async () => {
    for (const id of ['a1', 'a2', 'a3', 'a4']) await mistracked(id, 'bob');
    await pay('a1', 'p1', '2026-08-01T00:00:00Z');
    await pay('a2', 'p2', '2026-08-01T00:00:00Z');
    const asked = async (account_id: string, at: string) =>
      (await file('bob', at, { account_id }, 'audit')).body['outcome'];
    expect(await asked('a1', '2026-08-31T00:00:00.001Z')).toBe('refused');
    expect(await asked('a2', '2026-08-31T00:00:00Z')).toBe('corrected');
    expect(await asked('a3', '2026-07-01T17:00:00.001Z')).toBe('refused');
    expect(await asked('a4', '2026-07-01T17:00:00Z')).toBe('corrected');
    // A purchase after the refusal opens the window again: facts decide.
    await pay('a3', 'p3', '2026-09-01T00:00:00Z');
    expect(await asked('a3', '2026-09-02T00:00:00Z')).toBe('corrected');
  });

  it('R4: a voided payment was no purchase', async () => {
    await mistracked('a1', 'bob');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    await call('POST', '/v1/payments/p1/void', { as: 'ana', at: '2026-06-03T00:00:00Z', body: { reason: 'wrong' } });
    await pay('a1', 'p2', '2026-08-01T00:00:00Z');
    expect((await file('bob', '2026-08-30T00:00:00Z', { account_id: 'a1' }, 'audit')).body['outcome']).toBe(
      'corrected',
    );
  });

  it('R4, R3: a visitor planted after the signup adds nothing to an audit', async () => {
    await signup('a1', OPENED, { referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'client') });
    // Eve clicks her own link before and after, and posts forms for the client's address and account with that token.
    await givePartner('eve');
    const referral_token = await clicked('eve', '2026-05-31T00:00:00Z', 'planted');
    await recordClick('eve', '2026-05-31T00:00:00Z', visitor('planted'));
    for (const at of ['2026-06-01T17:00:30Z', '2026-06-02T00:00:00Z'])
      await sendForm({ email: 'a1@client.example', account_id: 'a1', referral_token }, { at });
    expect((await file('eve', ASKED, { account_id: 'a1' }, 'audit')).body).toMatchObject({
      outcome: 'unchanged',
      reason: 'same_referrer',
    });
    const { decisions } = (await account('a1')) as unknown as { decisions: object[] };
    expect(JSON.stringify(decisions)).not.toContain(visitor('planted'));
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'ann' } });
  });

  it('S1, R4: a partner found who holds the account is recorded, and earns nothing', async () => {
    await signup('a1', OPENED, {
      email: 'bob@partners.example',
      referral_token: await clicked('ann', '2026-05-20T00:00:00Z', 'a1'),
    });
    await recordClick('bob', '2026-05-30T00:00:00Z', visitor('a1'));
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'bob' }, flags: ['self_referral'] });
    expect(await netOf('a1')).toEqual({ ann: 0 });
  });

  it('R4: while claims are open, a correction decides them; a claim on a corrected account is refused', async () => {
    await givePartner('gone', { status: 'suspended' });
    await signup('a1', OPENED, { referral_token: await clicked('gone', '2026-05-20T00:00:00Z', 'a1') });
    const bob = await file('bob', '2026-06-02T00:00:00Z', { account_id: 'a1' });
    const cleo = await file('cleo', '2026-06-03T00:00:00Z', { account_id: 'a1' });
    await recordClick('bob', '2026-05-19T00:00:00Z', visitor('a1'));
    await file('cleo', '2026-06-04T00:00:00Z', { account_id: 'a1' }, 'audit');
    expect(await ownClaims('bob', ASKED)).toMatchObject([
      { claim_id: bob.body['claim_id'], outcome: 'already_referrer' },
    ]);
    expect(await ownClaims('cleo', ASKED)).toMatchObject([
      { kind: 'audit', outcome: 'corrected' },
      { claim_id: cleo.body['claim_id'], outcome: 'refused', clause: 'R1' },
    ]);
  });

  it('R1, R4: a granted claim does not stand against the log', async () => {
    await givePartner('gone', { status: 'suspended' });
    await signup('a1', OPENED, { referral_token: await clicked('gone', '2026-05-20T00:00:00Z', 'a1') });
    const claim = await file('cleo', '2026-06-03T00:00:00Z', { account_id: 'a1' });
    await confirm(claim.body['claim_id'], '2026-06-04T00:00:00Z');
    await recordClick('bob', '2026-05-19T00:00:00Z', visitor('a1'));
    expect((await file('bob', ASKED, { account_id: 'a1' }, 'audit')).body['outcome']).toBe('corrected');
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'bob', source: 'audit' } });
  });
});

describe('R4: where the policy leaves corrections to operators', { timeout: 30_000 }, () => {
  const decideHold = async (decision: 'release' | 'deny') => {
    const [hold] = (await account('a1'))['holds'] as unknown as { hold_id: string; kind: string }[];
    expect(hold?.kind).toBe('audit_finding');
    const body = { decision, reason: 'looked at the log' };
    return call('POST', `/v1/holds/${hold?.hold_id}/decision`, { as: 'ana', at: '2026-06-20T00:00:00Z', body });
  };

  beforeEach(async () => {
    await rows(
      `INSERT INTO policy_versions SELECT 2, 1, json_set(fields, '$.audit_correction', 'operator'), 'test', 0 FROM policy_versions`,
    );
    await mistracked('a1', 'bob');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
  });

  it('R4: a finding waits and changes nothing, no line is held; released it corrects', async () => {
    const audit = await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    expect(audit.body).toMatchObject({ outcome: 'received', reason: 'audit_waits' });
    expect(await file('bob', '2026-06-11T00:00:00Z', { account_id: 'a1' }, 'audit')).toMatchObject({
      status: 200,
      body: { claim_id: audit.body['claim_id'] },
    });
    expect(await netOf('a1')).toEqual({ ann: 1975 });
    const earnings = await call('GET', '/v1/holds', { as: 'ana', at: ASKED });
    expect(earnings.body['data']).toMatchObject([
      { kind: 'audit_finding', clause: 'R4', partner_id: 'bob', account_id: 'a1' },
    ]);
    expect((await decideHold('release')).status).toBe(201);
    expect(await netOf('a1')).toEqual({ ann: 0, bob: 1975 });
    expect(await ownClaims('bob', '2026-06-21T00:00:00Z')).toMatchObject([
      { outcome: 'corrected', reason: 'corrected_to_asker' },
    ]);
    expect(await account('a1')).toMatchObject({
      decisions: [{}, { kind: 'audit', asked_by: 'partner:bob', facts: { decided_by: 'ana' } }],
    });
  });

  it('R4: denied, the referrer stays', async () => {
    await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    expect((await decideHold('deny')).status).toBe(201);
    expect(await netOf('a1')).toEqual({ ann: 1975 });
    expect(await ownClaims('bob', '2026-06-21T00:00:00Z')).toMatchObject([
      { outcome: 'unchanged', reason: 'finding_denied' },
    ]);
  });

  it('R4: a claim while an audit runs is decided on the state as it is; the release then corrects it', async () => {
    await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    expect((await file('cleo', ASKED, { account_id: 'a1' })).body).toMatchObject({ outcome: 'refused', clause: 'R1' });
    expect((await file('bob', ASKED, { account_id: 'a1' })).body).toMatchObject({ outcome: 'refused', clause: 'R1' });
    await decideHold('release');
    expect((await file('bob', '2026-06-21T00:00:00Z', { account_id: 'a1' })).body['outcome']).toBe('already_referrer');
  });
});
