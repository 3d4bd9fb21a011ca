import type { Door, Refusal } from '../account/write.ts';
import { writeAccount } from '../account/write.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit, subjectOf } from '../program/commit.repo.ts';
import { dismissPending, findPending } from '../stripe/stripe.repo.ts';
import { voidCancellation } from './cancellation.ts';
import { findPayment } from './payment.repo.ts';
import { voidPayment } from './payment.ts';
import { settledState } from './payment.ts';
import { findRefund, findReversal, voidReversalRow } from './refund.repo.ts';
import { voidRefund } from './refund.ts';

/** Whether a parked fact was dismissed now or before, or why not. */
export type Dismissed = { ok: true; first_time: boolean } | Refusal<'not_found' | 'not_parked' | 'conflict' | 'busy'>;

/** How a dismissal is kept beside other voids. */
function dismissedAs(reason: string): string {
  return `dismissed: ${reason}`;
}

/**
 * An operator dismisses a parked fact: it was told wrongly and never was; its id stays used. What is not parked (any more) is voided by
 * its own door instead.
 */
export async function dismissParked(door: Door, parked_id: string, reason: string): Promise<Dismissed> {
  const [kind = '', ...rest] = parked_id.split('.');
  const id = rest.join('.');
  const word = dismissedAs(reason);
  if (kind === 'payment') return dismissRow(await findPayment(door.books, id), word, () => voidPayment(door, id, word));
  if (kind === 'refund') return dismissRow(await findRefund(door.books, id), word, () => voidRefund(door, id, word));
  if (kind === 'reversal')
    return dismissRow(await findReversal(door.books, id), word, () => voidReversal(door, id, word));
  if (kind === 'cancellation') {
    const [at = '', ...account] = rest;
    const account_id = account.join('.');
    const state = await settledState(door, account_id);
    const row = state.cancellations.find((end) => String(end.cancelled_at) === at) ?? null;
    return dismissRow(row, word, () => voidCancellation(door, account_id, Number(at), word));
  }
  if (kind === 'stripe') return dismissObject(door, id, word);
  return { ok: false, reason: 'not_found' };
}

async function dismissRow(
  row: { parked_reason: string | null; voided_reason: string | null } | null,
  word: string,
  dismiss: () => Promise<{ ok: true } | Refusal<'not_found' | 'conflict' | 'busy'>>,
): Promise<Dismissed> {
  if (!row) return { ok: false, reason: 'not_found' };
  if (row.voided_reason !== null)
    return row.voided_reason === word ? { ok: true, first_time: false } : { ok: false, reason: 'conflict' };
  if (row.parked_reason === null) return { ok: false, reason: 'not_parked' };
  const done = await dismiss();
  return done.ok ? { ok: true, first_time: true } : done;
}

/** What an event of Stripe's says and nothing known belongs to: it is listed no more, and applied all the same should that come. */
async function dismissObject(door: Door, object_id: string, word: string): Promise<Dismissed> {
  const row = await findPending(door.books, object_id);
  if (!row) return { ok: false, reason: 'not_found' };
  if (row.dismissed_reason !== null)
    return row.dismissed_reason === word ? { ok: true, first_time: false } : { ok: false, reason: 'conflict' };
  if (row.reason === null) return { ok: false, reason: 'not_parked' };
  const log = auditStatement(door.books, {
    at: door.now,
    actor: door.by,
    via: door.via,
    action: 'stripe.dismiss',
    subject: `stripe:${object_id}`,
    details: { reason: row.reason },
    before: { dismissed: false },
    after: { dismissed: true },
  });
  const done = await commit(door.books, [], [dismissPending(door.books, object_id, word), log]);
  return done === 'committed' ? { ok: true, first_time: true } : { ok: false, reason: 'busy' };
}

async function voidReversal(
  door: Door,
  refund_id: string,
  word: string,
): Promise<{ ok: true } | Refusal<'not_found' | 'conflict' | 'busy'>> {
  const refund = await findRefund(door.books, refund_id);
  const payment = refund && (await findPayment(door.books, refund.payment_id));
  const request = {
    account_id: payment?.account_id ?? '',
    refund_ids: [refund_id],
    subjects: [subjectOf('refund', refund_id)],
  };
  return writeAccount<null, never>(door, null, request, (state) => ({
    ok: true,
    after: {
      ...state,
      reversals: state.reversals.map((row) =>
        row.refund_id === refund_id ? { ...row, voided_reason: word, parked_reason: null } : row,
      ),
    },
    statements: [voidReversalRow(door.books, refund_id, word)],
    answer: () => null,
  }));
}
