import { and, eq, gte, inArray, isNull, sql, type SQL } from 'drizzle-orm';

import { accountPeople } from '../account/account.schema.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { confirmations } from './claim.schema.ts';

export type ConfirmationRow = typeof confirmations.$inferSelect;

/** The statement that keeps a question to a client; one cause asks once. */
export function insertConfirmation(db: Database, row: ConfirmationRow): Statement {
  return insertRows(db, confirmations, [row], 'ignore');
}

/** A question by its id. */
export async function findConfirmation(db: Database, confirmation_id: string): Promise<ConfirmationRow | null> {
  const [row] = await db.select().from(confirmations).where(eq(confirmations.confirmation_id, confirmation_id));
  return row ?? null;
}

/** The statement that keeps the answer to a question about a claim or a hold; the first answer stays. `by`: 'client' or an operator's name. */
export function answerConfirmation(
  db: Database,
  about: { purpose: ConfirmationRow['purpose']; subject_id: string },
  answer: { answer: 'yes' | 'no'; now: number; by: string },
): Statement {
  return db
    .update(confirmations)
    .set({ answer: answer.answer, answered_at: answer.now, answered_by: answer.by })
    .where(
      and(
        eq(confirmations.purpose, about.purpose),
        eq(confirmations.subject_id, about.subject_id),
        isNull(confirmations.answer),
      ),
    );
}

/** The condition under which a question can still be answered: unanswered, in time, and by who holds the account now (R3, L4). */
export function stillOpen(about: Pick<ConfirmationRow, 'purpose' | 'subject_id'>, now: number): SQL {
  return sql`EXISTS (SELECT 1 FROM ${confirmations} AS c
    JOIN ${accountPeople} AS ap ON ap.account_id = c.account_id AND ap.person_id = c.person_id AND ap.role = 'admin' AND ap.until_at IS NULL
    WHERE c.purpose = ${about.purpose} AND c.subject_id = ${about.subject_id} AND c.answer IS NULL AND c.expires_at >= ${now})`;
}

/** How many questions about these accounts a client can still answer. */
export async function openQuestionsOf(db: Database, account_ids: readonly string[], now: number): Promise<number> {
  const [row] = await db
    .select({ n: sql<number>`count(*)` })
    .from(confirmations)
    .where(
      and(
        inArray(confirmations.account_id, [...account_ids]),
        isNull(confirmations.answer),
        gte(confirmations.expires_at, now),
      ),
    );
  return row?.n ?? 0;
}

/** Whether a person holds an account now (L4: its admin). */
export async function holdsAccount(db: Database, account_id: string, person_id: string): Promise<boolean> {
  const [row] = await db
    .select({ person_id: accountPeople.person_id })
    .from(accountPeople)
    .where(
      and(
        eq(accountPeople.account_id, account_id),
        eq(accountPeople.person_id, person_id),
        eq(accountPeople.role, 'admin'),
        isNull(accountPeople.until_at),
      ),
    );
  return row !== undefined;
}
