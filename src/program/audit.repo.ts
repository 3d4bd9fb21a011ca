import { and, desc, eq, gte, lt, sql, type SQL } from 'drizzle-orm';

import type { Told, Via } from './audit.rules.ts';
import { insertRows, type Database, type Statement } from './commit.repo.ts';
import { auditLog } from './program.schema.ts';

/**
 * One entry of the audit log: who did what to whom, by which door, what it found and what it left. `details` hold ids and field names, never
 * addresses or free text; `before` and `after` likewise. Null: there was, or is, nothing to tell.
 */
export interface AuditEntry {
  at: number;
  actor: string;
  via: Via | undefined;
  action: string;
  subject: string;
  details: Told;
  before?: Told | null;
  after?: Told | null;
}

const kept = (told: Told | null | undefined) => (told == null ? null : JSON.stringify(told));

/** An entry as it is kept. */
export function auditRow({ via, details, before, after, ...entry }: AuditEntry): typeof auditLog.$inferInsert {
  return { ...entry, details: JSON.stringify(details), before: kept(before), after: kept(after), via: via ?? null };
}

/** The statement that logs what the batch around it does. */
export function auditStatement(db: Database, entry: AuditEntry): Statement {
  return insertRows(db, auditLog, [auditRow(entry)]);
}

/** What the log is searched for; fields that are left out take everything. Instants are epoch ms, `until` not included. */
export interface AuditSearch {
  actor?: string | undefined;
  /** A whole action, `partner.change`, or what it begins with before the dot, `partner`. */
  action?: string | undefined;
  subject?: string | undefined;
  via?: Via | undefined;
  from?: number | undefined;
  until?: number | undefined;
}

/** Entries that fit, newest first, from below `before` on. Reads `limit` rows. */
export async function readAuditLog(db: Database, query: AuditSearch & { before: number | null; limit: number }) {
  const { actor, action, subject, via, from, until } = query;
  const conditions: SQL[] = [];
  if (query.before !== null) conditions.push(lt(auditLog.seq, query.before));
  if (subject !== undefined) conditions.push(eq(auditLog.subject, subject));
  if (actor !== undefined) conditions.push(eq(auditLog.actor, actor));
  // Texts that begin with the word and a dot: the slash follows the dot.
  if (action !== undefined)
    conditions.push(
      sql`(${auditLog.action} = ${action} OR (${auditLog.action} >= ${`${action}.`} AND ${auditLog.action} < ${`${action}/`}))`,
    );
  if (via !== undefined) conditions.push(eq(auditLog.via, via));
  if (from !== undefined) conditions.push(gte(auditLog.at, from));
  if (until !== undefined) conditions.push(lt(auditLog.at, until));
  return db
    .select()
    .from(auditLog)
    .where(and(...conditions))
    .orderBy(desc(auditLog.seq))
    .limit(query.limit);
}
