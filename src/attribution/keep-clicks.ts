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

/** How long the database may take. It may yet have taken what came too late: the queue's consumer leaves such clicks as they are. */
const PATIENCE_MS = 5000;

/**
 * Writes gathered clicks down where the program says. What nothing has taken costs no credit, since the cookie carries it: it is logged,
 * click by click.
 */
export async function keepGathered({ queue, database }: ClickStores, clicks: readonly ClickMessage[]): Promise<void> {
  if (database && (await inTime(() => writeClicks(database, clicks), PATIENCE_MS))) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await queue.send({ v: 2, clicks }, { contentType: 'json' });
      return;
    } catch {
      // Tried again, then logged.
    }
  }
  for (const click of clicks)
    logLine('click_not_sent', { click_id: click.click_id, code: click.code, class: click.class });
}
