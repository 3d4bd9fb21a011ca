import { posting, type Posting } from '../ledger/post.repo.ts';
import type { Json } from '../program/canonical.rules.ts';
import { commit, decideAgain, type Database, type Statement } from '../program/commit.repo.ts';
import { earlierAnswer, keepAnswer, type Keyed } from '../program/replay.repo.ts';
import { readAccountState, type StateRequest } from './state.repo.ts';
import type { AccountState } from './state.rules.ts';

/** What every door of an account works with. */
export interface Door {
  books: Database;
  now: number;
  /** The name that decisions and the audit log keep. */
  by: string;
}

/** What a door makes of the state it read: the state as it will be, the statements that make it so, and the answer. */
export interface Change<Answer> {
  ok: true;
  after: AccountState;
  statements: Statement[];
  answer: (posting: Posting) => Answer;
  /** The first answer's status where it is not 201. */
  status?: number;
}
export type Refusal<Reason extends string> = { ok: false; reason: Reason };
/** What a keyed write came to: done now, or done before with the answer given then. */
export type Written<Answer> = { ok: true; first_time: boolean; answer: Answer };

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
  const done = await decideAgain(async (): Promise<Written<Answer> | Refusal<Reason | 'conflict'> | 'conflict'> => {
    if (keyed) {
      const earlier = await earlierAnswer(books, keyed);
      if (earlier.known)
        return earlier.same
          ? { ok: true, first_time: false, answer: earlier.answer as Answer }
          : { ok: false, reason: 'conflict' };
    }
    const state = await readAccountState(books, request);
    const change = await decide(state);
    if (!change.ok) return change;
    const posted = posting(books, change.after, now);
    const answer = change.answer(posted);
    const kept = keyed ? [keepAnswer(books, keyed, change.status ?? 201, answer as Json, now)] : [];
    const outcome = await commit(books, state.guards, [...change.statements, ...posted.statements, ...kept]);
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true, answer };
  });
  return done.ok ? done.value : done;
}
