import { asc } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { policyVersions } from '../program/program.schema.ts';
import type { PolicyFields, PolicyHistory, PolicyVersion } from './policy.rules.ts';

/** The statement that reads every version of the policy; give its rows to `policyHistory`. */
export function policyQuery(db: Database) {
  return db.select().from(policyVersions).orderBy(asc(policyVersions.effective_from), asc(policyVersions.version));
}

/** A version as it is kept. */
export type PolicyRow = typeof policyVersions.$inferSelect;

/** The versions out of their rows, oldest first. The first migration writes one, so there always is one. */
export function policyHistory(rows: readonly PolicyRow[]): PolicyHistory {
  const [first, ...rest] = rows.map((row): PolicyVersion => {
    const fields: PolicyFields = JSON.parse(row.fields);
    return { ...fields, version: row.version, effective_from: row.effective_from };
  });
  if (!first) throw new Error('the books hold no policy version: migrations have not run');
  return [first, ...rest];
}

/** All versions of the policy, oldest first. */
export async function readPolicy(db: Database): Promise<PolicyHistory> {
  return policyHistory(await policyQuery(db));
}

/** The statement that keeps a version, its fields whole. */
export function insertVersion(
  db: Database,
  { version, effective_from, ...fields }: PolicyVersion,
  saved: { by: string; at: number },
): Statement {
  return insertRows(db, policyVersions, [
    { version, effective_from, fields: JSON.stringify(fields), saved_by: saved.by, recorded_at: saved.at },
  ]);
}
