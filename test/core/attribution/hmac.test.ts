import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { fromBase64Url, toBase64Url } from '../../../src/attribution/base64url.ts';
import { firstHmac128, hmac128, hmacKey } from '../../../src/attribution/hmac.ts';
import { bytesOfUuid, instantOf, newClickId, newVisitorId, uuidOf } from '../../../src/attribution/ids.ts';

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 300 });
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });

it('signs as HMAC-SHA-256 does, whatever the key and the text', async () => {
  await fc.assert(
    fc.asyncProperty(bytes(1, 200), ascii, async (key, text) => {
      const expected = createHmac('sha256', key).update(text, 'latin1').digest().subarray(0, 16);
      expect(Buffer.from(hmac128(hmacKey(new Uint8Array(key)), text))).toEqual(expected);
      expect(Buffer.from(await firstHmac128(hmacKey(new Uint8Array(key)), text))).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

it.each([0, 54, 55, 56, 63, 64, 65, 119, 120, 128, 247, 248])('a text of %i letters, at the edges of blocks', (n) => {
  const [key, text] = [Buffer.alloc(32, 7), 'x'.repeat(n)];
  const expected = createHmac('sha256', key).update(text).digest().subarray(0, 16);
  expect(Buffer.from(hmac128(hmacKey(new Uint8Array(key)), text))).toEqual(expected);
});

it('RFC 4231, case 2', () => {
  const key = hmacKey(new Uint8Array(new TextEncoder().encode('Jefe')));
  const mac = Buffer.from(hmac128(key, 'what do ya want for nothing?')).toString('hex');
  expect(mac).toBe('5bdcc146bf60754e6a042426089575c7');
});

it('base64url is written as Node writes it, and read in that one spelling only', () => {
  fc.assert(
    fc.property(bytes(0, 40), (given) => {
      const text = toBase64Url(given);
      expect(text).toBe(Buffer.from(given).toString('base64url'));
      expect(fromBase64Url(text)).toEqual(new Uint8Array(given));
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), (text) => {
      const read = fromBase64Url(text);
      expect(read === null || Buffer.from(read).toString('base64url') === text).toBe(true);
    }),
  );
  expect([fromBase64Url('A'), fromBase64Url('AB'), fromBase64Url('AA=')]).toEqual([null, null, null]);
  expect(fromBase64Url('AA')).toEqual(Uint8Array.of(0));
});

it('a click id is a UUIDv7 of its instant, and is itself again after its bytes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (at) => {
      const id = newClickId(at);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(instantOf(bytesOfUuid(id))).toBe(at);
      expect(uuidOf(bytesOfUuid(id))).toBe(id);
    }),
  );
});

it('no random bytes are used twice', () => {
  const ids = Array.from({ length: 5000 }, () => [newVisitorId(), newClickId(0)]).flat();
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[A-Za-z0-9_-]{16}$|^[0-9a-f-]{36}$/.test(id))).toBe(true);
});
