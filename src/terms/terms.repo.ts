import { and, desc, eq, sql } from 'drizzle-orm';

import { auditStatement } from '../program/audit.repo.ts';
import type { Via } from '../program/audit.rules.ts';
import { expectThat, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { termsAcceptances, termsVersions } from './terms.schema.ts';

export type TermsVersion = typeof termsVersions.$inferSelect;
export type Acceptance = typeof termsAcceptances.$inferSelect;

/** The terms in force, which are the latest; null where none have been published. */
export async function currentTerms(db: Database): Promise<TermsVersion | null> {
  const [row] = await db.select().from(termsVersions).orderBy(desc(termsVersions.version)).limit(1);
  return row ?? null;
}

/** One version of the terms; null where there is none of that number. */
export async function findTerms(db: Database, version: number): Promise<TermsVersion | null> {
  const [row] = await db.select().from(termsVersions).where(eq(termsVersions.version, version));
  return row ?? null;
}

/** All versions, the latest first, each with how many have accepted it. */
export function listTerms(db: Database): Promise<(TermsVersion & { accepted: number })[]> {
  return db
    .select({
      version: termsVersions.version,
      body: termsVersions.body,
      published_at: termsVersions.published_at,
      published_by: termsVersions.published_by,
      accepted: sql<number>`(SELECT count(*) FROM ${termsAcceptances} AS a WHERE a.version = ${termsVersions.version})`,
    })
    .from(termsVersions)
    .orderBy(desc(termsVersions.version));
}

/** What a partner has accepted, the latest first. */
export function acceptancesOf(db: Database, partner_id: string): Promise<Acceptance[]> {
  return db
    .select()
    .from(termsAcceptances)
    .where(eq(termsAcceptances.partner_id, partner_id))
    .orderBy(desc(termsAcceptances.version));
}

/** Who accepted a version, the latest first, from below `before` on; reads `limit` rows. */
export function acceptancesOfVersion(
  db: Database,
  version: number,
  before: { accepted_at: number; partner_id: string } | null,
  limit: number,
): Promise<Acceptance[]> {
  const { accepted_at, partner_id } = termsAcceptances;
  const from = before
    ? sql`(${accepted_at}, ${partner_id}) < (${before.accepted_at}, ${before.partner_id})`
    : undefined;
  return db
    .select()
    .from(termsAcceptances)
    .where(and(eq(termsAcceptances.version, version), from))
    .orderBy(desc(accepted_at), desc(partner_id))
    .limit(limit);
}

/** The statement that records that a partner accepts a version; once it is recorded it stays as it is. */
export function acceptStatement(
  db: Database,
  accepted: { partner_id: string; version: number; at: number; by: string },
): Statement {
  const { partner_id, version, at, by } = accepted;
  return insertRows(db, termsAcceptances, [{ partner_id, version, accepted_at: at, accepted_by: by }], 'ignore');
}

/** The statements that publish a version, where it is the next one; their batch is a conflict where it is not (any more). */
export function publishStatements(db: Database, terms: TermsVersion, via: Via | undefined): Statement[] {
  const { version, published_at: at, published_by: actor } = terms;
  return [
    expectThat(db, sql`${version} = 1 + (SELECT coalesce(max(version), 0) FROM ${termsVersions})`),
    insertRows(db, termsVersions, [terms]),
    auditStatement(db, {
      at,
      actor,
      via,
      action: 'terms.publish',
      subject: `terms:${version}`,
      details: {},
      before: { version: version === 1 ? null : version - 1 },
      after: { version },
    }),
  ];
}
