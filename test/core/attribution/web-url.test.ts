import fc from 'fast-check';
import { expect, it } from 'vitest';

import { locationOf } from '../../../src/attribution/redirect.rules.ts';
import { PLAIN_URL, webUrl } from '../../../src/attribution/web-url.ts';

it('what is read without the URL parser is what the parser would read', () => {
  fc.assert(
    fc.property(fc.stringMatching(PLAIN_URL), (text) => {
      const { protocol, hostname, host, origin, href } = new URL(text);
      expect(webUrl(text)).toEqual({ protocol, hostname, host, origin });
      expect([text, `${text}/`]).toContain(href);
      expect(locationOf(text, null, '')).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

it.each(['https://www.example.com', 'https://go.example.co.uk/', 'http://a-b.example.com/x/y?ref=own&a=1'])(
  '%s is plain',
  (text) => {
    expect(PLAIN_URL.test(text)).toBe(true);
  },
);

it.each([
  ['https://www.example.com:443', 'www.example.com'],
  ['https://WWW.Example.com', 'www.example.com'],
  ['https://example.com:8443/x', 'example.com:8443'],
  ['http://127.0.0.1:8787', '127.0.0.1:8787'],
  ['http://0x7f.1', '127.0.0.1'],
  ['http://localhost', 'localhost'],
  ['https://www.example.com/a/../b', 'www.example.com'],
  ['https://user@www.example.com/', 'www.example.com'],
  ['https://bücher.example', 'xn--bcher-kva.example'],
])('%s is read by the URL parser', (text, host) => {
  expect(PLAIN_URL.test(text)).toBe(false);
  expect(webUrl(text)?.host).toBe(host);
});

it.each([undefined, '', '/go', 'javascript:alert(1)', 'ftp://www.example.com', 'https://'])(
  '%s is no URL of the web',
  (text) => {
    expect(webUrl(text)).toBeNull();
  },
);
