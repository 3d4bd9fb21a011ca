import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { page, readerOf, textOf, type Reader } from '../../support/pages.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { confirm, forgetTokens, ownClaims, pay, rows, signup } from '../referrer/file.ts';

const OPENED = '2026-06-01T17:00:00Z';
const NOW = '2026-08-01T17:00:00Z';

let ann: Reader;
let bob: Reader;
beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
  for (const partner of ['ann', 'bob']) await givePartner(partner);
  ann = await readerOf('ann');
  bob = await readerOf('bob');
});

const referred = async (account_id: string, code: string) =>
  signup(account_id, OPENED, {
    company: `${account_id} Inc.`,
    email: `jane.roe@${account_id}.example`,
    referral_token: await giveToken({ code, at: '2026-05-20T00:00:00Z' }),
  });
const open = (path: string, as = ann, at = NOW) => page(path, { as, at });
const send = (form: Record<string, string>, as = bob, at = NOW) =>
  page('/partners/referrals/missing', { as, at, form });

describe('/partners/referrals', () => {
  it('V1: an account is recognisable and no more, and says which of its ninety days it is', async () => {
    await referred('acme', 'ann');
    await pay('acme', 'p1', OPENED);
    const { html } = await open('/partners/referrals', ann, '2026-07-31T17:00:00Z');
    expect(textOf(html)).toContain(
      'acme Inc. j•••@acme.example 1 June 2026 vesting day 61 of 90, vests on 30 August 2026',
    );
    expect(html).not.toContain('jane.roe');
    const one = await open('/partners/referrals/acme', ann, '2026-07-31T17:00:00Z');
    expect(one.html).not.toContain('jane.roe');
    const gates = [
      ...textOf(one.html).matchAll(
        /(You are the referrer|Not your own account|Not refunded or disputed|Vested|In a week that is over|The threshold) – (passed|shut)/g,
      ),
    ];
    expect(gates.map(([, name, state]) => `${name}: ${state}`)).toEqual([
      'You are the referrer: passed',
      'Not your own account: passed',
      'Not refunded or disputed: passed',
      'Vested: shut',
      'In a week that is over: shut',
      'The threshold: shut',
    ]);
  });

  it('R6: the timeline that decided names nobody else, and its receipt verifies', async () => {
    await referred('acme', 'ann');
    const one = await open('/partners/referrals/acme');
    expect(textOf(one.html)).toContain('the last one that counts: it decided');
    const path = /href="(\/partners\/receipts\/[^"]+)"/.exec(one.html)?.[1] ?? '';
    const receipt = await open(path);
    expect(receipt.headers.get('content-disposition')).toContain('attachment');
    const keys = (await call('GET', '/.well-known/jwks.json', { as: 'nobody' })).body as unknown as JSONWebKeySet;
    const { payload } = await compactVerify(receipt.html, createLocalJWKSet(keys));
    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({ iss: 'http://localhost' });
    expect([(await open(path, bob)).status, (await open('/partners/receipts/dec_none', bob)).status]).toEqual([
      404, 404,
    ]);
  });

  it('what is another’s looks like what does not exist', async () => {
    await referred('acme', 'ann');
    const [theirs, none] = [await open('/partners/referrals/acme', bob), await open('/partners/referrals/none', bob)];
    expect([theirs.status, theirs.html]).toEqual([404, none.html]);
    expect((await open('/partners/referrals', bob)).html).not.toContain('acme');
  });
});

describe('/partners/referrals/missing', () => {
  it('R3: a claim by the account’s number waits for the client, and then shows decision, letter and receipt', async () => {
    await signup('acme', OPENED);
    expect(textOf((await open('/partners/referrals/missing', bob)).html)).toContain('Claim or audit?');
    const filed = await send({ kind: 'claim', account_id: 'acme', account_email: '', note: 'met at a fair' });
    expect(filed.status).toBe(303);
    const own = await open(filed.location ?? '', bob);
    expect(textOf(own.html)).toContain('Your request is filed. waits for the client');
    const again = await send({ kind: 'claim', account_id: 'acme' });
    expect(again.location).toBe(filed.location?.replace('done=filed', 'done=before'));
    const [claim] = await ownClaims('bob', NOW);
    await confirm(claim?.['claim_id'], '2026-08-05T00:00:00Z');
    const told = textOf((await open(filed.location?.split('?')[0] ?? '', bob, '2026-08-06T00:00:00Z')).html);
    expect(told).toContain('granted');
    expect(told).toContain('Your claim is granted');
    expect(told).toContain('Payments earn from 2 July 2026');
    expect(told).toContain('Signed receipt of the decision');
    expect(textOf((await open('/partners/claims', bob, '2026-08-06T00:00:00Z')).html)).toContain('Claim acme granted');
    const filers = await rows('SELECT "by" FROM claim_outcomes WHERE n = 1');
    expect(filers).toEqual([{ by: 'partner:bob' }]);
  });

  it('R1, R4: a claim against a tracked referrer is refused, an audit reads the clicks', async () => {
    await referred('acme', 'ann');
    const claim = await send({ kind: 'claim', account_id: 'acme' });
    expect(textOf((await open(claim.location ?? '', bob)).html)).toContain('Your claim could not be granted');
    const audit = await send({ kind: 'audit', account_id: 'acme' }, bob, '2026-06-20T00:00:00Z');
    const told = textOf((await open(audit.location ?? '', bob)).html);
    expect(told).toContain('The audit changes nothing');
    expect(told).not.toContain('ann');
  });

  it('R3: by address a stranger and another’s client are answered alike', async () => {
    await referred('acme', 'ann');
    const pages: string[] = [];
    for (const account_email of ['jane.roe@acme.example', 'nobody@else.example']) {
      const filed = await send({ kind: 'claim', account_email });
      const id = /claims\/([^?]+)/.exec(filed.location ?? '')?.[1] ?? '';
      pages.push((await open(filed.location ?? '', bob)).html.replaceAll(id, 'ID'));
    }
    expect(pages[0]).toBe(pages[1]);
    expect(textOf(pages[0] ?? '')).toContain('the client whom you named by address');
  });

  it('faults are told by field; an unknown account is not filed', async () => {
    const both = await send({ kind: 'claim', account_id: 'acme', account_email: 'a@b.example' });
    expect([both.status, textOf(both.html).includes('either the account’s number or the client’s address')]).toEqual([
      400,
      true,
    ]);
    expect((await send({ kind: 'other', account_id: 'acme' })).status).toBe(400);
    const unknown = await send({ kind: 'claim', account_id: 'none', note: '<b>kept</b>' });
    expect(unknown.status).toBe(422);
    expect(unknown.html).toContain('&lt;b&gt;kept&lt;/b&gt;');
    expect(await ownClaims('bob', NOW)).toEqual([]);
  });

  it('another’s claim looks like one that does not exist', async () => {
    await signup('acme', OPENED);
    const filed = await send({ kind: 'claim', account_id: 'acme' });
    const path = filed.location?.split('?')[0] ?? '';
    const [theirs, none] = [await open(path, ann), await open('/partners/claims/clm_none', ann)];
    expect([theirs.status, theirs.html]).toEqual([404, none.html]);
    expect((await open('/partners/claims', ann)).html).not.toContain('acme');
  });
});
