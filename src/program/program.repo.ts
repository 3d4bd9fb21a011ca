import { makeHasher, type Hasher } from '../people/hash.ts';
import type { Database } from './commit.repo.ts';
import { program } from './program.schema.ts';

/** What the program is for life: its random id and the hasher under its own key. */
export interface ProgramIdentity {
  program_id: string;
  hasher: Hasher;
}

/** Reads the program's one row. Cheap, and never kept between requests: a restored database may be another program. */
export async function readProgram(db: Database): Promise<ProgramIdentity> {
  const [row] = await db.select().from(program);
  if (!row) throw new Error('the books hold no program: migrations have not run');
  return { program_id: row.program_id, hasher: await makeHasher(row.hash_key) };
}
