import * as z from 'zod';

import { utcDaysBetween } from '../calendar/zone.rules.ts';
import { logLine } from '../log.ts';
import { countBy, type MetricsEnv } from '../metrics/metrics.ts';
import type { Database } from '../program/commit.repo.ts';
import { keepClicks, type ClickRow } from './click.repo.ts';
import { CLICK_CLASSES, type ClickMessage } from './click.ts';

/** At most 100 letters, as the front door cuts them; a letter may be two units. */
const Text = z.string().min(1).max(200).optional();

const Message: z.ZodType<ClickMessage> = z.strictObject({
  v: z.literal(1),
  click_id: z.uuidv7(),
  visitor_id: z.string().regex(/^[A-Za-z0-9_-]{16}$/),
  clicked_at: z.int().min(0).max(253_402_300_799_999),
  code: z.string().regex(/^[a-z0-9_-]{1,64}$/),
  partner_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .nullable(),
  class: z.enum(CLICK_CLASSES),
  sub_id: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/)
    .optional(),
  utm_source: Text,
  utm_medium: Text,
  utm_campaign: Text,
});

/**
 * `max_batch_size` of the queue's consumer. So many messages of `MOST_TOGETHER` clicks, the longest there are, come to less than the 2 MB
 * that a statement's parameter may have.
 */
export const MESSAGES_A_BATCH = 20;

/** How long a message is left alone after its first try that failed, its second, …: seconds for a moment's trouble, up to an hour. */
const RETRY_SECONDS = [5, 30, 120, 600, 3600];

const delayAfter = (tries: number): number => RETRY_SECONDS[Math.min(tries, RETRY_SECONDS.length) - 1] ?? 5;

/** A click as a row of the clicks database, or null where it is none. */
export function clickRowOf(click: unknown): ClickRow | null {
  const parsed = Message.safeParse(click);
  if (!parsed.success) return null;
  const { v: _, ...told } = parsed.data;
  const [day = ''] = utcDaysBetween(told.clicked_at, told.clicked_at);
  const { sub_id = null, utm_source = null, utm_medium = null, utm_campaign = null } = told;
  return { day, ...told, sub_id, utm_source, utm_medium, utm_campaign };
}

/** What a message says are clicks: those that one isolate gathered. A single click is one too, as the front door once sent them. */
function clicksIn(body: unknown): readonly unknown[] {
  const gathered = typeof body === 'object' && body !== null && 'clicks' in body ? body.clicks : null;
  return Array.isArray(gathered) ? gathered : [body];
}

/**
 * Keeps a queue batch of clicks with one statement; one delivered again writes nothing. What is no click is dropped and counted in the
 * log. Where the database does not take the clicks, all of them come again: each message by its own tries, since a batch mixes young ones
 * with those that have waited long.
 */
export async function consumeClicks(batch: MessageBatch, clicks: Database, metrics: MetricsEnv = {}): Promise<void> {
  const rows: ClickRow[] = [];
  const holding: Message[] = [];
  let malformed = 0;
  for (const message of batch.messages) {
    const read = clicksIn(message.body).map(clickRowOf);
    const good = read.filter((row) => row !== null);
    rows.push(...good);
    malformed += read.length - good.length;
    if (good.length === 0) message.ack();
    else holding.push(message);
  }
  if (malformed > 0) logLine('clicks_malformed', { count: malformed });
  if (rows.length === 0) return;
  try {
    await keepClicks(clicks, rows);
    countBy(metrics, 'click', rows, (row) => row.class);
  } catch {
    logLine('clicks_not_kept', { count: rows.length });
    for (const message of holding) message.retry({ delaySeconds: delayAfter(message.attempts) });
  }
}
