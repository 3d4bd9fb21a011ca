import fc from 'fast-check';
import { isbot } from 'isbot';
import { expect, it } from 'vitest';

import { classOf, PLAIN_BROWSER } from '../../../src/attribution/click-class.rules.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
const navigation = {
  'user-agent': CHROME,
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  accept: 'text/html,*/*;q=0.8',
};

const classWith = (headers: Record<string, string>, method = 'GET') => classOf(method, new Headers(headers));

it.each([
  CHROME,
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 338.0.0.26.92 (iPhone15,3; iOS 17_5_1; en_US; en; scale=3.00; 1290x2796; 613063119)',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.37.105;FBBV/617127317;FBDV/iPhone14,2;FBMD/iPhone;FBSN/iOS;FBSV/17.5;FBSS/3;FBCR/;FBID/phone;FBLC/en_US;FBOP/80]',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [LinkedInApp]/9.29.8962',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/323.0.647062479 Mobile/15E148 Safari/604.1',
])('L1: a navigation by a browser or an app’s own browser is a person’s: %s', (agent) => {
  expect(classWith({ ...navigation, 'user-agent': agent })).toBe('person');
});

it('L1: a browser that sends no Sec-Fetch headers is a person', () => {
  expect(classWith({ 'user-agent': CHROME, accept: 'text/html' })).toBe('person');
  expect(classWith({ 'user-agent': CHROME })).toBe('person');
});

it.each([
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Twitterbot/1.0',
  'WhatsApp/2.23.20.0',
  'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
  'GPTBot/1.2',
  'curl/8.5.0',
  'python-requests/2.32.3',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36',
  '',
  '   ',
])('L1: what declares itself a bot, or declares nothing, is a bot: %j', (agent) => {
  expect(classWith({ ...navigation, 'user-agent': agent })).toBe('bot');
});

it('L1: a request without an agent is a bot', () => {
  expect(classWith({ 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' })).toBe('bot');
});

it.each([
  ['head', { ...navigation }, 'HEAD'],
  ['image', { ...navigation, 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }, 'GET'],
  ['image', { 'user-agent': CHROME, accept: 'image/webp,image/avif,*/*;q=0.8' }, 'GET'],
  ['frame', { ...navigation, 'sec-fetch-dest': 'iframe' }, 'GET'],
  ['frame', { ...navigation, 'sec-fetch-dest': 'frame' }, 'GET'],
  ['frame', { ...navigation, 'sec-fetch-dest': 'fencedframe' }, 'GET'],
  ['frame', { ...navigation, 'sec-fetch-dest': 'embed' }, 'GET'],
  ['frame', { ...navigation, 'sec-fetch-dest': 'object' }, 'GET'],
  ['frame', { 'user-agent': CHROME, 'sec-fetch-mode': 'nested-navigate' }, 'GET'],
  ['fetch', { ...navigation, 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }, 'GET'],
  ['fetch', { ...navigation, 'sec-fetch-dest': 'script', 'sec-fetch-mode': 'no-cors' }, 'GET'],
  ['fetch', { 'user-agent': CHROME, 'sec-fetch-mode': 'cors' }, 'GET'],
  ['prefetch', { ...navigation, 'sec-purpose': 'prefetch' }, 'GET'],
  ['prefetch', { ...navigation, 'sec-purpose': 'prefetch;prerender' }, 'GET'],
  ['prefetch', { ...navigation, 'sec-purpose': 'prefetch;anonymous-client-ip' }, 'GET'],
  ['prefetch', { ...navigation, purpose: 'prefetch' }, 'GET'],
  ['prefetch', { ...navigation, 'x-moz': 'prefetch' }, 'GET'],
  ['prefetch', { ...navigation, 'x-purpose': 'preview' }, 'GET'],
] as const)('L1: %s is told from a person’s navigation: %j', (expected, headers, method) => {
  expect(classWith(headers, method)).toBe(expected);
});

it('an agent of any length is read in no time', () => {
  const agents = ['a', '@a', 'a/1.0', 'Mozilla/5.0 (', '.1', 'new'].map((part) => part.repeat(16_000 / part.length));
  const begin = performance.now();
  for (const agent of agents) classWith({ ...navigation, 'user-agent': agent });
  expect(performance.now() - begin).toBeLessThan(250);
});

it('L1: no agent that is let through without the whole pattern is one that the pattern holds for a bot', () => {
  fc.assert(
    fc.property(fc.stringMatching(PLAIN_BROWSER), (agent) => {
      expect(isbot(agent)).toBe(false);
    }),
    { numRuns: 2000 },
  );
  expect(PLAIN_BROWSER.test(CHROME)).toBe(true);
  for (const more of [`${CHROME} bot`, `${CHROME};`, CHROME.replace('Chrome', 'HeadlessChrome'), `\n${CHROME}`])
    expect(PLAIN_BROWSER.test(more)).toBe(false);
});
