import type { ClicksDatabase } from '../archive/open.ts';
import type { Database } from '../program/commit.repo.ts';
import type { ProgramConfig } from '../program/config.rules.ts';
import type { ProgramEnv } from './env.ts';

/** Who calls, as their credential says. */
export type Actor =
  | { role: 'anyone' }
  | { role: 'ingest'; name: string }
  | { role: 'operator'; name: string }
  | { role: 'partner'; name: string; partner_id: string; scopes: ReadonlySet<string> };

/** What every route finds set by the door. `now` is the only time a request knows. */
export interface Variables {
  now: number;
  books: Database;
  clicks: ClicksDatabase;
  config: ProgramConfig;
  actor: Actor;
  request_id: string;
}

/** Hono's environment of the program Worker. */
export interface Api {
  Bindings: ProgramEnv;
  Variables: Variables;
}
