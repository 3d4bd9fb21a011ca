import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { cursorOf } from '../../../src/http/cursor.ts';
import { verdictsOf } from '../../../src/import/check.repo.ts';
import { listRuns } from '../../../src/import/import.repo.ts';
import { openDatabase, type Database } from '../../../src/program/commit.repo.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';

beforeEach(freshDatabases);

const at = '2026-11-10T12:00:00Z';

function formOf(text: string, fields: Record<string, string> = {}, name = 'rows.csv'): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set('file', new File([text], name));
  return form;
}

async function check(as: Reader, text: string, kind: string): Promise<string> {
  const sent = await page('/console/import', { as, at, form: formOf(text, { kind, format: 'plain' }) });
  expect([sent.status, textOf(sent.html)]).toEqual([303, '']);
  return sent.location ?? '';
}
const count = async (table: string) =>
  (await env.BOOKS.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>())?.n;

/** What a reading makes D1 look at, in rows. */
async function rowsReadBy(work: (db: Database) => Promise<unknown>): Promise<{ read: number }> {
  let read = 0;
  const counting = new Proxy(env.BOOKS, {
    get(target, key) {
      if (key !== 'prepare') return Reflect.get(target, key);
      return (query: string) => ({
        bind: (...values: unknown[]) => {
          const bound = target.prepare(query).bind(...values);
          return {
            all: async () => bound.all(),
            raw: async () => {
              read += (await bound.all()).meta.rows_read;
              return bound.raw();
            },
          };
        },
      });
    },
  });
  await work(openDatabase(counting));
  return { read };
}

const PARTNERS = [
  'partner_id,name,email,country',
  'pia,Pia,pia@partners.example,DE',
  'nora,Nora,nora@partners.example,FR',
  'bad,,no address,XX',
  '',
].join('\n');

/** An account of a referrer, and a file of its payments: $19.75 each. */
async function payments(rows: number): Promise<string> {
  await givePartner('pia');
  await call('POST', '/v1/signups', {
    at: '2026-01-02T12:00:00Z',
    body: { account_id: 'acct_1', email: 'ann@acme.example', how_heard: 'pia@partners.example' },
  });
  const lines = Array.from({ length: rows }, (_, i) => `pay_${i},acct_1,7900,USD,2026-0${(i % 9) + 1}-10T12:00:00Z`);
  return ['payment_id,account_id,amount,currency,paid_at', ...lines, ''].join('\n');
}

describe('imports in the console', () => {
  it('a file is looked at first and writes nothing; then the same file is imported, and the rows not taken are listed', async () => {
    const as = await operatorReader('ana');
    const path = await check(as, PARTNERS, 'partners');
    const dry = await page(path, { as, at });
    expect(textOf(dry.html)).toContain('Rows 3 Would be taken 2');
    expect(textOf(dry.html)).toMatch(/3 bad not taken .*\(name, email, country\)/);
    expect(textOf(dry.html)).toContain('Yes, import 3 rows of partners');
    expect([await count('partners'), (await listRuns(books(), null, 9)).length]).toEqual([0, 0]);

    const run = await page(`${path}/run`, { as, at, form: formOf(PARTNERS) });
    expect(run.status).toBe(200);
    expect(textOf(run.html)).toContain(
      'The whole file is imported. 3 rows: 2 taken, 0 known before, 0 wait, 1 not taken.',
    );
    expect(run.html).toContain('<progress max="3" value="0"');
    expect(run.html.endsWith('</html>')).toBe(true);
    expect(run.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await count('partners')).toBe(2);
    const [row] = await listRuns(books(), null, 9);
    const seen = await page(`/console/import/runs/${row?.import_id}`, { as, at });
    expect(textOf(seen.html)).toMatch(/whole .*3 of 3 rows have a verdict.* 3 bad not taken/);
    expect(seen.headers.get('refresh')).toBeNull();
    const log = await call('GET', '/v1/audit-log?action=partner.create', { as: 'ana', at });
    expect(log.body['data']).toMatchObject([{ via: 'console' }, { via: 'console' }]);
  });

  it('payments: the amount is named, and the run is refused where the file, or what it makes due, is another', async () => {
    const as = await operatorReader('ana');
    const file = await payments(3);
    const path = await check(as, file, 'payments');
    const dry = textOf((await page(path, { as, at })).html);
    expect(dry).toContain('Yes, import 3 rows of payments, which make 59.25 USD of commissions');

    const other = await page(`${path}/run`, { as, at, form: formOf(file.replace('7900', '790000')) });
    expect([other.status, textOf(other.html)]).toEqual([422, expect.stringContaining('another file')]);
    await call('PATCH', '/v1/partners/pia', { as: 'ana', at: '2025-12-31T00:00:00Z', body: { rate_bps: 1000 } });
    const moved = await page(`${path}/run`, { as, at, form: formOf(file) });
    expect([moved.status, textOf(moved.html)]).toEqual([422, expect.stringContaining('Now it makes 23.70 USD')]);
    expect(await count('payments')).toBe(0);

    const anew = await check(as, file, 'payments');
    const run = await page(`${anew}/run`, { as, at, form: formOf(file) });
    expect(textOf(run.html)).toContain('3 rows: 3 taken');
    const again = await page(`${anew}/run`, { as, at, form: formOf(file) });
    expect(textOf(again.html)).toContain('3 rows: 0 taken, 3 known before');
    expect(await count('payments')).toBe(3);
  });

  it('a run that stopped loads itself again until it gets no further, and goes on by the same file', async () => {
    const as = await operatorReader('ana');
    const file = await payments(4);
    const path = await check(as, file, 'payments');
    const import_id = `imp_${path.split('chk_')[1]}_0123abcd`;
    await env.BOOKS.prepare("INSERT INTO imports VALUES (?, 'payments', 'plain', 'ana', 0, 2, 2, 0, 0, 0, 0)")
      .bind(import_id)
      .run();
    let next = `/console/import/runs/${import_id}`;
    let reloads = 0;
    for (;;) {
      const seen = await page(next, { as, at });
      expect(seen.html).toContain('<progress max="4" value="2"');
      const refresh = seen.headers.get('refresh');
      if (refresh === null) {
        expect(textOf(seen.html)).toContain('It did not come to its end');
        expect(seen.html).toContain(`action="${path}/run"`);
        break;
      }
      next = refresh.split('url=')[1] ?? '';
      reloads += 1;
    }
    expect(reloads).toBe(5);
    expect(textOf((await page(`${path}/run`, { as, at, form: formOf(file) })).html)).toContain('4 rows: 4 taken');
    expect((await page('/console/import/runs/imp_nobody', { as, at })).status).toBe(404);
  });

  it('rows not taken come page by page, refused ones first', async () => {
    const as = await operatorReader('ana');
    const refunds = Array.from({ length: 60 }, (_, i) => `ref_${i},pay_${i},100,2026-02-01T00:00:00Z`);
    const file = [
      'refund_id,payment_id,amount,refunded_at',
      ...refunds,
      'ref_bad,pay_1,-5,2026-02-01T00:00:00Z',
      '',
    ].join('\n');
    const path = await check(as, file, 'refunds');
    const first = await page(path, { as, at });
    expect(textOf(first.html)).toMatch(/Why 61 ref_bad not taken .* 1 ref_0 waits nobody has told of this payment yet/);
    const more = /href="([^"]*cursor=[^"]*)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const rest = await page(more, { as, at });
    expect(rest.html.match(/<td>ref_\d+<\/td>/g)).toHaveLength(11);
  });

  it(
    'a file of which more than 20,000 rows are not taken shows them all, by queries that read a page',
    { timeout: 120_000 },
    async () => {
      const as = await operatorReader('ana');
      const ROWS = 21_000;
      const lines = Array.from(
        { length: ROWS },
        (_, i) => `ref_${i},pay_${i},${i < 20_500 ? -5 : 100},2026-02-01T00:00:00Z`,
      );
      const file = ['refund_id,payment_id,amount,refunded_at', ...lines, ''].join('\n');
      const path = await check(as, file, 'refunds');
      expect(textOf((await page(path, { as, at })).html)).toContain(`Would wait 500 Would not be taken 20500`);
      const run = await page(`${path}/run`, { as, at, form: formOf(file) });
      expect(textOf(run.html)).toContain('The whole file is imported. 21000 rows');
      const [imported] = await listRuns(books(), null, 9);

      for (const run_id of [path.split('/').at(-1) ?? '', imported?.import_id ?? '']) {
        const seen: string[] = [];
        for (let after: Awaited<ReturnType<typeof verdictsOf>>[number] | null = null; ;) {
          const rows = await verdictsOf(books(), run_id, after, 2000);
          seen.push(...rows.map(({ verdict, row }) => `${verdict} ${row}`));
          after = rows.at(-1) ?? null;
          if (rows.length < 2000) break;
        }
        expect(seen).toEqual(lines.map((_, i) => `${i < 20_500 ? 'refused' : 'parked'} ${i + 1}`));
      }
      // The last page is read from where it begins, not through all that stand before it.
      const cursor = cursorOf('parked 20960');
      const last = await page(`/console/import/runs/${imported?.import_id}?cursor=${cursor}`, { as, at });
      expect(last.html.match(/<td>ref_209\d\d<\/td>/g)).toHaveLength(40);
      for (const after of [null, { verdict: 'refused', row: 20_490 }, { verdict: 'parked', row: 20_960 }] as const) {
        const { read } = await rowsReadBy((db) => verdictsOf(db, imported?.import_id ?? '', after, 51));
        expect(read).toBeGreaterThan(0);
        expect(read).toBeLessThan(200);
      }
    },
  );

  it('what is no file of that kind is refused at its field', async () => {
    const as = await operatorReader('ana');
    const post = (form: FormData) => page('/console/import', { as, at, form });
    expect((await post(formOf('', { kind: 'partners', format: 'plain' }))).status).toBe(400);
    expect((await post(formOf('a,b\n1,2\n', { kind: 'apples', format: 'plain' }))).status).toBe(400);
    const columns = await post(formOf('partner_id,colour\nx,red\n', { kind: 'partners', format: 'plain' }));
    expect([columns.status, textOf(columns.html)]).toEqual([422, expect.stringContaining('colour')]);
    const cross = await page('/console/import', {
      as,
      at,
      form: formOf(PARTNERS, { kind: 'partners', format: 'plain' }),
      headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    });
    expect(cross.status).toBe(403);
    expect(await count('import_checks')).toBe(0);
  });

  it('a former program’s commissions are set beside ours', async () => {
    const as = await operatorReader('ana');
    const file = await payments(2);
    await page(`${await check(as, file, 'payments')}/run`, { as, at, form: formOf(file) });
    const theirs = 'payment_id,amount,partner_id\npay_0,1975,pia\npay_1,2075,pia\npay_9,100,pia\n';
    const seen = textOf(
      (await page('/console/import/differences', { as, at, form: formOf(theirs, { format: 'plain' }) })).html,
    );
    expect(seen).toMatch(/The same 1 Different 2/);
    expect(seen).toContain('pay_9 – payment not known here 1.00 USD –');
    expect(seen).toContain('20.75 USD 19.75 USD');
  });
});
