import { beforeEach, describe, expect, it } from 'vitest';

import { consoleParts } from '../../../src/console/parts.ts';
import { call } from '../../support/api.ts';
import { operatorReader, page, readerOf, textOf, type Reader } from '../../support/pages.ts';
import { givePartner } from '../../support/world.ts';
import { at, book, type Books, fact, freshBooks, FRIDAY, rows, run, seedPartners } from '../payouts/play.ts';
import { vaultOf, wellFormed } from './vault.ts';

const NOW = '2026-11-19T09:00:00Z';
let books: Books;

beforeEach(async () => {
  books = await freshBooks();
  await seedPartners(books, [
    { partner_id: 'p1' },
    { partner_id: 'p2' },
    { partner_id: 'p3' },
    { partner_id: 'p4', paypal: null },
  ]);
  await book(
    books,
    [12_000, 13_000, 7000, 20_000].map((amount, i) => ({
      partner_id: `p${i + 1}`,
      payable_at: at('2026-11-10T20:00:00Z'),
      amount,
    })),
  );
});

const today = async (when = NOW) => {
  const ana = await operatorReader('ana');
  return textOf(wellFormed(await page('/console', { as: ana, at: when, bindings: { PAYOUTS: vaultOf(books) } })).html);
};

describe('the console’s first page', () => {
  it('P1: forecasts the coming Friday by the gates of the freeze, and the freeze then pays just that', async () => {
    const forecast = await today();
    expect(forecast).toContain('Next pay day: 20 November 2026');
    expect(forecast).toContain('Would be paid 250.00 USD 2 partners');
    expect(forecast).toContain('Kept back by a gate 270.00 USD 2 partners');
    await run(books, FRIDAY, '2026-11-20T17:00:00Z');
    const after = await today('2026-11-20T18:00:00Z');
    expect(after).toContain('Latest batch: 20 November 2026');
    expect(after).toContain('250.00 USD to 2 partners; 2 partners not paid.');
    expect(after).toContain('Next pay day: 27 November 2026');
  });

  it('P3: an address that serves before the day counts, one that does not yet is kept back', async () => {
    await fact(books, 'p4', 'paypal', 'per_p1', at('2026-11-18T00:00:00Z'));
    expect(await today()).toContain('Would be paid 450.00 USD 3 partners');
    await fact(books, 'p1', 'paypal', 'per_p2', at('2026-11-19T00:00:00Z'));
    // The former address serves meanwhile.
    expect(await today()).toContain('Would be paid 450.00 USD 3 partners');
    await fact(books, 'p2', 'status', 'suspended', at('2026-11-19T00:00:00Z'));
    expect(await today()).toContain('Would be paid 320.00 USD 2 partners');
  });

  it('P1: says that a pay day has passed without a freeze', async () => {
    await run(books, FRIDAY, '2026-11-20T17:00:00Z');
    expect(await today('2026-11-30T09:00:00Z')).toContain('This day has passed, and its batch has not been frozen.');
  });

  it('shows what needs a person: approvals, parked facts with their reason, holds with their age, late crons', async () => {
    await run(books, FRIDAY, '2026-11-20T17:00:00Z', { approval: 'manual' });
    const body = { payment_id: 'pay_9', account_id: 'nobody', amount: 7900, currency: 'USD', paid_at: NOW };
    expect((await call('POST', '/v1/payments', { at: NOW, body })).status).toBe(202);
    await call('PATCH', '/v1/partners/p1', { as: 'ana', at: NOW, body: { country: 'DE' } });
    const text = await today('2026-11-20T18:00:00Z');
    expect(text).toContain('The batch of 20 November 2026, 250.00 USD, waits for approval');
    expect(text).toContain('payment pay_9: nobody has opened this account, for 1 day');
    expect(text).toContain('has not run yet');
  });

  it('says so where the vault does not answer', async () => {
    const ana = await operatorReader('ana');
    const { status, html } = await page('/console', { as: ana, at: NOW });
    expect(status).toBe(200);
    expect(textOf(html)).toContain('the payouts Worker does not answer');
  });
});

describe('who may open the console', () => {
  // Every route that is mounted, with ids that exist nowhere; signing out and the like are everybody's own.
  const routes = consoleParts
    .flatMap((part) => part.routes)
    .filter(({ method }) => method === 'GET' || method === 'POST')
    .map(({ method, path }) => ({ method, path: `/console${path.replaceAll(/:\w+(?:\{[^}]*\})?/g, 'x')}` }));

  it('nobody who has not signed in, no partner, and no operator without a second factor: over every route', async () => {
    await givePartner('pia');
    const pia = await readerOf('pia');
    const bare = await operatorReader('cy', false);
    expect(routes.length).toBeGreaterThan(50);
    const state = async () =>
      JSON.stringify([await rows(books, 'SELECT * FROM audit_log'), await rows(books, 'SELECT * FROM versions')]);
    const before = await state();
    for (const { method, path } of routes) {
      const form = method === 'POST' ? { form: { confirmed: 'yes' } } : {};
      const opened = async (as?: Reader) => (await page(path, { ...form, ...(as ? { as } : {}) })).location ?? path;
      expect(await opened()).toMatch(/^\/console\/sign-in/);
      expect(await opened(pia)).toMatch(/^\/console\/sign-in/);
      expect(await opened(bare)).toBe('/console/second-factor');
    }
    expect(await state()).toBe(before);
  });

  it('an operator opens every page, or it does not exist: none fails', { timeout: 60_000 }, async () => {
    const ana = await operatorReader('ana');
    for (const { method, path } of routes) {
      if (method !== 'GET') continue;
      // What an operator's own app is asked for: this operator of tests has none.
      if (path === '/console/settings') continue;
      const { status } = wellFormed(await page(path, { as: ana, at: NOW, bindings: { PAYOUTS: vaultOf(books) } }));
      expect([path, status < 500]).toEqual([path, true]);
    }
  });

  it('a form that comes from another site does nothing', async () => {
    const ana = await operatorReader('ana');
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const form = { adjustment_id: 'adj_1', amount: '5', reason: 'x', confirmed: 'yes' };
    expect((await page('/console/partners/p1/adjustment', { as: ana, at: NOW, form, headers })).status).toBe(403);
    expect(await rows(books, 'SELECT * FROM adjustments')).toEqual([]);
  });
});
