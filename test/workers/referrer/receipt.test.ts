import { exportJWK, generateKeyPair } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { verifyReceipt } from '../../../scripts/verify/receipt.ts';
import { findDecision } from '../../../src/referrer/receipt.repo.ts';
import { signReceipt } from '../../../src/referrer/receipt.ts';
import { call, sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { localSecrets } from '../../support/local.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';

const AT = '2026-03-01T12:00:00Z';
const { x, kty, crv, kid } = JSON.parse(localSecrets.TOKEN_PRIVATE_JWK);
const jwks = JSON.stringify({ keys: [{ x, kty, crv, kid }] });

async function tokenOf(partner_id: string): Promise<string> {
  const { body } = await call('POST', `/v1/partners/${partner_id}/tokens`, { as: 'ana', at: AT, body: {} });
  return String(body['token']);
}

/** An account of a visitor who sent a form after bob's link, and signed up after ann's later one; its decision. */
async function contested(): Promise<string> {
  const bob = await giveToken({ code: 'bob', at: '2026-02-10T00:00:00Z' });
  const form = await sendForm({ email: 'jo@client.example', referral_token: bob }, { at: '2026-02-11T00:00:00Z' });
  const { signup_ref } = (await form.json()) as { signup_ref: string };
  const ann = await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' });
  await call('POST', '/v1/signups', {
    at: AT,
    body: { account_id: 'a1', email: 'jo@client.example', signed_up_at: AT, referral_token: ann, signup_ref },
  });
  const { body } = await call('GET', '/v1/accounts/a1', { as: 'ana' });
  return String((body as unknown as { decisions: { decision_id: string }[] }).decisions[0]?.decision_id);
}

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
  await givePartner('bob');
});

describe('receipts', () => {
  it('R6: a decision is had again as a JWS that the published keys verify offline', async () => {
    const decision_id = await contested();
    const { status, body } = await call('GET', `/v1/receipts/${decision_id}`, { as: 'ana' });
    expect(status).toBe(200);
    const verified = await verifyReceipt(JSON.stringify(body), jwks);
    expect(verified).toMatchObject({
      ok: true,
      kid,
      says: {
        decision_id,
        account_id: 'a1',
        partner_id: 'ann',
        clause: 'L1',
        clicks: [
          { verdict: 'won', code: 'ann' },
          { verdict: 'earlier', code: 'bob' },
        ],
      },
    });
    expect(JSON.stringify(verified)).not.toMatch(/client\.example|visitor/);
  });

  it('R6: an altered receipt, another key, and a token in its place are not valid', async () => {
    const decision_id = await contested();
    const { body } = await call('GET', `/v1/receipts/${decision_id}`, { as: 'ana' });
    const [head, payload = '', signature] = String(body['receipt']).split('.');
    const altered = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('"ann"', '"bob"')).toString(
      'base64url',
    );
    expect(await verifyReceipt([head, altered, signature].join('.'), jwks)).toMatchObject({ ok: false });
    const foreign = await exportJWK((await generateKeyPair('EdDSA', { extractable: true })).publicKey);
    const others = JSON.stringify({ keys: [{ ...foreign, kid }] });
    expect(await verifyReceipt(String(body['receipt']), others)).toMatchObject({ ok: false });
    expect(await verifyReceipt(await tokenOf('ann'), jwks)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('not a receipt'),
    });
    expect(await verifyReceipt('{}', jwks)).toMatchObject({ ok: false });
    expect(await verifyReceipt(String(body['receipt']), '[]')).toMatchObject({ ok: false });
  });

  it('R6: a receipt of former years stays valid when the key has changed', async () => {
    const decision_id = await contested();
    const found = await findDecision(books(), decision_id);
    if (!found) throw new Error('no decision');
    const former = await generateKeyPair('EdDSA', { extractable: true, crv: 'Ed25519' });
    const old = { ...(await exportJWK(former.privateKey)), kid: 'k2019' };
    const context = { env: { TOKEN_PRIVATE_JWK: JSON.stringify(old) }, public_url: 'https://go.example.com' };
    const receipt = await signReceipt(context, found.decision, found);
    // What the JWKS shows once the new key signs and the former public half is kept.
    const both = JSON.stringify({
      keys: [
        { x, kty, crv, kid },
        { ...(await exportJWK(former.publicKey)), kid: 'k2019' },
      ],
    });
    expect(await verifyReceipt(receipt, both)).toMatchObject({ ok: true, kid: 'k2019', says: { decision_id } });
    expect(await verifyReceipt(receipt, jwks)).toMatchObject({ ok: false, reason: expect.stringContaining('k2019') });
  });

  it('R6: a partner’s receipt names nobody else; a decision without a part of the partner’s looks like none', async () => {
    const decision_id = await contested();
    const own = await call('GET', `/v1/receipts/${decision_id}`, { as: { token: await tokenOf('ann') }, at: AT });
    expect(await verifyReceipt(String(own.body['receipt']), jwks)).toMatchObject({
      ok: true,
      says: {
        reader: 'ann',
        referrer: 'yours',
        clicks: [{ whose: 'yours', code: 'ann', verdict: 'won' }, { whose: 'another_partner' }],
      },
    });
    await givePartner('eve');
    const eve = { token: await tokenOf('eve') };
    const strange = await call('GET', `/v1/receipts/${decision_id}`, { as: eve, at: AT });
    const none = await call('GET', '/v1/receipts/dec_none', { as: eve, at: AT });
    expect(none.status).toBe(404);
    expect(strange).toEqual(none);
    expect((await call('GET', `/v1/receipts/${decision_id}`, { as: 'nobody' })).status).toBe(401);
  });

  it('R6: the losing partner sees the clicks that decided, without the identity of the other', async () => {
    const decision_id = await contested();
    const lost = await call('GET', '/v1/referrals/a1', { as: { token: await tokenOf('bob') }, at: AT });
    expect(lost).toMatchObject({
      status: 200,
      body: {
        status: 'not_referrer',
        company: null,
        email: null,
        gates: [{ gate: 'tracked', passed: false }],
        decisions: [
          {
            decision_id,
            clause: 'L1',
            referrer: 'another_partner',
            timeline: [
              { clicked_at: '2026-02-20T00:00:00Z', verdict: 'won', whose: 'another_partner', code: null },
              { clicked_at: '2026-02-10T00:00:00Z', verdict: 'earlier', whose: 'yours', code: 'bob' },
            ],
          },
        ],
      },
    });
    expect(JSON.stringify(lost.body)).not.toContain('ann');
    const receipt = await call('GET', `/v1/receipts/${decision_id}`, { as: { token: await tokenOf('bob') }, at: AT });
    const told = await verifyReceipt(String(receipt.body['receipt']), jwks);
    expect(told).toMatchObject({ ok: true, says: { reader: 'bob', referrer: 'another_partner' } });
    expect(JSON.stringify(told)).not.toContain('ann');
  });

  it('R6: a partner with no part in an account is answered as for one that does not exist', async () => {
    await givePartner('eve');
    await contested();
    const eve = { token: await tokenOf('eve') };
    const there = await call('GET', '/v1/referrals/a1', { as: eve, at: AT });
    const absent = await call('GET', '/v1/referrals/a9', { as: eve, at: AT });
    expect(there).toEqual(absent);
    expect(there.status).toBe(404);
  });

  it('L1: the winning partner sees the same timeline, and who did not win is another partner', async () => {
    await contested();
    const own = await call('GET', '/v1/referrals/a1', { as: { token: await tokenOf('ann') }, at: AT });
    expect(own.body['decisions']).toMatchObject([
      {
        referrer: 'yours',
        timeline: [
          { whose: 'yours', code: 'ann' },
          { whose: 'another_partner', code: null },
        ],
      },
    ]);
    expect(JSON.stringify(own.body)).not.toContain('bob');
  });
});
