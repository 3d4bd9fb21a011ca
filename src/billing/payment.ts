import { readAccountState } from '../account/state.repo.ts';
import type { AccountState, PaymentRow } from '../account/state.rules.ts';
import { withParkedReasons } from '../account/state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from '../account/write.ts';
import type { Hasher } from '../people/hash.ts';
import type { Json } from '../program/canonical.rules.ts';
import { subjectOf } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { futureWarning, paymentStanding, type PaymentAnswer } from './answers.rules.ts';
import { findPayment, insertPayment, setConversion, voidPaymentRow } from './payment.repo.ts';
import { orToldBefore } from './told-before.ts';

/** A successful payment as told; amounts in minor units of `currency`, `amount` with its tax. */
export interface PaymentInput {
  payment_id: string;
  account_id: string;
  amount: number;
  currency: string;
  paid_at: number;
  tax_amount: number;
  plan: string | null;
  /** A former program has paid its commission (imports alone). */
  paid_elsewhere_at?: number | null;
}

/** A payment as it is kept, before anything else is known of it. */
export function paymentRow({ paid_elsewhere_at = null, ...input }: PaymentInput, recorded_at: number): PaymentRow {
  return { ...input, converted_amount: null, parked_reason: null, voided_reason: null, recorded_at, paid_elsewhere_at };
}

/**
 * Records a payment (C1) and books what follows from it. Of an account that nobody has opened yet it is parked and applied when it is.
 * `content` is the body as sent: the same again is answered as before (a parked one as it stands now), other content is a conflict.
 */
export async function recordPayment(
  door: Door,
  hasher: Hasher,
  input: PaymentInput,
  content: Json,
): Promise<Written<PaymentAnswer> | Refusal<'conflict' | 'busy'>> {
  const { payment_id, account_id, paid_at } = input;
  const keyed = await keyedWrite(hasher, 'payment', payment_id, content, subjectOf('account', account_id));
  const request = {
    account_id,
    payment_ids: [payment_id],
    plans: input.plan === null ? [] : [input.plan],
    subjects: [subjectOf('payment', payment_id)],
  };
  const write = () =>
    writeAccount<PaymentAnswer, 'told_before'>(door, keyed, request, (state) => {
      if (state.payments.some((row) => row.payment_id === payment_id)) return { ok: false, reason: 'told_before' };
      const row = paymentRow(input, door.now);
      return {
        ok: true,
        after: { ...state, payments: [...state.payments, row] },
        statements: [insertPayment(door.books, row)],
        answer: (posted) => ({ ...paymentStanding(posted.state, payment_id), ...futureWarning(paid_at, door.now) }),
      };
    });
  const written = await orToldBefore('payments.', write, () => paymentOnFile(door, input));
  if (!written.ok || written.first_time || written.answer.status !== 'parked') return written;
  return { ...written, answer: paymentStanding(await settledState(door, account_id), payment_id) };
}

/** A payment told before, by the facts on file. */
async function paymentOnFile(door: Door, input: PaymentInput): Promise<Written<PaymentAnswer> | Refusal<'conflict'>> {
  const row = await findPayment(door.books, input.payment_id);
  const told = { ...paymentRow(input, 0), paid_elsewhere_at: input.paid_elsewhere_at ?? null };
  const facts = ['account_id', 'amount', 'tax_amount', 'currency', 'plan', 'paid_at', 'paid_elsewhere_at'] as const;
  if (!row || facts.some((fact) => row[fact] !== told[fact])) return { ok: false, reason: 'conflict' };
  const state = await settledState(door, row.account_id);
  return { ok: true, first_time: false, answer: paymentStanding(state, input.payment_id) };
}

/** An account's state with its parked reasons as they stand. */
export async function settledState(door: Pick<Door, 'books'>, account_id: string): Promise<AccountState> {
  return withParkedReasons(await readAccountState(door.books, { account_id }));
}

/** An account as it is once a payment in another currency has its base, in the program's minor units. */
export function paymentConverted(state: AccountState, payment_id: string, converted_amount: number): AccountState {
  const payments = state.payments.map((row) => (row.payment_id === payment_id ? { ...row, converted_amount } : row));
  return { ...state, payments };
}

/** An account as it is once a payment never was. */
export function paymentVoided(state: AccountState, payment_id: string, voided_reason: string): AccountState {
  const payments = state.payments.map((row) =>
    row.payment_id === payment_id ? { ...row, voided_reason, parked_reason: null } : row,
  );
  return { ...state, payments };
}

/** An operator gives the base of a payment in another currency, in the program's minor units (api.md). Given once; another amount is a conflict. */
export async function convertPayment(
  door: Door,
  payment_id: string,
  amount: number,
): Promise<Written<PaymentAnswer> | Refusal<'not_found' | 'own_currency' | 'conflict' | 'busy'>> {
  const row = await findPayment(door.books, payment_id);
  if (!row || row.voided_reason !== null) return { ok: false, reason: 'not_found' };
  if (row.converted_amount !== null) {
    if (row.converted_amount !== amount) return { ok: false, reason: 'conflict' };
    return {
      ok: true,
      first_time: false,
      answer: paymentStanding(await settledState(door, row.account_id), payment_id),
    };
  }
  return writeAccount<PaymentAnswer, 'own_currency' | 'conflict'>(
    door,
    null,
    { account_id: row.account_id },
    (state) => {
      const current = state.payments.find((payment) => payment.payment_id === payment_id);
      if (current?.currency === state.policy[0].currency) return { ok: false, reason: 'own_currency' };
      if (current?.converted_amount != null && current.converted_amount !== amount)
        return { ok: false, reason: 'conflict' };
      return {
        ok: true,
        after: paymentConverted(state, payment_id, amount),
        statements: setConversion(door.books, payment_id, amount, door),
        answer: (posted) => paymentStanding(posted.state, payment_id),
      };
    },
  );
}

/** A payment that was told wrongly and never was: it earns nothing, starts no term, and its id stays used. */
export async function voidPayment(
  door: Door,
  payment_id: string,
  reason: string,
): Promise<Written<PaymentAnswer> | Refusal<'not_found' | 'conflict' | 'busy'>> {
  const row = await findPayment(door.books, payment_id);
  if (!row) return { ok: false, reason: 'not_found' };
  return writeAccount<PaymentAnswer, 'conflict'>(
    door,
    null,
    { account_id: row.account_id, subjects: [subjectOf('payment', payment_id)] },
    (state) => {
      const before = state.payments.find((payment) => payment.payment_id === payment_id)?.voided_reason ?? null;
      if (before !== null && before !== reason) return { ok: false, reason: 'conflict' };
      return {
        ok: true,
        after: paymentVoided(state, payment_id, reason),
        statements: before === null ? voidPaymentRow(door.books, payment_id, reason, door) : [],
        answer: (posted) => paymentStanding(posted.state, payment_id),
      };
    },
  );
}
