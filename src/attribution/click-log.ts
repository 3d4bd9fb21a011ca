import type { ClickMessage } from './click.ts';

/** Has work done once the visitor has the answer. */
export interface Afterwards {
  after(work: Promise<void>): void;
}

/** Takes the clicks of an isolate. What is taken is written down together, after the answers. */
export interface ClickLog {
  /** Never waits and never fails: a click that cannot be written down is logged, and costs no credit. */
  add(click: ClickMessage, visit: Afterwards): void;
}

/** How long a click waits for others, in milliseconds: what an isolate that dies can lose of the clicks it answered. */
export const GATHER_MS = 50;

/** So many are written down without waiting. Fifty of the longest are two thirds of what a message of the queue may hold. */
export const MOST_TOGETHER = 50;

/** Whoever was to write down may have been cut off: a click that comes so much later does it then, or earlier where a clock was ahead. */
const OVERDUE_MS = 1000;

/**
 * A log that gathers the clicks of `GATHER_MS`, `MOST_TOGETHER` at most, and hands them to `write` at once. A click that finds nobody
 * waiting has what is gathered written down, within its own request's time after the answer.
 */
export function createClickLog(write: (clicks: ClickMessage[]) => Promise<void>): ClickLog {
  let gathered: ClickMessage[] = [];
  /** The instant of the click that waits for others; null where none does. */
  let waiting_since: number | null = null;
  const flush = async (): Promise<void> => {
    if (gathered.length === 0) return;
    const clicks = gathered;
    gathered = [];
    await write(clicks);
  };
  const later = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    waiting_since = null;
    await flush();
  };
  return {
    add(click, visit) {
      const overdue = waiting_since !== null && Math.abs(click.clicked_at - waiting_since) > OVERDUE_MS;
      if (gathered.push(click) >= MOST_TOGETHER || overdue) {
        if (overdue) waiting_since = null;
        visit.after(flush());
      } else if (waiting_since === null) {
        waiting_since = click.clicked_at;
        visit.after(later());
      }
    },
  };
}
