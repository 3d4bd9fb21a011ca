import { and, eq } from 'drizzle-orm';

import type { Hasher } from '../people/hash.ts';
import { canonicalJson, type Json } from './canonical.rules.ts';
import { insertRows, type Database, type Statement } from './commit.repo.ts';
import { replays } from './program.schema.ts';

/** A keyed write: where its key counts (`payment`, `signup`, …), the key, and what was sent. */
export interface Keyed {
  scope: string;
  key: string;
  content_hash: string;
  /** Whom the answer is about (`partner:…`), for erasure. */
  subject: string;
}

/** What an earlier write under the same key means for this one. */
export type Earlier =
  | { known: false }
  | { known: true; same: true; status: number; answer: Json }
  | { known: true; same: false };

/** A keyed write out of the body as it was sent: equal content gives the equal hash, defaults left out. */
export async function keyedWrite(
  hasher: Hasher,
  scope: string,
  key: string,
  content: Json,
  subject: string,
): Promise<Keyed> {
  return { scope, key, content_hash: await hasher.text(`replay:${scope}`, canonicalJson(content)), subject };
}

/** Looks up what was first answered under the key. */
export async function earlierAnswer(db: Database, keyed: Keyed): Promise<Earlier> {
  const [row] = await db
    .select()
    .from(replays)
    .where(and(eq(replays.scope, keyed.scope), eq(replays.key, keyed.key)));
  if (!row) return { known: false };
  if (row.content_hash !== keyed.content_hash) return { known: true, same: false };
  return { known: true, same: true, status: row.status, answer: JSON.parse(row.answer) };
}

/** The statement that keeps the first answer. In the batch of the write itself; a concurrent twin makes the batch a conflict. */
export function keepAnswer(db: Database, keyed: Keyed, status: number, answer: Json, recorded_at: number): Statement {
  return insertRows(db, replays, [{ ...keyed, status, answer: JSON.stringify(answer), recorded_at }]);
}
