import type { Door } from '../account/write.ts';
import { guardQuery, guardsFrom, type Statement } from '../program/commit.repo.ts';
import type { Keyed } from '../program/replay.repo.ts';
import { writeOnce, type Refusal, type Written } from '../program/write-once.ts';

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
  return writeOnce<Answer, 'known'>(door, keyed, async () => {
    const guards = guardsFrom(subjects, await guardQuery(door.books, subjects));
    if (!(await stillUnknown())) return { ok: false, reason: 'known' };
    return { ok: true, guards, statements, answer };
  });
}
