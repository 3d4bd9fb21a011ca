import { formatInstant } from '../clock.ts';
import type { ClickMessage } from './click.ts';

// Written as text: the front door carries no query builder. The same rows as the queue's consumer writes (click.repo.ts).
const KEEP = `
  INSERT INTO clicks (day, visitor_id, click_id, clicked_at, code, partner_id, class, sub_id, utm_source, utm_medium, utm_campaign)
  SELECT value ->> '$.day', value ->> '$.visitor_id', value ->> '$.click_id', value ->> '$.clicked_at', value ->> '$.code',
    value ->> '$.partner_id', value ->> '$.class', value ->> '$.sub_id', value ->> '$.utm_source', value ->> '$.utm_medium',
    value ->> '$.utm_campaign'
  FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`;

/** Keeps clicks with one statement, a row each; one that is there already is left as it is. */
export async function writeClicks(clicks: D1Database, rows: readonly ClickMessage[]): Promise<void> {
  const dated = rows.map((click) => ({ day: formatInstant(click.clicked_at).slice(0, 10), ...click }));
  await clicks.prepare(KEEP).bind(JSON.stringify(dated)).run();
}
