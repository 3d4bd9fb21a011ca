import { env } from 'cloudflare:workers';
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { call, newPartner, NOON, rows, tokenOf } from './api.ts';

beforeEach(async () => {
  await freshDatabases();
  await newPartner('ann');
});

const day = (n: number) => new Date(Date.parse(NOON) + n * 86_400_000).toISOString();
const issue = (body: Record<string, unknown>, key?: string) =>
  call('POST', '/v1/partners/ann/tokens', { body, ...(key === undefined ? {} : { key }) });
const me = (as: string, now = NOON) => call('GET', '/v1/me', { as, now });

/** A token signed with the program's own key, but saying something else. */
async function signed(claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  const jwk = JSON.parse(env.TOKEN_PRIVATE_JWK);
  const [listed] = await rows<{ jti: string }>('SELECT jti FROM tokens');
  const iat = Date.parse(NOON) / 1000;
  const payload = {
    sub: 'ann',
    jti: listed?.jti ?? '',
    scope: 'read',
    iss: env.PUBLIC_URL,
    aud: `${env.PUBLIC_URL}/v1`,
    iat,
    exp: iat + 100,
    ...claims,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'EdDSA', kid: jwk.kid, ...header })
    .sign(await importJWK(jwk, 'EdDSA'));
}

describe('partner tokens', () => {
  it('are JWTs that anyone verifies with the published keys', async () => {
    const { status, body } = await issue({});
    expect(status).toBe(201);
    const published = await call('GET', '/.well-known/jwks.json');
    expect(published.body.keys).toEqual([
      { kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: 'local-1', alg: 'EdDSA', use: 'sig' },
    ]);
    const { payload, protectedHeader } = await jwtVerify(body.token, createLocalJWKSet(published.body), {
      currentDate: new Date(NOON),
    });
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: 'local-1' });
    expect(payload).toMatchObject({
      iss: env.PUBLIC_URL,
      aud: `${env.PUBLIC_URL}/v1`,
      sub: 'ann',
      scope: 'read links claims',
      jti: body.jti,
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(90 * 86_400);
    expect((await me(body.token)).status).toBe(200);
  });

  it('hold until they expire, by the clock of the door', async () => {
    const { body } = await issue({ expires_in: 3600 });
    expect((await me(body.token, '2026-03-02T20:59:59Z')).status).toBe(200);
    expect((await me(body.token, '2026-03-02T21:00:00Z')).status).toBe(401);
  });

  it('payout is granted only when asked for, for a day at most', async () => {
    expect((await issue({ scope: 'payout read' })).body.scope).toBe('read payout');
    expect((await issue({ scope: 'payout' })).body.expires_at).toBe('2026-03-03T20:00:00Z');
    const long = await issue({ scope: 'read payout', expires_in: 86_401 });
    expect([long.status, long.body.code]).toEqual([422, 'scope_too_long']);
    expect((await issue({ expires_in: 401 * 86_400 })).status).toBe(422);
    expect((await issue({ scope: 'admin' })).body.errors[0].path).toBe('body.scope');
    expect((await issue({ scope: '' })).status).toBe(400);
    expect((await issue({ expires_in: 0 })).status).toBe(400);
    expect((await call('POST', '/v1/partners/nobody/tokens', { body: {} })).status).toBe(404);
  });

  it('replays: one idempotency key gives one token, and the token itself is not kept', async () => {
    const first = await issue({ scope: 'read' }, 'k1');
    const again = await issue({ scope: 'read' }, 'k1');
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect((await issue({ scope: 'links' }, 'k1')).status).toBe(409);
    expect((await issue({ scope: 'read' })).body.jti).not.toBe(first.body.jti);
    for (const table of ['tokens', 'replays', 'audit_log']) {
      expect(JSON.stringify(await rows(`SELECT * FROM ${table}`))).not.toContain(first.body.token.split('.')[2]);
    }
  });

  it("a key of one partner's token says nothing of another's", async () => {
    await newPartner('bea');
    const first = await issue({}, 'k1');
    const other = await call('POST', '/v1/partners/bea/tokens', { body: {}, key: 'k1' });
    expect(other.status).toBe(201);
    expect(other.body.jti).not.toBe(first.body.jti);
  });

  it('are listed and revocable; a revoked one is refused at once and stays so', async () => {
    const { body } = await issue({});
    const listed = await call('GET', '/v1/partners/ann/tokens');
    expect(listed.body.data).toEqual([
      {
        jti: body.jti,
        scope: 'read links claims',
        issued_at: NOON,
        expires_at: '2026-05-31T20:00:00Z',
        issued_by: 'ana',
        revoked_at: null,
      },
    ]);
    const revoke = () => call('DELETE', `/v1/partners/ann/tokens/${body.jti}`);
    expect([(await revoke()).status, (await revoke()).status]).toEqual([204, 204]);
    expect((await me(body.token)).status).toBe(401);
    expect((await call('GET', '/v1/partners/ann/tokens')).body.data[0].revoked_at).toBe(NOON);
    await newPartner('bea');
    expect((await call('DELETE', `/v1/partners/bea/tokens/${body.jti}`)).status).toBe(404);
  });

  it('are refused when forged, for another audience, for another partner, unlisted, or by an unknown key', async () => {
    const { body } = await issue({});
    expect((await me(await signed({}))).status).toBe(200);
    const [head, , mac] = body.token.split('.');
    const claims = btoa(JSON.stringify({ sub: 'bea' })).replaceAll('=', '');
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const stranger = await new SignJWT({ sub: 'ann' })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'local-1' })
      .sign(privateKey);
    const refused = [
      `${head}.${claims}.${mac}`,
      `${body.token.slice(0, -3)}abc`,
      await signed({ iss: 'https://elsewhere.example' }),
      await signed({ aud: env.PUBLIC_URL }),
      await signed({ sub: 'bea' }),
      await signed({ jti: 'tok_unknown' }),
      await signed({ exp: Date.parse(NOON) / 1000 - 1 }),
      await signed({ scope: null }),
      await signed({}, { kid: 'other' }),
      stranger,
      'not-a-token',
      'a.b.c',
    ];
    for (const token of refused) expect((await me(token)).status).toBe(401);
  });

  it('are verified by former keys too, whose public halves stay published', async () => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const present = { ...(await exportJWK(privateKey)), kid: 'local-2' };
    const former = JSON.parse(env.TOKEN_PRIVATE_JWK);
    const rotated = {
      TOKEN_PRIVATE_JWK: JSON.stringify(present),
      TOKEN_PUBLIC_JWKS: JSON.stringify({ keys: [former] }),
    };
    const { body } = await issue({});
    expect((await call('GET', '/v1/me', { as: body.token, env: rotated })).status).toBe(200);
    const published = await call('GET', '/.well-known/jwks.json', { env: rotated });
    expect(published.body.keys.map((key: { kid: string }) => key.kid)).toEqual(['local-2', 'local-1']);
    expect(JSON.stringify(published.body)).not.toContain('"d"');
    expect(published.body.keys[0].x).toBe((await exportJWK(publicKey)).x);
    const alone = { TOKEN_PRIVATE_JWK: JSON.stringify(present) };
    expect((await call('GET', '/v1/me', { as: body.token, env: alone })).status).toBe(401);
  });

  it('misconfigured: keys that cannot be read are named, not shown', async () => {
    for (const [name, value] of [
      ['TOKEN_PRIVATE_JWK', '{"kty":"OKP","d":"hush"}'],
      ['TOKEN_PUBLIC_JWKS', '[]'],
      ['TOKEN_PRIVATE_JWK', ''],
    ] as const) {
      const { status, body } = await call('GET', '/v1/me', { env: { [name]: value } });
      expect([status, body.code]).toEqual([503, 'misconfigured']);
      expect(body.detail).toContain(name);
      expect(body.detail).not.toContain('hush');
    }
  });

  it('a suspended or closed partner still reads its own books; a scope is needed for each thing', async () => {
    const read = await tokenOf('ann', 'read');
    await call('PATCH', '/v1/partners/ann', { body: { status: 'suspended' } });
    expect((await me(read)).body.status).toBe('suspended');
    await call('PATCH', '/v1/partners/ann', { body: { status: 'closed' }, now: day(1) });
    expect((await me(read, day(1))).body.status).toBe('closed');
    expect((await call('POST', '/v1/links', { as: read, body: { destination: env.HOME_URL } })).status).toBe(403);
    expect((await call('PATCH', '/v1/me', { as: await tokenOf('ann'), body: {} })).status).toBe(403);
    expect((await me(await tokenOf('ann', 'links'))).status).toBe(403);
  });
});
