import fc from 'fast-check';
import { expect, it } from 'vitest';

import { asksForPage, readMark } from '../../../src/attribution/pass-through.rules.ts';

it.each([
  ['?ref=mira', 'mira', ''],
  ['?a=%20b+c&ref=mira&a=2', 'mira', '?a=%20b+c&a=2'],
  ['?ref=&ref=mira&ref=noor', 'mira', ''],
  ['?href=x&ref=mira', 'mira', '?href=x'],
  ['?ref=', '', ''],
])('%s: the code, and the query without the parameter as it was spelt', (search, value, rest) => {
  expect(readMark(search, 'ref')).toEqual({ value, search: rest });
});

it.each(['', '?a=1', '?href=x', '?ref', '?refs=mira', '?a=ref=1'])('%s does not have the parameter', (search) => {
  expect(readMark(search, 'ref')).toBeNull();
});

it('a redirect never meets itself: what is left has no mark', () => {
  const pair = fc.tuple(fc.constantFrom('ref', 'a', 'href', ''), fc.stringMatching(/^[a-z0-9=%]{0,6}$/));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 6 }), (pairs) => {
      const search = `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`;
      const mark = readMark(search, 'ref');
      if (mark !== null) expect(readMark(mark.search, 'ref')).toBeNull();
    }),
  );
});

const PAGE = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
it.each([
  ['GET', PAGE, true],
  ['HEAD', { accept: 'text/html' }, true],
  ['GET', { accept: 'text/html,*/*' }, true],
  ['GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, true],
  ['GET', { accept: '*/*' }, false],
  ['GET', {}, false],
  ['GET', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: 'text/html' }, false],
  ['GET', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, false],
  ['POST', PAGE, false],
])('%s %j asks for a page: %s', (method, headers: Record<string, string>, page) => {
  expect(asksForPage(method, new Headers(headers))).toBe(page);
});
