import { errorNames, logLine } from '../log.ts';
import { count, type MetricsEnv } from '../metrics/metrics.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { keepBeat, readBeat } from './heartbeat.repo.ts';
import { cronNamed, pulseDue, pulseUrl, type Cron, type CronName } from './heartbeat.rules.ts';

/** What a cron's heartbeat needs of its Worker. */
export type BeatEnv = MetricsEnv & { readonly BOOKS: D1Database; readonly HEARTBEAT_URL?: string };

type Fetch = (url: string, init: RequestInit) => Promise<Pick<Response, 'ok' | 'status'>>;

/** The runtime's own, which takes no other `this`. */
const get: Fetch = (url, init) => fetch(url, init);

/** A service that watches has so long to answer. */
const PULSE_TIMEOUT_MS = 5000;

/**
 * Runs a cron, which answers whether all is well, and notes in the books that it came and how it ended; after a good run a pulse goes out to
 * `HEARTBEAT_URL`, so that its absence shows to somebody who is not this program. What the run throws is thrown on; what the noting or the
 * pulse throws is logged.
 */
export async function withHeartbeat(
  env: BeatEnv,
  { worker, cron, now }: { worker: Cron['worker']; cron: string; now: number },
  run: () => Promise<boolean>,
  send: Fetch = get,
): Promise<void> {
  const name = cronNamed(worker, cron);
  if (name === null) {
    logLine('cron_unknown', { worker, cron });
    await run();
    return;
  }
  try {
    await tell(env, name, now, await run(), send);
  } catch (error) {
    await tell(env, name, now, false, send);
    throw error;
  }
}

async function tell(env: BeatEnv, name: CronName, now: number, well: boolean, send: Fetch): Promise<void> {
  count(env, 'cron', [name, well ? 'well' : 'failed']);
  try {
    const books = openDatabase(env.BOOKS);
    const former = await readBeat(books, name);
    await keepBeat(books, name, now, well);
    const url = pulseUrl(env.HEARTBEAT_URL, name);
    if (url === null && env.HEARTBEAT_URL)
      logLine('heartbeat_not_sent', { cron: name, error: 'HEARTBEAT_URL is no https address' });
    if (!well || url === null || !pulseDue(former?.well_at ?? null, now)) return;
    const answer = await send(url, { method: 'POST', signal: AbortSignal.timeout(PULSE_TIMEOUT_MS) });
    if (!answer.ok) logLine('heartbeat_not_sent', { cron: name, status: answer.status });
  } catch (error) {
    logLine('heartbeat_not_sent', { cron: name, error: errorNames(error) });
  }
}
