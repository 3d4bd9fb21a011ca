import type { Door, Refusal, Written } from '../account/write.ts';
import type { Json } from '../program/canonical.rules.ts';
import { commit, decideAgain, guardQuery, guardsFrom, type Statement } from '../program/commit.repo.ts';
import { earlierAnswer, keepAnswer, type Keyed } from '../program/replay.repo.ts';

/**
 * Records a fact about something that nobody has told yet, behind the versions of what it waits for. Says `known` where that has come
 * meanwhile: the door then applies it instead.
 */
export async function parkUnknown<Answer>(
  door: Door,
  keyed: Keyed,
  subjects: readonly string[],
  statements: readonly Statement[],
  answer: Answer,
  stillUnknown: () => Promise<boolean>,
): Promise<Written<Answer> | Refusal<'known' | 'conflict' | 'busy'>> {
  const done = await decideAgain(async (): Promise<Written<Answer> | Refusal<'known' | 'conflict'> | 'conflict'> => {
    const earlier = await earlierAnswer(door.books, keyed);
    if (earlier.known)
      return earlier.same
        ? { ok: true, first_time: false, answer: earlier.answer as Answer }
        : { ok: false, reason: 'conflict' };
    const guards = guardsFrom(subjects, await guardQuery(door.books, subjects));
    if (!(await stillUnknown())) return { ok: false, reason: 'known' };
    const kept = keepAnswer(door.books, keyed, 202, answer as Json, door.now);
    const outcome = await commit(door.books, guards, [...statements, kept]);
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true, answer };
  });
  return done.ok ? done.value : done;
}
