import type { z } from '@hono/zod-openapi';

import type { AccountState, RefundRow as StoredRefund } from '../account/state.rules.ts';
import { readAccountStates, STATES_QUERIES } from '../account/states.repo.ts';
import { futureWarning, refundStanding } from '../billing/answers.rules.ts';
import { refunds } from '../billing/billing.schema.ts';
import { exceeds, type RefundInput } from '../billing/refund.ts';
import { toInstant } from '../http/schema.ts';
import { postings } from '../ledger/post.repo.ts';
import type { Json } from '../program/canonical.rules.ts';
import { expectThat, guardQuery, guardsFrom, subjectOf } from '../program/commit.repo.ts';
import { accountsOfPayments, insertAll, parkReversals, paymentsUnknown } from './import.repo.ts';
import { RefundRow } from './import.schemas.ts';
import {
  applyKeyed,
  type GroupDecision,
  type ImportContext,
  type ImportRow,
  type Operation,
  type RowResult,
} from './operation.ts';

type Row = ImportRow<RefundInput>;

/** Refunds (C2), of many payments at once. */
export const importRefunds: Operation<RefundInput> = {
  kind: 'refunds',
  scope: 'refund',
  most: 8000,
  queries: STATES_QUERIES + 32,
  reads: STATES_QUERIES + 6,
  schema: RefundRow,
  read: (body: z.infer<typeof RefundRow>) => ({
    id: body.refund_id,
    subject: body.payment_id,
    input: { ...body, refunded_at: toInstant(body.refunded_at) },
  }),
  apply: (context, rows, write) => applyKeyed(context, 'refund', rows, write, (fresh) => decideRefunds(context, fresh)),
};

async function decideRefunds({ door }: ImportContext, fresh: readonly Row[]): Promise<GroupDecision> {
  if (fresh.length === 0) return { guards: [], statements: [], results: [], due: 0 };
  const { books, now } = door;
  const owners = await accountsOfPayments(
    books,
    fresh.map((row) => row.input.payment_id),
  );
  const ownerOf = ({ input }: Row) => owners.get(input.payment_id);
  const known = fresh.flatMap((row) => {
    const account_id = ownerOf(row);
    return account_id === undefined ? [] : [{ refund_id: row.id, account_id }];
  });
  const read = await readAccountStates(books, {
    account_ids: known.map((row) => row.account_id),
    refunds: known,
    subjects: known.map(({ refund_id }) => subjectOf('refund', refund_id)),
  });
  const afters = new Map([...read.states.values()].map((state) => [state.account_id, state]));
  const stored: StoredRefund[] = [];
  const taken = fresh.map((row): { account_id: string } | 'too_large' | 'unknown' => {
    const owner = ownerOf(row);
    const state = owner === undefined ? undefined : afters.get(read.states.get(owner)?.account_id ?? owner);
    const refund = { ...row.input, parked_reason: null, voided_reason: null, recorded_at: now };
    if (!state) {
      stored.push({ ...refund, parked_reason: 'unknown_payment' });
      return 'unknown';
    }
    if (exceeds(state, refund)) return 'too_large';
    afters.set(state.account_id, { ...state, refunds: [...state.refunds, refund] });
    stored.push(refund);
    return { account_id: state.account_id };
  });
  const touched = new Set(taken.flatMap((to) => (typeof to === 'object' ? [to.account_id] : [])));
  const { statements, booked } = postings(
    books,
    [...afters.values()].filter((state) => touched.has(state.account_id)),
    now,
  );
  const states = new Map(booked.map(({ state }) => [state.account_id, state]));
  const results = fresh.map((row, i) => resultOf(row, taken[i] ?? 'unknown', states, now));
  const parking = await parkingOf(
    door,
    fresh.filter((_, i) => taken[i] === 'unknown'),
  );
  const written =
    stored.length === 0 ? [] : [...insertAll(books, refunds, stored), ...parking.statements, ...statements];
  return {
    guards: written.length === 0 ? [] : [...read.guards, ...parking.guards],
    statements: written,
    results,
    due: 0,
  };
}

/** What rests on nobody having told of the payments yet. */
async function parkingOf({ books }: ImportContext['door'], rows: readonly Row[]) {
  if (rows.length === 0) return { guards: [], statements: [] };
  const payment_ids = [...new Set(rows.map((row) => row.input.payment_id))];
  const refund_ids = rows.map((row) => row.id);
  const subjects = [
    ...payment_ids.map((id) => subjectOf('payment', id)),
    ...refund_ids.map((id) => subjectOf('refund', id)),
  ];
  const guards = guardsFrom(subjects, await guardQuery(books, subjects));
  const statements = [
    expectThat(books, paymentsUnknown(payment_ids)),
    parkReversals(books, refund_ids, 'unknown_payment'),
  ];
  return { guards, statements };
}

function resultOf(
  { id, input }: Row,
  to: { account_id: string } | 'too_large' | 'unknown',
  states: ReadonlyMap<string, AccountState>,
  now: number,
): RowResult {
  if (to === 'too_large') return { verdict: 'refused', code: 'refund_too_large' };
  const subject = subjectOf('payment', input.payment_id);
  const warnings = futureWarning(input.refunded_at, now);
  const state = to === 'unknown' ? undefined : states.get(to.account_id);
  if (!state) {
    const answer: Json = {
      refund_id: id,
      status: 'parked',
      commission_change: 0,
      reason: 'unknown_payment',
      ...warnings,
    };
    return { verdict: 'parked', code: 'unknown_payment', answer, subject };
  }
  const standing = refundStanding(state, id);
  const answer = { ...standing, ...warnings } as unknown as Json;
  if (standing.status !== 'parked') return { verdict: 'created', answer, subject };
  const code = standing.reason === 'refund_too_large' ? 'refund_too_large' : 'unknown_account';
  return { verdict: 'parked', code, answer, subject };
}
