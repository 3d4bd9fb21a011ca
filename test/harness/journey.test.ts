import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemNow } from '../../src/clock.ts';
import { noBrowser } from '../support/browser.ts';
import { startLocalProgram, type LocalProgram } from '../support/local-program.ts';
import { operatorKeys } from '../support/local.ts';
import { codeOf, fill, linkInMail, openChromium, personAt, picture, press } from '../support/person.ts';

const DAY_MS = 86_400_000;
// A Monday.
const BEGIN = Date.parse('2026-03-02T17:00:00Z');
const PASSWORD = 'four quiet words here';
const LINK = /http:\/\/localhost:\d+\/\S+/;

it('a browser is here to look with', (context) => {
  if (noBrowser !== null) {
    process.stderr.write(`\n${noBrowser}\n`);
    context.skip(noBrowser);
  }
  expect(noBrowser).toBeNull();
});

/** Sets the password by the link of the latest such mail, and signs in. */
async function setPassword(page: Page, home: '/partners' | '/console', email: string): Promise<void> {
  await page.goto(await linkInMail(page, 'password_letter', LINK));
  await fill(page, { 'New password': PASSWORD, 'The same again': PASSWORD });
  await press(page, 'Set password');
  await page.goto(`${home}/sign-in`);
  await fill(page, { 'Email address': email, Password: PASSWORD });
  await press(page, 'Sign in');
}

const text = (page: Page) => page.innerText('main');

/**
 * A newcomer’s whole way, with scripts off, on the local program with its own clock: each step is one that a person takes on a page.
 */
describe.runIf(noBrowser === null)('a newcomer’s way', () => {
  let program: LocalProgram;
  let browser: Browser;
  let newcomer: BrowserContext;
  let nora: Page;
  let ana: Page;

  const ask = (method: string, path: string, body: unknown) =>
    program.client.json<Record<string, never>>(method, path, { as: operatorKeys.ana, at: program.clock.now(), body });

  beforeAll(async () => {
    program = await startLocalProgram(BEGIN);
    browser = await openChromium();
    newcomer = await personAt(browser, program.origin);
    nora = await newcomer.newPage();
    ana = await (await personAt(browser, program.origin)).newPage();
    await ask('POST', '/v1/terms', { body: 'Tell people what you know.\nSend no unwanted mail.' });
    await ask('POST', '/v1/operators', { email: 'ana@program.example' });
    await program.mail();
  });
  afterAll(async () => {
    await browser?.close();
    await program?.close();
  });

  it('an operator sets a password and a second factor, without which nothing opens', async () => {
    await setPassword(ana, '/console', 'ana@program.example');
    expect(new URL(ana.url()).pathname).toBe('/console/second-factor');
    await fill(ana, { 'Your password': PASSWORD });
    await press(ana, 'Go on');
    const key = await ana.innerText('main code');
    await fill(ana, { Code: codeOf(key, systemNow()) });
    await press(ana, 'Turn it on');
    await press(ana, 'I have kept them', 'link');
    await ana.goto('/console');
    expect(await ana.innerText('h1')).toBe('Today');
  });

  it('somebody applies, and is approved', async () => {
    await nora.goto('/partners/apply');
    await fill(nora, {
      'Your name': 'Nora Newcomer',
      'Email address': 'nora@newsletter.example',
      'How will you tell people about us?': 'A weekly newsletter for small agencies, 4,000 readers.',
    });
    await nora.getByLabel('Country you live in').selectOption('US');
    await nora.getByRole('checkbox').check();
    await picture(nora, 'apply');
    await press(nora, 'Apply');
    expect(await text(nora)).toContain('Once it is approved, a mail to the address you gave');

    await ana.goto('/console/applications');
    await press(ana, 'Nora Newcomer', 'link');
    await picture(ana, 'console-application');
    await press(ana, 'Approve', 'link');
    await press(ana, 'Approve');
    await press(ana, 'Yes, approve');
    expect(await text(ana)).toContain('Approved');
    await program.mail();
    await setPassword(nora, '/partners', 'nora@newsletter.example');
    expect(new URL(nora.url()).pathname).toBe('/partners');
  });

  let link = '';
  it('makes a link', async () => {
    await nora.goto('/partners/links');
    await nora.getByLabel('Where it leads').fill(`${program.shop}/`);
    await nora.getByLabel('Your own name for it').fill('Newsletter, March');
    await press(nora, 'Make the link');
    link = await nora.locator('input[readonly]').first().inputValue();
    expect(link).toMatch(/^http:\/\/localhost:\d+\/r\/\w+/);
    await picture(nora, 'links');
  });

  it('a visitor follows it, signs up and pays', async () => {
    const visitor = await (await personAt(browser, program.origin)).newPage();
    await visitor.goto(link);
    expect(visitor.url()).toBe(`${program.shop}/`);
    await visitor.fill('[name=email]', 'vera@client.example');
    await visitor.fill('[name=company]', 'Client & Co');
    await visitor.click('button');
    await visitor.waitForURL(/\/welcome/);
    await visitor.fill('[name=email]', 'vera@client.example');
    await visitor.selectOption('select', 'agency');
    await visitor.click('button');
    await visitor.waitForLoadState('load');
    expect(await visitor.innerText('body')).toContain('last_click');
    await nora.goto('/partners/referrals');
    expect(await text(nora)).toContain('v•••@client.example');
  });

  it('reads on the first pay day why nothing was paid, and since when it is on its way', async () => {
    await program.forward(7 * DAY_MS);
    await nora.goto('/partners');
    expect(await text(nora)).toContain('74.25 USD');
    expect(await text(nora)).toMatch(/vest/i);
    await picture(nora, 'home-before');
    await nora.goto('/partners/referrals');
    await nora.locator('main table a').first().click();
    await nora.waitForLoadState('load');
    expect(await text(nora)).toMatch(/day \d+ of 90/i);
    await picture(nora, 'referral');
  });

  it('ninety days and a Friday pass: due, but there is no PayPal address; sets one, is paid, and sees it', async () => {
    const account_id = await accountOf(nora);
    for (const days of [30, 30]) {
      await program.forward(days * DAY_MS);
      const paid_at = new Date(program.clock.now()).toISOString();
      await ask('POST', '/v1/payments', {
        payment_id: `in_${paid_at}`,
        account_id,
        amount: 29_700,
        currency: 'USD',
        paid_at,
      });
    }
    await program.forward(35 * DAY_MS);
    await nora.goto('/partners');
    const before = await text(nora);
    expect(before).toContain('222.75 USD');
    expect(before).toMatch(/PayPal address/);
    await picture(nora, 'home-gates');

    await nora.goto('/partners/settings');
    await picture(nora, 'settings');
    await nora.getByLabel('New PayPal address').fill('nora@paypal.example');
    await nora.getByLabel('The same again').fill('nora@paypal.example');
    await nora.getByLabel('Your password').first().fill(PASSWORD);
    await press(nora, 'Set PayPal address');
    expect(await text(nora)).toContain('nora@paypal.example');

    await program.forward(8 * DAY_MS);
    await nora.goto('/partners');
    expect(await text(nora)).toMatch(/222\.75 USD/);
    await picture(nora, 'home-paid');
    await nora.goto('/partners/payouts');
    expect(await nora.innerText('main table')).toMatch(/222\.75 USD[^]*paid/i);
    await picture(nora, 'payouts');
    await nora.goto('/partners/earnings');
    await picture(nora, 'earnings');
    await program.mail();
    await nora.goto('/outbox');
    expect(await text(nora)).toContain('paid_letter');
    for (const [path, name] of [
      ['/console', 'console-today'],
      ['/console/batches', 'console-batches'],
    ] as const) {
      await ana.goto(path);
      await picture(ana, name);
    }
  });

  /** The account that stands in the address of the partner’s one referral. */
  async function accountOf(page: Page): Promise<string> {
    await page.goto('/partners/referrals');
    const href = await page.locator('main table a').first().getAttribute('href');
    return decodeURIComponent((href ?? '').split('/').at(-1) ?? '');
  }
});
