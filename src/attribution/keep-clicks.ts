import { logLine } from '../log.ts';
import type { ClickMessage, ClickMessages } from './click.ts';
import { inTime } from './in-time.ts';
import { writeClicks } from './write-clicks.repo.ts';

/** Where the front door writes clicks down: into the queue, or into the clicks database and the queue where that does not take them. */
export type ClickLogMode = 'queue' | 'database';

/** What takes clicks. */
export interface ClickStores {
  queue: Queue<ClickMessages>;
  /** Null with `CLICK_LOG=queue`. */
  database: D1Database | null;
}

const ATTEMPTS = 2;

/**
 * How long database and queue may take: all of it ends within the 30 s that the platform gives work behind an answer, so that what nothing
 * took is logged. Each may yet have taken what came too late: the queue's consumer leaves clicks that are there as they are.
 */
const DATABASE_PATIENCE_MS = 5000;
const QUEUE_PATIENCE_MS = 10_000;

/**
 * Writes gathered clicks down where the program says. What nothing has taken costs no credit, since the cookie carries it: it is logged,
 * click by click.
 */
export async function keepGathered({ queue, database }: ClickStores, clicks: readonly ClickMessage[]): Promise<void> {
  if (database && (await inTime(() => writeClicks(database, clicks), DATABASE_PATIENCE_MS))) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await inTime(() => queue.send({ v: 2, clicks }, { contentType: 'json' }), QUEUE_PATIENCE_MS)) return;
  }
  for (const click of clicks)
    logLine('click_not_sent', { click_id: click.click_id, code: click.code, class: click.class });
}
