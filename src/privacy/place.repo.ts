import { eq } from 'drizzle-orm';

import type { Database, Statement } from '../program/commit.repo.ts';
import { sweeps } from './privacy.schema.ts';

/** How far a walk over many rows has come, in the walk's own terms; null where it never began. */
export async function placeOf<Place>(db: Database, rule: string): Promise<Place | null> {
  const [row] = await db.select({ after: sweeps.after }).from(sweeps).where(eq(sweeps.rule, rule));
  return row ? (JSON.parse(row.after) as Place) : null;
}

/** The statement that keeps how far a walk has come; it goes with what the walk did. */
export function keepPlace(db: Database, rule: string, place: object): Statement {
  const after = JSON.stringify(place);
  return db.insert(sweeps).values({ rule, after }).onConflictDoUpdate({ target: sweeps.rule, set: { after } });
}
