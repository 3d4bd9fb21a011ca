import { networkOf } from '../http/sender.ts';
import { logLine } from '../log.ts';
import type { ClickLog } from './click-log.ts';
import type { ClickMessage } from './click.ts';
import { inTime } from './in-time.ts';

/** So many clicks a minute of one network on one code are taken by each isolate without a question. */
const UNASKED = 10;
/** Networks and codes that an isolate remembers of a minute. */
const REMEMBERED = 5000;
const MINUTE_MS = 60_000;
/** How long the limit may take before it counts as not answering. */
const PATIENCE_MS = 800;

/** A log that can tell where a click came from. */
export interface LimitedClickLog extends ClickLog {
  add(click: ClickMessage, visit: Parameters<ClickLog['add']>[1] & { readonly request: Request }): void;
}

/**
 * A log that takes no more clicks of one network on one code than the platform's limit lets through: a flood is redirected like anybody, and
 * neither paid for nor counted. Asked after the answer, and only about networks that this isolate has seen often within the minute; a limit
 * that does not answer lets through. What is not recorded costs no credit: the cookie carries it (L1).
 */
export function limitedClickLog(log: ClickLog, limit: RateLimit | undefined): LimitedClickLog {
  if (!limit) return log;
  let minute = 0;
  let seen = new Map<string, number>();
  const told = (key: string, code: string): void => {
    if (seen.get(key) === Infinity) return;
    seen.set(key, Infinity);
    logLine('clicks_limited', { code });
  };
  return {
    add(click, visit) {
      const network = networkOf(visit.request.headers);
      if (network === null) return log.add(click, visit);
      const now = Math.floor(click.clicked_at / MINUTE_MS);
      if (now !== minute || seen.size >= REMEMBERED) [minute, seen] = [now, new Map()];
      const key = `${network} ${click.code}`;
      const times = (seen.get(key) ?? 0) + 1;
      if (times <= UNASKED) {
        seen.set(key, times);
        return log.add(click, visit);
      }
      const asked = inTime(() => limit.limit({ key }), PATIENCE_MS);
      return visit.after(
        asked.then((answer) => (answer?.value.success === false ? told(key, click.code) : log.add(click, visit))),
      );
    },
  };
}
