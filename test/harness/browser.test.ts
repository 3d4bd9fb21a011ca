import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { noBrowser, openBrowser, type Browser } from '../support/browser.ts';
import { startLocal, type Local } from '../support/harness.ts';
import { operatorKeys } from '../support/local.ts';

const SITE = 'https://www.example.com';
const GO = 'https://go.example.com';
const VARS = { PASS_THROUGH: 'on', COOKIE_DOMAIN: 'example.com' };
const COOKIE = '__Secure-lastclick';

const POLL = { timeout: 10_000 };

it('a browser is here to look with', (context) => {
  if (noBrowser !== null) {
    process.stderr.write(`\n${noBrowser}\n`);
    context.skip(noBrowser);
  }
  expect(noBrowser).toBeNull();
});

async function giveLink({ books }: Local): Promise<void> {
  await books.batch([
    books.prepare("INSERT INTO partners (partner_id, recorded_at) VALUES ('ana', 0)"),
    books.prepare(
      "INSERT INTO partner_facts (partner_id, n, field, value, at, by) VALUES ('ana', 1, 'status', 'active', 0, 'test')",
    ),
    books.prepare(
      `INSERT INTO links (code, shown_code, partner_id, destination, recorded_at) VALUES ('mira', 'mira', 'ana', '${SITE}/landing', 0)`,
    ),
  ]);
}

/** The class of each recorded click, once there are `count`. */
async function classes(local: Local, count: number): Promise<string[]> {
  await local.clicksWritten(count);
  const { results } = await local.clicks
    .prepare('SELECT class FROM clicks ORDER BY clicked_at')
    .all<{ class: string }>();
  return results.map((row) => row.class);
}

/** Sends the page's form, and answers with the referrer of the account that it opened. */
async function signUp(page: Page, local: Local): Promise<unknown> {
  await Promise.all([page.waitForURL(`${GO}/signups`), page.click('#form button')]);
  const { account_id } = JSON.parse(await page.innerText('body')) as { account_id: string };
  const headers = { authorization: `Bearer ${operatorKeys.ana}` };
  const account = (await (await local.fetch(`/v1/accounts/${account_id}`, { headers })).json()) as {
    referrer: unknown;
  };
  return account.referrer;
}

const MIRA = { partner_id: 'ana', source: 'last_click' };

/** What stands in the page's hidden field. */
const field = (page: Page, selector = '[name=referral_token]') => page.inputValue(selector);

describe.runIf(noBrowser === null)('in a real browser', () => {
  let local: Local;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    local = await startLocal(VARS, { site: true });
    await giveLink(local);
    browser = await openBrowser(local.url);
    page = await browser.context.newPage();
  });
  afterEach(async () => {
    await browser.context.clearCookies();
    await local.clicks.prepare('DELETE FROM clicks').run();
    await page.close();
    page = await browser.context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await local?.close();
  });

  it('L1: a page asked for with ?ref= has a first-party HttpOnly cookie and no parameter, and its form is attributed', async () => {
    await page.goto(`${SITE}/plain?a=1&ref=mira#top`);
    expect(page.url()).toBe(`${SITE}/plain?a=1#top`);
    const [cookie] = await browser.context.cookies();
    expect(cookie).toMatchObject({
      name: COOKIE,
      domain: '.example.com',
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
    });
    expect((cookie?.expires ?? 0) - Date.now() / 1000).toBeGreaterThan(364 * 86_400);
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await signUp(page, local)).toMatchObject(MIRA);
    expect(await classes(local, 1)).toEqual(['person']);
  });

  it('the script fills the form and the payment links under a strict policy, those that come later too, and no other', async () => {
    const errors: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    page.on('pageerror', (error) => void errors.push(error.message));
    await page.goto(`${GO}/r/mira`);
    expect(page.url()).toBe(`${SITE}/landing`);
    await expect.poll(() => field(page), POLL).not.toBe('');
    const token = await field(page);
    const [cookie] = await browser.context.cookies();
    expect(token).toBe(cookie?.value);
    const href = (id: string) => page.getAttribute(id, 'href');
    expect(await href('#pay')).toBe(
      `https://buy.stripe.com/test_1?prefilled_email=a%40b.example&client_reference_id=${token}`,
    );
    expect(await href('#own')).toBe(`https://pay.example.com/x?client_reference_id=${token}`);
    expect(await href('#other')).toBe(`${SITE}/else`);
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
      '<form><input type="hidden" id="late" name="referral_token"></form><a id="mine" href="https://buy.stripe.com/2?client_reference_id=mine">x</a>')`);
    await expect.poll(() => field(page, '#late'), POLL).toBe(token);
    expect(await href('#mine')).toBe('https://buy.stripe.com/2?client_reference_id=mine');
    // The hidden field alone carries the click.
    await browser.context.clearCookies();
    expect(await signUp(page, local)).toMatchObject(MIRA);
    // Chromium asks for an icon that the policy does not let it have.
    expect(errors.filter((text) => !/favicon/.test(text))).toEqual([]);
  });

  it('the script fills what it can beside a link without an address, and a payment link that is changed before the click', async () => {
    await page.goto(`${GO}/r/mira`);
    await page.evaluate(`document.body.insertAdjacentHTML('afterbegin', '<a data-lastclick>x</a>')`);
    await expect.poll(() => field(page), POLL).not.toBe('');
    const token = await field(page);
    await page.evaluate(
      `document.body.insertAdjacentHTML('beforeend', '<a data-lastclick>x</a><a id="after" href="https://buy.stripe.com/3">x</a>')`,
    );
    const after = `https://buy.stripe.com/3?client_reference_id=${token}`;
    await expect.poll(() => page.getAttribute('#after', 'href'), POLL).toBe(after);
    await page.evaluate(`(() => {
      const link = document.querySelector('#pay');
      link.href = 'https://buy.stripe.com/yearly';
      link.addEventListener('click', (event) => event.preventDefault());
      link.click();
    })()`);
    expect(await page.getAttribute('#pay', 'href')).toBe(`https://buy.stripe.com/yearly?client_reference_id=${token}`);
  });

  it('the script leaves a page alone where there is no token', async () => {
    const asked = page.waitForResponse(`${GO}/token`);
    await page.goto(`${SITE}/landing`);
    await asked;
    await page.waitForTimeout(100);
    expect([await field(page), await page.getAttribute('#own', 'href')]).toEqual(['', 'https://pay.example.com/x']);
  });

  it.each([
    ['prefetched', '/ahead'],
    ['prerendered', '/prerender'],
  ])('L1: a link that the browser has %s is attributed once the person goes', async (_, path) => {
    await page.goto(`${SITE}${path}`);
    expect(await classes(local, 1)).toEqual(['prefetch']);
    expect(await browser.context.cookies()).toEqual([]);
    await page.click('#go');
    await page.waitForURL(`${SITE}/landing`);
    expect((await browser.context.cookies()).map((cookie) => cookie.name)).toEqual([COOKIE]);
    expect(await classes(local, 2)).toEqual(['prefetch', 'person']);
    await expect.poll(() => field(page), POLL).not.toBe('');
    expect(await signUp(page, local)).toMatchObject(MIRA);
  });
});

describe.runIf(noBrowser === null)('in a real browser, where visitors are asked first', () => {
  let local: Local;
  let browser: Browser;
  beforeAll(async () => {
    local = await startLocal({ ...VARS, CONSENT: 'required' }, { site: true });
    await giveLink(local);
    browser = await openBrowser(local.url);
  });
  afterAll(async () => {
    await browser?.close();
    await local?.close();
  });

  it('nothing is kept before a yes, the click that led there counts after it, and a withdrawal ends it', async () => {
    const page = await browser.context.newPage();
    await page.goto(`${GO}/r/mira?a=1`);
    await page.waitForURL(`${SITE}/landing?a=1`);
    expect(await browser.context.cookies()).toEqual([]);
    expect(await page.evaluate('localStorage.length + sessionStorage.length')).toBe(0);
    expect(await field(page)).toBe('');
    await page.evaluate('lastclick.agree()');
    const token = await field(page);
    const cookies = await browser.context.cookies();
    expect(cookies.map(({ name, httpOnly }) => [name, httpOnly]).toSorted()).toEqual([
      [COOKIE, true],
      [`${COOKIE}-consent`, true],
    ]);
    expect(cookies.find(({ name }) => name === COOKIE)?.value).toBe(token);
    await page.evaluate('lastclick.withdraw()');
    expect(await browser.context.cookies()).toEqual([]);
    expect(await field(page)).toBe('');
    await page.evaluate('lastclick.agree()');
    expect(await field(page)).not.toBe('');
    expect(await signUp(page, local)).toMatchObject(MIRA);
  });

  it('a withdrawal takes the token out of payment links too, at once and for good, and says when it did not arrive', async () => {
    const page = await browser.context.newPage();
    await page.goto(`${GO}/r/mira`);
    await page.evaluate('lastclick.agree()');
    const former = await field(page);
    const holders = async () => [
      await field(page),
      await page.getAttribute('#pay', 'href'),
      await page.getAttribute('#own', 'href'),
    ];
    expect(JSON.stringify(await holders()).split(former)).toHaveLength(4);
    const empty = ['', 'https://buy.stripe.com/test_1?prefilled_email=a%40b.example', 'https://pay.example.com/x'];
    await page.route(`${GO}/consent`, (route) => route.abort());
    expect(await page.evaluate(`lastclick.withdraw().then(() => 'done', () => 'again')`)).toBe('again');
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<p>more</p>')`);
    await page.waitForTimeout(200);
    expect(await holders()).toEqual(empty);
    await page.unroute(`${GO}/consent`);
    expect(await page.evaluate('lastclick.withdraw()')).toBeNull();
    expect(await browser.context.cookies()).toEqual([]);
    expect(await holders()).toEqual(empty);
    await page.close();
  });

  it('L1: a later click takes the former one’s place in fields and payment links, and the address is left clean', async () => {
    const [page, other] = [await browser.context.newPage(), await browser.context.newPage()];
    await page.goto(`${GO}/r/mira`);
    await page.evaluate('lastclick.agree()');
    const former = await field(page);
    await other.goto(`${GO}/r/mira`);
    await page.evaluate('lastclick.agree()');
    const later = await field(page);
    expect(later).not.toBe(former);
    expect(await page.getAttribute('#own', 'href')).toBe(`https://pay.example.com/x?client_reference_id=${later}`);
    await page.evaluate(`history.replaceState(null, '', '?lastclick_pending=x&a=1&lastclick_pending=y')`);
    await page.reload();
    expect(page.url()).toBe(`${SITE}/landing?a=1`);
    await Promise.all([page.close(), other.close()]);
  });
});
