import { sql } from 'drizzle-orm';

import type { PartnerRecord } from '../partner/facts.rules.ts';
import { partnerRecords, recordQueries } from '../partner/record.repo.ts';
import type { RailName } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { MethodYear, TaxYear } from './yearly.rules.ts';

/** Whether a transfer is one that a year's statement counts. */
function counts(t: string, { starts_at, ends_at }: TaxYear) {
  const of = sql.raw(t);
  return sql`${of}.kind IN ('paid', 'came_back') AND ${of}.at >= ${starts_at} AND ${of}.at < ${ends_at}`;
}

/** What the next partners were paid in a year, by method, in the partners' order: at most `limit` partners. One query. */
export async function paidInYear(
  db: Database,
  year: TaxYear,
  after: string,
  limit: number,
): Promise<Map<string, MethodYear[]>> {
  const rows = await db.all<MethodYear & { partner_id: string; method: RailName }>(sql`
    SELECT t.partner_id AS partner_id, b.rail AS method,
      sum(CASE t.kind WHEN 'paid' THEN t.amount ELSE 0 END) AS paid,
      sum(CASE t.kind WHEN 'came_back' THEN t.amount ELSE 0 END) AS came_back,
      sum(t.kind = 'paid') AS payouts
    FROM (
      SELECT DISTINCT partner_id FROM moves AS i WHERE i.partner_id > ${after} AND ${counts('i', year)} ORDER BY partner_id LIMIT ${limit}
    ) AS ids CROSS JOIN moves AS t CROSS JOIN payouts AS p CROSS JOIN batches AS b
    WHERE t.partner_id = ids.partner_id AND ${counts('t', year)} AND p.payout_id = t.payout_id AND b.pay_date = p.pay_date
    GROUP BY t.partner_id, b.rail ORDER BY t.partner_id, b.rail`);
  const byPartner = new Map<string, MethodYear[]>();
  for (const { partner_id, ...method } of rows)
    byPartner.set(partner_id, [...(byPartner.get(partner_id) ?? []), method]);
  return byPartner;
}

/** What is known of partners, for the forms that they are asked for. Three queries. */
export async function recordsOf(db: Database, partner_ids: readonly string[]): Promise<Map<string, PartnerRecord>> {
  const [facts, held, came_back] = await db.batch(recordQueries(db, partner_ids));
  return partnerRecords(partner_ids, facts, held, came_back);
}
