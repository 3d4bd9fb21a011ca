import { insertAccountClicks, insertAccountPeople } from '../account/account.repo.ts';
import type { accountClicks, accountPeople } from '../account/account.schema.ts';
import type { Hasher } from '../people/hash.ts';
import { insertPeople, keepDocument, makePerson, type PersonRow } from '../people/people.repo.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import type { AccountIdentity } from '../referrer/self-referral.rules.ts';

/** A person as a signup names them. */
export interface PersonInput {
  email: string;
  name?: string | null | undefined;
}

/** Holder and secondary users of an account about to be kept (L4: the admin is the holder). */
export async function peopleRows(
  hasher: Hasher,
  account_id: string,
  holder: PersonInput & { company?: string | null | undefined },
  users: readonly PersonInput[],
  from_at: number,
): Promise<{ people: PersonRow[]; parts: (typeof accountPeople.$inferInsert)[] }> {
  const admin = await makePerson(hasher, holder);
  const others = await Promise.all(users.map((user) => makePerson(hasher, user)));
  const parts = [admin, ...others].map((person, i) => ({
    account_id,
    person_id: person.person_id,
    role: i === 0 ? ('admin' as const) : ('user' as const),
    from_at,
    until_at: null,
  }));
  return { people: [admin, ...others], parts };
}

/** The people of an account about to be kept, as signals of self-referral read them. */
export function accountIdentity([holder, ...users]: readonly PersonRow[]): AccountIdentity {
  return { holder: holder ?? { email: null, name: null, match_hash: null }, users };
}

/** The statements that keep the people, the clicks and the answer an account came with. */
export function evidenceStatements(
  db: Database,
  account_id: string,
  kept: {
    people: readonly PersonRow[];
    parts: readonly (typeof accountPeople.$inferInsert)[];
    clicks: readonly Omit<typeof accountClicks.$inferInsert, 'account_id'>[];
    how_heard: string | null;
    now: number;
  },
): Statement[] {
  const statements = [insertPeople(db, kept.people), insertAccountPeople(db, kept.parts)];
  if (kept.clicks.length > 0)
    statements.push(
      insertAccountClicks(
        db,
        kept.clicks.map((click) => ({ ...click, account_id })),
      ),
    );
  if (kept.how_heard !== null) {
    const document_id = `doc_${crypto.randomUUID().replaceAll('-', '')}`;
    statements.push(
      keepDocument(db, {
        document_id,
        subject: `account:${account_id}`,
        kind: 'how_heard',
        body: kept.how_heard,
        recorded_at: kept.now,
      }),
    );
  }
  return statements;
}
