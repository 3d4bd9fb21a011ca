/** What decides where the time comes from (api.md "Clock"). */
export interface ClockEnv {
  ENVIRONMENT: string;
  CLOCK?: string;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** The one place that asks the system for the time. Epoch ms. */
export function systemNow(): number {
  return Date.now();
}

/** An RFC 3339 instant as epoch ms, or null where the text is none. Fractions finer than a millisecond are cut off. */
export function parseInstant(text: string): number | null {
  if (!RFC3339.test(text)) return null;
  const at = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));
  if (Number.isNaN(at)) return null;
  // Date.parse carries 30 February over to March; a day that does not exist is not an instant.
  const [, month, day] = text.slice(0, 10).split('-').map(Number);
  const probe = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return probe.getUTCMonth() + 1 === month && probe.getUTCDate() === day ? at : null;
}

/** Epoch ms as RFC 3339 UTC; whole seconds are written without a fraction. */
export function formatInstant(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

export type Now = { ok: true; now: number } | { ok: false; reason: 'misconfigured' | 'bad_clock' };

/**
 * The instant a request is answered at. `CLOCK=header` is for a local program on a loopback host only:
 * there the `X-Clock` header sets it. Anywhere else the setting is a `misconfigured` door.
 */
export function requestNow(request: Request, env: ClockEnv): Now {
  if (env.CLOCK !== 'header') return { ok: true, now: systemNow() };
  if (env.ENVIRONMENT !== 'local') return { ok: false, reason: 'misconfigured' };
  const header = request.headers.get('x-clock');
  if (header === null || !LOOPBACK.has(new URL(request.url).hostname)) return { ok: true, now: systemNow() };
  const now = parseInstant(header);
  return now === null ? { ok: false, reason: 'bad_clock' } : { ok: true, now };
}

/** Epoch ms as a `Date`, for libraries that ask for one. */
export function dateOf(at: number): Date {
  return new Date(at);
}
