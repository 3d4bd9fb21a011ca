import type { z } from '@hono/zod-openapi';

import { factsOf, type AccountState } from '../account/state.rules.ts';
import { readAccountStates, STATES_QUERIES } from '../account/states.repo.ts';
import { futureWarning, paymentStandings } from '../billing/answers.rules.ts';
import { payments } from '../billing/billing.schema.ts';
import { paymentRow, type PaymentInput } from '../billing/payment.ts';
import { target } from '../commission/target.rules.ts';
import { toInstant } from '../http/schema.ts';
import { postings } from '../ledger/post.repo.ts';
import { sumAmounts } from '../money/money.rules.ts';
import type { Json } from '../program/canonical.rules.ts';
import { subjectOf } from '../program/commit.repo.ts';
import { insertAll } from './import.repo.ts';
import type { RowVerdict, VerdictCode } from './import.rules.ts';
import { PaymentRow } from './import.schemas.ts';
import { markElsewhere } from './mark-elsewhere.ts';
import {
  applyKeyed,
  type GroupDecision,
  type ImportContext,
  type ImportRow,
  type Operation,
  type RowResult,
} from './operation.ts';

type Row = ImportRow<PaymentInput>;

/** Payments (C1), of many accounts at once; each account's lines follow from all that the group tells of it. */
export const importPayments: Operation<PaymentInput> = {
  kind: 'payments',
  scope: 'payment',
  most: 8000,
  queries: 2 * STATES_QUERIES + 40,
  reads: STATES_QUERIES + 8,
  schema: PaymentRow,
  read: (body: z.infer<typeof PaymentRow>) => ({
    id: body.payment_id,
    subject: body.account_id,
    input: {
      payment_id: body.payment_id,
      account_id: body.account_id,
      amount: body.amount,
      currency: body.currency,
      paid_at: toInstant(body.paid_at),
      tax_amount: body.tax_amount ?? 0,
      plan: body.plan ?? null,
      paid_elsewhere_at: body.paid_elsewhere_at === undefined ? null : toInstant(body.paid_elsewhere_at),
    },
  }),
  apply: async (context, rows, write) => {
    const told = await applyKeyed(context, 'payment', rows, write, (fresh, unchanged) =>
      decidePayments(context, fresh, unchanged),
    );
    // What billing has told meanwhile may have been paid by the former program since.
    const others = new Set(told.verdicts.flatMap(({ row, code }) => (code === 'conflict' ? [row] : [])));
    const marking = rows.filter(({ row, input }) => others.has(row) && input.paid_elsewhere_at !== null);
    const together = (marked: readonly RowVerdict[]): RowVerdict[] => {
      const byRow = new Map(marked.map((verdict) => [verdict.row, verdict] as const));
      return told.verdicts.map((verdict) => byRow.get(verdict.row) ?? verdict);
    };
    const progress: ImportContext['progress'] = (marked) => context.progress(together(marked));
    return { ...told, verdicts: together(await markElsewhere({ ...context, progress }, marking, write)) };
  },
};

async function decidePayments(
  { door }: ImportContext,
  fresh: readonly Row[],
  unchanged: readonly Row[],
): Promise<GroupDecision> {
  const inputs = fresh.map((row) => row.input);
  const { states, guards } = await readAccountStates(door.books, {
    account_ids: [...fresh, ...unchanged].map((row) => row.input.account_id),
    plans: inputs.flatMap(({ plan }) => plan ?? []),
    payments: inputs,
    subjects: inputs.map(({ payment_id }) => subjectOf('payment', payment_id)),
  });
  const told = new Map([...states.values()].map((state) => [state.account_id, state]));
  const added = Map.groupBy(inputs, ({ account_id }) => states.get(account_id)?.account_id ?? account_id);
  const afters = [...told.values()].map((state): AccountState => {
    const rows = (added.get(state.account_id) ?? []).map((input) => paymentRow(input, door.now));
    return rows.length === 0 ? state : { ...state, payments: [...state.payments, ...rows] };
  });
  const { statements, booked } = postings(
    door.books,
    afters.filter((state) => added.has(state.account_id)),
    door.now,
  );
  const standings = new Map(booked.map(({ state }) => [state.account_id, paymentStandings(state)]));
  const results = fresh.map(({ input }): RowResult => {
    const { payment_id, account_id, paid_at } = input;
    const standing = standings.get(states.get(account_id)?.account_id ?? account_id)?.(payment_id);
    const answer = { ...standing, ...futureWarning(paid_at, door.now) } as Json;
    const subject = subjectOf('account', account_id);
    return standing?.status === 'parked'
      ? { verdict: 'parked', code: (standing.reason ?? 'unknown_account') as VerdictCode, answer, subject }
      : { verdict: 'created', answer, subject };
  });
  const rows = fresh.length === 0 ? [] : inputs.map((input) => paymentRow(input, door.now));
  return {
    guards: fresh.length === 0 ? [] : guards,
    statements: fresh.length === 0 ? [] : [...insertAll(door.books, payments, rows), ...statements],
    results,
    due: dueOf(afters, [...fresh, ...unchanged]),
  };
}

/** Minor units of all commissions that these payments make, vested or not, whoever's they are. */
function dueOf(states: readonly AccountState[], rows: readonly Row[]): number {
  const ids = new Set(rows.map((row) => row.id));
  return sumAmounts(
    states.flatMap((state) => {
      const facts = factsOf(state);
      return (facts ? target(facts) : []).flatMap((entry) => (ids.has(entry.payment_id) ? [entry.amount] : []));
    }),
  );
}
