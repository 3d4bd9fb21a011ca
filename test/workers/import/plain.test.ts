import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { csv, sendFile } from './send.ts';

const AT = '2026-11-20T17:00:00Z';

const PARTNERS = csv([
  {
    partner_id: 'p_ann',
    name: 'Ann',
    email: 'ann@partners.example',
    country: 'US',
    paypal_email: 'ann@pay.example',
    code: 'ann',
  },
  { partner_id: 'p_bob', name: 'Bob', email: 'bob@partners.example', country: 'DE', rate_bps: 3000 },
]);
const SIGNUPS = csv([
  {
    account_id: 'acct_1',
    email: 'eve@acme.example',
    company: 'Acme, "Inc."',
    signed_up_at: '2026-01-10T09:00:00Z',
    partner_id: 'p_ann',
  },
  {
    account_id: 'acct_2',
    email: 'joe@corp.example',
    signed_up_at: '2026-02-10T09:00:00Z',
    how_heard: 'from bob@partners.example',
  },
  { account_id: 'acct_3', email: 'kim@solo.example', signed_up_at: '2026-03-10T09:00:00Z' },
]);
const PAYMENTS = csv([
  {
    payment_id: 'pay_1',
    account_id: 'acct_1',
    amount: 7900,
    currency: 'USD',
    paid_at: '2026-01-12T10:00:00Z',
    paid_elsewhere_at: '2026-02-01T00:00:00Z',
  },
  { payment_id: 'pay_2', account_id: 'acct_1', amount: 7900, currency: 'USD', paid_at: '2026-02-12T10:00:00Z' },
  { payment_id: 'pay_3', account_id: 'acct_2', amount: 10000, currency: 'USD', paid_at: '2026-02-12T10:00:00Z' },
  { payment_id: 'pay_4', account_id: 'acct_3', amount: 10000, currency: 'USD', paid_at: '2026-03-12T10:00:00Z' },
  { payment_id: 'pay_5', account_id: 'acct_9', amount: 500, currency: 'USD', paid_at: '2026-03-12T10:00:00Z' },
]);
const REFUNDS = csv([
  { refund_id: 're_1', payment_id: 'pay_2', amount: 3950, refunded_at: '2026-03-01T00:00:00Z' },
  { refund_id: 're_2', payment_id: 'pay_1', amount: 7900, refunded_at: '2026-03-01T00:00:00Z' },
  { refund_id: 're_3', payment_id: 'pay_8', amount: 1, refunded_at: '2026-03-01T00:00:00Z' },
  { refund_id: 're_4', payment_id: 'pay_3', amount: 20000, refunded_at: '2026-03-01T00:00:00Z' },
]);

const FILES = [
  ['partners', PARTNERS],
  ['signups', SIGNUPS],
  ['payments', PAYMENTS],
  ['refunds', REFUNDS],
] as const;

async function importAll() {
  const answers = [];
  for (const [kind, file] of FILES) answers.push(await sendFile(kind, file, { at: AT }));
  return answers;
}

const verdicts = (lines: readonly { verdict: string; code?: string }[]) =>
  lines.map(({ verdict, code }) => (code === undefined ? verdict : `${verdict} ${code}`));

describe('imports in the plain format', () => {
  beforeEach(freshDatabases);

  it('each kind is told through the operations of its door, and the books follow the law', async () => {
    const [partners, signups, payments, refunds] = await importAll();
    expect(verdicts(partners?.lines ?? [])).toEqual(['created', 'created']);
    expect(verdicts(signups?.lines ?? [])).toEqual(['created', 'created', 'created']);
    expect(verdicts(payments?.lines ?? [])).toEqual([
      'created',
      'created',
      'created',
      'created',
      'parked unknown_account',
    ]);
    expect(verdicts(refunds?.lines ?? [])).toEqual([
      'created',
      'created',
      'parked unknown_payment',
      'refused refund_too_large',
    ]);
    expect(payments?.summary).toMatchObject({ rows: 5, created: 4, parked: 1, refused: 0, next: null });
    await expectTheLaw(['acct_1', 'acct_2', 'acct_3']);
    const amounts = async (id: string) =>
      (await booked(id)).map((entry) => [entry.partner_id, entry.kind, entry.amount]);
    expect(await amounts('acct_1')).toEqual(
      [
        ['p_ann', 'commission', 1975],
        ['p_ann', 'refund', -987],
      ].toSorted(),
    );
    expect(await amounts('acct_2')).toEqual([['p_bob', 'commission', 3000]]);
    expect(await amounts('acct_3')).toEqual([]);
  });

  it('the same file again says unchanged, and other content under an id is refused as a conflict', async () => {
    await importAll();
    for (const [kind, file] of FILES) {
      const again = await sendFile(kind, file, { at: AT });
      expect(
        new Set(again.lines.map(({ verdict }) => verdict)).difference(new Set(['unchanged', 'refused'])).size,
      ).toBe(0);
      expect(again.summary.created + again.summary.parked).toBe(0);
    }
    const other = await sendFile('payments', PAYMENTS.replace('10000', '10001'), { at: AT });
    expect(verdicts(other.lines)).toEqual(['unchanged', 'unchanged', 'refused conflict', 'unchanged', 'unchanged']);
  });

  it('a row imported and the same told by its door are one: either is a replay of the other', async () => {
    await importAll();
    const payment = {
      payment_id: 'pay_2',
      account_id: 'acct_1',
      amount: 7900,
      currency: 'USD',
      paid_at: '2026-02-12T10:00:00Z',
    };
    expect((await call('POST', '/v1/payments', { body: payment, at: AT })).status).toBe(200);
    const signup = { account_id: 'acct_3', email: 'kim@solo.example', signed_up_at: '2026-03-10T09:00:00Z' };
    const told = await call('POST', '/v1/signups', { body: signup, at: AT });
    expect(told.status).toBe(200);
    expect(told.body).toMatchObject({ account_id: 'acct_3', referrer: null, flags: [] });
    const refund = { refund_id: 're_9', payment_id: 'pay_3', amount: 100, refunded_at: '2026-04-01T00:00:00Z' };
    expect((await call('POST', '/v1/refunds', { body: refund, at: AT })).status).toBe(201);
    expect(verdicts((await sendFile('refunds', csv([refund]), { at: AT })).lines)).toEqual(['unchanged']);
    const partner = { partner_id: 'p_bob', name: 'Bob', email: 'bob@partners.example', country: 'DE', rate_bps: 3000 };
    const again = await call('POST', '/v1/partners', { as: 'ana', body: partner, at: AT });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ partner_id: 'p_bob', rate_bps: 3000 });
  });

  it('what a former program has paid is in no total, is listed as paid without a payout, and is not clawed back', async () => {
    await importAll();
    const issued = await call('POST', '/v1/partners/p_ann/tokens', { as: 'ana', body: {}, at: AT });
    const token = { token: String(issued.body['token']) };
    const earnings = await call('GET', '/v1/earnings', { as: token, at: AT });
    expect(earnings.body['totals']).toEqual({
      pending: 0,
      payable: 988,
      in_flight: 0,
      paid: 0,
      forfeited: 0,
      owed_back: 0,
    });
    const list = await call('GET', '/v1/earnings/commissions', { as: token, at: AT });
    expect(list.body['data']).toMatchObject([
      { payment_id: 'pay_2', kind: 'commission', status: 'payable', amount: 988 },
      {
        payment_id: 'pay_1',
        kind: 'commission',
        status: 'paid',
        amount: 1975,
        payout_id: null,
        reason: 'paid_elsewhere',
      },
    ]);
    const pages = [];
    for (let cursor = ''; ;) {
      const page = await call('GET', `/v1/earnings/commissions?limit=1${cursor}`, { as: token, at: AT });
      pages.push(...(page.body['data'] as unknown as { payment_id: string }[]).map((row) => row.payment_id));
      if (page.body['next_cursor'] === null) break;
      cursor = `&cursor=${String(page.body['next_cursor'])}`;
    }
    expect(pages).toEqual(['pay_2', 'pay_1']);
    const account = await call('GET', '/v1/accounts/acct_1', { as: 'ana', at: AT });
    expect(account.body['payments']).toMatchObject([
      { payment_id: 'pay_1', commission: null, reason: 'paid_elsewhere' },
      { payment_id: 'pay_2' },
    ]);
    const lines = await env.BOOKS.prepare("SELECT count(*) AS n FROM lines WHERE payment_id = 'pay_1'").first<number>(
      'n',
    );
    expect(lines).toBe(0);
  });

  it('C3: a payment that billing told while both ran, and that the former program then paid, is marked once and is due no more', async () => {
    await importAll();
    const marked = PAYMENTS.replace('2026-02-12T10:00:00Z,\n', '2026-02-12T10:00:00Z,2026-03-01T00:00:00Z\n');
    expect(marked).not.toBe(PAYMENTS);
    const dry = await sendFile('payments', marked, { query: 'dry_run=true', at: AT });
    expect(dry.summary.due_total).toBe(3000);
    const answer = await sendFile('payments', marked, { query: 'expect_due=3000', at: AT });
    expect(verdicts(answer.lines)).toEqual(['unchanged', 'created', 'unchanged', 'unchanged', 'unchanged']);
    await expectTheLaw(['acct_1']);
    expect((await booked('acct_1')).map((entry) => entry.amount)).toEqual([]);
    expect((await sendFile('payments', marked, { at: AT })).summary.unchanged).toBe(5);
    const moved = await sendFile('payments', marked.replace('2026-03-01', '2026-03-02'), { at: AT });
    expect(verdicts(moved.lines)[1]).toBe('refused conflict');
  });

  it('the dry run says the same verdicts and what would be due, writes nothing, and the real run is held to it', async () => {
    for (const [kind, file] of FILES.slice(0, 2)) await sendFile(kind, file, { at: AT });
    const before = await dump();
    const dry = await sendFile('payments', PAYMENTS, { query: 'dry_run=true', at: AT });
    expect(await dump()).toEqual(before);
    expect(dry.summary).toMatchObject({ import_id: null, due_total: 1975 + 3000, created: 4, parked: 1, next: null });
    const wrong = await sendFile('payments', PAYMENTS, { query: 'expect_due=4976', at: AT });
    expect([wrong.status, wrong.body['code']]).toEqual([422, 'invalid']);
    expect(await dump()).toEqual(before);
    const real = await sendFile('payments', PAYMENTS, { query: `expect_due=${dry.summary.due_total}`, at: AT });
    expect(real.summary).toMatchObject({ created: 4, parked: 1, due_total: 4975 });
    expect(verdicts(real.lines)).toEqual(verdicts(dry.lines));
    const again = await sendFile('payments', PAYMENTS, { query: 'expect_due=4975', at: AT });
    expect(again.summary).toMatchObject({ unchanged: 5, due_total: 4975 });
    const sum = await env.BOOKS.prepare('SELECT sum(amount) AS n FROM lines').first<number>('n');
    expect(sum).toBe(4975);
  });

  it('rows without their form are refused by number with the fields at fault, and spoil no other', async () => {
    const file = [
      'payment_id,account_id,amount,currency,paid_at',
      'pay_1,acct_1,7900,USD,2026-01-12T10:00:00Z',
      'pay_2,acct_1,79.00,USD,2026-01-12T10:00:00Z',
      'pay_3,acct_1,7900,usd,yesterday',
      'pay_4,acct_1,7900',
      '"pay_5"x,acct_1,7900,USD,2026-01-12T10:00:00Z',
      '',
      'pay_6,acct_1,7900,USD,2026-01-12T10:00:00Z\r',
    ].join('\n');
    const answer = await sendFile('payments', file, { at: AT });
    const told = answer.lines.toSorted((a, b) => a.row - b.row);
    expect(told).toMatchObject([
      { row: 1, id: 'pay_1', verdict: 'parked' },
      { row: 2, id: 'pay_2', verdict: 'refused', code: 'malformed', fields: ['amount'] },
      { row: 3, id: 'pay_3', verdict: 'refused', code: 'malformed', fields: ['currency', 'paid_at'] },
      { row: 4, id: null, verdict: 'refused', code: 'malformed' },
      { row: 5, id: null, verdict: 'refused', code: 'malformed' },
      { row: 6, id: 'pay_6', verdict: 'parked' },
    ]);
  });

  it('NDJSON is read as well; another type is 415, an unknown column 400, and the ingest key may not import', async () => {
    const rows = [
      { account_id: 'acct_1', email: 'a@b.example', users: [{ email: 'u@b.example' }] },
      { account_id: 'acct_2' },
      7,
    ];
    const answer = await sendFile('signups', rows.map((row) => JSON.stringify(row)).join('\n'), {
      type: 'application/x-ndjson',
      at: AT,
    });
    expect(verdicts(answer.lines.toSorted((a, b) => a.row - b.row))).toEqual([
      'created',
      'refused malformed',
      'refused malformed',
    ]);
    expect((await sendFile('signups', '[]', { type: 'application/json' })).status).toBe(415);
    const columns = await sendFile('payments', 'payment_id,paid\n');
    expect([columns.status, columns.body['errors']]).toEqual([
      400,
      [{ path: 'body.paid', message: 'not a known column, or twice' }],
    ]);
    expect((await sendFile('payments', PAYMENTS, { key: 'nobody' })).status).toBe(401);
    expect((await sendFile('nothing', PAYMENTS)).status).toBe(400);
  });

  it('partners that would share a PayPal address, a code or an id are refused, the first of a file goes before', async () => {
    const row = { name: 'P', email: 'p@partners.example', country: 'US' };
    const answer = await sendFile(
      'partners',
      csv([
        { partner_id: 'p_1', ...row, paypal_email: 'pay@x.example', code: 'one' },
        { partner_id: 'p_2', ...row, paypal_email: 'PAY@x.example', code: '' },
        { partner_id: 'p_3', ...row, paypal_email: '', code: 'ONE' },
        { partner_id: 'p_1', ...row, paypal_email: '', code: '' },
      ]),
      { at: AT },
    );
    expect(verdicts(answer.lines)).toEqual([
      'created',
      'refused address_taken',
      'refused code_taken',
      'refused conflict',
    ]);
  });

  it('B1: expected clients are lists of their partners, received once', async () => {
    await sendFile('partners', PARTNERS, { at: AT });
    const file = csv([
      { partner_id: 'p_ann', email: 'one@c.example', name: 'One' },
      { partner_id: 'p_bob', email: 'one@c.example' },
      { partner_id: 'p_ann', email: 'no address' },
      { partner_id: 'p_none', email: 'two@c.example' },
    ]);
    const first = await sendFile('expected-clients', file, { at: AT });
    expect(verdicts(first.lines)).toEqual(['created', 'created', 'refused malformed', 'refused unknown_partner']);
    const again = await sendFile('expected-clients', file, { at: AT });
    expect(verdicts(again.lines)).toEqual(['unchanged', 'unchanged', 'refused malformed', 'refused unknown_partner']);
    const lists = await call('GET', '/v1/expected-clients', { as: 'ana', at: AT });
    expect(lists.body['data']).toHaveLength(2);
  });
});

it.each([
  ['payments', csv([{ payment_id: 'p 1', account_id: 'a', amount: 'x', currency: 'USD', paid_at: 'never' }]), 1],
  [
    'partners',
    csv([
      { partner_id: 'no id', name: 'N' },
      { partner_id: '', name: 'M' },
    ]),
    2,
  ],
])('a file of %s that tells nothing leaves nothing behind, not even that it was sent', async (kind, file, refused) => {
  const before = await dump();
  const { summary } = await sendFile(kind, file, { at: AT });
  expect(summary).toMatchObject({ rows: refused, refused });
  expect(await dump()).toEqual(before);
});

async function dump() {
  const tables = ['payments', 'lines', 'replays', 'versions', 'imports'];
  return Promise.all(tables.map((table) => env.BOOKS.prepare(`SELECT count(*) AS n FROM ${table}`).first('n')));
}
