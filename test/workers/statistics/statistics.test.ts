import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { keepClicks, type NewClick } from '../../../src/attribution/click.repo.ts';
import { cookieKeys, newClickId, newVisitorId, verifyToken } from '../../../src/attribution/token.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { countClicks } from '../../../src/statistics/count.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { giveLink } from '../../support/links.ts';
import { localSecrets } from '../../support/local.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { forgetTokens, tokenOf } from '../referrer/file.ts';

const NOW = '2026-06-10T09:00:00Z';
const RANGE = 'from=2026-06-01&to=2026-06-09';

beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
  await givePartner('mira');
  await givePartner('noor');
  await giveLink('mira', 'talk');
});

async function click(code: string, at: string, more: Partial<NewClick> = {}): Promise<NewClick> {
  const clicked_at = Date.parse(at);
  const row: NewClick = {
    day: at.slice(0, 10),
    visitor_id: newVisitorId(),
    click_id: newClickId(clicked_at),
    clicked_at,
    code,
    partner_id: null,
    class: 'person',
    ...more,
  };
  await keepClicks(openDatabase(env.CLICKS), [row]);
  return row;
}

/** A signup by a click that was recorded with what its link carried. */
async function signup(account_id: string, code: string, at: string, more: Partial<NewClick> = {}): Promise<void> {
  const token = await giveToken({ code, at, partner_id: null });
  const keys = await cookieKeys(localSecrets.COOKIE_KEYS);
  const read = await verifyToken(token, keys.ok ? keys.keys : [], '__Host-lastclick');
  if (!read.ok) throw new Error(read.reason);
  const { visitor_id, click_id } = read.token;
  await click(code, at, { ...more, visitor_id, click_id });
  const body = { account_id, email: `${account_id}@client.example`, signed_up_at: at, referral_token: token };
  expect((await call('POST', '/v1/signups', { at, body })).status).toBe(201);
}

const count = (now = NOW, most?: { days: number; rows_read: number }) =>
  countClicks({ CLICKS: env.CLICKS }, Date.parse(now), most);
const read = async (query: string, as = 'mira') =>
  (await call('GET', `/v1/statistics?${query}`, { as: await tokenOf(as), at: NOW })).body;

describe('statistics of a partner', () => {
  beforeEach(async () => {
    await click('mira', '2026-06-02T10:00:00Z');
    await click('mira', '2026-06-02T11:00:00Z', { class: 'bot' });
    await click('talk', '2026-06-02T12:00:00Z', { sub_id: 'blog-7', utm_campaign: 'spring' });
    await click('talk', '2026-06-03T12:00:00Z', { sub_id: 'blog-7', class: 'prefetch' });
    await click('noor', '2026-06-02T12:00:00Z', { sub_id: 'blog-7' });
    await click('mira', '2026-06-10T08:00:00Z');
    await signup('acme', 'talk', '2026-06-03T13:00:00Z', { sub_id: 'blog-8', utm_campaign: 'spring' });
    for (let run = 0; run < 4; run++) await count();
  });

  it('by link: persons, bots and the rest apart, with signups; today and others’ links are not in it', async () => {
    expect(await read(`by=link&${RANGE}`)).toEqual({
      from: '2026-06-01',
      to: '2026-06-09',
      counted_through: '2026-06-09',
      data: [
        { key: 'mira', persons: 1, bots: 1, others: 0, signups: 0 },
        { key: 'talk', persons: 2, bots: 0, others: 1, signups: 1 },
      ],
      without_link: [],
      totals: { persons: 3, bots: 1, others: 1, signups: 1 },
      next_cursor: null,
    });
  });

  it('L3, B1, R3: signups that no click of theirs brought are told by their source, and the totals hold every one', async () => {
    await givePartner('lena', { email: 'lena@partners.example' });
    await signup('clicked', 'lena', '2026-06-04T10:00:00Z', { sub_id: 'blog-9' });
    const heard = (account_id: string, at: string) =>
      call('POST', '/v1/signups', {
        at,
        body: { account_id, email: `${account_id}@c.example`, signed_up_at: at, how_heard: 'lena@partners.example' },
      });
    await heard('heard1', '2026-06-05T10:00:00Z');
    await heard('heard2', '2026-06-06T10:00:00Z');
    await heard('today', '2026-06-10T08:00:00Z');
    const at = '2026-06-06T12:00:00Z';
    await call('POST', '/v1/signups', { at, body: { account_id: 'claimed', email: 'c@c.example', signed_up_at: at } });
    const filed = await call('POST', '/v1/claims', {
      as: await tokenOf('lena'),
      at,
      body: { account_id: 'claimed', kind: 'claim' },
    });
    const word = { confirmed: true, evidence: 'a call' };
    const path = `/v1/claims/${String(filed.body['claim_id'])}/confirmation`;
    expect((await call('POST', path, { as: 'ana', at, body: word })).status).toBeLessThan(300);
    for (const [by, key] of [
      ['link', 'lena'],
      ['sub_id', 'blog-9'],
    ])
      expect(await read(`by=${by}&${RANGE}`, 'lena')).toMatchObject({
        data: [{ key, signups: 1 }],
        without_link: [
          { source: 'claim', signups: 1 },
          { source: 'how_heard', signups: 2 },
        ],
        totals: { signups: 4 },
      });
    expect(await read(`by=link&limit=1&from=2026-06-05&to=2026-06-05`, 'lena')).toMatchObject({
      data: [],
      totals: { persons: 0, signups: 1 },
    });
  });

  it('by sub-id and by campaign: null for links that carried none', async () => {
    expect((await read(`by=sub_id&${RANGE}`))['data']).toEqual([
      { key: null, persons: 1, bots: 1, others: 0, signups: 0 },
      { key: 'blog-7', persons: 1, bots: 0, others: 1, signups: 0 },
      { key: 'blog-8', persons: 1, bots: 0, others: 0, signups: 1 },
    ]);
    expect((await read(`by=utm_campaign&${RANGE}`))['data']).toEqual([
      { key: null, persons: 1, bots: 1, others: 1, signups: 0 },
      { key: 'spring', persons: 2, bots: 0, others: 0, signups: 1 },
    ]);
  });

  it('pages by key, and misses none', async () => {
    const seen: unknown[] = [];
    let cursor: unknown = null;
    do {
      const body: Record<string, unknown> = await read(
        `by=sub_id&limit=1&${RANGE}${cursor === null ? '' : `&cursor=${String(cursor)}`}`,
      );
      seen.push(...(body['data'] as { key: string | null }[]).map((row) => row.key));
      cursor = body['next_cursor'];
    } while (cursor !== null);
    expect(seen).toEqual([null, 'blog-7', 'blog-8']);
  });

  it('one link by day, with its sums', async () => {
    const { body } = await call('GET', `/v1/links/Talk/statistics?${RANGE}`, { as: await tokenOf('mira'), at: NOW });
    expect(body).toMatchObject({
      code: 'talk',
      totals: { persons: 2, bots: 0, others: 1, signups: 1 },
      days: [
        { day: '2026-06-02', persons: 1, bots: 0, others: 0, signups: 0 },
        { day: '2026-06-03', persons: 1, bots: 0, others: 1, signups: 1 },
      ],
    });
  });

  it('another partner’s link is not found, another partner’s statistics forbidden; an operator names whose', async () => {
    const as = await tokenOf('noor');
    expect((await call('GET', '/v1/links/talk/statistics', { as, at: NOW })).status).toBe(404);
    expect((await call('GET', '/v1/statistics?partner_id=mira', { as, at: NOW })).status).toBe(403);
    expect((await call('GET', '/v1/statistics', { as: 'ana', at: NOW })).status).toBe(400);
    const { body } = await call('GET', `/v1/statistics?partner_id=noor&${RANGE}`, { as: 'ana', at: NOW });
    expect(body['data']).toEqual([{ key: 'noor', persons: 1, bots: 0, others: 0, signups: 0 }]);
    expect((await call('GET', '/v1/links/talk/statistics', { as: 'ana', at: NOW })).status).toBe(200);
  });

  it.each(['from=2026-06-09&to=2026-06-01', 'from=2025-01-01&to=2026-06-01', 'from=2026-06-31', 'by=visitor'])(
    '%s is refused',
    async (query) => {
      const answer = await call('GET', `/v1/statistics?${query}`, { as: await tokenOf('mira'), at: NOW });
      expect([400, 422]).toContain(answer.status);
    },
  );
});

describe('the counting of days', () => {
  it('counts a few days a run, the earliest first, and says up to where', async () => {
    await click('mira', '2026-06-05T10:00:00Z');
    const few = { days: 3, rows_read: 1000 };
    expect(await count(NOW, few)).toEqual(['2026-06-05', '2026-06-06', '2026-06-07']);
    expect((await read('from=2026-06-05&to=2026-06-09'))['counted_through']).toBe('2026-06-07');
    expect(await count(NOW, few)).toEqual(['2026-06-08', '2026-06-09']);
    expect(await count(NOW, few)).toEqual([]);
  });

  it('goes no further than the rows that a run may read, and is through half a year of a small program in two runs', async () => {
    for (const day of ['05', '06', '07']) for (let i = 0; i < 5; i++) await click('mira', `2026-06-${day}T10:00:00Z`);
    expect(await count(NOW, { days: 100, rows_read: 12 })).toEqual(['2026-06-05', '2026-06-06']);
    await click('mira', '2025-12-10T10:00:00Z');
    expect(await count()).toHaveLength(100);
    await count();
    expect((await read('from=2026-05-11&to=2026-06-09'))['counted_through']).toBe('2026-06-09');
  });

  it('counting twice is the same as once, and a late click is in the next count of its day', async () => {
    await click('mira', '2026-06-09T10:00:00Z');
    await count('2026-06-10T00:00:00Z');
    await click('mira', '2026-06-09T23:59:59Z');
    expect(await count('2026-06-10T00:55:00Z')).toEqual([]);
    expect(await count('2026-06-10T01:00:00Z')).toEqual(['2026-06-09']);
    expect((await read('from=2026-06-09&to=2026-06-09'))['data']).toEqual([
      { key: 'mira', persons: 2, bots: 0, others: 0, signups: 0 },
    ]);
  });

  it('reads one range of the clicks’ own key a day', async () => {
    const { results } = await env.CLICKS.prepare(
      "EXPLAIN QUERY PLAN SELECT code, count(*) FROM clicks WHERE day = '2026-06-09' GROUP BY code",
    ).all<{ detail: string }>();
    expect(results[0]?.detail).toMatch(/SEARCH clicks USING PRIMARY KEY \(day=\?\)/);
  });
});
