import type { Json } from './canonical.rules.ts';
import { commit, decideAgain, type Database, type Guard, type Statement } from './commit.repo.ts';
import { earlierAnswer, keepAnswer, type Keyed } from './replay.repo.ts';

/** A decision that came to nothing, by its reason. */
export type Refusal<Reason extends string> = { ok: false; reason: Reason };
/** What a keyed write came to: done now, or done before with the answer given then. */
export type Written<Answer> = { ok: true; first_time: boolean; answer: Answer };

/** What a door decided: the versions that it rests on and moves, what it writes, and the first answer. */
export interface Decision<Answer> {
  ok: true;
  guards: readonly Guard[];
  statements: readonly Statement[];
  answer: Answer;
}

/**
 * Read → decide → one atomic write, with the first answer kept under its key. A replay is answered with what was first said; other
 * content under the key is a `conflict`. Without a key the write is done each time. `decide` reads anew at each attempt.
 */
export async function writeOnce<Answer, Reason extends string>(
  { books, now }: { books: Database; now: number },
  keyed: Keyed | null,
  decide: () => Promise<Decision<Answer> | Refusal<Reason>>,
): Promise<Written<Answer> | Refusal<Reason | 'conflict' | 'busy'>> {
  const done = await decideAgain(async (): Promise<Written<Answer> | Refusal<Reason | 'conflict'> | 'conflict'> => {
    if (keyed) {
      const earlier = await earlierAnswer(books, keyed);
      if (earlier.known)
        return earlier.same
          ? { ok: true, first_time: false, answer: earlier.answer as Answer }
          : { ok: false, reason: 'conflict' };
    }
    const decision = await decide();
    if (!decision.ok) return decision;
    const kept = keyed ? [keepAnswer(books, keyed, 201, decision.answer as Json, now)] : [];
    // The answer goes first: a twin that was answered between the two readings is a conflict, and no other constraint.
    const outcome = await commit(books, decision.guards, [...kept, ...decision.statements]);
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true, answer: decision.answer };
  });
  return done.ok ? done.value : done;
}
