import { env } from 'cloudflare:workers';
import { encode } from 'uqr';
import { beforeEach, describe, expect, it } from 'vitest';

import { keepClicks } from '../../../src/attribution/click.repo.ts';
import type { ClickClass } from '../../../src/attribution/click.ts';
import { cookieKeys, newClickId, newVisitorId, verifyToken } from '../../../src/attribution/token.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { countClicks } from '../../../src/statistics/count.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { localSecrets } from '../../support/local.ts';
import { page, readerOf, textOf, type Reader } from '../../support/pages.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { rows } from '../referrer/file.ts';

const NOW = '2026-06-10T09:00:00Z';
let mira: Reader;
let noor: Reader;
let site: string;
beforeEach(async () => {
  await freshDatabases();
  for (const partner of ['mira', 'noor']) await givePartner(partner);
  mira = await readerOf('mira');
  noor = await readerOf('noor');
  site = new URL((env as unknown as { HOME_URL: string }).HOME_URL).origin;
});

const open = (path: string, as = mira) => page(path, { as, at: NOW });
const send = (path: string, form: Record<string, string> = {}, as = mira) => page(path, { as, at: NOW, form });
const KEY = '5f0c4c0e-0c56-4b7e-9c3b-5b9f0a1d2e3f';
const make = (fields: Record<string, string> = {}) =>
  send('/partners/links', { key: KEY, destination: `${site}/prices`, label: 'Talk', code: '', sub: '', ...fields });

async function click(code: string, at: string, kind: ClickClass = 'person', sub_id?: string): Promise<void> {
  const clicked_at = Date.parse(at);
  await keepClicks(openDatabase(env.CLICKS), [
    {
      day: at.slice(0, 10),
      visitor_id: newVisitorId(),
      click_id: newClickId(clicked_at),
      clicked_at,
      code,
      partner_id: null,
      class: kind,
      ...(sub_id === undefined ? {} : { sub_id }),
    },
  ]);
}

/** Somebody signs up by a click with a sub-id. */
async function signup(account_id: string, code: string, at: string, sub_id: string): Promise<void> {
  const token = await giveToken({ code, at, partner_id: null });
  const keys = await cookieKeys(localSecrets.COOKIE_KEYS);
  const read = await verifyToken(token, keys.ok ? keys.keys : [], '__Host-lastclick');
  if (!read.ok) throw new Error(read.reason);
  const { visitor_id, click_id } = read.token;
  const clicked_at = Date.parse(at);
  await keepClicks(openDatabase(env.CLICKS), [
    { day: at.slice(0, 10), visitor_id, click_id, clicked_at, code, partner_id: null, class: 'person', sub_id },
  ]);
  const body = { account_id, email: `${account_id}@client.example`, signed_up_at: at, referral_token: token };
  expect((await call('POST', '/v1/signups', { at, body })).status).toBe(201);
}

describe('/partners/links', () => {
  it('makes a link with a sub-id in the address to copy, once however often the form is sent', async () => {
    const made = await make({ sub: 'fair-2026' });
    expect(made.status).toBe(303);
    expect((await make({ sub: 'fair-2026' })).location).toBe(made.location);
    const [link, ...others] = await rows("SELECT shown_code FROM links WHERE label = 'Talk'");
    expect(others).toEqual([]);
    const shown = await open(made.location ?? '');
    expect(textOf(shown.html)).toContain('Your link is made.');
    expect(shown.html).toContain(`value="http://localhost/r/${link?.['shown_code']}?sub=fair-2026"`);
    expect(shown.html).toContain('readonly');
    const [logged] = await rows("SELECT actor, via FROM audit_log WHERE action = 'link.create'");
    expect(logged).toEqual({ actor: 'partner:mira', via: 'center' });
    // The front door finds it.
    expect(await env.LINKS.list()).toMatchObject({ keys: [{}] });
  });

  it('refuses another site, a code that is taken, and a sub-id that the front door would drop', async () => {
    const elsewhere = await make({ destination: 'https://evil.example/' });
    expect([elsewhere.status, textOf(elsewhere.html).includes('it has to be a page of one of these sites')]).toEqual([
      422,
      true,
    ]);
    const taken = await make({ code: 'NOOR' });
    expect([taken.status, textOf(taken.html).includes('this code is taken')]).toEqual([422, true]);
    expect((await make({ code: 'mira' })).status).toBe(422);
    expect((await make({ sub: 'a b' })).status).toBe(400);
    expect((await make({ destination: 'no url' })).status).toBe(400);
    expect(await rows("SELECT 1 FROM links WHERE label = 'Talk'")).toEqual([]);
    expect((await make()).status).toBe(303);
    expect(textOf((await make({ label: 'Another' })).html)).toContain('Send it once more to make another.');
  });

  it('shows clicks and sign-ups by link and sub-id over the days asked for, bots apart', async () => {
    for (const [at, kind] of [
      ['2026-06-01T00:00:00Z', 'person'],
      ['2026-06-02T23:59:59Z', 'person'],
      ['2026-06-02T00:00:00Z', 'bot'],
      ['2026-06-03T00:00:00Z', 'person'],
    ] as const)
      await click('mira', at, kind);
    await click('mira', '2026-06-02T10:00:00Z', 'prefetch');
    await click('noor', '2026-06-02T10:00:00Z');
    await signup('acme', 'mira', '2026-06-02T11:00:00Z', 'fair');
    await countClicks({ CLICKS: env.CLICKS }, Date.parse(NOW));
    const two = textOf((await open('/partners/links?from=2026-06-01&to=2026-06-02')).html);
    expect(two).toContain('All links together: 3 visits, 1 of bots, 1 other, 1 sign-up.');
    expect(two).toContain('mira live 3 1 1 1');
    expect(two).toContain('fair 1 0 0 1');
    expect(two).toContain('Clicks are counted up to 2 June 2026.');
    const one = textOf((await open('/partners/links/mira?from=2026-06-03&to=2026-06-03')).html);
    expect(one).toContain('1 visit, 0 of bots, 0 other, 0 sign-ups.');
    expect((await open('/partners/links?from=2026-06-03&to=2026-06-01')).status).toBe(400);
    expect((await open('/partners/links?from=nonsense')).status).toBe(400);
  });

  it('changes a link; retires it only when asked once more, and brings it back', async () => {
    const changed = await send('/partners/links/mira', { destination: `${site}/about`, label: 'About' });
    expect(changed.location).toBe('/partners/links/mira?done=changed');
    expect((await send('/partners/links/mira', { destination: 'https://evil.example/', label: '' })).status).toBe(422);
    const asked = await send('/partners/links/mira/retirement');
    expect([asked.status, textOf(asked.html).includes('Retire About?')]).toEqual([200, true]);
    expect(textOf((await open('/partners/links')).html)).toContain('About live');
    expect((await send('/partners/links/mira/retirement', { confirmed: 'yes' })).location).toContain('done=retired');
    expect(textOf((await open('/partners/links')).html)).toContain('About retired');
    expect((await send('/partners/links/mira/restoration')).location).toContain('done=restored');
    expect(textOf((await open('/partners/links')).html)).toContain('About live');
  });

  it('the QR code is an image of the address, without style or script, and can be kept', async () => {
    const image = await open('/partners/links/mira/qr.svg?sub=fair');
    expect(image.headers.get('content-type')).toContain('image/svg+xml');
    expect(image.html).not.toMatch(/style|script|href/);
    const { data } = encode('http://localhost/r/mira?sub=fair', { ecc: 'M', border: 4 });
    const drawn = new Set(
      [...image.html.matchAll(/M(\d+),(\d+)h8v8h-8z/g)].map(([, x, y]) => `${Number(x) / 8}:${Number(y) / 8}`),
    );
    const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`${x}:${y}`] : [])));
    expect(drawn).toEqual(new Set(dark));
    const kept = await open('/partners/links/mira/qr.svg?download=yes');
    expect(kept.headers.get('content-disposition')).toBe('attachment; filename="mira.svg"');
    expect((await open('/partners/links/mira')).html).toContain('<img class="qr" src="/partners/links/mira/qr.svg"');
  });

  it('another’s link looks like one that does not exist, whatever is asked of it', async () => {
    for (const path of ['', '/qr.svg']) {
      const [theirs, none] = [await open(`/partners/links/noor${path}`), await open(`/partners/links/none${path}`)];
      expect([theirs.status, theirs.html]).toEqual([404, none.html]);
    }
    for (const path of ['', '/retirement', '/restoration']) {
      const form = { destination: `${site}/about`, confirmed: 'yes' };
      const [theirs, none] = [
        await send(`/partners/links/noor${path}`, form),
        await send(`/partners/links/none${path}`, form),
      ];
      expect([theirs.status, theirs.html]).toEqual([404, none.html]);
    }
    expect(textOf((await open('/partners/links/noor', noor)).html)).not.toContain('retired:');
    expect(await rows("SELECT 1 FROM link_states WHERE code = 'noor' AND retired = 1")).toEqual([]);
  });
});

it('a word in the address that is none of the page’s own says nothing', async () => {
  const made = (await make()).location?.split('?')[0] ?? '';
  for (const path of [made, '/partners/links', '/partners/settings', '/partners/expected-clients'])
    for (const word of ['constructor', 'toString', '__proto__']) {
      const notices = async (at: string) => (await open(at)).html.split('class="notice').length;
      expect([path, await notices(`${path}?done=${word}`)]).toEqual([path, await notices(path)]);
    }
});

it('a form that cannot be read, and a cookie that is none, are no fault of ours', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=none' };
  const form = new FormData();
  for (const path of ['/partners/apply', '/partners/sign-in', '/partners/forgot']) {
    const seen = await page(path, { form, headers });
    expect([path, seen.status, textOf(seen.html)]).toEqual([path, 400, expect.stringContaining('could not be read')]);
  }
  for (const cookie of ['__Host-session=%E0%A4%A', '__Host-session=a.b', '__Host-session='])
    expect((await page('/partners', { cookie })).status).toBe(303);
});
