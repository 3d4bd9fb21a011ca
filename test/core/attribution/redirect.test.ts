import fc from 'fast-check';
import { expect, it } from 'vitest';

import { locationOf, plainLinkOf, readLinkPath } from '../../../src/attribution/redirect.rules.ts';

const HOME = 'https://www.example.com/landing?ref=own#top';

/** Where a request for a raw path and query leads, as the door does it. */
function follow(raw: string, destination = HOME): string | null {
  const url = new URL(`https://go.example.com/r/mira${raw}`);
  if (!url.pathname.startsWith('/r/')) return destination;
  const { path } = readLinkPath(url.pathname);
  return locationOf(destination, path, url.search);
}

it.each([
  ['', 'https://www.example.com/landing?ref=own#top'],
  ['/', 'https://www.example.com/landing?ref=own#top'],
  ['?utm_source=a&utm_source=b', 'https://www.example.com/landing?ref=own&utm_source=a&utm_source=b#top'],
  ['/pricing/teams', 'https://www.example.com/pricing/teams?ref=own#top'],
  ['/pricing/?a=1', 'https://www.example.com/pricing/?ref=own&a=1#top'],
  ['?', 'https://www.example.com/landing?ref=own#top'],
  ['?q=%26%3D%20x', 'https://www.example.com/landing?ref=own&q=%26%3D%20x#top'],
  ['/caf%C3%A9', 'https://www.example.com/caf%C3%A9?ref=own#top'],
])('the path is replaced and the query added: %j', (raw, expected) => {
  expect(follow(raw)).toBe(expected);
});

it.each([
  '//evil.com',
  '///evil.com',
  '/\\evil.com',
  '/\\\\evil.com',
  '/%2f%2fevil.com',
  '/%2F/evil.com',
  '/%5c%5cevil.com',
  '/x/..//evil.com',
  '/..%2f..%2fevil.com',
  '/%2e%2e//evil.com',
  '/%2f..//evil.com',
  '/%2f..//%2f..//evil.com',
  '/@evil.com',
  '/:80@evil.com/',
  '/https://evil.com',
  '/https:evil.com',
  '/javascript:alert(1)',
  '/%0d%0aLocation:%20https://evil.com',
  '/\r\nLocation: https://evil.com',
  '/\t/evil.com',
  '/．．/evil.com',
  '/／evil.com',
  '/\u2028evil.com',
  '?next=https://evil.com',
  '?\r\nset-cookie:a=b',
])('an open redirect is impossible: %j stays on the destination’s origin', (raw) => {
  const location = follow(raw) ?? '';
  const url = new URL(location);
  expect(url.origin).toBe('https://www.example.com');
  expect(location).toMatch(/^https:\/\/www\.example\.com\/(?!\/|\\|%2f|%5c)[\x21-\x7e]*$/i);
});

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '/',
        '\\',
        '..',
        '.',
        '%2f',
        '%5c',
        '%2e',
        '@',
        ':',
        '?',
        '#',
        '\r',
        '\n',
        '\t',
        'evil.com',
        'https:',
        '／',
        '%00',
        ' ',
      ),
      {
        maxLength: 30,
      },
    )
    .map((parts) => parts.join('')),
);

it('an open redirect is impossible: whatever follows the code, the origin is the destination’s', () => {
  const destinations = fc.constantFrom(
    HOME,
    'https://www.example.com',
    'http://localhost:8080/a/b',
    'https://xn--bcher-kva.example/x?y#z',
  );
  fc.assert(
    fc.property(nasty, destinations, (raw, destination) => {
      const location = follow(`/${raw}`, destination);
      expect(location).toMatch(/^[\x21-\x7e]+$/);
      expect(new URL(location ?? '').origin).toBe(new URL(destination).origin);
      // A client that takes the address for a relative one ends up there, too.
      expect(new URL(location ?? '', 'https://go.example.com').origin).toBe(new URL(destination).origin);
      expect(new URL(location ?? '').pathname).toMatch(/^\/(?!\/|\\|%2f|%5c)/i);
    }),
    { numRuns: 2000 },
  );
});

it('the same holds for a path that no URL parser has seen', () => {
  fc.assert(
    fc.property(nasty, fc.string({ maxLength: 40 }), (path, search) => {
      const location = locationOf(HOME, path, `?${search.replaceAll('#', '')}`) ?? '';
      expect(new URL(location).origin).toBe('https://www.example.com');
      expect(new URL(location).hash).toBe('#top');
    }),
  );
});

it('a very long path and query are carried whole', () => {
  const location = follow(`/${'a/'.repeat(6000)}?${'q=1&'.repeat(1000)}`) ?? '';
  expect(new URL(location).pathname).toHaveLength(12_001);
  expect(new URL(location).searchParams.getAll('q')).toHaveLength(1000);
});

it('leading slashes in any number and spelling cost no time', () => {
  const begin = performance.now();
  for (const part of ['/', '%2f', '%2f../', '..//', '%2f/..//'])
    follow(`/${part.repeat(Math.floor(16_000 / part.length))}evil.com`);
  expect(performance.now() - begin).toBeLessThan(250);
});

it('a destination that is no http(s) URL leads nowhere', () => {
  expect(locationOf('javascript:alert(1)', null, '')).toBeNull();
  expect(locationOf('//evil.com', null, '')).toBeNull();
  expect(locationOf('', null, '')).toBeNull();
});

it('a destination with nothing to add is left as stored, where that reads as one URL only', () => {
  expect(locationOf('https://www.example.com', null, '')).toBe('https://www.example.com');
  expect(locationOf('https:www.example.com', null, '')).toBe('https://www.example.com/');
  expect(locationOf('https://www.example.com/a b', null, '')).toBe('https://www.example.com/a%20b');
});

it.each([
  ['/r/Mira', 'mira', null],
  ['/r/a_B-9/', 'a_b-9', null],
  ['/r/mi%72a/x', 'mira', 'x'],
  ['/r/', null, null],
  ['/r//x', null, 'x'],
  ['/r/%E0%A4%A', null, null],
  ['/r/a.b', null, null],
  [`/r/${'a'.repeat(64)}`, 'a'.repeat(64), null],
  [`/r/${'a'.repeat(65)}`, null, null],
])('codes are one regardless of case, and only codes are codes: %s', (pathname, code, path) => {
  expect(readLinkPath(pathname)).toEqual({ code, path });
});

it('a plain link is read as the URL parser reads it; whatever else there is goes to the parser', () => {
  const part = fc.stringMatching(/^[A-Za-z0-9_.%/?#@:\\ -]{0,12}$/);
  fc.assert(
    fc.property(part, part, part, (host, code, rest) => {
      const address = `https://go${host}.example.com/r/${code}${rest}`;
      const plain = plainLinkOf(address);
      if (plain === null || !URL.canParse(address)) return;
      const url = new URL(address);
      expect({ search: url.search, ...readLinkPath(url.pathname) }).toEqual({ search: '', code: plain, path: null });
      expect(url.pathname.startsWith('/r/')).toBe(true);
    }),
    { numRuns: 2000 },
  );
  expect(plainLinkOf('https://go.example.com/r/Mira')).toBe('mira');
  const others = ['/r/', '/r/a/b', '/r/a?b', '/r/a#b', '/r/a%20', '/x/r/a', `/r/${'a'.repeat(65)}`, '//r/a', '/r/a\n'];
  expect(others.map((path) => plainLinkOf(`https://go.example.com${path}`))).toEqual(others.map(() => null));
});
