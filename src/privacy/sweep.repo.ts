import { sql, type SQL } from 'drizzle-orm';

import { clicks } from '../attribution/click.schema.ts';
import { runBatch, type Database, type Statement } from '../program/commit.repo.ts';
import { keepPlace, placeOf } from './place.repo.ts';
import type { Cutoffs } from './retention.rules.ts';

/** A table that is walked by its key, `rows` a stretch; `act` deals with what is stale between two keys. */
export interface Walk {
  rule: string;
  table: string;
  key: readonly string[];
  rows: number;
  act: (db: Database, within: SQL, cutoffs: Cutoffs) => Statement[];
}

type Place = { after: string[] } | { done: string };

const tuple = (values: readonly SQL[]): SQL => sql`(${sql.join([...values], sql`, `)})`;

/**
 * Goes one stretch on: a bounded number of rows is looked at, what is stale among them goes, and the place is kept in the same batch. Once
 * at the end it is done for `day`, and begins anew on another. Returns whether it is done.
 */
export async function walkOn(db: Database, walk: Walk, cutoffs: Cutoffs, day: string): Promise<boolean> {
  const place = (await placeOf<Place>(db, walk.rule)) ?? { after: [] };
  if ('done' in place && place.done === day) return true;
  const after = 'after' in place ? place.after : [];
  const columns = walk.key.map((column) => sql.identifier(column));
  const key = columns.length === 1 ? sql`${columns[0]}` : tuple(columns.map((column) => sql`${column}`));
  const bound = (values: readonly string[]) =>
    values.length === 1 ? sql`${values[0]}` : tuple(values.map((value) => sql`${value}`));
  const from = after.length === 0 ? sql`true` : sql`${key} > ${bound(after)}`;
  const list = sql.join(
    columns.map((column) => sql`${column}`),
    sql`, `,
  );
  const [last] = await db.values<string[]>(
    sql`SELECT ${list} FROM ${sql.identifier(walk.table)} WHERE ${from} ORDER BY ${list} LIMIT 1 OFFSET ${walk.rows - 1}`,
  );
  const within = last ? sql`${from} AND ${key} <= ${bound(last)}` : from;
  const next: Place = last ? { after: last } : { done: day };
  await runBatch(db, [...walk.act(db, within, cutoffs), keepPlace(db, walk.rule, next)]);
  return last === undefined;
}

/** People, texts and hashes of forms within a stretch that no trusted record has taken in, and hashes of networks. */
function emptyForms(
  db: Database,
  within: SQL,
  { unjoined_forms_at, sender_hashes_at }: Cutoffs,
  now: SQL,
): Statement[] {
  const stale = sql`SELECT f.account_id FROM (SELECT * FROM forms WHERE ${within}) AS f JOIN accounts AS a ON a.account_id = f.account_id
    WHERE f.submitted_at < ${unjoined_forms_at} AND f.match_hash NOT LIKE 'erased:%' AND a.joined_to IS NULL AND a.opened_by = 'form'`;
  return [
    db.run(sql`UPDATE people SET email = NULL, name = NULL, company = NULL, address_hash = NULL, match_hash = NULL, erased_at = ${now}
      WHERE erased_at IS NULL AND person_id IN (SELECT ap.person_id FROM account_people AS ap WHERE ap.account_id IN (${stale}))`),
    db.run(
      sql`UPDATE documents SET body = NULL WHERE body IS NOT NULL AND subject IN (SELECT 'account:' || s.account_id FROM (${stale}) AS s)`,
    ),
    db.run(sql`UPDATE forms SET match_hash = 'erased:' || account_id WHERE account_id IN (${stale})`),
    db.run(
      sql`UPDATE forms SET sender_hash = NULL WHERE ${within} AND sender_hash IS NOT NULL AND submitted_at < ${sender_hashes_at}`,
    ),
  ];
}

/** People and hashes of lists within a stretch that can attribute nothing any more. */
function emptyLists(
  db: Database,
  within: SQL,
  { lists_lapsed_at, lists_unaccepted_at }: Cutoffs,
  now: SQL,
): Statement[] {
  const stale = sql`SELECT list_id FROM (SELECT * FROM expected_lists WHERE ${within}) AS l
    WHERE CASE WHEN l.accepted_until IS NULL THEN l.received_at < ${lists_unaccepted_at} ELSE l.accepted_until < ${lists_lapsed_at} END`;
  return [
    db.run(sql`UPDATE people SET email = NULL, name = NULL, company = NULL, address_hash = NULL, match_hash = NULL, erased_at = ${now}
      WHERE erased_at IS NULL AND person_id IN (SELECT c.person_id FROM expected_clients AS c WHERE c.list_id IN (${stale}))`),
    db.run(sql`UPDATE expected_clients SET match_hash = NULL WHERE match_hash IS NOT NULL AND list_id IN (${stale})`),
  ];
}

/** Deletes what is stale of a table. */
function gone(table: string, stale: (cutoffs: Cutoffs) => SQL): Walk['act'] {
  return (db, within, cutoffs) => [
    db.run(sql`DELETE FROM ${sql.identifier(table)} WHERE ${within} AND ${stale(cutoffs)}`),
  ];
}

/** The tables that are walked. Deleting and emptying what is gone already does nothing, so a stretch may be repeated. */
export function walksAt(now: number): Walk[] {
  const at = sql`${now}`;
  return [
    {
      rule: 'replays',
      table: 'replays',
      key: ['scope', 'key'],
      rows: 20_000,
      act: gone('replays', ({ replays_at }) => sql`recorded_at < ${replays_at}`),
    },
    {
      rule: 'mail',
      table: 'mail_outbox',
      key: ['mail_id'],
      rows: 20_000,
      act: gone('mail_outbox', ({ mail_at }) => sql`status <> 'queued' AND queued_at < ${mail_at}`),
    },
    {
      rule: 'signals',
      table: 'signals',
      key: ['partner_id', 'kind', 'subject'],
      rows: 20_000,
      act: gone('signals', ({ signals_at }) => sql`at < ${signals_at}`),
    },
    {
      rule: 'partner_visitors',
      table: 'partner_visitors',
      key: ['partner_id', 'visitor_id'],
      rows: 20_000,
      act: gone('partner_visitors', ({ partner_visitors_at }) => sql`seen_at < ${partner_visitors_at}`),
    },
    {
      rule: 'forms',
      table: 'forms',
      key: ['account_id'],
      rows: 5000,
      act: (db, within, cutoffs) => emptyForms(db, within, cutoffs, at),
    },
    {
      rule: 'lists',
      table: 'expected_lists',
      key: ['list_id'],
      rows: 5,
      act: (db, within, cutoffs) => emptyLists(db, within, cutoffs, at),
    },
  ];
}

/** Clicks before a UTC day, at most `limit` at once, the oldest first. Returns how many went. */
export async function dropClicks(db: Database, before_day: string, limit: number): Promise<number> {
  const done = await db.run(sql`DELETE FROM ${clicks} WHERE (day, visitor_id, click_id) IN (
    SELECT day, visitor_id, click_id FROM ${clicks} WHERE day < ${before_day} ORDER BY day, visitor_id, click_id LIMIT ${limit})`);
  return done.meta.changes;
}
