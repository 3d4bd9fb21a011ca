import { and, desc, eq, lt, type SQL } from 'drizzle-orm';

import type { Json } from './canonical.rules.ts';
import { insertRows, type Database, type Statement } from './commit.repo.ts';
import { auditLog } from './program.schema.ts';

/** One entry of the audit log: who did what to whom. `details` hold ids and field names, never addresses or free text. */
export interface AuditEntry {
  at: number;
  actor: string;
  action: string;
  subject: string;
  details: { [field: string]: Json };
}

/** The statement that logs what the batch around it does. */
export function auditStatement(db: Database, entry: AuditEntry): Statement {
  return insertRows(db, auditLog, [{ ...entry, details: JSON.stringify(entry.details) }]);
}

/** Entries, newest first, from below `before` on; of one subject where asked for. Reads `limit` rows. */
export async function readAuditLog(
  db: Database,
  query: { before: number | null; limit: number; subject?: string | undefined },
) {
  const conditions: SQL[] = [];
  if (query.before !== null) conditions.push(lt(auditLog.seq, query.before));
  if (query.subject !== undefined) conditions.push(eq(auditLog.subject, query.subject));
  return db
    .select()
    .from(auditLog)
    .where(and(...conditions))
    .orderBy(desc(auditLog.seq))
    .limit(query.limit);
}
