import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';

import { testLink } from '../../../src/attribution/link-test.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { call, type Caller } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { giveLink } from '../../support/links.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { forgetTokens, tokenOf } from '../referrer/file.ts';
import { cookieOf, openFrontDoor } from './front-door.ts';

const NOW = '2026-06-10T09:00:00Z';
const GO = 'https://go.example.com';

beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
  await givePartner('mira');
  await givePartner('noor');
  await givePartner('paul', { status: 'suspended' });
  await giveLink('mira', 'flyer', {
    destination: 'https://www.example.com/start?from=a',
    retired_at: '2026-06-01T00:00:00Z',
  });
});

async function test(url: string, more: Record<string, string> = {}, as: Caller = 'ana') {
  const answer = await call('GET', `/v1/links/test?${new URLSearchParams({ url, ...more }).toString()}`, {
    as,
    at: NOW,
  });
  expect(answer.status).toBe(200);
  return answer.body as unknown as {
    hops: Record<string, unknown>[];
    token: string | null;
    would_win: Record<string, unknown> | null;
    considered: Record<string, unknown>[];
  };
}

it('L1: a live link: code, class, cookie, destination, and who would win now', async () => {
  const { hops, would_win } = await test(`${GO}/r/Mira/pricing?sub=b7&utm_source=x`);
  expect(hops).toMatchObject([
    {
      kind: 'link',
      code: 'mira',
      class: 'person',
      link: 'live',
      partner_id: 'mira',
      status: 302,
      location: 'https://www.example.com/pricing?sub=b7&utm_source=x',
      cookie: 'set',
      recorded: true,
      campaign: { sub_id: 'b7', utm_source: 'x' },
    },
    { kind: 'elsewhere', url: 'https://www.example.com/pricing?sub=b7&utm_source=x', location: null, cookie: 'none' },
  ]);
  expect(would_win).toMatchObject({ partner_id: 'mira', code: 'mira', verdict: 'won', clicked_at: NOW });
});

it.each([
  ['flyer', 'link_retired'],
  ['paul', 'partner_not_active'],
  ['nobody', 'unknown_code'],
  ['a.b', 'not_a_code'],
])('%s leads home: %s', async (code, link) => {
  const { hops, would_win } = await test(`${GO}/r/${code}`);
  expect(hops[0]).toMatchObject({ link, cookie: 'none', recorded: false, location: env.HOME_URL });
  expect(would_win).toBeNull();
});

it.each([
  [{ user_agent: 'Twitterbot/1.0' }, { class: 'bot', status: 302, cookie: 'none', recorded: true }],
  [{ ahead: 'true' }, { class: 'prefetch', status: 503, location: null, cookie: 'none', recorded: true }],
])('L1: as %j it is %j', async (more: Record<string, string>, hop) => {
  const { hops, would_win } = await test(`${GO}/r/mira`, more);
  expect(hops[0]).toMatchObject(hop);
  expect(would_win).toBeNull();
});

it('L1: with what the visitor has already, the last click that counts wins', async () => {
  const referral_token = await giveToken({ code: 'noor', at: '2026-06-09T09:00:00Z' });
  expect((await test(`${GO}/r/mira`, { referral_token })).considered.map((click) => click['verdict'])).toEqual([
    'won',
    'earlier',
  ]);
  const retired = await test(`${GO}/r/flyer`, { referral_token });
  expect([retired.token, retired.would_win]).toMatchObject(['valid', { partner_id: 'noor' }]);
  expect((await test(`${GO}/r/flyer`, { referral_token: 'forged' })).token).toBe('invalid');
});

it('R6: a partner is told of the own links by name, of others’ that they are others’', async () => {
  const referral_token = await giveToken({ code: 'noor', at: '2026-06-09T09:00:00Z' });
  const as = await tokenOf('mira');
  const other = await test(`${GO}/r/noor`, { referral_token }, as);
  expect(other.hops[0]).toMatchObject({ partner_id: null, link: 'live' });
  expect(other.would_win).toMatchObject({ partner_id: null, code: null, whose: 'another_partner' });
  expect((await test(`${GO}/r/mira`, {}, as)).would_win).toMatchObject({ partner_id: 'mira', whose: 'yours' });
});

it('R6: why another partner’s link leads nowhere is not told to a partner: that one is suspended is theirs to know', async () => {
  await giveLink('noor', 'old', { retired_at: '2026-06-01T00:00:00Z' });
  const as = await tokenOf('mira');
  const hop = async (code: string) => {
    const [first] = (await test(`${GO}/r/${code}`, {}, as)).hops;
    return { ...first, url: null, code: null };
  };
  const unknown = await hop('nobody');
  expect(unknown).toMatchObject({ link: 'unknown_code', partner_id: null, location: env.HOME_URL });
  for (const code of ['paul', 'old']) expect(await hop(code)).toEqual(unknown);
  expect(await hop('flyer')).toMatchObject({ link: 'link_retired', partner_id: 'mira' });
});

it('L1: of a link that leads to a page with another’s code, the later click wins, every time', async () => {
  await giveLink('mira', 'chain', { destination: 'https://www.example.com/?ref=noor' });
  const { hasher } = await readProgram(books());
  const context = {
    door: { books: books(), now: Date.parse(NOW) + 999, by: 'test' },
    hasher,
    clicks: openDatabase(env.CLICKS),
    cookie_keys: env.COOKIE_KEYS,
    cookie_name: '__Secure-lastclick' as const,
  };
  const door = {
    public_url: GO,
    home_url: env.HOME_URL,
    site_hosts: new Set(['www.example.com']),
    ref_param: 'ref',
    consent: 'none' as const,
  };
  const input = { url: new URL(`${GO}/r/chain`), user_agent: undefined, ahead: false, referral_token: undefined };
  for (let i = 0; i < 8; i++) {
    const { hops, winner, considered } = await testLink(context, door, input);
    expect(hops.map(({ kind, code }) => [kind, code])).toEqual([
      ['link', 'chain'],
      ['marked_page', 'noor'],
      ['elsewhere', null],
    ]);
    expect([winner?.code, considered.map(({ code, verdict }) => [code, verdict])]).toEqual([
      'noor',
      [
        ['noor', 'won'],
        ['chain', 'earlier'],
      ],
    ]);
  }
});

it('a link that leads to itself is not followed for ever', async () => {
  await giveLink('mira', 'loop', { destination: `${GO}/r/loop` });
  expect((await test(`${GO}/r/loop`)).hops).toHaveLength(5);
});

it.each(['nonsense', 'javascript:alert(1)', '/r/mira'])('%s is no link', async (url) => {
  expect(
    (await call('GET', `/v1/links/test?${new URLSearchParams({ url }).toString()}`, { as: 'ana', at: NOW })).status,
  ).toBe(400);
});

it('touches nothing: no row in either database, no entry of the mirror', async () => {
  const rows = async (): Promise<unknown> =>
    Promise.all(
      [env.BOOKS, env.CLICKS].map(async (db) => {
        const { results } = await db
          .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
          )
          .all<{ name: string }>();
        return Promise.all(
          results.map(({ name }) => db.prepare(`SELECT '${name}' AS name, count(*) AS n FROM "${name}"`).first()),
        );
      }),
    );
  const before = [await rows(), await env.LINKS.list()];
  for (const url of [`${GO}/r/mira`, `${GO}/r/nobody`])
    await test(url, { referral_token: await giveToken({ code: 'noor', at: NOW }) });
  expect([await rows(), await env.LINKS.list()]).toEqual(before);
});

it('says what the front door then does, for every class', async () => {
  for (const user_agent of ['Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0', 'Twitterbot/1.0'])
    for (const code of ['mira', 'flyer', 'paul', 'nobody']) {
      const { hops } = await test(`${GO}/r/${code}/a?b=1`, { user_agent });
      const { ask, sent } = openFrontDoor();
      const answer = await ask(`/r/${code}/a?b=1`, { now: Date.parse(NOW), headers: { 'user-agent': user_agent } });
      const seen = {
        location: answer.headers.get('location'),
        cookie: cookieOf(answer) ? 'set' : 'none',
        recorded: sent.length > 0,
      };
      expect(hops[0]).toMatchObject(seen);
    }
});
