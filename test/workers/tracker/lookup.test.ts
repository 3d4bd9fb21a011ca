import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { linkKvEntry } from '../../../src/attribution/link-lookup.rules.ts';
import { cookieKeys, verifyToken } from '../../../src/attribution/token.ts';
import { freshDatabases } from '../../support/books.ts';
import { cookieOf, NOW, openFrontDoor, seedLink, setRetired } from './front-door.ts';

beforeEach(async () => {
  await freshDatabases();
  await seedLink('mira');
});

const never = () => new Promise<never>(() => {});
const fails = async (): Promise<never> => {
  throw new Error('down');
};
const throws = (): never => {
  throw new Error('down');
};
const kv = (get: () => unknown) => ({ get, put: get });
const d1 = (all: () => unknown) => ({ prepare: () => ({ bind: () => ({ all }) }) });

/** The real books, counting what is asked of them. */
const countedBooks = () => ({ prepare: vi.fn<D1Database['prepare']>((text) => env.BOOKS.prepare(text)) });

describe('stores that do not answer', () => {
  it.each([
    ['fails', kv(fails)],
    ['throws', kv(throws)],
    ['hangs', kv(never)],
    ['holds what is none of ours', kv(async () => '{"partner_id":7}')],
  ])('fault 11: the cache %s, and the click is kept', async (_, LINKS) => {
    const { ask, sent } = openFrontDoor({ LINKS });
    const answer = await ask('/r/mira');
    expect(answer.headers.get('location')).toBe('https://www.example.com/landing');
    expect(cookieOf(answer)).not.toBeNull();
    expect(sent).toMatchObject([{ partner_id: 'ana', code: 'mira', class: 'person' }]);
  });

  it.each([
    ['fail', kv(fails), d1(fails)],
    ['throw', kv(throws), d1(throws)],
    ['hang', kv(never), d1(never)],
  ])('fault 11: both %s, and the visitor still goes on with a token that carries the code', async (_, LINKS, BOOKS) => {
    const { ask, sent } = openFrontDoor({ LINKS, BOOKS });
    const begin = performance.now();
    const answer = await ask('/r/Mira/deep?a=1');
    expect(performance.now() - begin).toBeLessThan(3000);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('https://www.example.com');
    const keys = await cookieKeys(env.COOKIE_KEYS);
    const verified = await verifyToken(cookieOf(answer) ?? '', keys.ok ? keys.keys : [], '__Host-lastclick');
    expect(verified).toMatchObject({ ok: true, token: { code: 'mira', partner_id: null, clicked_at: NOW } });
    expect(sent).toMatchObject([{ code: 'mira', partner_id: null, class: 'person' }]);
  });

  it('no answer is not remembered: the next visitor asks again', async () => {
    let down = true;
    const BOOKS = { prepare: (text: string) => (down ? throws() : env.BOOKS.prepare(text)) };
    const { ask, sent } = openFrontDoor({ LINKS: kv(fails), BOOKS });
    await ask('/r/mira');
    down = false;
    await ask('/r/mira');
    expect(sent.map((click) => click.partner_id)).toEqual([null, 'ana']);
  });

  it('the books do not answer, and the mirror serves', async () => {
    const entry = linkKvEntry('mira', {
      state: 'live',
      partner_id: 'ana',
      destination: 'https://www.example.com/landing',
    });
    await env.LINKS.put(entry.key, entry.value);
    const { ask, sent } = openFrontDoor({ BOOKS: d1(fails) });
    expect((await ask('/r/mira')).headers.get('location')).toBe('https://www.example.com/landing');
    expect(sent).toMatchObject([{ partner_id: 'ana' }]);
  });

  it('the books do not answer, and the mirror knows that the link is gone', async () => {
    await env.LINKS.put('link:mira', '{"gone":true}');
    const { ask, sent } = openFrontDoor({ BOOKS: d1(fails) });
    expect(cookieOf(await ask('/r/mira'))).toBeNull();
    expect(sent).toEqual([]);
  });

  it('a queue that does not take the click costs neither redirect nor cookie; it is tried twice and logged without the visitor', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const send = vi.fn<() => Promise<never>>(fails);
    const answer = await openFrontDoor({ CLICK_QUEUE: { send } }).ask('/r/mira');
    expect(answer.headers.get('location')).toBe('https://www.example.com/landing');
    expect(cookieOf(answer)).not.toBeNull();
    expect(send).toHaveBeenCalledTimes(2);
    expect(log.mock.calls).toHaveLength(1);
    const line: unknown = JSON.parse(String(log.mock.calls[0]?.[0]));
    expect(Object.keys(line as object)).toEqual(['event', 'click_id', 'code', 'class']);
    expect(line).toMatchObject({ event: 'click_not_sent', code: 'mira', class: 'person' });
    log.mockRestore();
  });

  it('a queue that takes the click at the second try has it once', async () => {
    const send = vi.fn<() => Promise<void>>(async () => {}).mockRejectedValueOnce(new Error('down'));
    await openFrontDoor({ CLICK_QUEUE: { send } }).ask('/r/mira');
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('the real queue takes a click', async () => {
    const log = vi.spyOn(console, 'log');
    await openFrontDoor({ CLICK_QUEUE: env.CLICK_QUEUE }).ask('/r/mira');
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });
});

describe('the order of stores', () => {
  it('a warm link asks nothing of any store', async () => {
    const BOOKS = countedBooks();
    const LINKS = { get: vi.fn<() => Promise<null>>(async () => null), put: async () => {} };
    const { ask } = openFrontDoor({ BOOKS, LINKS });
    await ask('/r/mira');
    expect([BOOKS.prepare.mock.calls.length, LINKS.get.mock.calls.length]).toEqual([1, 1]);
    expect(cookieOf(await ask('/r/mira', { now: NOW + 59_999 }))).not.toBeNull();
    expect([BOOKS.prepare.mock.calls.length, LINKS.get.mock.calls.length]).toEqual([1, 1]);
  });

  it('an unknown code is asked for once in 60 s', async () => {
    const BOOKS = countedBooks();
    const { ask } = openFrontDoor({ BOOKS });
    for (let i = 0; i < 5; i++) await ask('/r/nobody');
    expect(BOOKS.prepare).toHaveBeenCalledTimes(1);
    expect(await env.LINKS.get('link:nobody')).toBeNull();
  });

  it('what only the books knew is in the mirror for the next isolate', async () => {
    await openFrontDoor().ask('/r/mira');
    expect(await env.LINKS.get('link:mira')).toBe(
      '{"partner_id":"ana","destination":"https://www.example.com/landing"}',
    );
  });

  it('a mirror that is behind is set right behind the answer, and the isolate follows at once', async () => {
    await setRetired('mira', 1, NOW - 1);
    await env.LINKS.put('link:mira', '{"partner_id":"ana","destination":"https://www.example.com/landing"}');
    const { ask } = openFrontDoor();
    await ask('/r/mira');
    expect(await env.LINKS.get('link:mira')).toBe('{"gone":true}');
    expect(cookieOf(await ask('/r/mira'))).toBeNull();
  });

  it('a mirror that still says gone is not believed: no click on a link that came back is lost', async () => {
    await env.LINKS.put('link:mira', '{"gone":true}');
    expect(cookieOf(await openFrontDoor().ask('/r/mira'))).not.toBeNull();
    expect(await env.LINKS.get('link:mira')).toContain('"ana"');
  });

  it('the look-up in the books is a few seeks by primary key, no scan', async () => {
    const plan: string[] = [];
    const explained = (text: string, values: unknown[]) => ({
      async all(): Promise<never> {
        const { results } = await env.BOOKS.prepare(`EXPLAIN QUERY PLAN ${text}`)
          .bind(...values)
          .all<{ detail: string }>();
        plan.push(...results.map((row) => row.detail));
        throw new Error('only looked at');
      },
    });
    const BOOKS = { prepare: (text: string) => ({ bind: (...values: unknown[]) => explained(text, values) }) };
    await openFrontDoor({ BOOKS }).ask('/r/mira');
    const reads = plan.filter((detail) => /^(?:SEARCH|SCAN) \w/.test(detail));
    expect(reads).toHaveLength(4);
    expect(reads.filter((detail) => !detail.includes('USING PRIMARY KEY'))).toEqual([]);
  });
});
