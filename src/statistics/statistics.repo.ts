import { eq, sql } from 'drizzle-orm';

import { accounts, decisions } from '../account/account.schema.ts';
import { clickDays, clicks } from '../attribution/click.schema.ts';
import { links } from '../partner/partner.schema.ts';
import type { Database } from '../program/commit.repo.ts';

/** By what statistics are told apart. */
export type By = 'link' | 'sub_id' | 'utm_campaign';

/** Counted clicks: of persons, of declared bots, and of everything else that is no visit (L1). */
export interface Counts {
  persons: number;
  bots: number;
  others: number;
}

/** A closed stretch of UTC days. */
export interface Stretch {
  from: string;
  to: string;
}

/** The codes of a partner's links as they are shown, by their plain form. */
export async function codesOf(db: Database, partner_id: string): Promise<Map<string, string>> {
  const rows = await db
    .select({ code: links.code, shown_code: links.shown_code })
    .from(links)
    .where(eq(links.partner_id, partner_id));
  return new Map(rows.map((row) => [row.code, row.shown_code]));
}

const KEYS = { link: sql`d.code`, sub_id: sql`d.sub_id`, utm_campaign: sql`d.utm_campaign` };

const SUMS = sql`sum(d.persons) AS persons, sum(d.bots) AS bots, sum(d.others) AS others`;

function countedOf(codes: readonly string[], { from, to }: Stretch) {
  return sql`FROM json_each(${JSON.stringify(codes)}) AS w
    CROSS JOIN ${clickDays} AS d ON d.code = w.value AND d.day BETWEEN ${from} AND ${to}`;
}

/** Counted clicks of links by a key, '' where there was none, from after `after` on; reads `limit` of them. */
export async function clicksBy(
  db: Database,
  codes: readonly string[],
  stretch: Stretch,
  query: { by: By; after: string | null; limit: number },
): Promise<(Counts & { key: string })[]> {
  const key = KEYS[query.by];
  const more = query.after === null ? sql`` : sql`WHERE ${key} > ${query.after}`;
  return db.all(
    sql`SELECT ${key} AS "key", ${SUMS} ${countedOf(codes, stretch)} ${more} GROUP BY ${key} ORDER BY ${key} LIMIT ${query.limit}`,
  );
}

/** Counted clicks of one link by day, days without any left out. */
export async function clicksByDay(db: Database, code: string, stretch: Stretch): Promise<(Counts & { day: string })[]> {
  return db.all(sql`SELECT d.day, ${SUMS} ${countedOf([code], stretch)} GROUP BY d.day ORDER BY d.day`);
}

/** A click that made a referrer. */
export interface DecidingClick {
  code: string;
  visitor_id: string;
  click_id: string;
  clicked_at: number;
}

/** A signup with the click that made its referrer; null where something else did, as `source` says (L3, B1, R). */
export interface AttributedSignup {
  signed_up_at: number;
  source: string;
  click: DecidingClick | null;
}

/** Counted clicks of links, all together. */
export async function clicksOfAll(db: Database, codes: readonly string[], stretch: Stretch): Promise<Counts> {
  const [sums] = await db.all<{ [Name in keyof Counts]: number | null }>(
    sql`SELECT ${SUMS} ${countedOf(codes, stretch)}`,
  );
  return { persons: sums?.persons ?? 0, bots: sums?.bots ?? 0, others: sums?.others ?? 0 };
}

/** Accounts that the partner is the referrer of, opened between two instants, both included. */
export async function attributedSignups(
  db: Database,
  partner_id: string,
  from_at: number,
  to_at: number,
): Promise<AttributedSignup[]> {
  const rows = await db.all<
    Omit<AttributedSignup, 'click'> & { [Name in keyof DecidingClick]: DecidingClick[Name] | null }
  >(sql`SELECT a.signed_up_at, d.source, c.value ->> '$.code' AS code, c.value ->> '$.visitor_id' AS visitor_id,
      c.value ->> '$.click_id' AS click_id, c.value ->> '$.clicked_at' AS clicked_at
    FROM ${decisions} AS d JOIN ${accounts} AS a ON a.account_id = d.account_id
    LEFT JOIN json_each(d.facts, '$.considered') AS c ON c.value ->> '$.verdict' = 'won' AND c.value ->> '$.partner_id' = d.partner_id
      AND d.source IN ('last_click', 'audit')
    WHERE d.partner_id = ${partner_id} AND d.sets_referrer = 1 AND a.joined_to IS NULL AND a.signed_up_at BETWEEN ${from_at} AND ${to_at}
      AND d.n = (SELECT max(l.n) FROM ${decisions} AS l WHERE l.account_id = d.account_id AND l.sets_referrer = 1)`);
  return rows.map(({ signed_up_at, source, code, visitor_id, click_id, clicked_at }) => {
    const whole = code !== null && visitor_id !== null && click_id !== null && clicked_at !== null;
    return { signed_up_at, source, click: whole ? { code, visitor_id, click_id, clicked_at } : null };
  });
}

/** Those of these clicks that have no row: archived, or lost. One seek a click. */
export async function withoutRow<Key extends { day: string; visitor_id: string; click_id: string }>(
  db: Database,
  keys: readonly Key[],
): Promise<Key[]> {
  const rows = await db.all<{ place: number }>(sql`SELECT k.key AS place FROM json_each(${JSON.stringify(keys)}) AS k
    WHERE NOT EXISTS (SELECT 1 FROM ${clicks} AS c WHERE c.day = k.value ->> '$.day' AND c.visitor_id = k.value ->> '$.visitor_id'
      AND c.click_id = k.value ->> '$.click_id')`);
  return rows.flatMap(({ place }) => keys[place] ?? []);
}

/** How many of these clicks were recorded with which sub-id or campaign: one seek a click. '' where none, or where the row was lost. */
export async function campaignsOf(
  db: Database,
  keys: readonly { day: string; visitor_id: string; click_id: string }[],
  by: 'sub_id' | 'utm_campaign',
): Promise<{ key: string; signups: number }[]> {
  const column = by === 'sub_id' ? sql`c.sub_id` : sql`c.utm_campaign`;
  return db.all(sql`SELECT coalesce(${column}, '') AS "key", count(*) AS signups FROM json_each(${JSON.stringify(keys)}) AS k
    LEFT JOIN ${clicks} AS c ON c.day = k.value ->> '$.day' AND c.visitor_id = k.value ->> '$.visitor_id' AND c.click_id = k.value ->> '$.click_id'
    GROUP BY 1`);
}
