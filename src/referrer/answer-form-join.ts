import type { Door } from '../account/write.ts';
import { decideAccountHold } from '../hold/decide.ts';
import { findHold } from '../hold/hold.repo.ts';
import type { Hasher } from '../people/hash.ts';
import { expectThat } from '../program/commit.repo.ts';
import { answerConfirmation, stillOpen, type ConfirmationRow } from './confirmation.repo.ts';

/** What the hold keeps of each answer. */
const REASONS = { yes: 'the client confirmed', no: 'the client said no' } as const;

/**
 * The client's answer about a form that was joined to the account by address alone (R3): a *yes* releases its hold, a *no* denies it, as
 * an operator's word would. In the same write the question is answered, which it can be only once, in time, and by the account's admin.
 */
export async function answerFormJoin(
  door: Door,
  hasher: Hasher,
  question: ConfirmationRow,
  answer: 'yes' | 'no',
): Promise<{ ok: true } | { ok: false; reason: 'already_decided' | 'busy' }> {
  const { books, now, by } = door;
  const hold = await findHold(books, question.subject_id);
  if (hold?.kind !== 'form_join' || hold.account_id === null) return { ok: false, reason: 'already_decided' };
  const { hold_id, account_id } = hold;
  const word = {
    hold_id,
    decision: answer === 'yes' ? ('release' as const) : ('deny' as const),
    reason: REASONS[answer],
  };
  const done = await decideAccountHold(door, hasher, { ...hold, account_id }, word, [
    expectThat(books, stillOpen(question, now)),
    answerConfirmation(books, question, { answer, now, by }),
  ]);
  if (done.ok) return { ok: true };
  return { ok: false, reason: done.reason === 'busy' ? 'busy' : 'already_decided' };
}
