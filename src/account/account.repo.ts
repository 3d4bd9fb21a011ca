import { and, asc, eq, isNull, sql } from 'drizzle-orm';

import { people } from '../people/people.schema.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { accountClicks, accountPeople, accounts, decisions, forms } from './account.schema.ts';

type New<T extends { $inferInsert: unknown }> = T['$inferInsert'];

/** The statement that opens an account. */
export function insertAccount(db: Database, row: New<typeof accounts>): Statement {
  return insertRows(db, accounts, [row]);
}

/** The statement that appends a decision. */
export function insertDecision(db: Database, row: New<typeof decisions>): Statement {
  return insertRows(db, decisions, [row]);
}

/** The statement that keeps the clicks an account came with. */
export function insertAccountClicks(db: Database, rows: readonly New<typeof accountClicks>[]): Statement {
  return insertRows(db, accountClicks, rows, 'ignore');
}

/** The statement that keeps who belongs to an account. */
export function insertAccountPeople(db: Database, rows: readonly New<typeof accountPeople>[]): Statement {
  return insertRows(db, accountPeople, rows);
}

/** The statement that ends a person's part in an account. */
export function endAccountPerson(db: Database, account_id: string, person_id: string, until_at: number): Statement {
  return db
    .update(accountPeople)
    .set({ until_at })
    .where(
      and(
        eq(accountPeople.account_id, account_id),
        eq(accountPeople.person_id, person_id),
        isNull(accountPeople.until_at),
      ),
    );
}

/** The statement that ends the parts of all who belong to an account. */
export function endAccountPeople(db: Database, account_id: string, until_at: number): Statement {
  return db
    .update(accountPeople)
    .set({ until_at })
    .where(and(eq(accountPeople.account_id, account_id), isNull(accountPeople.until_at)));
}

/** The statement that keeps a form. */
export function insertForm(db: Database, row: New<typeof forms>): Statement {
  return insertRows(db, forms, [row]);
}

/** The statement that says which account has taken a form's own account in; once. */
export function joinForm(db: Database, form_account_id: string, account_id: string): Statement {
  return db
    .update(accounts)
    .set({ joined_to: account_id })
    .where(and(eq(accounts.account_id, form_account_id), isNull(accounts.joined_to)));
}

/** The statement by which a trusted record makes a form's own account its own. */
export function trustAccount(db: Database, account_id: string, opened_by: 'server' | 'stripe' | 'import'): Statement {
  return db.update(accounts).set({ opened_by }).where(eq(accounts.account_id, account_id));
}

/** Who belongs to an account now, the admin first, with their addresses. */
export async function peopleOfAccount(db: Database, account_id: string) {
  return db
    .select({
      person_id: people.person_id,
      role: accountPeople.role,
      from_at: accountPeople.from_at,
      email: people.email,
      name: people.name,
      company: people.company,
      match_hash: people.match_hash,
    })
    .from(accountPeople)
    .innerJoin(people, eq(people.person_id, accountPeople.person_id))
    .where(and(eq(accountPeople.account_id, account_id), isNull(accountPeople.until_at)))
    .orderBy(asc(accountPeople.role), asc(sql`${people.person_id}`));
}
