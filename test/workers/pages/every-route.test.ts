import { beforeAll, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { rowCounts } from '../../support/counts.ts';
import { operatorReader, page, readerOf, type Reader } from '../../support/pages.ts';
import { givePartner } from '../../support/world.ts';
import { PAGE_ROUTES, pathWith } from './routes.ts';

/** Paths that anybody may open; all others ask for a sign-in. */
const OPEN =
  /^\/(?:partners|console)\/(?:sign-in|sign-out|forgot|password|assets|second-factor)(?:\/|$)|^\/partners\/(?:apply|applied|terms|stop|email)(?:\/|$)/;

const ANY = new Proxy({} as Record<string, string>, {
  get: (_, name) => (name === 'version' ? '1' : `unknown-${String(name)}`),
});

let partner: Reader;
let operator: Reader;
beforeAll(async () => {
  await freshDatabases();
  await givePartner('pia');
  partner = await readerOf('pia');
  operator = await operatorReader('ana');
});

const of = (route: { home: string }) => (route.home === '/console' ? operator : partner);
const posts = PAGE_ROUTES.filter(({ method }) => method === 'POST');
const gets = PAGE_ROUTES.filter(({ method }) => method === 'GET');
const closed = PAGE_ROUTES.filter(({ path }) => !OPEN.test(path));

describe('every page of the router', () => {
  it('there are some of each kind', () => {
    for (const home of ['/partners', '/console'] as const)
      for (const routes of [posts, gets, closed])
        expect(routes.filter((route) => route.home === home).length).toBeGreaterThan(3);
  });

  it.each(posts)('$method $path: a form of another site is refused and writes nothing', async (route) => {
    const before = await rowCounts();
    const path = pathWith(route, ANY);
    for (const headers of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'null', 'sec-fetch-site': 'same-site' },
    ]) {
      const seen = await page(path, { as: of(route), form: { confirmed: 'yes' }, headers });
      expect(seen.status).toBe(403);
    }
    expect(await rowCounts()).toEqual(before);
  });

  it.each(closed)('$method $path: who has not signed in is sent to sign in, and nothing is written', async (route) => {
    const before = await rowCounts();
    const form = route.method === 'POST' ? { form: { confirmed: 'yes' } } : {};
    const seen = await page(pathWith(route, ANY), form);
    expect([seen.status, seen.location?.split('?')[0]]).toEqual([303, `${route.home}/sign-in`]);
    expect(await rowCounts()).toEqual(before);
  });

  it.each(closed)('$method $path: opens to its own kind of person only', async (route) => {
    const other = route.home === '/console' ? partner : operator;
    const form = route.method === 'POST' ? { form: { confirmed: 'yes' } } : {};
    const seen = await page(pathWith(route, ANY), { as: other, ...form });
    expect([seen.status, seen.location?.split('?')[0]]).toEqual([303, `${route.home}/sign-in`]);
  });

  it.each(closed.filter(({ home }) => home === '/console'))(
    '$method $path: opens to no operator without a second factor',
    async (route) => {
      const half = await operatorReader('half', false);
      const form = route.method === 'POST' ? { form: { confirmed: 'yes' } } : {};
      const seen = await page(pathWith(route, ANY), { as: half, ...form });
      expect([seen.status, seen.location]).toEqual([303, '/console/second-factor']);
    },
  );

  it.each(gets)(
    '$method $path: nothing inline, nothing from elsewhere, kept nowhere, framed nowhere',
    async (route) => {
      const seen = await page(pathWith(route, ANY), { as: of(route) });
      expect(seen.status).toBeLessThan(500);
      const type = seen.headers.get('content-type') ?? '';
      if (seen.status >= 300 && seen.status < 400) return;
      expect(seen.headers.get('x-content-type-options')).toBe('nosniff');
      if (!type.startsWith('text/html')) return;
      const policy = seen.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      expect(policy).toContain("frame-ancestors 'none'");
      expect(seen.headers.get('cache-control')).toContain('no-store');
      expect(seen.html).not.toMatch(/<script|<style|\sstyle="|\son[a-z]+="|javascript:/i);
      expect(seen.html).toMatch(/^<!doctype html><html lang="en">/);
      expect(seen.html.match(/<h1[ >]/g)).toHaveLength(1);
      // A label leads to one field.
      const ids = [...seen.html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
      expect(ids).toEqual([...new Set(ids)]);
    },
  );
});
