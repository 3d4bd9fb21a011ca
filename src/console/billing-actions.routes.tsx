import * as z from 'zod';

import { readAccountState } from '../account/state.repo.ts';
import { withParkedReasons, type AccountState, type PaymentRow, type RefundRow } from '../account/state.rules.ts';
import { endVoided, voidCancellation } from '../billing/cancellation.ts';
import { findPayment } from '../billing/payment.repo.ts';
import { convertPayment, paymentConverted, paymentVoided, voidPayment } from '../billing/payment.ts';
import { findRefund } from '../billing/refund.repo.ts';
import { refundVoided, voidRefund } from '../billing/refund.ts';
import { moneyText } from '../money/currency.rules.ts';
import { Field } from '../pages/parts.tsx';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import { at, consoleDoor, pathPart, wordsOf, type ConsoleContext } from './common.tsx';
import { consequence } from './consequence.ts';
import { minorUnits, needed, ReasonField } from './fields.ts';
import { ReasonArea } from './reason-area.tsx';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';

/** What is corrected of what billing servers told (C1, C2, V2), as the API's routes do. */
export const billingActions = createConsolePages();

const stateOf = async (c: ConsoleContext, account_id: string): Promise<AccountState> =>
  withParkedReasons(await readAccountState(c.var.books, { account_id }));

async function says(c: ConsoleContext, after: AccountState, first: string): Promise<string[]> {
  return [first, ...consequence(c.var.books, after, await wordsOf(c))];
}

const VoidSchema = z.object({ reason: ReasonField });
const VOIDED = { ok: false, say: 'It has been voided already.' } as const;

interface PaymentSubject {
  row: PaymentRow;
  state: AccountState;
}

async function paymentOf(c: ConsoleContext): Promise<PaymentSubject | null> {
  const row = await findPayment(c.var.books, pathPart(c, 'payment_id'));
  return row && { row, state: await stateOf(c, row.account_id) };
}

const paymentText = ({ amount, currency }: PaymentRow) => moneyText(amount, currency);

const paymentVoid: Action<typeof VoidSchema, PaymentSubject> = {
  path: '/payments/:payment_id/void',
  place: '/console/accounts',
  title: ({ row }) => `Void the payment ${row.payment_id}`,
  about: ({ row }) =>
    `${paymentText(row)} of account ${row.account_id}. For a payment that was told wrongly and never was; what was paid and given back is a refund.`,
  schema: VoidSchema,
  fields: ({ sent, faults }) => <ReasonArea sent={sent} faults={faults} />,
  go: 'Void',
  find: paymentOf,
  ask: async (c, { row, state }, { reason }) => {
    if (row.voided_reason !== null) return VOIDED;
    const after = paymentVoided(state, row.payment_id, reason);
    const first = `The payment ${row.payment_id} of ${paymentText(row)} never was. Its id stays used.`;
    return { ok: true, says: await says(c, after, first), yes: `Void ${paymentText(row)}` };
  },
  act: async (c, { row }, { reason }) => {
    const done = await voidPayment(consoleDoor(c), row.payment_id, reason);
    if (!done.ok) return refusal(COMMON_REFUSALS, done.reason);
    return { ok: true, done: 'voided', to: at.account(row.account_id) };
  },
  back: ({ row }) => at.account(row.account_id),
};

const ConversionSchema = z.object({ amount: needed('The amount').max(20) });
const NO_BASE = { ok: false, field: 'amount', say: 'An amount such as 59.25, 0 or more' } as const;
const CONVERSION_REFUSALS = { ...COMMON_REFUSALS, own_currency: 'It is in the program’s own currency.' } as const;

const conversion: Action<typeof ConversionSchema, PaymentSubject> = {
  path: '/payments/:payment_id/conversion',
  place: '/console/accounts',
  title: ({ row }) => `Convert the payment ${row.payment_id}`,
  about: ({ row }) =>
    `${paymentText(row)}, ${moneyText(row.tax_amount, row.currency)} of it tax. It earns nothing until its base without tax is given in the program’s currency. The amount is given once.`,
  schema: ConversionSchema,
  fields: ({ sent, faults, subject }) => (
    <Field
      name="amount"
      label={`Base in ${subject.state.policy[0].currency}, without tax`}
      value={sent['amount']}
      fault={faults['amount']}
      maxlength={20}
    />
  ),
  go: 'Convert',
  find: paymentOf,
  ask: async (c, { row, state }, { amount: typed }) => {
    const { currency } = state.policy[0];
    const amount = minorUnits(typed, currency);
    if (amount === null || amount < 0) return NO_BASE;
    if (row.voided_reason !== null) return VOIDED;
    if (row.currency === currency) return refusal(CONVERSION_REFUSALS, 'own_currency');
    if (row.converted_amount !== null && row.converted_amount !== amount)
      return { ok: false, say: `Its base was given before: ${moneyText(row.converted_amount, currency)}.` };
    const after = paymentConverted(state, row.payment_id, amount);
    const first = `${paymentText(row)} count as a base of ${moneyText(amount, currency)}. This cannot be given otherwise later.`;
    return { ok: true, says: await says(c, after, first), yes: `Count ${moneyText(amount, currency)}` };
  },
  act: async (c, { row, state }, { amount: typed }) => {
    const amount = minorUnits(typed, state.policy[0].currency);
    if (amount === null || amount < 0) return NO_BASE;
    const done = await convertPayment(consoleDoor(c), row.payment_id, amount);
    if (!done.ok) return refusal(CONVERSION_REFUSALS, done.reason);
    return { ok: true, done: done.first_time ? 'converted' : 'done_before', to: at.account(row.account_id) };
  },
  back: ({ row }) => at.account(row.account_id),
};

interface RefundSubject {
  row: RefundRow;
  payment: PaymentRow | null;
  state: AccountState | null;
  text: string;
}

const refundVoid: Action<typeof VoidSchema, RefundSubject> = {
  path: '/refunds/:refund_id/void',
  place: '/console/accounts',
  title: ({ row }) => `Void the refund ${row.refund_id}`,
  about: ({ row, text }) =>
    `${text} of the payment ${row.payment_id}. For a refund that was told wrongly and never was; one that failed is told by its reversal.`,
  schema: VoidSchema,
  fields: ({ sent, faults }) => <ReasonArea sent={sent} faults={faults} />,
  go: 'Void',
  find: async (c) => {
    const row = await findRefund(c.var.books, pathPart(c, 'refund_id'));
    if (!row) return null;
    const payment = await findPayment(c.var.books, row.payment_id);
    const words = await wordsOf(c);
    const text = moneyText(row.amount, payment?.currency ?? words.currency);
    return { row, payment, state: payment && (await stateOf(c, payment.account_id)), text };
  },
  ask: async (c, { row, state, text }, { reason }) => {
    if (row.voided_reason !== null) return VOIDED;
    const first = `The refund ${row.refund_id} of ${text} never was. Its id stays used.`;
    if (state === null)
      return { ok: true, says: [first, 'It is parked, so that no commission changes.'], yes: `Void ${text}` };
    return { ok: true, says: await says(c, refundVoided(state, row.refund_id, reason), first), yes: `Void ${text}` };
  },
  act: async (c, { row, payment }, { reason }) => {
    const done = await voidRefund(consoleDoor(c), row.refund_id, reason);
    if (!done.ok) return refusal(COMMON_REFUSALS, done.reason);
    return { ok: true, done: 'voided', to: payment ? at.account(payment.account_id) : '/console/parked' };
  },
  back: ({ payment }) => (payment ? at.account(payment.account_id) : '/console/parked'),
};

interface EndSubject {
  account_id: string;
  cancelled_at: number;
  voided: boolean;
  state: AccountState;
}

const endVoid: Action<typeof VoidSchema, EndSubject> = {
  path: '/accounts/:account_id/ends/:cancelled_at/void',
  place: '/console/accounts',
  title: ({ account_id }) => `Void an end of account ${account_id}`,
  about: () =>
    'For an end that was told wrongly and never was. One that came back in time is told by its next payment.',
  schema: VoidSchema,
  fields: ({ sent, faults }) => <ReasonArea sent={sent} faults={faults} />,
  go: 'Void',
  find: async (c) => {
    const account_id = pathPart(c, 'account_id');
    const state = await stateOf(c, account_id);
    const end = state.cancellations.find((row) => String(row.cancelled_at) === pathPart(c, 'cancelled_at'));
    return end ? { account_id, cancelled_at: end.cancelled_at, voided: end.voided_reason !== null, state } : null;
  },
  ask: async (c, { account_id, cancelled_at, voided, state }, { reason }) => {
    if (voided) return VOIDED;
    const words = await wordsOf(c);
    const first = `Account ${account_id} did not end on ${words.when(cancelled_at)}.`;
    return { ok: true, says: await says(c, endVoided(state, cancelled_at, reason), first), yes: 'Void the end' };
  },
  act: async (c, { account_id, cancelled_at }, { reason }) => {
    const done = await voidCancellation(consoleDoor(c), account_id, cancelled_at, reason);
    if (!done.ok) return refusal(COMMON_REFUSALS, done.reason);
    return { ok: true, done: 'voided', to: at.account(account_id) };
  },
  back: ({ account_id }) => at.account(account_id),
};

addAction(billingActions, paymentVoid);
addAction(billingActions, conversion);
addAction(billingActions, refundVoid);
addAction(billingActions, endVoid);
