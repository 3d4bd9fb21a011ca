import { and, eq, sql } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { REFUSABLE_KINDS } from './choices.rules.ts';
import { mailChoices } from './mail.schema.ts';
import type { MailKind } from './outbox.rules.ts';

/** The kinds of mail that a partner does not want. */
export async function refusedKinds(db: Database, partner_id: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .select({ kind: mailChoices.kind })
    .from(mailChoices)
    .where(and(eq(mailChoices.partner_id, partner_id), eq(mailChoices.wanted, 0)));
  return new Set(rows.map((row) => row.kind));
}

/** The statements that keep which of the mails that may be refused a partner wants. */
export function keepChoices(db: Database, partner_id: string, wanted: ReadonlySet<MailKind>, now: number): Statement[] {
  const rows = REFUSABLE_KINDS.map((kind) => ({ partner_id, kind, wanted: wanted.has(kind) ? 1 : 0, at: now }));
  return [
    db.delete(mailChoices).where(sql`${mailChoices.partner_id} = ${partner_id}`),
    insertRows(db, mailChoices, rows),
  ];
}
