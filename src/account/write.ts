import { posting, type Posting } from '../ledger/post.repo.ts';
import type { Via } from '../program/audit.rules.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import type { Keyed } from '../program/replay.repo.ts';
import { writeOnce, type Refusal, type Written } from '../program/write-once.ts';
import { readAccountState, type StateRequest } from './state.repo.ts';
import type { AccountState } from './state.rules.ts';

export type { Refusal, Written } from '../program/write-once.ts';

/** What every door of an account works with. */
export interface Door {
  books: Database;
  now: number;
  /** The name that decisions and the audit log keep. */
  by: string;
  /** By which door it came, for the audit log. */
  via?: Via | undefined;
}

/** What a door makes of the state it read: the state as it will be, the statements that make it so, and the answer. */
export interface Change<Answer> {
  ok: true;
  after: AccountState;
  statements: Statement[];
  answer: (posting: Posting) => Answer;
}

/**
 * The one path by which facts of an account are written: read the state → decide → one atomic write of the fact, the lines that follow
 * from it, and the first answer under its key. A replay is answered with what was first said; other content under the key is a `conflict`.
 */
export async function writeAccount<Answer, Reason extends string>(
  door: Door,
  keyed: Keyed | null,
  request: StateRequest,
  decide: (state: AccountState) => Change<Answer> | Refusal<Reason> | Promise<Change<Answer> | Refusal<Reason>>,
): Promise<Written<Answer> | Refusal<Reason | 'conflict' | 'busy'>> {
  const { books, now } = door;
  return writeOnce<Answer, Reason>(door, keyed, async () => {
    const state = await readAccountState(books, request);
    const change = await decide(state);
    if (!change.ok) return change;
    const posted = posting(books, change.after, now);
    const statements = [...change.statements, ...posted.statements];
    return { ok: true, guards: state.guards, statements, answer: change.answer(posted) };
  });
}
