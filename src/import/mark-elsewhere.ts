import type { AccountState, PaymentRow } from '../account/state.rules.ts';
import { readAccountStates } from '../account/states.repo.ts';
import type { PaymentInput } from '../billing/payment.ts';
import { postings } from '../ledger/post.repo.ts';
import { commit, decideAgain, subjectOf } from '../program/commit.repo.ts';
import { markPaidElsewhere } from './import.repo.ts';
import type { RowVerdict } from './import.rules.ts';
import type { ImportContext, ImportRow } from './operation.ts';

type Row = ImportRow<PaymentInput>;

/** Whether a row says of a payment what is known of it, its mark left aside. */
function sameFacts(row: PaymentRow, input: PaymentInput): boolean {
  const fields = ['account_id', 'amount', 'tax_amount', 'currency', 'plan', 'paid_at'] as const;
  return row.voided_reason === null && fields.every((field) => row[field] === input[field]);
}

/**
 * Payments that were told before, by billing or by another import, and of which a former program has paid the commission since: the mark is
 * set once, and what the payment had made due is taken back (C3). A row that says anything else than what is known stays a conflict.
 */
export async function markElsewhere(
  { door, progress }: ImportContext,
  rows: readonly Row[],
  write: boolean,
): Promise<RowVerdict[]> {
  if (rows.length === 0) return [];
  const { books, now } = door;
  const done = await decideAgain(async (): Promise<RowVerdict[] | 'conflict'> => {
    const { states, guards } = await readAccountStates(books, {
      account_ids: rows.map((row) => row.input.account_id),
      subjects: rows.map((row) => subjectOf('payment', row.id)),
    });
    const marks = new Map<string, number>();
    const verdicts = rows.map(({ row, id, input }): RowVerdict => {
      const known = states.get(input.account_id)?.payments.find((payment) => payment.payment_id === id);
      const at = input.paid_elsewhere_at ?? null;
      if (!known || at === null || !sameFacts(known, input)) return { row, id, verdict: 'refused', code: 'conflict' };
      const former = known.paid_elsewhere_at ?? marks.get(id) ?? null;
      if (former !== null)
        return former === at ? { row, id, verdict: 'unchanged' } : { row, id, verdict: 'refused', code: 'conflict' };
      marks.set(id, at);
      return { row, id, verdict: 'created' };
    });
    if (!write || marks.size === 0) return verdicts;
    const heads = new Map([...states.values()].map((state) => [state.account_id, state]));
    const afters = [...heads.values()].flatMap((state): AccountState[] => {
      if (!state.payments.some((payment) => marks.has(payment.payment_id))) return [];
      const payments = state.payments.map((payment) => {
        const paid_elsewhere_at = marks.get(payment.payment_id);
        return paid_elsewhere_at === undefined ? payment : { ...payment, paid_elsewhere_at };
      });
      return [{ ...state, payments }];
    });
    const statements = [...markPaidElsewhere(books, marks, door), ...postings(books, afters, now).statements];
    return (await commit(books, guards, [...statements, ...progress(verdicts)])) === 'conflict' ? 'conflict' : verdicts;
  });
  if (done.ok) return done.value;
  return rows.map(({ row, id }): RowVerdict => ({ row, id, verdict: 'refused', code: 'busy' }));
}
