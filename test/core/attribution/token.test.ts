import fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  cookieKeys,
  hasSigned,
  mintFirstToken,
  mintToken,
  newClickId,
  newVisitorId,
  signingKeys,
  verifyToken,
  type CookieKey,
  type CookieName,
} from '../../../src/attribution/token.ts';

const SECRETS = { k1: 'bG9jYWwtY29va2llLWtleS0x', k2: 'bG9jYWwtY29va2llLWtleS0y', toolong: 'x' };
const HOST: CookieName = '__Host-lastclick';

async function keysOf(config: string): Promise<readonly CookieKey[]> {
  const parsed = await cookieKeys(config);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.keys;
}
const keys = await keysOf(`k1:${SECRETS.k1}`);

const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const contents = fc.record({
  at: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  partner_id: fc.option(id),
  code: fc.stringMatching(/^[a-z0-9_-]{1,64}$/),
});

const mint = ({ at, partner_id, code }: { at: number; partner_id: string | null; code: string }) => {
  const click = { visitor_id: newVisitorId(), click_id: newClickId(at), partner_id, code };
  return { text: mintToken(click, keys, HOST), click };
};

it('L1: a token carries visitor, click, instant, partner and code, in 200 characters of [A-Za-z0-9_-]', async () => {
  await fc.assert(
    fc.asyncProperty(contents, async (given) => {
      const { text, click } = mint(given);
      expect(text).toMatch(/^[A-Za-z0-9_-]{1,200}$/);
      expect(verifyToken(text, keys, HOST)).toEqual({ ok: true, token: { ...click, clicked_at: given.at } });
    }),
  );
});

it('the longest token has at most 200 characters', async () => {
  const long = await keysOf(`abcdef:${SECRETS.k1}`);
  const click = {
    visitor_id: newVisitorId(),
    click_id: newClickId(1),
    partner_id: 'p'.repeat(64),
    code: 'c'.repeat(64),
  };
  const text = mintToken(click, long, HOST);
  expect(text.length).toBeLessThanOrEqual(200);
  expect(verifyToken(text, long, HOST).ok).toBe(true);
});

it('a token with any one character changed, added or left out does not verify', async () => {
  const { text } = mint({ at: 1_780_000_000_000, partner_id: 'ana', code: 'mira' });
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.';
  const forged: string[] = [`${text}A`, `A${text}`, text.slice(1), ''];
  for (let i = 0; i < text.length; i++) {
    forged.push(text.slice(0, i) + text.slice(i + 1));
    for (const char of alphabet) if (char !== text[i]) forged.push(text.slice(0, i) + char + text.slice(i + 1));
  }
  const verified = await Promise.all(forged.map((candidate) => verifyToken(candidate, keys, HOST)));
  expect(verified.filter((result) => result.ok)).toEqual([]);
});

it('no string at all verifies without the key', async () => {
  const strings = fc.oneof(fc.string({ maxLength: 250 }), fc.stringMatching(/^1[A-Za-z0-9_-]{60,199}$/));
  await fc.assert(fc.asyncProperty(strings, async (text) => !verifyToken(text, keys, HOST).ok));
});

it('a token of the one cookie name does not verify under the other', async () => {
  const { text } = mint({ at: 1, partner_id: null, code: 'mira' });
  expect(verifyToken(text, keys, '__Secure-lastclick')).toEqual({ ok: false, reason: 'bad_signature' });
});

it('partner and code cannot be moved into each other', async () => {
  const [visitor_id, click_id] = [newVisitorId(), newClickId(1)];
  const one = mintToken({ visitor_id, click_id, partner_id: 'ab', code: 'c' }, keys, HOST);
  const other = mintToken({ visitor_id, click_id, partner_id: 'a', code: 'bc' }, keys, HOST);
  expect(one.slice(-22)).not.toBe(other.slice(-22));
});

it('the first key signs, retired ones verify, a foreign one does not', async () => {
  const { text } = mint({ at: 1, partner_id: 'ana', code: 'mira' });
  expect(verifyToken(text, await keysOf(`k2:${SECRETS.k2},k1:${SECRETS.k1}`), HOST).ok).toBe(true);
  expect(verifyToken(text, await keysOf(`k2:${SECRETS.k2}`), HOST)).toEqual({ ok: false, reason: 'unknown_key' });
  expect(verifyToken(text, await keysOf(`k1:${SECRETS.k2}`), HOST)).toEqual({
    ok: false,
    reason: 'bad_signature',
  });
});

it.each([
  ['', 'COOKIE_KEYS is not kid:secret'],
  ['k1', 'COOKIE_KEYS: the secret of k1 is not base64url'],
  ['toolong1:bG9jYWwtY29va2llLWtleS0x', 'COOKIE_KEYS is not kid:secret'],
  ['k1:c2hvcnQ', 'COOKIE_KEYS: the secret of k1 is not base64url of 16 bytes or more'],
  ['k1:not base64!', 'COOKIE_KEYS: the secret of k1'],
  [`k1:${SECRETS.k1},k1:${SECRETS.k2}`, 'COOKIE_KEYS names k1 twice'],
  [`k1:${SECRETS.k1},`, 'COOKIE_KEYS is not kid:secret'],
])('keys that cannot be read say which part, never the secret: %j', async (config, reason) => {
  const parsed = await cookieKeys(config);
  expect(parsed.ok ? '' : parsed.reason).toContain(reason);
});

it('click ids are UUIDv7 of their instant and sort by it', () => {
  const [first, second] = [newClickId(1_780_000_000_000), newClickId(1_780_000_000_001)];
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(first < second).toBe(true);
});

it('L1: the first token of an isolate is the one that the clicks after it would have', async () => {
  await fc.assert(
    fc.asyncProperty(contents, async (given) => {
      const cold = signingKeys(`k1:${SECRETS.k1}`);
      if (!cold.ok) throw new Error(cold.reason);
      const { text, click } = mint(given);
      expect(hasSigned(cold.keys)).toBe(false);
      expect(await mintFirstToken(click, cold.keys, HOST)).toBe(text);
      expect(hasSigned(cold.keys)).toBe(false);
      expect(mintToken(click, cold.keys, HOST)).toBe(text);
      expect(hasSigned(cold.keys)).toBe(true);
    }),
  );
});
