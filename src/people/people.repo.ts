import { and, eq } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import type { Hasher } from './hash.ts';
import { documents, people } from './people.schema.ts';

export type PersonRow = typeof people.$inferSelect;

/** A person about to be kept: address, name and company here and nowhere else, with the keyed hashes that stand for the address. */
export async function makePerson(
  hasher: Hasher,
  person: { email: string; name?: string | null | undefined; company?: string | null | undefined },
): Promise<PersonRow> {
  return {
    person_id: `per_${crypto.randomUUID().replaceAll('-', '')}`,
    email: person.email.trim(),
    name: person.name ?? null,
    company: person.company ?? null,
    address_hash: await hasher.address(person.email),
    match_hash: await hasher.match(person.email),
    erased_at: null,
  };
}

/** The statement that keeps people. */
export function insertPeople(db: Database, rows: readonly PersonRow[]): Statement {
  return insertRows(db, people, rows);
}

/** The statement that changes what may change of a person without becoming another address. */
export function renamePerson(
  db: Database,
  person_id: string,
  fields: { name?: string | null; company?: string | null },
): Statement {
  return db.update(people).set(fields).where(eq(people.person_id, person_id));
}

/** The statement that keeps a free text as evidence, erasable by its subject. */
export function keepDocument(
  db: Database,
  document: { document_id: string; subject: string; kind: string; body: string; recorded_at: number },
): Statement {
  return insertRows(db, documents, [document]);
}

/** The text of a document of a subject, null where there is none or it has been erased. */
export async function documentOf(db: Database, subject: string, kind: string): Promise<string | null> {
  const [row] = await db
    .select({ body: documents.body })
    .from(documents)
    .where(and(eq(documents.subject, subject), eq(documents.kind, kind)))
    .orderBy(documents.recorded_at)
    .limit(1);
  return row?.body ?? null;
}
