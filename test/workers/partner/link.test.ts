import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { call, newPartner, rows, tokenOf } from './api.ts';

let ann: string;
let bea: string;
beforeEach(async () => {
  await freshDatabases();
  await newPartner('ann');
  await newPartner('bea');
  ann = await tokenOf('ann');
  bea = await tokenOf('bea');
});

const destination = 'https://www.example.com/pricing';
const post = (as: string, body: Record<string, unknown>, key?: string) =>
  call('POST', '/v1/links', { as, body, ...(key === undefined ? {} : { key }) });
const mirrored = (code: string) => env.LINKS.get(`link:${code}`, 'json');

describe('links', () => {
  it('a new partner’s first link is served at once', async () => {
    const [first] = await rows<{ code: string }>("SELECT code FROM links WHERE partner_id = 'ann'");
    expect(await mirrored(first?.code ?? '')).toEqual({ partner_id: 'ann', destination: env.HOME_URL });
  });

  it('are made by their partner or by an operator, and written through to the mirror', async () => {
    const made = await post(ann, { code: 'Spring', destination, label: 'the spring' });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      code: 'Spring',
      destination,
      label: 'the spring',
      url: 'https://go.example.com/r/Spring',
      retired: false,
    });
    expect(await mirrored('spring')).toMatchObject({ partner_id: 'ann', destination });
    const minted = await call('POST', '/v1/partners/ann/links', { body: { destination } });
    expect(minted.body.code).toMatch(/^[a-z2-9]{8}$/);
    expect((await call('POST', '/v1/partners/nobody/links', { body: { destination } })).status).toBe(404);
    const listed = await call('GET', '/v1/links', { as: ann });
    expect(listed.body.data).toHaveLength(3);
    expect((await call('GET', '/v1/partners/ann/links')).body).toEqual(listed.body);
    expect((await call('GET', '/v1/links?limit=1', { as: bea })).body.data).toHaveLength(1);
  });

  it('a code is one regardless of case, and never given to another partner, retired or not', async () => {
    const first = await post(ann, { code: 'Spring', destination });
    const again = await post(ann, { code: 'SPRING', destination });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await post(ann, { code: 'spring', destination: env.HOME_URL })).body.code).toBe('conflict');
    for (const retired of [false, true]) {
      await call('PATCH', '/v1/links/spring', { as: ann, body: { retired } });
      const taken = await post(bea, { code: 'spring', destination });
      expect([taken.status, taken.body.code]).toEqual([409, 'code_taken']);
    }
    expect((await call('POST', '/v1/partners/bea/links', { body: { code: 'spRing', destination } })).body.code).toBe(
      'code_taken',
    );
    // The partner's first, minted code is no less taken.
    const [minted] = await rows<{ code: string }>(
      "SELECT code FROM links WHERE partner_id = 'ann' AND code <> 'spring'",
    );
    expect((await post(bea, { code: minted?.code, destination })).body.code).toBe('code_taken');
    expect((await post(ann, { code: minted?.code, destination })).body.code).toBe('conflict');
  });

  it('two partners that ask for one code at the same time: one gets it', async () => {
    const both = await Promise.all([post(ann, { code: 'one', destination }), post(bea, { code: 'one', destination })]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  it('replays: without a code the idempotency key is the key, for each partner', async () => {
    const first = await post(ann, { destination }, 'k');
    expect((await post(ann, { destination }, 'k')).body).toEqual(first.body);
    expect((await post(ann, { destination, label: 'x' }, 'k')).status).toBe(409);
    expect((await post(bea, { destination }, 'k')).status).toBe(201);
    expect((await post(ann, { destination })).body.code).not.toBe(first.body.code);
  });

  it('lead to allowed origins only', async () => {
    const refused = [
      'https://evil.example/',
      'https://www.example.com.evil.example/',
      'http://www.example.com/',
      'javascript:alert(1)',
      'https://a:b@www.example.com/',
      'https://www.example.com\\@evil.example/',
    ];
    for (const bad of refused) {
      const { status, body } = await post(ann, { code: 'bad', destination: bad });
      expect([bad, status, body.code]).toEqual([bad, 422, 'destination_not_allowed']);
    }
    expect((await post(ann, { destination: '/pricing' })).status).toBe(400);
    await post(ann, { code: 'ok', destination });
    expect(
      (await call('PATCH', '/v1/links/ok', { as: ann, body: { destination: 'https://evil.example/' } })).status,
    ).toBe(422);
    expect(await rows("SELECT * FROM links WHERE code = 'bad'")).toHaveLength(0);
  });

  it('are retired and brought back by dated states, and the mirror follows', async () => {
    await post(ann, { code: 'spring', destination, label: 'x' });
    const patch = (body: Record<string, unknown>, now?: string) =>
      call('PATCH', '/v1/links/Spring', { as: ann, body, ...(now ? { now } : {}) });
    expect((await patch({ retired: true })).body.retired).toBe(true);
    expect(await mirrored('spring')).toEqual({ gone: true });
    expect((await patch({ retired: true })).status).toBe(200);
    expect((await patch({ retired: false }, '2026-03-05T00:00:00Z')).body.retired).toBe(false);
    expect(await rows('SELECT at, retired FROM link_states ORDER BY at')).toHaveLength(2);
    // At one instant the last word counts.
    await patch({ retired: true }, '2026-03-05T00:00:00Z');
    expect(
      (await call('GET', '/v1/links', { as: ann, now: '2026-03-05T00:00:00Z' })).body.data.find(
        (link: { code: string }) => link.code === 'spring',
      ).retired,
    ).toBe(true);
    expect((await patch({ label: null, destination: 'https://www.example.com/x' })).body).toMatchObject({
      label: null,
      destination: 'https://www.example.com/x',
    });
  });

  it('L1: one that is retired leaves the others live, and each is retired by itself', async () => {
    for (const code of ['spring', 'autumn']) await post(ann, { code, destination });
    const retire = (code: string) => call('PATCH', `/v1/links/${code}`, { as: ann, body: { retired: true } });
    const live = async () =>
      (await call('GET', '/v1/links', { as: ann })).body.data
        .filter((link: { code: string; retired: boolean }) => !link.retired)
        .map((link: { code: string }) => link.code);
    const before = await live();
    await retire('spring');
    expect(await live()).toEqual(before.filter((code: string) => code !== 'spring'));
    await retire('autumn');
    expect(await live()).toEqual(before.filter((code: string) => code !== 'spring' && code !== 'autumn'));
    expect(await rows('SELECT code FROM link_states ORDER BY code')).toEqual([{ code: 'autumn' }, { code: 'spring' }]);
  });

  it("another partner's link is not found", async () => {
    await post(ann, { code: 'spring', destination });
    const other = await call('PATCH', '/v1/links/spring', { as: bea, body: { retired: true } });
    const unknown = await call('PATCH', '/v1/links/nothing', { as: bea, body: { retired: true } });
    expect(other.status).toBe(404);
    expect(other.body).toEqual(unknown.body);
  });

  it('P6: the links of a suspended partner go from the mirror, and come back with it', async () => {
    await post(ann, { code: 'spring', destination });
    await call('PATCH', '/v1/partners/ann', { body: { status: 'suspended' }, now: '2026-03-03T00:00:00Z' });
    expect(await mirrored('spring')).toEqual({ gone: true });
    await call('PATCH', '/v1/partners/ann', { body: { status: 'active' }, now: '2026-03-04T00:00:00Z' });
    expect(await mirrored('spring')).toMatchObject({ partner_id: 'ann', destination });
  });

  it('fault 11: a mirror that fails costs nothing', async () => {
    const LINKS = { put: () => Promise.reject(new Error('down')) } as unknown as KVNamespace;
    expect(
      (await call('POST', '/v1/links', { as: ann, body: { code: 'spring', destination }, env: { LINKS } })).status,
    ).toBe(201);
  });
});
