import { writeAccount, type Door } from '../account/write.ts';
import { subjectOf } from '../program/commit.repo.ts';
import { dateReversal, unvoidEnd, unvoidRefund } from './stripe.repo.ts';

/** The word under which Stripe's later facts void what earlier ones had said; only such a void is ever taken back by them. */
export const SUPERSEDED = 'superseded by a later event of Stripe';

type Done = { ok: true } | { ok: false; reason: 'conflict' | 'busy' };

/** A refund that facts had superseded stands again. */
export async function restoreRefund(door: Door, account_id: string, refund_id: string): Promise<Done> {
  const request = { account_id, refund_ids: [refund_id], subjects: [subjectOf('refund', refund_id)] };
  return writeAccount<null, never>(door, null, request, (state) => ({
    ok: true,
    after: {
      ...state,
      refunds: state.refunds.map((row) =>
        row.refund_id === refund_id && row.voided_reason === SUPERSEDED ? { ...row, voided_reason: null } : row,
      ),
    },
    statements: [unvoidRefund(door.books, refund_id)],
    answer: () => null,
  }));
}

/** An end that facts had superseded stands again. `account_id` is the id that it was told with. */
export async function restoreEnd(door: Door, account_id: string, cancelled_at: number): Promise<Done> {
  return writeAccount<null, never>(door, null, { account_id }, (state) => ({
    ok: true,
    after: {
      ...state,
      cancellations: state.cancellations.map((row) =>
        row.account_id === account_id && row.cancelled_at === cancelled_at ? { ...row, voided_reason: null } : row,
      ),
    },
    statements: [unvoidEnd(door.books, account_id, cancelled_at)],
    answer: () => null,
  }));
}

/** A reversal is dated by the first event that says it: an earlier one has become known. */
export async function redateReversal(
  door: Door,
  account_id: string,
  refund_id: string,
  reversed_at: number,
): Promise<Done> {
  const request = { account_id, refund_ids: [refund_id], subjects: [subjectOf('refund', refund_id)] };
  return writeAccount<null, never>(door, null, request, (state) => ({
    ok: true,
    after: {
      ...state,
      reversals: state.reversals.map((row) => (row.refund_id === refund_id ? { ...row, reversed_at } : row)),
    },
    statements: [dateReversal(door.books, refund_id, reversed_at)],
    answer: () => null,
  }));
}
