import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { dateOf, formatInstant, parseInstant, requestNow, systemNow } from '../../../src/clock.ts';

describe('api.md: time is RFC 3339, any offset accepted', () => {
  it.each([
    ['2026-11-20T17:00:00Z', '2026-11-20T17:00:00Z'],
    ['2026-11-20t17:00:00z', '2026-11-20T17:00:00Z'],
    ['2026-11-20T17:00:00+00:00', '2026-11-20T17:00:00Z'],
    ['2026-11-20T17:00:00-00:00', '2026-11-20T17:00:00Z'],
    ['2026-11-20T09:00:00-08:00', '2026-11-20T17:00:00Z'],
    ['2026-11-20T22:30:00+05:30', '2026-11-20T17:00:00Z'],
    ['2026-11-21T00:30:00+14:00', '2026-11-20T10:30:00Z'],
    ['2026-11-20T17:00:00.5Z', '2026-11-20T17:00:00.500Z'],
    ['2026-11-20T17:00:00.123Z', '2026-11-20T17:00:00.123Z'],
    ['2026-11-20T17:00:00.123999999Z', '2026-11-20T17:00:00.123Z'],
    ['2026-11-20T17:00:00.000000001+00:00', '2026-11-20T17:00:00Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['2000-01-01T00:00:00Z', '2000-01-01T00:00:00Z'],
  ])('%s is %s', (text, utc) => {
    const instant = parseInstant(text);
    expect(instant === null ? null : formatInstant(instant)).toBe(utc);
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2100-02-29T00:00:00+01:00',
    '2026-04-31T23:59:59-08:00',
    '2026-00-10T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T25:00:00Z',
    '2026-11-20T17:60:00Z',
    '2026-11-20T17:00:61Z',
    '2026-11-20T17:00:00',
    '2026-11-20T17:00Z',
    '2026-11-20 17:00:00Z',
    '2026-11-20',
    '2026-11-20T17:00:00+0800',
    '2026-11-20T17:00:00+24:00',
    '2026-11-20T17:00:00+12:60',
    '2026-11-20T17:00:00.Z',
    '+002026-11-20T17:00:00Z',
    '1795539600000',
    ' 2026-11-20T17:00:00Z',
    '2026-11-20T17:00:00Z\n',
    '',
    'now',
  ])('“%s” is no instant', (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it('what is written is read back to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) }), (instant) => {
        expect(parseInstant(formatInstant(instant))).toBe(instant);
        expect(dateOf(instant).getTime()).toBe(instant);
      }),
    );
  });

  it('whole seconds are written without a fraction', () => {
    expect(formatInstant(0)).toBe('1970-01-01T00:00:00Z');
    expect(formatInstant(1)).toBe('1970-01-01T00:00:00.001Z');
  });
});

describe('api.md clock: where a request takes its time from', () => {
  const SYSTEM = Date.parse('2026-11-20T17:00:00Z');
  afterEach(() => {
    vi.useRealTimers();
  });

  function now(host: string, header: string | null, env: { ENVIRONMENT: string; CLOCK?: string }) {
    vi.useFakeTimers({ now: SYSTEM });
    const headers: Record<string, string> = header === null ? {} : { 'X-Clock': header };
    return requestNow(new Request(`http://${host}/v1/me`, { headers }), env);
  }

  const local = { ENVIRONMENT: 'local', CLOCK: 'header' };
  const system = { ok: true, now: SYSTEM };

  it.each(['localhost:8787', '127.0.0.1:8787', '[::1]:8787', 'localhost'])(
    'a local program on %s obeys X-Clock',
    (host) => {
      expect(now(host, '2027-01-01T00:00:00Z', local)).toEqual({ ok: true, now: Date.UTC(2027, 0, 1) });
    },
  );

  it.each(['example.com', 'localhost.example.com', '127.0.0.1.nip.io', '10.0.0.1', '[::2]'])(
    'on %s X-Clock says nothing',
    (host) => {
      expect(now(host, '2027-01-01T00:00:00Z', local)).toEqual(system);
    },
  );

  it('without the header it is the system’s', () => {
    expect(now('localhost', null, local)).toEqual(system);
    vi.useFakeTimers({ now: SYSTEM });
    expect(systemNow()).toBe(SYSTEM);
  });

  it('a header that is no instant is refused', () => {
    expect(now('localhost', 'tomorrow', local)).toEqual({ ok: false, reason: 'bad_clock' });
    expect(now('localhost', '', local)).toEqual({ ok: false, reason: 'bad_clock' });
  });

  it('CLOCK=header with any other environment is a misconfigured door, header or not', () => {
    for (const ENVIRONMENT of ['production', 'staging', '', 'LOCAL']) {
      expect(now('localhost', null, { ENVIRONMENT, CLOCK: 'header' })).toEqual({ ok: false, reason: 'misconfigured' });
    }
  });

  it('CLOCK=system, or none, never looks at the header', () => {
    for (const env of [
      { ENVIRONMENT: 'local' },
      { ENVIRONMENT: 'local', CLOCK: 'system' },
      { ENVIRONMENT: 'production' },
    ]) {
      expect(now('localhost', '2027-01-01T00:00:00Z', env)).toEqual(system);
    }
  });
});
