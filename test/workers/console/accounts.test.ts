import { beforeEach, describe, expect, it } from 'vitest';

import { auditLog } from '../../../src/program/program.schema.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { askedBy, doOn, hiddenFields, wellFormed } from './vault.ts';

const NOW = '2026-03-02T12:00:00Z';
let ana: Reader;
let ben: Reader;

async function give(method: string, path: string, body: object, as: 'ingest' | 'ana' = 'ingest'): Promise<void> {
  const { status } = await call(method, path, { as, at: NOW, body });
  expect([path, status]).toEqual([path, 201]);
}

const pay = (payment_id: string, account_id: string, more: object = {}) =>
  give('POST', '/v1/payments', {
    payment_id,
    account_id,
    amount: 7900,
    currency: 'USD',
    paid_at: '2026-02-02T12:00:00Z',
    ...more,
  });

beforeEach(async () => {
  await freshDatabases();
  ana = await operatorReader('ana');
  ben = await operatorReader('ben');
  await givePartner('pia');
  await givePartner('quinn');
  for (const [account_id, code, at] of [
    ['acct_1', 'pia', '2026-01-10T12:00:00Z'],
    ['acct_2', 'quinn', '2026-01-20T12:00:00Z'],
  ] as const) {
    const referral_token = await giveToken({ code, at });
    const body = {
      account_id,
      email: `ann@${account_id}.example`.replace('_', '-'),
      company: 'Acme',
      signed_up_at: at,
      referral_token,
    };
    await give('POST', '/v1/signups', body);
  }
  await pay('pay_1', 'acct_1');
});

const doing = (as = ana) => ({ as, at: NOW });
const open = async (path: string, as = ana) => wellFormed(await page(path, { as, at: NOW }));
const logged = async () => (await books().select().from(auditLog)).map(({ actor, action }) => `${actor} ${action}`);
const sums = async (account_id: string) => {
  const bySum = new Map<string, number>();
  for (const { partner_id, amount } of await booked(account_id))
    bySum.set(partner_id, (bySum.get(partner_id) ?? 0) + amount);
  return Object.fromEntries(bySum);
};

describe('finding accounts', () => {
  it('by the beginning of the id, an address, a payment; any other id does not exist', async () => {
    for (const q of ['acct_1', 'ANN@acct-1.example', 'pay_1']) {
      const { html } = await open(`/console/accounts?q=${encodeURIComponent(q)}`);
      expect(html).toContain('/console/accounts/acct_1"');
      expect(html).not.toContain('/console/accounts/acct_2"');
    }
    expect((await open('/console/accounts?q=acct')).html).toContain('/console/accounts/acct_2"');
    for (const path of ['', '/exception', '/move', '/ends/1/void'])
      expect((await open(`/console/accounts/nobody${path}`)).status).toBe(404);
    for (const path of ['payments/x/void', 'payments/x/conversion', 'refunds/x/void'])
      expect((await open(`/console/${path}`)).status).toBe(404);
  });

  it('R6: shows decisions in order, referrer, payments with lines, clicks with what each came to', async () => {
    const text = textOf((await open('/console/accounts/acct_1')).html);
    for (const words of [
      'Referrer pia by last click',
      'pay_1',
      '79.00 USD',
      '19.75 USD',
      'signup',
      'L1',
      'won',
      'ann@acct-1.example',
    ])
      expect(text).toContain(words);
  });
});

describe('what is corrected of an account', () => {
  it('C2: a payment is voided after its commission was named; the books follow, and it is logged', async () => {
    const path = '/console/payments/pay_1/void';
    const asked = await askedBy(path, { reason: 'A test of ours' }, doing());
    expect(textOf(asked.html)).toContain('79.00 USD never was');
    expect(textOf(asked.html)).toContain('19.75 USD are taken back from pia');
    expect(await sums('acct_1')).toEqual({ pia: 1975 });
    const done = await doOn(path, { reason: 'A test of ours' }, doing());
    expect(done.location).toBe('/console/accounts/acct_1?done=voided');
    expect(await sums('acct_1')).toEqual({});
    expect(await logged()).toContain('ana payment.void');
    expect((await askedBy(path, { reason: 'Again' }, doing())).status).toBe(422);
    await expectTheLaw(['acct_1']);
  });

  it('C2, V2: a refund and an end are voided with what they give back', async () => {
    await give('POST', '/v1/refunds', {
      refund_id: 're_1',
      payment_id: 'pay_1',
      amount: 7900,
      refunded_at: '2026-02-03T12:00:00Z',
    });
    const refund = await doOn('/console/refunds/re_1/void', { reason: 'It was another’s' }, doing());
    expect(refund.question).toContain('19.75 USD are booked for pia');
    expect(await sums('acct_1')).toEqual({ pia: 1975 });
    await give('POST', '/v1/accounts/acct_1/cancellation', { cancelled_at: '2026-02-20T12:00:00Z' });
    expect(await sums('acct_1')).toEqual({ pia: 0 });
    const at = Date.parse('2026-02-20T12:00:00Z');
    const end = await doOn(`/console/accounts/acct_1/ends/${at}/void`, { reason: 'They never left' }, doing());
    expect(end.question).toContain('19.75 USD are booked for pia');
    expect(end.location).toBe('/console/accounts/acct_1?done=voided');
    expect(await sums('acct_1')).toEqual({ pia: 1975 });
    await expectTheLaw(['acct_1']);
  });

  it('a payment in another currency is converted once, with the commission that it brings', async () => {
    await pay('pay_eur', 'acct_1', { currency: 'EUR', amount: 10_000 });
    const path = '/console/payments/pay_eur/conversion';
    const none = await askedBy(path, { amount: 'much' }, doing());
    expect([none.status, textOf(none.html)]).toEqual([422, expect.stringContaining('An amount such as 59.25')]);
    const done = await doOn(path, { amount: '110' }, doing());
    expect(done.question).toContain('27.50 USD are booked for pia');
    expect(done.location).toBe('/console/accounts/acct_1?done=converted');
    expect(await sums('acct_1')).toEqual({ pia: 1975 + 2750 });
    expect(textOf((await askedBy(path, { amount: '120' }, doing())).html)).toContain(
      'Its base was given before: 110.00 USD',
    );
    await expectTheLaw(['acct_1']);
  });
});

describe('what is ordered beside the policy', () => {
  it('R1: a clause is overruled by two people who say the same, with the amounts named to both', async () => {
    const path = '/console/accounts/acct_1/exception';
    const form = {
      clause: 'R1',
      partner_id: 'quinn',
      earns_from: '2026-01-15T00:00:00+02:00',
      reason: 'The contract\r\nsays so',
    };
    const unknown = await askedBy(path, { ...form, partner_id: 'nobody' }, doing());
    expect([unknown.status, textOf(unknown.html)]).toEqual([422, expect.stringContaining('There is no such partner')]);
    const first = await doOn(path, form, doing());
    expect(first.question).toContain('19.75 USD are taken back from pia');
    expect(first.question).toContain('19.75 USD are booked for quinn');
    expect(first.location).toBe('/console/accounts/acct_1?done=proposed');
    expect(await sums('acct_1')).toEqual({ pia: 1975 });
    const listed = await open('/console/proposals', ben);
    expect(textOf(listed.html)).toContain('overrule a clause for an account');
    const second = await doOn(path, hiddenFields(listed.html), doing(ben));
    expect(second.location).toBe('/console/accounts/acct_1?done=overruled');
    expect(await sums('acct_1')).toEqual({ pia: 0, quinn: 1975 });
    expect(await logged()).toContain('ben account.overrule');
    await expectTheLaw(['acct_1']);
  });

  it('L1, R1: two accounts become one, after it was said who governs and what moves', async () => {
    await pay('pay_2', 'acct_2');
    const path = '/console/accounts/acct_1/move';
    const form = { into_account_id: 'acct_2', kind: 'merged', reason: 'The same client' };
    expect((await askedBy(path, { ...form, into_account_id: 'acct_1' }, doing())).status).toBe(422);
    expect((await askedBy(path, { ...form, into_account_id: 'acct_9' }, doing())).status).toBe(422);
    const done = await doOn(path, form, doing());
    expect(done.question).toContain('acct_1 was opened first and governs; the referrer is pia');
    expect(done.question).toContain('19.75 USD are booked for pia');
    expect(done.question).toContain('19.75 USD are taken back from quinn');
    expect(done.location).toBe('/console/accounts/acct_2?done=moved');
    expect(textOf((await open('/console/accounts/acct_1')).html)).toContain('Account acct_2');
    expect(await logged()).toContain('ana account.merged');
  });
});
