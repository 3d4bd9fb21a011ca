import { sql } from 'drizzle-orm';

import { lines } from '../ledger/ledger.schema.ts';
import { payouts } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { mailOutbox } from './mail.schema.ts';
import { GATE_SETS, gateCause, type Month } from './news.rules.ts';

/** How far the letters of a kind have come: of what (a pay day, a month), after which partner; `done` once at its end. */
export interface Place {
  of: string;
  after: string;
  done: boolean;
}

/** Which gates partners have had a letter about in a month (`2026-11`), each as `partner_id:gate`. */
export async function gatesTold(
  db: Database,
  partner_ids: readonly string[],
  month: string,
): Promise<ReadonlySet<string>> {
  const letters = new Map(
    partner_ids.flatMap((partner_id) =>
      GATE_SETS.map((gates) => [
        `gate_letter:${gateCause(partner_id, gates, month)}`,
        gates.map((gate) => `${partner_id}:${gate}`),
      ]),
    ),
  );
  const rows = await db
    .select({ mail_id: mailOutbox.mail_id })
    .from(mailOutbox)
    .where(sql`${mailOutbox.mail_id} IN (SELECT value FROM json_each(${JSON.stringify([...letters.keys()])}))`);
  return new Set(rows.flatMap(({ mail_id }) => letters.get(mail_id) ?? []));
}

/** Partners after one, in the order of ids, each with whether a month brought it a line or a payout. */
export function partnersWithMonth(
  db: Database,
  { start_at, end_at }: Month,
  after: string,
  limit: number,
): Promise<{ partner_id: string; active: number }[]> {
  return db.all(
    sql`SELECT p.partner_id AS partner_id, EXISTS (SELECT 1 FROM ${lines} AS l WHERE l.partner_id = p.partner_id AND l.at >= ${start_at} AND l.at < ${end_at})
        OR EXISTS (SELECT 1 FROM ${payouts} AS o WHERE o.partner_id = p.partner_id AND o.status = 'paid' AND o.status_at >= ${start_at} AND o.status_at < ${end_at}) AS active
      FROM partners AS p WHERE p.partner_id > ${after} ORDER BY p.partner_id LIMIT ${limit}`,
  );
}

/** What a month brought a partner, in minor units: what was earned, what was taken back (positive), what was paid. */
export async function monthSums(
  db: Database,
  partner_id: string,
  { start_at, end_at }: Month,
): Promise<{ earned: number; taken_back: number; paid: number }> {
  const [row] = await db.all<{ earned: number; taken_back: number; paid: number }>(
    sql`SELECT
      coalesce((SELECT sum(max(amount, 0)) FROM ${lines} WHERE partner_id = ${partner_id} AND kind <> 'returned' AND at >= ${start_at} AND at < ${end_at}), 0) AS earned,
      coalesce((SELECT -sum(min(amount, 0)) FROM ${lines} WHERE partner_id = ${partner_id} AND kind <> 'returned' AND at >= ${start_at} AND at < ${end_at}), 0) AS taken_back,
      coalesce((SELECT sum(amount) FROM ${payouts} WHERE partner_id = ${partner_id} AND status = 'paid' AND status_at >= ${start_at} AND status_at < ${end_at}), 0) AS paid`,
  );
  return row ?? { earned: 0, taken_back: 0, paid: 0 };
}
