import * as z from 'zod';

import { utcDaysBetween } from '../calendar/zone.rules.ts';
import { logLine } from '../log.ts';
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

/** How long a clicks database that takes nothing is left alone before the batch comes again. */
const RETRY_SECONDS = 30;

/** A message as a row of the clicks database, or null where it is no click. */
export function clickRowOf(body: unknown): ClickRow | null {
  const parsed = Message.safeParse(body);
  if (!parsed.success) return null;
  const { v: _, ...click } = parsed.data;
  const [day = ''] = utcDaysBetween(click.clicked_at, click.clicked_at);
  const { sub_id = null, utm_source = null, utm_medium = null, utm_campaign = null } = click;
  return { day, ...click, sub_id, utm_source, utm_medium, utm_campaign };
}

/**
 * Keeps a queue batch of clicks with one statement; one delivered again writes nothing. What is no click is acknowledged and counted in
 * the log. Where the database does not take the clicks, all of them come again.
 */
export async function consumeClicks(batch: MessageBatch, clicks: Database): Promise<void> {
  const rows: ClickRow[] = [];
  for (const message of batch.messages) {
    const row = clickRowOf(message.body);
    if (row) rows.push(row);
    else message.ack();
  }
  const malformed = batch.messages.length - rows.length;
  if (malformed > 0) logLine('clicks_malformed', { count: malformed });
  if (rows.length === 0) return;
  try {
    await keepClicks(clicks, rows);
  } catch {
    logLine('clicks_not_kept', { count: rows.length });
    batch.retryAll({ delaySeconds: RETRY_SECONDS });
  }
}
