import { refundFactsOf, type AccountState, type RefundRow, type ReversalRow } from '../account/state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from '../account/write.ts';
import { fittingRefunds } from '../commission/refund.rules.ts';
import type { Hasher } from '../people/hash.ts';
import type { Json } from '../program/canonical.rules.ts';
import { subjectOf } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { futureWarning, refundStanding, reversalStanding, type RefundAnswer } from './answers.rules.ts';
import { parkUnknown } from './park.ts';
import { findPayment } from './payment.repo.ts';
import { settledState } from './payment.ts';
import { findRefund, findReversal, insertRefund, insertReversal, parkReversal, voidRefundRow } from './refund.repo.ts';
import { orToldBefore } from './told-before.ts';

/** One refund of a payment, in minor units of the payment's currency. */
export interface RefundInput {
  refund_id: string;
  payment_id: string;
  amount: number;
  refunded_at: number;
}

/** Whether a refund does not fit into what is left of its payment (C2: never more than was paid in all). */
export function exceeds(state: AccountState, row: RefundRow): boolean {
  const payment = state.payments.find((candidate) => candidate.payment_id === row.payment_id);
  if (!payment || payment.voided_reason !== null) return false;
  const tooLarge = (rows: readonly RefundRow[]): number => {
    const own = refundFactsOf({ ...state, refunds: rows }).filter((refund) => refund.payment_id === row.payment_id);
    return fittingRefunds(payment.amount, own).too_large.length;
  };
  return tooLarge([...state.refunds, row]) > tooLarge(state.refunds);
}

/**
 * Records a refund or lost dispute (C2) and books what it moves. Of an unknown payment it is parked; one that would make more refunded
 * than paid in all is refused, or with `too_large: 'park'` (of a rail that tells what has happened, in any order) parked as well.
 */
export async function recordRefund(
  door: Door,
  hasher: Hasher,
  input: RefundInput,
  content: Json,
  too_large: 'refuse' | 'park' = 'refuse',
): Promise<Answered<'refund_too_large' | 'conflict' | 'busy'>> {
  const write = () => tellRefund(door, hasher, input, content, too_large);
  return orToldBefore('refunds.', write, async () => {
    const { refund_id, payment_id, amount, refunded_at } = input;
    const row = await findRefund(door.books, refund_id);
    if (row?.payment_id !== payment_id || row.amount !== amount || row.refunded_at !== refunded_at)
      return { ok: false, reason: 'conflict' };
    const reason = row.parked_reason ?? 'unknown_payment';
    const answer = await refundOnFile(door, row, { refund_id, status: 'parked', commission_change: 0, reason });
    return { ok: true, first_time: false, answer };
  });
}

/** How a refund on file stands now; of an unknown payment, as it was parked. */
async function refundOnFile(
  { books }: Door,
  { refund_id, payment_id }: Pick<RefundRow, 'refund_id' | 'payment_id'>,
  parked: RefundAnswer,
): Promise<RefundAnswer> {
  const payment = await findPayment(books, payment_id);
  return payment ? refundStanding(await settledState({ books }, payment.account_id), refund_id) : parked;
}

async function tellRefund(
  door: Door,
  hasher: Hasher,
  input: RefundInput,
  content: Json,
  too_large: 'refuse' | 'park',
): Promise<Answered<'refund_too_large' | 'told_before' | 'conflict' | 'busy'>> {
  const { refund_id, payment_id } = input;
  const row: RefundRow = { ...input, parked_reason: null, voided_reason: null, recorded_at: door.now };
  const payment = await findPayment(door.books, payment_id);
  const keyed = await keyedWrite(hasher, 'refund', refund_id, content, subjectOf('payment', payment_id));
  const warnings = futureWarning(input.refunded_at, door.now);
  if (!payment) {
    const answer: RefundAnswer = {
      refund_id,
      status: 'parked',
      commission_change: 0,
      reason: 'unknown_payment',
      ...warnings,
    };
    const subjects = [subjectOf('payment', payment_id), subjectOf('refund', refund_id)];
    const statements = [
      insertRefund(door.books, { ...row, parked_reason: 'unknown_payment' }),
      parkReversal(door.books, refund_id, 'unknown_payment'),
    ];
    const parked = await parkUnknown(
      door,
      keyed,
      subjects,
      statements,
      answer,
      async () => (await findPayment(door.books, payment_id)) === null,
    );
    // The payment came in between: decide again with it.
    return parked.ok || parked.reason !== 'known'
      ? replayedRefund(door, parked, refund_id)
      : tellRefund(door, hasher, input, content, too_large);
  }
  const request = {
    account_id: payment.account_id,
    refund_ids: [refund_id],
    subjects: [subjectOf('refund', refund_id)],
  };
  const written = await writeAccount<RefundAnswer, 'refund_too_large' | 'told_before'>(
    door,
    keyed,
    request,
    (state) => {
      if (state.refunds.some((known) => known.refund_id === refund_id)) return { ok: false, reason: 'told_before' };
      if (too_large === 'refuse' && exceeds(state, row)) return { ok: false, reason: 'refund_too_large' };
      return {
        ok: true,
        after: { ...state, refunds: [...state.refunds, row] },
        statements: [insertRefund(door.books, row)],
        answer: (posted) => ({ ...refundStanding(posted.state, refund_id), ...warnings }),
      };
    },
  );
  return replayedRefund(door, written, refund_id);
}

type Answered<R extends string> = Written<RefundAnswer> | Refusal<R>;

/** A replay of what was parked shows how it stands now. */
async function replayedRefund<R extends string>(
  door: Door,
  written: Answered<R>,
  refund_id: string,
): Promise<Answered<Exclude<R, 'known'>>> {
  if (!written.ok) return written as Refusal<Exclude<R, 'known'>>;
  if (written.first_time || written.answer.status !== 'parked') return written;
  const refund = await findRefund(door.books, refund_id);
  return refund ? { ...written, answer: await refundOnFile(door, refund, written.answer) } : written;
}

/** A refund that failed, or a dispute that was won after all (C2): the commission is restored, payable as it was before. */
export async function reverseRefund(
  door: Door,
  hasher: Hasher,
  refund_id: string,
  reversed_at: number,
  content: Json,
): Promise<Answered<'conflict' | 'busy'>> {
  const write = () => tellReversal(door, hasher, refund_id, reversed_at, content);
  return orToldBefore('refund_reversals.', write, async () => {
    const row = await findReversal(door.books, refund_id);
    if (row?.reversed_at !== reversed_at) return { ok: false, reason: 'conflict' };
    const answer: RefundAnswer = { refund_id, status: 'parked', commission_change: 0 };
    return replayedReversal(door, { ok: true, first_time: false, answer }, refund_id);
  });
}

async function tellReversal(
  door: Door,
  hasher: Hasher,
  refund_id: string,
  reversed_at: number,
  content: Json,
): Promise<Answered<'told_before' | 'conflict' | 'busy'>> {
  const row: ReversalRow = { refund_id, reversed_at, parked_reason: null, voided_reason: null, recorded_at: door.now };
  const warnings = futureWarning(reversed_at, door.now);
  const keyed = await keyedWrite(hasher, 'reversal', refund_id, content, subjectOf('refund', refund_id));
  const refund = await findRefund(door.books, refund_id);
  const payment = refund && (await findPayment(door.books, refund.payment_id));
  if (!payment) {
    const reason = refund ? 'unknown_payment' : 'unknown_refund';
    const answer: RefundAnswer = { refund_id, status: 'parked', commission_change: 0, reason, ...warnings };
    const subjects = [subjectOf('refund', refund_id), ...(refund ? [subjectOf('payment', refund.payment_id)] : [])];
    const stillUnknown = async () => {
      const again = await findRefund(door.books, refund_id);
      return (
        again?.refund_id === refund?.refund_id && (!again || (await findPayment(door.books, again.payment_id)) === null)
      );
    };
    const parked = await parkUnknown(
      door,
      keyed,
      subjects,
      [insertReversal(door.books, { ...row, parked_reason: reason })],
      answer,
      stillUnknown,
    );
    return parked.ok || parked.reason !== 'known'
      ? replayedReversal(door, parked, refund_id)
      : tellReversal(door, hasher, refund_id, reversed_at, content);
  }
  const request = {
    account_id: payment.account_id,
    refund_ids: [refund_id],
    subjects: [subjectOf('refund', refund_id)],
  };
  const written = await writeAccount<RefundAnswer, 'told_before'>(door, keyed, request, (state) => {
    if (state.reversals.some((known) => known.refund_id === refund_id)) return { ok: false, reason: 'told_before' };
    return {
      ok: true,
      after: { ...state, reversals: [...state.reversals, row] },
      statements: [insertReversal(door.books, row)],
      answer: (posted) => ({ ...reversalStanding(posted.state, refund_id), ...warnings }),
    };
  });
  return replayedReversal(door, written, refund_id);
}

async function replayedReversal<R extends string>(
  door: Door,
  written: Answered<R>,
  refund_id: string,
): Promise<Answered<Exclude<R, 'known'>>> {
  if (!written.ok) return written as Refusal<Exclude<R, 'known'>>;
  if (written.first_time || written.answer.status !== 'parked') return written;
  const [refund, reversal] = [await findRefund(door.books, refund_id), await findReversal(door.books, refund_id)];
  const payment = refund && (await findPayment(door.books, refund.payment_id));
  if (payment) return { ...written, answer: reversalStanding(await settledState(door, payment.account_id), refund_id) };
  return { ...written, answer: { ...written.answer, reason: reversal?.parked_reason ?? 'unknown_refund' } };
}

/** An account as it is once a refund never was. */
export function refundVoided(state: AccountState, refund_id: string, voided_reason: string): AccountState {
  const refunds = state.refunds.map((row) =>
    row.refund_id === refund_id ? { ...row, voided_reason, parked_reason: null } : row,
  );
  return { ...state, refunds };
}

/** A refund that was told wrongly and never was; its id stays used. */
export async function voidRefund(
  door: Door,
  refund_id: string,
  reason: string,
): Promise<Answered<'not_found' | 'conflict' | 'busy'>> {
  const refund = await findRefund(door.books, refund_id);
  if (!refund) return { ok: false, reason: 'not_found' };
  const payment = await findPayment(door.books, refund.payment_id);
  const subjects = [subjectOf('refund', refund_id), subjectOf('payment', refund.payment_id)];
  // Without a payment there is no account yet: the state of an id that nobody has is empty, and only the row changes.
  const account_id = payment?.account_id ?? '';
  return writeAccount<RefundAnswer, 'conflict'>(
    door,
    null,
    { account_id, payment_ids: [refund.payment_id], subjects },
    (state) => {
      const before = state.refunds.find((row) => row.refund_id === refund_id)?.voided_reason ?? null;
      if (before !== null && before !== reason) return { ok: false, reason: 'conflict' };
      return {
        ok: true,
        after: refundVoided(state, refund_id, reason),
        statements: before === null ? voidRefundRow(door.books, refund_id, reason, door) : [],
        answer: (posted) => refundStanding(posted.state, refund_id),
      };
    },
  );
}
