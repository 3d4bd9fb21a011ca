import type { AccountState, CancellationRow } from '../account/state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from '../account/write.ts';
import { formatInstant } from '../clock.ts';
import type { Hasher } from '../people/hash.ts';
import type { Json } from '../program/canonical.rules.ts';
import { subjectOf } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { futureWarning, type Standing } from './answers.rules.ts';
import { insertCancellation, voidCancellationRow } from './cancellation.repo.ts';
import { settledState } from './payment.ts';
import { orToldBefore } from './told-before.ts';

/** The answer to the end of an account. */
export interface CancellationAnswer extends Standing {
  account_id: string;
  cancelled_at: string;
  warnings?: 'in_future'[];
}

function standing(state: AccountState, cancelled_at: number): CancellationAnswer {
  const row = state.cancellations.find((candidate) => candidate.cancelled_at === cancelled_at);
  const at = { account_id: state.account_id, cancelled_at: formatInstant(cancelled_at) };
  if (!row || row.voided_reason !== null) return { ...at, status: 'recorded', reason: 'voided' };
  return row.parked_reason === null
    ? { ...at, status: 'recorded' }
    : { ...at, status: 'parked', reason: row.parked_reason };
}

/** Records that an account's last subscription ended (V2). Keyed by account and instant: one that came back can end again. */
export async function recordCancellation(
  door: Door,
  hasher: Hasher,
  account_id: string,
  cancelled_at: number,
  content: Json,
): Promise<Written<CancellationAnswer> | Refusal<'conflict' | 'busy'>> {
  const key = `${account_id}@${cancelled_at}`;
  const keyed = await keyedWrite(
    hasher,
    'cancellation',
    key,
    { ...(content as object), cancelled_at },
    subjectOf('account', account_id),
  );
  const write = () =>
    writeAccount<CancellationAnswer, 'told_before'>(door, keyed, { account_id }, (state) => {
      if (state.cancellations.some((end) => end.account_id === account_id && end.cancelled_at === cancelled_at))
        return { ok: false, reason: 'told_before' };
      const row: CancellationRow = {
        account_id,
        cancelled_at,
        parked_reason: null,
        voided_reason: null,
        recorded_at: door.now,
      };
      return {
        ok: true,
        after: { ...state, cancellations: [...state.cancellations, row] },
        statements: [insertCancellation(door.books, row)],
        answer: (posted) => ({ ...standing(posted.state, cancelled_at), ...futureWarning(cancelled_at, door.now) }),
      };
    });
  const written = await orToldBefore('cancellations.', write, async () => {
    const answer = standing(await settledState(door, account_id), cancelled_at);
    return { ok: true, first_time: false, answer };
  });
  if (!written.ok || written.first_time || written.answer.status !== 'parked') return written;
  return { ...written, answer: standing(await settledState(door, account_id), cancelled_at) };
}

/** An account as it is once an end never was. */
export function endVoided(state: AccountState, cancelled_at: number, voided_reason: string): AccountState {
  const cancellations = state.cancellations.map((end) =>
    end.cancelled_at === cancelled_at ? { ...end, voided_reason, parked_reason: null } : end,
  );
  return { ...state, cancellations };
}

/** An end that was told wrongly and never was. Without `cancelled_at` the account's last one that stands. */
export async function voidCancellation(
  door: Door,
  account_id: string,
  cancelled_at: number | null,
  reason: string,
): Promise<Written<CancellationAnswer> | Refusal<'not_found' | 'conflict' | 'busy'>> {
  return writeAccount<CancellationAnswer, 'not_found' | 'conflict'>(door, null, { account_id }, (state) => {
    const ends = state.cancellations.filter((row) =>
      cancelled_at === null
        ? row.voided_reason === null || row.voided_reason === reason
        : row.cancelled_at === cancelled_at,
    );
    const row = ends.toSorted((a, b) => b.cancelled_at - a.cancelled_at)[0];
    if (!row) return { ok: false, reason: 'not_found' };
    if (row.voided_reason !== null && row.voided_reason !== reason) return { ok: false, reason: 'conflict' };
    const at = row.cancelled_at;
    return {
      ok: true,
      after: endVoided(state, at, reason),
      statements: row.voided_reason === null ? voidCancellationRow(door.books, account_id, at, reason, door) : [],
      answer: (posted) => standing(posted.state, at),
    };
  });
}
