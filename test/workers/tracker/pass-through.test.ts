import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { cookieKeys, verifyToken } from '../../../src/attribution/token.ts';
import { freshDatabases } from '../../support/books.ts';
import { cookieOf, openFrontDoor, seedLink, type Replaced } from './front-door.ts';

const SITE = 'https://www.example.com';
const DOOR = { PASS_THROUGH: 'on', COOKIE_DOMAIN: 'example.com' };

beforeEach(async () => {
  await freshDatabases();
  await seedLink('mira');
});

/** A front door before a site that answers what it was asked. */
function openSite(replaced: Replaced = {}) {
  const asked: Request[] = [];
  const answer = new Response('<h1>site</h1>', {
    status: 203,
    headers: { 'x-site': 'yes', 'set-cookie': 'theme=dark' },
  });
  const fetch = async (request: Request): Promise<Response> => {
    asked.push(request);
    return answer;
  };
  return { ...openFrontDoor({ ...DOOR, SITE: { fetch }, ...replaced }), asked, answer };
}

async function tokenOf(answer: Response) {
  const keys = await cookieKeys(env.COOKIE_KEYS);
  const verified = await verifyToken(cookieOf(answer) ?? '', keys.ok ? keys.keys : [], '__Secure-lastclick');
  return verified.ok ? verified.token : null;
}

describe('a page asked for with ?ref={code}', () => {
  it('L1: is redirected to itself without the parameter, with the cookie, and the click is sent', async () => {
    const { ask, sent, asked } = openSite();
    const answer = await ask(`${SITE}/pricing?a=%20b&ref=Mira&sub=blog-7&utm_campaign=spring`);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(`${SITE}/pricing?a=%20b&sub=blog-7&utm_campaign=spring`);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Secure-lastclick=[\w-]+; .*; Domain=example\.com; Secure; HttpOnly; SameSite=Lax$/,
    );
    const token = await tokenOf(answer);
    expect(sent).toEqual([{ v: 1, ...token, class: 'person', sub_id: 'blog-7', utm_campaign: 'spring' }]);
    expect(token).toMatchObject({ partner_id: 'ana', code: 'mira' });
    expect(asked).toEqual([]);
  });

  it('REF_PARAM: the parameter may have another name', async () => {
    const { ask, asked } = openSite({ REF_PARAM: 'via' });
    expect((await ask(`${SITE}/?via=mira`)).headers.get('location')).toBe(`${SITE}/`);
    expect((await ask(`${SITE}/?ref=mira`)).status).toBe(203);
    expect(asked).toHaveLength(1);
  });

  it.each(['nobody', 'not.a.code', '', '%00'])(
    'an unknown code (%s): the parameter goes, no cookie, no click',
    async (code) => {
      const { ask, sent } = openSite();
      const answer = await ask(`${SITE}/x?ref=${code}&a=1`);
      expect([answer.status, answer.headers.get('location'), answer.headers.has('set-cookie')]).toEqual([
        302,
        `${SITE}/x?a=1`,
        false,
      ]);
      expect(sent).toEqual([]);
    },
  );

  it.each([
    ['bot', { 'user-agent': 'Twitterbot/1.0' }],
    ['frame', { 'sec-fetch-dest': 'iframe' }],
  ])('L1: a %s is redirected without a cookie and logged with its class', async (click_class, headers) => {
    const { ask, sent } = openSite();
    const answer = await ask(`${SITE}/?ref=mira`, { headers });
    expect([answer.status, answer.headers.has('set-cookie')]).toEqual([302, false]);
    expect(sent.map((click) => click.class)).toEqual([click_class]);
  });

  it.each(['prefetch', 'prefetch;prerender'])('L1: %s is told to come back', async (purpose) => {
    const { ask, sent } = openSite();
    const answer = await ask(`${SITE}/?ref=mira`, { headers: { 'sec-purpose': purpose } });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([503, 'no-store']);
    expect(sent.map((click) => click.class)).toEqual(['prefetch']);
  });

  it('no path leads to another origin', async () => {
    const { ask } = openSite();
    const answer = await ask(`${SITE}//evil.example/?ref=mira`);
    expect(answer.headers.get('location')).toBe(`${SITE}//evil.example/`);
  });
});

describe('everything else on the site is the origin’s', () => {
  it.each([
    ['/', {}],
    ['/r/mira', {}],
    ['/token', {}],
    ['/v1/payments?a=ref', {}],
    ['/?refs=mira&a=1', {}],
    ['/api?ref=mira', { headers: { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' } }],
    ['/logo.png?ref=mira', { headers: { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' } }],
    ['/?ref=mira', { method: 'POST', body: 'a=1' }],
  ])('%s %j: the very request, the very answer', async (path, init: RequestInit) => {
    const { ask, asked, answer, sent } = openSite();
    const got = await ask(`${SITE}${path}`, init);
    expect(got).toBe(answer);
    expect(asked[0]?.url).toBe(`${SITE}${path}`);
    expect(asked[0]?.bodyUsed).toBe(false);
    expect(sent).toEqual([]);
  });

  it('L1: a page by plain http is the origin’s, which leads to https first: there alone the cookie is kept', async () => {
    const { ask, asked, sent } = openSite({ ENVIRONMENT: 'production', CLOCK: 'system' });
    expect((await ask('http://www.example.com/?ref=mira')).status).toBe(203);
    expect([asked.map(({ url }) => url), sent]).toEqual([['http://www.example.com/?ref=mira'], []]);
    expect(cookieOf(await ask(`${SITE}/?ref=mira`))).not.toBeNull();
  });

  it.each(['https://app.example.com', 'https://example.com'])(
    '%s, which a wide route covers and nobody lists, is the origin’s wholly',
    async (host) => {
      const fetch = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('neighbour'));
      const { ask, asked, forwarded, sent } = openSite();
      for (const path of ['/', '/v1/me', '/r/mira', '/?ref=mira'])
        expect(await (await ask(`${host}${path}`)).text()).toBe('neighbour');
      fetch.mockRestore();
      expect([asked.length, forwarded.length, sent.length]).toEqual([0, 0, 0]);
    },
  );

  it('without SITE the request goes on to wherever its address leads', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('origin'));
    expect(await (await openFrontDoor(DOOR).ask(`${SITE}/x`)).text()).toBe('origin');
    expect(fetch.mock.calls.map(([request]) => (request as Request).url)).toEqual([`${SITE}/x`]);
    fetch.mockRestore();
  });

  it.each([{}, { PASS_THROUGH: 'off' }])('off unless switched on: %j', async (vars) => {
    const { ask, forwarded } = openFrontDoor(vars);
    await ask(`${SITE}/?ref=mira`);
    expect(forwarded).toHaveLength(1);
  });

  it('the front door’s own address stays the front door', async () => {
    const { ask, asked, forwarded } = openSite();
    expect((await ask('https://go.example.com/r/mira?ref=mira')).headers.get('location')).toBe(
      `${SITE}/landing?ref=mira`,
    );
    await ask('https://go.example.com/v1/me?ref=mira');
    expect([asked.length, forwarded.length]).toEqual([0, 1]);
  });
});

describe('a tracker that fails does not break the page', () => {
  const broken = {
    get: () => Promise.reject(new Error('down')),
    prepare: () => {
      throw new Error('down');
    },
  };

  it('a misconfigured one leaves every request to the origin', async () => {
    const { ask, asked } = openSite({ COOKIE_KEYS: 'nonsense' });
    expect((await ask(`${SITE}/?ref=mira`)).status).toBe(203);
    expect((await ask(`${SITE}/`)).status).toBe(203);
    expect(asked).toHaveLength(2);
  });

  it('stores that do not answer: the parameter goes, and the cookie carries the code', async () => {
    const { ask } = openSite({ LINKS: broken, BOOKS: broken });
    const answer = await ask(`${SITE}/?ref=mira`);
    expect(answer.headers.get('location')).toBe(`${SITE}/`);
    expect(await tokenOf(answer)).toMatchObject({ partner_id: null, code: 'mira' });
  });

  it('anything that throws is the origin’s to answer', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const { ask, asked } = openSite();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
      throw new TypeError('secret detail');
    });
    expect((await ask(`${SITE}/?ref=mira`)).status).toBe(203);
    expect(asked[0]?.url).toBe(`${SITE}/?ref=mira`);
    expect(log.mock.calls).toEqual([['{"event":"pass_through_failed","error":"TypeError"}']]);
    clock.mockRestore();
    log.mockRestore();
  });
});
