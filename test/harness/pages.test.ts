import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { noBrowser } from '../support/browser.ts';
import { startLocalProgram, type LocalProgram } from '../support/local-program.ts';
import { ingestKey, operatorKeys } from '../support/local.ts';
import { openChromium, personAt, signInAs } from '../support/person.ts';
import { PAGE_ROUTES, pathWith } from '../workers/pages/routes.ts';

const DAY_MS = 86_400_000;
const BEGIN = Date.parse('2026-03-02T17:00:00Z');

/** What pages are asked for, by the name of their parameter; one that is not here is an id that nothing has. */
const IDS: Record<string, string> = {
  partner_id: 'pia',
  code: 'pia1',
  account_id: 'acct_1',
  version: '1',
  name: 'ana',
  n: '1',
  month: '2026-04',
  what: 'payments',
  kind: 'payments',
};
const ids = new Proxy(IDS, { get: (known, name) => known[String(name)] ?? `unknown-${String(name)}` });

const PAGES = PAGE_ROUTES.filter(
  ({ method, path }) => method === 'GET' && !/\.csv$|\.svg$|\.json$|\/assets\/|\/receipts?\b.*\.\w+$/.test(path),
);

/** In the page: how many places the Tab key should stop at. Of choices that belong together one is a stop. */
const TAB_STOPS = `(() => {
  const groups = new Set();
  return [...document.querySelectorAll('a[href],button,input,select,textarea,summary,[tabindex="0"]')].filter((element) => {
    if (element.closest('details:not([open])') && element.tagName !== 'SUMMARY') return false;
    if (element.type === 'hidden' || element.disabled) return false;
    if (element.type !== 'radio') return true;
    const first = !groups.has(element.name);
    groups.add(element.name);
    return first;
  }).length;
})()`;
/** In the page: what has the focus, and whether that can be seen. The parts of a date are within it, and show by themselves. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const place = [...document.querySelectorAll('*')].indexOf(element);
  const unseen = getComputedStyle(element).outlineStyle === 'none' && element.type !== 'date';
  return unseen ? place + ' unseen' : String(place);
})()`;

it('a browser is here to look with', (context) => {
  if (noBrowser !== null) {
    process.stderr.write(`\n${noBrowser}\n`);
    context.skip(noBrowser);
  }
  expect(noBrowser).toBeNull();
});

describe.runIf(noBrowser === null)('every page, as people look at it', () => {
  let program: LocalProgram;
  let browser: Browser;
  let axe: string;
  const readers: Partial<Record<'/partners' | '/console', { wide: Page; narrow: Page }>> = {};

  const ask = (method: string, path: string, body: unknown, as: string = operatorKeys.ana) =>
    program.client.json<Record<string, unknown>>(method, path, { as, at: program.clock.now(), body });

  async function fill(): Promise<void> {
    await ask('POST', '/v1/terms', { body: 'Tell people what you know.' });
    const pia = { partner_id: 'pia', name: 'Pia', email: 'pia@partners.example', country: 'US' };
    await ask('POST', '/v1/partners', { ...pia, paypal_email: 'pia@paypal.example' });
    await ask('POST', '/v1/partners', { ...pia, partner_id: 'zoe', name: 'Zoe', email: 'zoe@partners.example' });
    await ask('POST', '/v1/partners/pia/links', { code: 'pia1', destination: `${program.shop}/`, label: 'A link' });
    for (const n of [1, 2, 3]) {
      const account_id = `acct_${n}`;
      const email = `client${n}@client${n}.example`;
      await ask('POST', '/v1/signups', { account_id, email, company: `Client ${n}`, how_heard: pia.email }, ingestKey);
    }
    for (const n of [1, 2, 3]) await pay(`acct_${n}`, `first_${n}`);
    await program.forward(95 * DAY_MS);
    for (const n of [1, 2]) await pay(`acct_${n}`, `second_${n}`);
    await ask('POST', '/v1/refunds', refundOf('second_2'), ingestKey);
    await program.forward(14 * DAY_MS);
    const { data } = (await ask('GET', '/v1/payout-batches', undefined)) as { data: { pay_date: string }[] };
    const paid = data.find(({ pay_date }) => pay_date !== undefined);
    IDS['pay_date'] = paid?.pay_date ?? '';
    const payout = await program.local.books
      .prepare('SELECT payout_id FROM payouts LIMIT 1')
      .first<string>('payout_id');
    IDS['payout_id'] = payout ?? '';
    await program.local.books
      .prepare("INSERT INTO terms_acceptances VALUES ('pia', 1, ?, 'test')")
      .bind(program.clock.now())
      .run();
  }

  const pay = (account_id: string, payment_id: string) =>
    ask(
      'POST',
      '/v1/payments',
      { payment_id, account_id, amount: 29_700, currency: 'USD', paid_at: new Date(program.clock.now()).toISOString() },
      ingestKey,
    );
  const refundOf = (payment_id: string) => ({
    refund_id: `re_${payment_id}`,
    payment_id,
    amount: 29_700,
    refunded_at: new Date(program.clock.now()).toISOString(),
  });

  async function reader(home: '/partners' | '/console'): Promise<void> {
    const sign = (context: BrowserContext) =>
      signInAs(
        context,
        program.local.books,
        program.origin,
        home === '/partners'
          ? { email: 'pia@partners.example', role: 'partner', partner_id: 'pia' }
          : { email: 'ana@program.example', role: 'operator', operator_name: 'ana' },
      );
    const [wide, narrow] = await Promise.all([
      personAt(browser, program.origin, { scripts: true }),
      personAt(browser, program.origin, { scripts: true, width: 360, dark: true }),
    ]);
    await Promise.all([sign(wide), sign(narrow)]);
    readers[home] = { wide: await wide.newPage(), narrow: await narrow.newPage() };
  }

  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    program = await startLocalProgram(BEGIN);
    browser = await openChromium();
    await fill();
    await reader('/partners');
    await reader('/console');
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await program?.close();
  });

  /** What axe finds that is serious or critical, each with the element that it is about. */
  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const found = await page.evaluate<AxeResults>('axe.run()');
    return found.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  }

  /** How many places the Tab key should stop at, and at how many it does. */
  async function tabStops(page: Page): Promise<{ meant: number; reached: number }> {
    const meant = await page.evaluate<number>(TAB_STOPS);
    const reached = new Set<string>();
    await page.locator('body').focus();
    // A date has several parts, each a stop of its own.
    const dates = await page.evaluate<number>(`document.querySelectorAll('input[type=date]').length`);
    for (let i = 0; i <= meant + 1 + 4 * dates; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate<string | null>(FOCUSED);
      if (at !== null) reached.add(at);
    }
    expect([...reached].filter((at) => at.endsWith('unseen'))).toEqual([]);
    return { meant, reached: reached.size };
  }

  it.each(PAGES)('$path: wide and light, narrow and dark, and by keyboard alone', async (route) => {
    const { wide, narrow } = readers[route.home] ?? {};
    if (!wide || !narrow) throw new Error('nobody looks');
    const path = pathWith(route, ids);
    const opened = await wide.goto(path);
    expect(opened?.status()).toBeLessThan(500);
    expect(await violations(wide)).toEqual([]);
    const { meant, reached } = await tabStops(wide);
    expect(reached).toBeGreaterThanOrEqual(meant);
    await narrow.goto(path);
    expect(await narrow.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(await violations(narrow)).toEqual([]);
  });
});
