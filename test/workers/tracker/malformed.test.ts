import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { cookieOf, NOW, openFrontDoor, seedLink } from './front-door.ts';

beforeEach(async () => {
  await freshDatabases();
  await seedLink('mira');
});

const SITE = 'https://www.example.com';
const LONG = 'x'.repeat(15_000);
const NAME = '__Host-lastclick';

const PATHS = [
  '/r/%',
  '/r/%ff',
  '/r/mira%00',
  '/r/mira%0d%0a',
  '/r/__proto__',
  '/r/mira/%ff%fe',
  '/r/mira/..',
  `/r/mira/${LONG}`,
  `/r/mira?${LONG}`,
  '/r/mira?a=%0d%0aset-cookie:x=y',
  '/r/mira?lastclick_pending=%0d%0a&sub=__proto__',
  '/r/mira?utm_source=%ED%A0%80&utm_campaign=%F0%9D%92%B3%00',
  '/r/mira/é/ü?ß=ß',
  '/token?%',
  '/consent?%',
  '/lastclick.js?%',
  `${SITE}//evil.example/?ref=mira&x=%0d%0a`,
  `${SITE}/?ref=%&ref=${LONG}`,
];

const HEADERS: Record<string, string>[] = [
  {},
  { cookie: ';;;=;=;;' },
  { cookie: `${NAME}=${'1'.repeat(9000)}` },
  { cookie: `${NAME}="quoted"; ${NAME}=%31; ${NAME}` },
  { cookie: `${NAME}=1${'A'.repeat(38)}99${'A'.repeat(100)}` },
  { cookie: Array.from({ length: 300 }, (_, n) => `${NAME}=1${n}`).join('; ') },
  { 'cf-connecting-ip': ':::::', 'user-agent': `Mozilla/5.0 ${'('.repeat(9000)}` },
  { origin: SITE, 'content-length': 'x', 'sec-gpc': '1' },
];

it.each([
  [{}],
  [{ CONSENT: 'required', HONOUR_GPC: 'on' }],
  [{ PASS_THROUGH: 'on', COOKIE_DOMAIN: 'example.com', SITE: { fetch: async () => new Response('the site’s') } }],
])(
  'whatever is sent, no answer is a 5xx, leads elsewhere, or writes anything but the link’s own click: %j',
  async (vars) => {
    const CLICK_LIMIT = { limit: async () => ({ success: true }) };
    const { ask, sent } = openFrontDoor({ ...vars, CLICK_LIMIT });
    const tried = PATHS.flatMap((path) =>
      HEADERS.flatMap((headers) => ['GET', 'HEAD', 'POST'].map((method) => ({ path, headers, method }))),
    );
    const answers = await Promise.all(tried.map(async ({ path, ...init }) => [path, await ask(path, init)] as const));
    for (const [path, answer] of answers) {
      const location = answer.headers.get('location') ?? SITE;
      const seen = [path.slice(0, 40), answer.status < 500, new URL(location).origin, /^[\x21-\x7e]*$/.test(location)];
      expect(seen).toEqual([path.slice(0, 40), true, SITE, true]);
    }
    expect(new Set(sent.map(({ code }) => code))).toEqual(new Set(['mira']));
    expect((await env.LINKS.list()).keys.map(({ name }) => name)).toEqual(['link:mira']);
  },
);

it('COOKIE_KEYS that are rotated: a former key’s visitor stays one, and another secret under its name is nobody’s', async () => {
  const [former, next, other] = [`k1:${'A'.repeat(32)}`, `k2:${'B'.repeat(31)}A`, `k1:${'C'.repeat(31)}A`];
  const first = openFrontDoor({ COOKIE_KEYS: former });
  const cookie = `${NAME}=${cookieOf(await first.ask('/r/mira'))}`;
  const stays = async (COOKIE_KEYS: string): Promise<boolean> => {
    const { ask, sent } = openFrontDoor({ COOKIE_KEYS });
    await ask('/r/mira', { now: NOW + 1000, headers: { cookie } });
    return sent[0]?.visitor_id === first.sent[0]?.visitor_id;
  };
  expect(await stays(`${next},${former}`)).toBe(true);
  for (const keys of [next, other, `${next},${other}`]) expect([keys, await stays(keys)]).toEqual([keys, false]);
});
