import { sql } from 'drizzle-orm';

import {
  expectThat,
  expectUnchanged,
  guardQuery,
  guardsFrom,
  subjectOf,
  type Database,
  type Guard,
  type Statement,
} from '../program/commit.repo.ts';
import { inWindow, isHeld } from './claim.repo.ts';
import type { FrozenChunk } from './freeze.repo.ts';
import { freezeGrounds, type BatchRow } from './payout.schema.ts';

/**
 * What a chunk's decision rests on besides the batch itself, as it stood before anything of it was read: that no hold and no partner of
 * the whole program has changed, which is one row; or, `exact`, that these partners have not, and that the same can be claimed.
 */
export type Grounds = { exact: false; holds: number; partners: number } | { exact: true; partners: readonly Guard[] };

/** Reads what the next chunk will rest on. Before its dues: what changes in between then shows when it is written. One query. */
export async function readGrounds(db: Database): Promise<Grounds> {
  const [row] = await db.select({ holds: freezeGrounds.holds, partners: freezeGrounds.partners }).from(freezeGrounds);
  if (!row) throw new Error('the books hold no grounds: migrations have not run');
  return { exact: false, ...row };
}

/** The versions of the partners whom a chunk may pay, to be read before what is known of them. One query. */
export async function readExactGrounds(db: Database, partner_ids: readonly string[]): Promise<Grounds> {
  const subjects = partner_ids.map((id) => subjectOf('partner', id));
  return { exact: true, partners: guardsFrom(subjects, await guardQuery(db, subjects)) };
}

/** The conditions that a chunk's grounds have not moved. */
export function expectGrounds(
  db: Database,
  batch: BatchRow,
  grounds: Grounds,
  { pays, skips }: FrozenChunk,
): Statement[] {
  if (!grounds.exact) {
    const { holds, partners } = grounds;
    const still = sql`SELECT 1 FROM ${freezeGrounds} AS g WHERE g.holds = ${holds} AND g.partners = ${partners}`;
    return [expectThat(db, sql`EXISTS (${still})`)];
  }
  const decided = JSON.stringify([...pays, ...skips].map((it) => [it.partner_id, it.line_count, it.amount]));
  const other = sql`SELECT 1 FROM json_each(${decided}) AS d WHERE d.value IS NOT (
    SELECT json_array(l.partner_id, count(*), sum(l.amount)) FROM lines AS l INDEXED BY lines_open
    WHERE l.partner_id = d.value ->> 0 AND ${inWindow(batch)} AND NOT ${isHeld(batch.frozen_at)})`;
  return [expectUnchanged(db, grounds.partners), expectThat(db, sql`NOT EXISTS (${other})`)];
}
