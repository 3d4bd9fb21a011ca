import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { operatorKeys } from '../../support/local.ts';
import { givePartner } from '../../support/world.ts';
import { cookieOf, openFrontDoor } from '../tracker/front-door.ts';
import { csv, sendFile } from './send.ts';

const AT = '2026-11-20T17:00:00Z';
const app = createApi();

const signup = (i: number, more: Record<string, string> = {}) => ({
  account_id: `acct_${i}`,
  email: `client${i}@c${i}.example`,
  signed_up_at: '2026-01-10T00:00:00Z',
  ...more,
});
const payment = (i: number, more: Record<string, string | number> = {}) => ({
  payment_id: `pay_${i}`,
  account_id: 'acct_1',
  amount: 7900,
  currency: 'USD',
  paid_at: '2026-02-10T00:00:00Z',
  ...more,
});

/** Sends bytes as they are, in the pieces given. */
async function sendBytes(kind: string, pieces: readonly Uint8Array[], type = 'text/csv', query = '') {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const headers = { authorization: `Bearer ${operatorKeys.ana}`, 'content-type': type, 'x-clock': AT };
  const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
  const answer = await app.request(`http://localhost/v1/${kind}/import${query}`, init, env as unknown as ProgramEnv);
  return { status: answer.status, text: await answer.text() };
}

const bytes = (text: string) => new TextEncoder().encode(text);

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann', { email: 'ann@partners.example' });
});

describe('a file that is not what it says', () => {
  it.each([
    ['Latin-1 in its header', [new Uint8Array([...bytes('payment_id,ac'), 0xe9, ...bytes('count\n1,2\n')])]],
    ['a header whose quote is never closed', [bytes(`"${'a'.repeat(700_000)}`)]],
    ['UTF-16', [new Uint8Array([0xff, 0xfe, 0x70, 0x00, 0x61, 0x00, 0x0a, 0x00])]],
    ['nothing', []],
  ])('with %s is 400, not a failure of ours', async (_, pieces) => {
    for (const query of ['', '?dry_run=true']) {
      const { status, text } = await sendBytes('payments', pieces, 'text/csv', query);
      expect([status, JSON.parse(text).code]).toEqual([400, 'malformed']);
    }
  });

  it('with a byte order mark, CRLF, quotes and empty lines is read', async () => {
    const file = `\ufeff"payment_id",account_id,amount,currency,paid_at\r\n\r\n"pay_1","acct_1",7900,USD,2026-02-10T00:00:00Z\r\n\r\n`;
    const all = bytes(file);
    const pieces = Array.from(all, (_, i) => all.subarray(i, i + 1));
    const { status, text } = await sendBytes('payments', pieces);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([status, lines[0]]).toEqual([200, { row: 1, id: 'pay_1', verdict: 'parked', code: 'unknown_account' }]);
    expect(lines).toHaveLength(2);
  });

  it('NDJSON with blank lines last is read as what it holds', async () => {
    const { status, text } = await sendBytes(
      'payments',
      [bytes(`${JSON.stringify(payment(1))}\n\n`), bytes('  \n')],
      'application/x-ndjson',
    );
    expect([status, JSON.parse(text.trim().split('\n').at(-1) ?? '')]).toMatchObject([200, { rows: 1, next: null }]);
  });

  it('a bare cell with two quotes spoils its own row alone', async () => {
    const file = `partner_id,name,email,country\np_1,Pipe 5"" wide,p1@p.example,US\np_2,Two,p2@p.example,US\n`;
    const { lines, summary } = await sendFile('partners', file, { at: AT });
    expect(summary).toMatchObject({ rows: 2, created: 1, next: null });
    expect(lines.map(({ id, verdict }) => [id, verdict])).toEqual([
      [null, 'refused'],
      ['p_2', 'created'],
    ]);
  });

  it('a stream that is cut in the middle of a row says where it stopped, and the whole file goes on from there', async () => {
    const rows = [payment(1), payment(2), payment(3)];
    const file = csv(rows);
    let sent = false;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent) controller.error(new Error('the connection is gone'));
        else controller.enqueue(bytes(file.slice(0, -20)));
        sent = true;
      },
    });
    const headers = { authorization: `Bearer ${operatorKeys.ana}`, 'content-type': 'text/csv', 'x-clock': AT };
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    const answer = await app.request('http://localhost/v1/payments/import', init, env as unknown as ProgramEnv);
    await answer.text().catch(() => 'broke off');
    const { summary } = await sendFile('payments', file, { at: AT });
    expect(summary).toMatchObject({ rows: 3, refused: 0, next: null });
  });
});

describe('rows at the limits', () => {
  it.each([
    [
      'payments',
      payment(1),
      [
        { amount: 9_007_199_254_740_991 },
        { amount: 0 },
        { amount: -1 },
        { amount: 7900, tax_amount: 7901 },
        { paid_at: '2100-12-31T23:59:59Z' },
        { paid_at: '1999-12-31T23:59:59Z' },
        { paid_at: '0000-01-01T00:00:00Z' },
        { paid_at: '2026-02-30T00:00:00Z' },
        { currency: 'XXX' },
        { currency: 'usd' },
        { plan: 'p'.repeat(500) },
        { payment_id: 'a'.repeat(129) },
        { payment_id: '' },
        { account_id: '__proto__' },
        { amount: '1,234.50' },
        { amount: '12e3' },
        { paid_elsewhere_at: '2100-12-31T23:59:59Z' },
        { paid_elsewhere_at: '2000-01-01T00:00:00Z' },
      ],
    ],
    [
      'signups',
      signup(1),
      [
        { signed_up_at: '2100-12-31T23:59:59Z' },
        { signed_up_at: '2000-01-01T00:00:00Z' },
        { email: 'ü@ö.example' },
        { email: 'x' },
        { name: 'n'.repeat(5000) },
        { name: '\u0000' },
        { how_heard: 'a@'.repeat(1500) },
        { partner_id: 'constructor' },
        { referral_token: 'x'.repeat(900) },
        { promotion_code: '%' },
        { signup_ref: 'x' },
      ],
    ],
    [
      'refunds',
      { refund_id: 're_1', payment_id: 'pay_1', amount: 100, refunded_at: '2026-02-20T00:00:00Z' },
      [
        { amount: 9_007_199_254_740_991 },
        { amount: 0 },
        { refunded_at: '2000-01-01T00:00:00Z' },
        { refunded_at: '2100-12-31T00:00:00Z' },
      ],
    ],
    [
      'partners',
      { partner_id: 'p', name: 'P', email: 'p@p.example', country: 'US' },
      [
        { country: 'ZZ' },
        { country: 'us' },
        { rate_bps: 10_001 },
        { rate_bps: 2.5 },
        { code: 'ann' },
        { code: 'ANN' },
        { code: 'a/b' },
        { paypal_email: 'x' },
        { status: 'closed' },
        { status: 'gone' },
        { partner_id: 'ann' },
      ],
    ],
  ] as const)('each of %s has its own verdict, and none spoils another', async (kind, base, odd) => {
    await sendFile('signups', csv([signup(1, { partner_id: 'ann' })]), { at: AT });
    const id = Object.keys(base)[0] ?? '';
    const rows = odd.map((more, i) => ({ ...base, [id]: `row_${i}`, ...more }) as Record<string, string | number>);
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const all = rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? ''])));
    const last = { ...base, [id]: 'last', ...(kind === 'signups' ? { email: 'last@c.example' } : {}) };
    for (const query of ['dry_run=true', '', '']) {
      const { status, lines, summary } = await sendFile(
        kind,
        csv([...all, { ...Object.fromEntries(columns.map((name) => [name, ''])), ...last }]),
        { query, at: AT },
      );
      expect([status, summary]).toMatchObject([200, { rows: rows.length + 1, next: null }]);
      expect(lines.at(-1)?.verdict).not.toBe('refused');
      expect(
        lines
          .filter((line) => line.verdict === 'refused' && line.code === 'malformed')
          .every((line) => (line.fields ?? []).length > 0),
      ).toBe(true);
    }
    await expectTheLaw(['acct_1']);
  });
});

describe('partners of an import', () => {
  it('have links that work at once, by the code that they had', async () => {
    const rows = [{ partner_id: 'mo', name: 'Mo', email: 'mo@p.example', country: 'US', code: 'Mo-Old' }];
    const { ask } = openFrontDoor();
    expect(cookieOf(await ask('/r/mo-old', { now: Date.parse(AT) - 61_000 }))).toBeNull();
    expect((await sendFile('partners', csv(rows), { at: AT })).summary.created).toBe(1);
    const answer = await ask('/r/mo-old', { now: Date.parse(AT) });
    expect([cookieOf(answer) === null, answer.headers.get('location')]).toEqual([false, env.HOME_URL]);
  });

  it('L1: have their links in the mirror, where visitors are served from while the books do not answer', async () => {
    const rows = Array.from({ length: 450 }, (_, i) => ({
      partner_id: `mo_${i}`,
      name: 'Mo',
      email: `mo${i}@p.example`,
      country: 'US',
      code: `Mo-${i}`,
      status: i === 7 ? 'suspended' : 'active',
    }));
    expect((await sendFile('partners', csv(rows), { query: 'dry_run=true', at: AT })).summary.created).toBe(450);
    expect((await env.LINKS.list({ prefix: 'link:mo-' })).keys).toEqual([]);
    for (let next: number | null = 1, runs = 0; next !== null && runs < 3; runs++)
      next = (await sendFile('partners', csv(rows), { at: AT })).summary.next;
    expect((await env.LINKS.list({ prefix: 'link:mo-' })).keys).toHaveLength(450);
    const down = () => {
      throw new Error('down');
    };
    const { ask } = openFrontDoor({ BOOKS: { prepare: down } });
    expect(cookieOf(await ask('/r/mo-449', { now: Date.parse(AT) }))).not.toBeNull();
    expect(cookieOf(await ask('/r/mo-7', { now: Date.parse(AT) }))).toBeNull();
  });
});

describe('signups of an import', () => {
  const alone = Array.from({ length: 40 }, (_, i) => signup(i, { promotion_code: 'SPRING' }));

  it('a dry run looks at any number of rows that are decided one by one', async () => {
    const { status, summary } = await sendFile('signups', csv(alone), { query: 'dry_run=true', at: AT });
    expect([status, summary]).toMatchObject([200, { rows: 40, created: 40, next: null }]);
  });

  it('the dry run says of each row what the run then says', async () => {
    await call('POST', '/v1/signups', { at: AT, body: signup(1, { name: 'Another' }) });
    const form = await call('POST', '/v1/signups', { at: AT, body: signup(3) });
    expect(form.status).toBe(201);
    const rows = [
      signup(1),
      signup(2, { email: 'client1@c1.example' }),
      signup(3),
      signup(4, { partner_id: 'nobody' }),
    ];
    const dry = await sendFile('signups', csv(rows.map((row) => ({ name: '', partner_id: '', ...row }))), {
      query: 'dry_run=true',
      at: AT,
    });
    const real = await sendFile('signups', csv(rows.map((row) => ({ name: '', partner_id: '', ...row }))), { at: AT });
    expect(real.lines.map(({ verdict, code }) => code ?? verdict)).toEqual([
      'conflict',
      'created',
      'unchanged',
      'unknown_partner',
    ]);
    expect(dry.lines).toEqual(real.lines);
  });

  it('rows that are decided one by one do not hold up the others for long', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => signup(i, { promotion_code: i % 3 === 0 ? 'SPRING' : '' }));
    let runs = 0;
    for (let next: number | null = 0; next !== null && runs < 20; runs++)
      next = (await sendFile('signups', csv(rows), { at: AT })).summary.next;
    expect(runs).toBeLessThanOrEqual(4);
    expect(await env.BOOKS.prepare('SELECT count(*) AS n FROM accounts').first('n')).toBe(300);
  }, 120_000);
});

describe('a run', () => {
  it('says how far it came while it goes on, and never that it went back', async () => {
    await sendFile('signups', csv([signup(1, { partner_id: 'ann' })]), { at: AT });
    await sendFile('payments', csv([payment(1), payment(2)]), { at: AT });
    const seen: number[] = [];
    const BOOKS = new Proxy(env.BOOKS, {
      get(database, key) {
        if (key === 'batch')
          return async (statements: D1PreparedStatement[]) => {
            const results = await database.batch(statements);
            const latest = await env.BOOKS.prepare('SELECT max(rows_done) AS n FROM imports WHERE ended = 0').first<
              number | null
            >('n');
            if (latest !== null) seen.push(latest);
            return results;
          };
        const value: unknown = Reflect.get(database, key);
        return typeof value === 'function' ? value.bind(database) : value;
      },
    });
    const file = csv([
      payment(1, { paid_elsewhere_at: '2026-03-01T00:00:00Z' }),
      payment(2, { paid_elsewhere_at: '' }),
      payment(3, { paid_elsewhere_at: '' }),
    ]);
    const { summary } = await sendFile('payments', file, { at: AT, env: { BOOKS } as Partial<ProgramEnv> });
    expect(summary).toMatchObject({ rows: 3, created: 2, unchanged: 1 });
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    expect(Math.max(...seen)).toBeLessThanOrEqual(3);
  });

  it('C3: what a former program has paid is never paid again, whoever the referrer is and whatever is refunded or voided', async () => {
    await givePartner('bob', { email: 'bob@partners.example' });
    await sendFile('signups', csv([signup(1, { partner_id: 'ann' })]), { at: AT });
    await sendFile(
      'payments',
      csv([payment(1, { paid_elsewhere_at: '2026-03-01T00:00:00Z' }), payment(2, { paid_elsewhere_at: '' })]),
      { at: AT },
    );
    const refund = { refund_id: 're_1', payment_id: 'pay_1', amount: 7900, refunded_at: '2026-04-01T00:00:00Z' };
    await sendFile('refunds', csv([refund]), { at: AT });
    await call('POST', '/v1/refunds/re_1/reversal', { at: AT, body: { reversed_at: '2026-05-01T00:00:00Z' } });
    await call('POST', '/v1/payments/pay_1/void', { as: 'ana', at: AT, body: { reason: 'told wrongly' } });
    await expectTheLaw(['acct_1']);
    expect([...new Set((await booked('acct_1')).map((entry) => entry.payment_id))]).toEqual(['pay_2']);
  });
});
