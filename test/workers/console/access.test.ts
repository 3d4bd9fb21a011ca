import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { insertUser } from '../../../src/identity/user.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorReader, page, readerOf, textOf } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';

const team = 'acme.cloudflareaccess.com';
const issuer = `https://${team}`;
const audience = 'ab'.repeat(32);
const bindings = { ACCESS_TEAM_DOMAIN: team, ACCESS_AUD: audience };
const email = 'ana@staff.example';

let keys: { publicKey: CryptoKey; privateKey: CryptoKey };
let others: typeof keys;
let fetched: string[] = [];

beforeAll(async () => {
  [keys, others] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
});
beforeEach(async () => {
  await freshDatabases();
  await insertUser(books(), { email, name: 'Ana', role: 'operator', operator_name: 'ana' }, Date.now());
  fetched = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL) => {
    fetched.push(input instanceof Request ? input.url : String(input));
    const jwk = await exportJWK(keys.publicKey);
    return Response.json({ keys: [{ ...jwk, kid: 'k1', alg: 'RS256', use: 'sig' }] });
  });
});
afterEach(() => vi.unstubAllGlobals());

function assertion(
  change: { email?: string; iss?: string; aud?: string; ends_in_s?: number; key?: CryptoKey } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(change.email === '' ? {} : { email: change.email ?? email, type: 'app' })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setIssuer(change.iss ?? issuer)
    .setAudience([change.aud ?? audience])
    .setIssuedAt(now - 60)
    .setExpirationTime(now + (change.ends_in_s ?? 3600))
    .sign(change.key ?? keys.privateKey);
}
const headers = async (change: Parameters<typeof assertion>[0] = {}) => ({
  'cf-access-jwt-assertion': await assertion(change),
});

describe('Cloudflare Access before the console', () => {
  it('its word goes for a sign-in with a second factor, and what is done bears the operator’s name', async () => {
    const seen = await page('/console/terms', { bindings, headers: await headers({ email: 'Ana@Staff.example' }) });
    expect([seen.status, textOf(seen.html)]).toEqual([200, expect.stringContaining('No terms have been published')]);
    expect(fetched.every((url) => url === `${issuer}/cdn-cgi/access/certs`)).toBe(true);
    const form = { body: 'Words.' };
    const asked = await page('/console/terms/new', { bindings, headers: await headers(), form });
    const shown = /name="shown" value="([^"]+)"/.exec(asked.html)?.[1] ?? '';
    const yes = { ...form, shown, confirmed: 'yes' };
    expect((await page('/console/terms/new', { bindings, headers: await headers(), form: yes })).status).toBe(303);
    const terms = await page('/console/terms', { bindings, headers: await headers() });
    expect(textOf(terms.html)).toMatch(/Version 1 in force .* ana 0/);
    expect((await page('/console/settings', { bindings, headers: await headers() })).status).toBe(200);
  });

  it('another’s key, application or issuer, one that has expired, and a service without an address open nothing', async () => {
    const refused: Parameters<typeof assertion>[0][] = [
      { key: others.privateKey },
      { aud: 'cd'.repeat(32) },
      { iss: 'https://evil.cloudflareaccess.com' },
      { ends_in_s: -1 },
      { email: '' },
      { email: 'nobody@staff.example' },
    ];
    for (const change of refused) {
      const seen = await page('/console', { bindings, headers: await headers(change) });
      expect([change, seen.status, seen.location]).toEqual([change, 303, expect.stringContaining('/console/sign-in')]);
    }
    const broken = await page('/console', { bindings, headers: { 'cf-access-jwt-assertion': 'x.y.z' } });
    expect(broken.location).toContain('/console/sign-in');
  });

  it('a partner’s address opens neither the console nor the Partner Center', async () => {
    await givePartner('pia');
    await readerOf('pia', 'pia@partners.example');
    const asserted = await headers({ email: 'pia@partners.example' });
    expect((await page('/console', { bindings, headers: asserted })).location).toContain('/console/sign-in');
    expect((await page('/partners', { bindings, headers: asserted })).location).toContain('/partners/sign-in');
    expect((await page('/partners', { bindings, headers: await headers() })).location).toContain('/partners/sign-in');
  });

  it('where it is not set up, or says nothing, the session counts as ever', async () => {
    expect((await page('/console', { headers: await headers() })).location).toContain('/console/sign-in');
    const ben = await operatorReader('ben');
    expect((await page('/console/operators', { as: ben, bindings })).status).toBe(200);
    const half = await operatorReader('cleo', false);
    expect((await page('/console', { as: half, bindings })).location).toBe('/console/second-factor');
  });

  it('of two names in one browser, that of Access counts', async () => {
    const ben = await operatorReader('ben');
    const seen = await page('/console/operators', { as: ben, bindings, headers: await headers() });
    expect(textOf(seen.html)).toContain('ana (you)');
  });
});
