import { eq, lt } from 'drizzle-orm';

import { insertRows, runBatch, type Database } from '../program/commit.repo.ts';
import { senderSalts } from './privacy.schema.ts';

function randomSalt(): string {
  return `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll('-', '');
}

/** The salt of a UTC day, the same for everybody who asks on that day; made when it is first asked for. One query, the first time three. */
export async function saltOf(db: Database, day: string): Promise<string> {
  const read = db.select({ salt: senderSalts.salt }).from(senderSalts).where(eq(senderSalts.day, day));
  const [known] = await read;
  if (known) return known.salt;
  await runBatch(db, [insertRows(db, senderSalts, [{ day, salt: randomSalt() }], 'ignore')]);
  const [made] = await read;
  if (!made) throw new Error('a salt that was just kept is not there');
  return made.salt;
}

/** Destroys the salts of days before a UTC day: what they salted cannot be told from chance any more. */
export async function destroySalts(db: Database, before_day: string): Promise<void> {
  await db.delete(senderSalts).where(lt(senderSalts.day, before_day));
}
