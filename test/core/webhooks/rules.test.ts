import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  afterTry,
  DAY_MS,
  endpointAfter,
  FAILING_DAYS,
  MAX_TRIES,
  outcomeOf,
  type TryOutcome,
} from '../../../src/webhooks/delivery.rules.ts';
import { openSecret, sealSecret } from '../../../src/webhooks/seal.ts';
import { checkTarget } from '../../../src/webhooks/target.rules.ts';
import { localSecrets } from '../../support/local.ts';

const far = { local: false, public_url: 'https://go.example.com' };
const near = { local: true, public_url: 'http://localhost:8787' };
const refused: TryOutcome = { kind: 'failed', status: 500, reason: 'refused', retry_after_s: null };

describe('where events may go', () => {
  it.each<[string, ReturnType<typeof checkTarget>]>([
    ['https://hooks.acme.com/in?x=1', { ok: true, url: 'https://hooks.acme.com/in?x=1' }],
    ['https://hooks.acme.com:8443/in#part', { ok: true, url: 'https://hooks.acme.com:8443/in' }],
    ['http://hooks.acme.com/in', { ok: false, reason: 'not_secure' }],
    ['ftp://hooks.acme.com/in', { ok: false, reason: 'not_secure' }],
    ['hooks.acme.com', { ok: false, reason: 'not_a_url' }],
    ['https://ann:secret@hooks.acme.com/', { ok: false, reason: 'credentials' }],
    ['https://go.example.com/v1/payments', { ok: false, reason: 'own_address' }],
    ['https://go.example.com./v1', { ok: false, reason: 'own_address' }],
    ...[
      '127.0.0.1',
      '10.0.0.8',
      '169.254.169.254',
      '192.168.1.1',
      '0x7f.1',
      '2130706433',
      '017700000001',
      '8.8.8.8',
      '[::1]',
      '[fd00::1]',
      '[::ffff:10.0.0.1]',
      'localhost',
      'printer',
      'api.localhost',
      'db.internal',
      'nas.local',
      'nas.local.',
      '１２７.0.0.1',
    ].map((host): [string, ReturnType<typeof checkTarget>] => [
      `https://${host}/`,
      { ok: false, reason: 'private_address' },
    ]),
  ])('%s', (url, expected) => {
    expect(checkTarget(url, far)).toEqual(expected);
  });

  it('a local program may send to loopback by http, and nowhere else by it', () => {
    expect(checkTarget('http://127.0.0.1:9999/in', near)).toEqual({ ok: true, url: 'http://127.0.0.1:9999/in' });
    expect(checkTarget('http://localhost:9999/in', near).ok).toBe(true);
    expect(checkTarget('http://10.0.0.1/in', near)).toEqual({ ok: false, reason: 'not_secure' });
    expect(checkTarget('https://10.0.0.1/in', near)).toEqual({ ok: false, reason: 'private_address' });
  });

  it('no address in numbers is taken, however it is written', () => {
    fc.assert(
      fc.property(fc.ipV4Extended(), (host) => {
        expect(checkTarget(`https://${host}/`, far).ok).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (host) => {
        expect(checkTarget(`https://[${host}]/`, far).ok).toBe(false);
      }),
    );
  });
});

describe('tries', () => {
  it('2xx alone is delivered; a redirect is a failure, and 410 says that the endpoint is gone', () => {
    expect([200, 204, 299].map((status) => outcomeOf(status, null).kind)).toEqual(Array(3).fill('delivered'));
    expect(outcomeOf(302, null)).toMatchObject({ kind: 'failed', reason: 'redirect' });
    expect(outcomeOf(410, null)).toMatchObject({ kind: 'failed', reason: 'gone' });
    expect(outcomeOf(404, null)).toMatchObject({ kind: 'failed', reason: 'refused' });
    expect(outcomeOf(503, '120')).toMatchObject({ retry_after_s: 120 });
    expect(outcomeOf(503, 'Fri, 31 Dec 1999 23:59:59 GMT')).toMatchObject({ retry_after_s: null });
  });

  it('waits get longer over three days, then the delivery has failed', () => {
    let now = 0;
    const waits: number[] = [];
    for (let tries = 1; tries < MAX_TRIES; tries++) {
      const after = afterTry(tries, refused, now);
      expect(after).toMatchObject({ status: 'queued', ended_at: null, last_status: 500 });
      waits.push(after.next_try_at - now);
      now = after.next_try_at;
    }
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(now).toBeGreaterThan(3 * DAY_MS);
    expect(now).toBeLessThan(4 * DAY_MS);
    expect(afterTry(MAX_TRIES, refused, now)).toMatchObject({ status: 'failed', ended_at: now });
  });

  it('Retry-After is heard where it asks for longer, a day at most', () => {
    const asked = (retry_after_s: number) => afterTry(1, { ...refused, retry_after_s }, 0).next_try_at;
    expect(asked(1)).toBe(60_000);
    expect(asked(3600)).toBe(3_600_000);
    expect(asked(999_999)).toBe(DAY_MS);
  });
});

describe('endpoints', () => {
  const enabled = { status: 'enabled' as const, failing_since: null };
  it('one that fails for five days without an answer is disabled, and one that answers begins anew', () => {
    expect(endpointAfter(enabled, refused, 7)).toEqual({ failing_since: 7 });
    const failing = { ...enabled, failing_since: 7 };
    expect(endpointAfter(failing, refused, 7 + FAILING_DAYS * DAY_MS - 1)).toBeNull();
    expect(endpointAfter(failing, refused, 7 + FAILING_DAYS * DAY_MS)).toMatchObject({
      status: 'disabled',
      disabled_reason: 'failing',
    });
    expect(endpointAfter(failing, { kind: 'delivered', status: 200 }, 9)).toEqual({ failing_since: null });
    expect(endpointAfter(enabled, { kind: 'delivered', status: 200 }, 9)).toBeNull();
  });
  it('one that says it is gone is disabled at once', () => {
    expect(endpointAfter(enabled, outcomeOf(410, null), 7)).toMatchObject({ disabled_reason: 'gone', disabled_at: 7 });
  });
});

describe('secrets are kept sealed', () => {
  const keys = localSecrets.COOKIE_KEYS;
  it('only with the key, and for the endpoint, that sealed it can it be opened', async () => {
    const sealed = await sealSecret(keys, 'whe_1', 'whsec_abc');
    expect(sealed.kid).toBe('k2');
    expect(JSON.stringify(sealed)).not.toContain('abc');
    expect(await openSecret(keys, 'whe_1', sealed)).toBe('whsec_abc');
    expect(await openSecret(keys, 'whe_2', sealed)).toBeNull();
    expect(await openSecret('k9:bG9jYWwtY29va2llLWtleS05LWxvY2FsLWNvb2tpZS0', 'whe_1', sealed)).toBeNull();
    expect(await openSecret('k2:bG9jYWwtY29va2llLWtleS05LWxvY2FsLWNvb2tpZS0', 'whe_1', sealed)).toBeNull();
    const rotated = `k3:bG9jYWwtY29va2llLWtleS0zLWxvY2FsLWNvb2tpZS0,${keys}`;
    expect(await openSecret(rotated, 'whe_1', sealed)).toBe('whsec_abc');
    expect((await sealSecret(rotated, 'whe_1', 'whsec_abc')).kid).toBe('k3');
  });
});
