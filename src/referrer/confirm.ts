import type { Door } from '../account/write.ts';
import type { Hasher } from '../people/hash.ts';
import { answerClaim } from './answer-claim.ts';
import { answerFormJoin } from './answer-form-join.ts';
import { readQuestion, type QuestionRead, type QuestionStanding } from './question.ts';

/** What became of the client's answer: it is recorded (now, or the same before), or why it is not. */
export type Answered =
  | { ok: true; answer: 'yes' | 'no' }
  | { ok: false; reason: Exclude<QuestionStanding, 'open'> | 'not_found' | 'busy' };

/**
 * Takes the client's answer to a question (R3): once, while it is open and the person asked is still the account's admin. The same answer
 * again is answered as before; another one is `answered`. What is decided is the claim, or the hold on a form joined by address alone.
 */
export async function answerQuestion(
  door: Door,
  hasher: Hasher,
  confirmation_id: string,
  answer: 'yes' | 'no',
): Promise<Answered> {
  const { books, now } = door;
  const read = await readQuestion(books, confirmation_id, now);
  if (!read) return { ok: false, reason: 'not_found' };
  if (read.stands !== 'open') return answeredBefore(read, answer);
  const { purpose, subject_id } = read.confirmation;
  const client: Door = { books, now, by: 'client', via: 'mail_link' };
  const done =
    purpose === 'claim'
      ? await answerClaim(client, hasher, { claim_id: subject_id, answer, by: 'client' })
      : await answerFormJoin(client, hasher, read.confirmation, answer);
  if (done.ok) return { ok: true, answer };
  // Somebody was quicker: what holds now is the answer.
  const again = await readQuestion(books, confirmation_id, now);
  if (!again) return { ok: false, reason: 'not_found' };
  return again.stands === 'open' ? { ok: false, reason: 'busy' } : answeredBefore(again, answer);
}

function answeredBefore({ confirmation, stands }: QuestionRead, answer: 'yes' | 'no'): Answered {
  if (stands === 'answered' && confirmation.answer === answer) return { ok: true, answer };
  return { ok: false, reason: stands === 'open' ? 'busy' : stands };
}
