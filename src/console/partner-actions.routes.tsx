import * as z from 'zod';

import { readEarnings, type Earnings } from '../earnings/earnings.ts';
import { Email, Id, Name } from '../http/schema.ts';
import { adjust } from '../ledger/adjustment.ts';
import { moneyText } from '../money/currency.rules.ts';
import { Field, Select } from '../pages/parts.tsx';
import { TextArea } from '../pages/text-area.tsx';
import { changePartner } from '../partner/change-partner.ts';
import { countries, isCountry } from '../partner/country.rules.ts';
import { mirrorLinks } from '../partner/link-mirror.ts';
import { readPartner } from '../partner/partner.repo.ts';
import { cameBackSinceSet } from '../partner/partner.rules.ts';
import { partnerView, type PartnerView } from '../partner/view.ts';
import { pokeCancellations } from '../payout/cancel.ts';
import { readProgram } from '../program/program.repo.ts';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import { at, consoleDoor, pathPart, type ConsoleContext } from './common.tsx';
import { minorUnits, needed, percentText, ReasonField } from './fields.ts';
import { applicationSays, moneySays, readChange } from './partner-change.ts';
import { ReasonArea } from './reason-area.tsx';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';
import { PARTNER_WORDS } from './words.ts';

/** What is done to a partner's facts and balance (C1, P3, P4, P6), as the API's routes do. */
export const partnerActions = createConsolePages();

interface Subject {
  partner_id: string;
  view: PartnerView;
  earnings: Earnings;
  came_back: boolean;
}

async function subjectOf(c: ConsoleContext): Promise<Subject | null> {
  const { books, now } = c.var;
  const partner_id = pathPart(c, 'partner_id');
  const { partner } = await readPartner(books, partner_id);
  if (!partner) return null;
  const earnings = await readEarnings(books, partner_id, now, now);
  return { partner_id, view: partnerView(partner, now), earnings, came_back: cameBackSinceSet(partner) };
}

const common = {
  place: '/console/partners',
  find: subjectOf,
  back: ({ partner_id }: Subject) => at.partner(partner_id),
} as const;
const payableOf = ({ totals, currency }: Earnings) => moneyText(totals.payable, currency);

const STATUS_NAMES = ['applied', 'active', 'suspended', 'closed'] as const;

const ChangeSchema = z.object({
  name: z.string().pipe(Name).optional(),
  email: z.string().pipe(Email).optional(),
  country: z.string().refine(isCountry, 'Choose a country').optional(),
  rate: z.string().max(10).optional(),
  paypal_email: z.string().pipe(Email).optional(),
  status: z.enum(STATUS_NAMES).optional(),
  reason: ReasonField,
  withhold_reason: ReasonField.optional(),
});

type Texts = Readonly<Record<string, string>>;

/** What was typed, else what is on file. Once anything was typed, an empty field is meant to be empty. */
function shownIn(sent: Texts) {
  const first = Object.keys(sent).length === 0;
  return (name: string, on_file: string | null) => (first ? (on_file ?? '') : (sent[name] ?? ''));
}

function ChangeFields({ subject, sent, faults }: { subject: Subject; sent: Texts; faults: Texts }) {
  const shown = shownIn(sent);
  const { view } = subject;
  const rate = view.rate_bps === null ? null : percentText(view.rate_bps);
  return (
    <>
      <Field name="name" label="Name" value={shown('name', view.name)} fault={faults['name']} required={false} />
      <Field
        name="email"
        label="Email"
        type="email"
        value={shown('email', view.email)}
        fault={faults['email']}
        required={false}
      />
      <Select
        name="country"
        label="Country"
        choices={countries()}
        value={shown('country', view.country)}
        fault={faults['country']}
        empty="Not known"
      />
      <Field
        name="rate"
        label="Rate of their own, in percent"
        value={shown('rate', rate)}
        fault={faults['rate']}
        hint="Empty: the plan’s rate, or the program’s. It counts for payments from now on."
        required={false}
      />
      <Field
        name="paypal_email"
        label="PayPal address"
        type="email"
        value={shown('paypal_email', view.paypal_email)}
        fault={faults['paypal_email']}
        hint="One that replaces another serves after 72 hours. Empty: none, nothing is paid."
        required={false}
      />
      <Select
        name="status"
        label="Status"
        choices={STATUS_NAMES.map((value) => ({ value, text: PARTNER_WORDS[value] }))}
        value={shown('status', view.status)}
        fault={faults['status']}
      />
      <TextArea
        name="withhold_reason"
        label="Why the balance of a closed partner is withheld"
        value={sent['withhold_reason']}
        fault={faults['withhold_reason']}
        hint="Empty: a closed partner is paid what has vested."
        required={false}
        maxlength={1000}
      />
      <ReasonArea sent={sent} faults={faults} hint="Kept with the facts that change." />
    </>
  );
}

const CHANGE_REFUSALS = {
  ...COMMON_REFUSALS,
  address_taken: 'Another partner uses this PayPal address.',
  withhold_needs_close: 'Only the balance of a closed partner is withheld.',
} as const;

const change: Action<typeof ChangeSchema, Subject> = {
  ...common,
  path: '/partners/:partner_id/change',
  title: ({ partner_id }) => `Change partner ${partner_id}`,
  about: ({ earnings }) =>
    `What is changed holds from now on; what was before stays dated. ${payableOf(earnings)} is payable to them now.`,
  schema: ChangeSchema,
  fields: (props) => <ChangeFields {...props} />,
  go: 'Change',
  ask: async (_, { view, earnings }, value) => {
    const read = readChange(view, value);
    if (!read.ok) return read;
    if (read.patch.withhold_reason !== undefined && (value.status ?? view.status) !== 'closed')
      return refusal(CHANGE_REFUSALS, 'withhold_needs_close', 'withhold_reason');
    const decides = applicationSays(view.status, read.patch.status);
    return { ok: true, says: [...read.says, ...decides, moneySays(read.patch, payableOf(earnings))], yes: 'Change it' };
  },
  act: async (c, { partner_id, view }, value) => {
    const read = readChange(view, value);
    if (!read.ok) return read;
    const { books, now } = c.var;
    const { hasher } = await readProgram(books);
    const done = await changePartner(consoleDoor(c), hasher, 'operator', partner_id, read.patch);
    if (!done.ok)
      return refusal(CHANGE_REFUSALS, done.reason, done.reason === 'address_taken' ? 'paypal_email' : 'form');
    if (done.fields.includes('paypal')) await pokeCancellations(c.env.PAYOUTS, books, partner_id, now);
    if (done.fields.includes('status')) await mirrorLinks(c.env.LINKS, books, { partner_id }, now);
    return { ok: true, done: 'partner_changed', to: at.partner(partner_id) };
  },
};

const SameAddressSchema = z.object({ reason: ReasonField });

const sameAddress: Action<typeof SameAddressSchema, Subject> = {
  ...common,
  path: '/partners/:partner_id/same-address',
  title: ({ partner_id }) => `Set the PayPal address of ${partner_id} again`,
  about: () =>
    'A payout to it came back, and it gets none before it is set again, or another one (P3). Make sure first that it takes money now: what comes back once more shuts the gate once more.',
  schema: SameAddressSchema,
  fields: ({ sent, faults }) => <ReasonArea sent={sent} faults={faults} hint="Kept with the address." />,
  go: 'Set it again',
  ask: async (_, { partner_id, view, earnings, came_back }) => {
    if (!came_back || view.paypal_email === null)
      return { ok: false, say: 'Nothing is shut: no payout to the address on file has come back since it was set.' };
    return {
      ok: true,
      says: [
        `${view.paypal_email} is set again, and payouts go to it from now on.`,
        `${payableOf(earnings)} is payable to ${partner_id} now. What has come back is due anew, and the next Friday may pay it.`,
      ],
      yes: 'Set it again',
    };
  },
  act: async (c, { partner_id, view: { paypal_email } }, { reason }) => {
    const { hasher } = await readProgram(c.var.books);
    const done = await changePartner(consoleDoor(c), hasher, 'operator', partner_id, { paypal_email, reason });
    if (!done.ok) return refusal(CHANGE_REFUSALS, done.reason);
    const set = done.fields.includes('paypal');
    return { ok: true, done: set ? 'address_set_again' : 'done_before', to: at.partner(partner_id) };
  },
};

const AdjustmentSchema = z.object({
  adjustment_id: needed('An id').pipe(Id),
  amount: needed('An amount').max(20),
  reason: ReasonField,
});

const NO_AMOUNT = 'An amount such as 59.25 or -5, not 0';

const adjustment: Action<typeof AdjustmentSchema, Subject> = {
  ...common,
  path: '/partners/:partner_id/adjustment',
  title: ({ partner_id }) => `Adjust the balance of ${partner_id}`,
  about: ({ earnings }) =>
    `${payableOf(earnings)} is payable to them now. An adjustment is payable at once; with a minus it takes back.`,
  schema: AdjustmentSchema,
  fields: ({ sent, faults, subject }) => (
    <>
      {/* Named before it is sent: sent twice, it is booked once. */}
      <input
        type="hidden"
        name="adjustment_id"
        value={sent['adjustment_id'] ?? `adj_${crypto.randomUUID().replaceAll('-', '')}`}
      />
      <Field
        name="amount"
        label={`Amount in ${subject.earnings.currency}`}
        value={sent['amount']}
        fault={faults['amount'] ?? faults['adjustment_id']}
        hint="Such as 59.25, or -5 to take back"
        maxlength={20}
      />
      <ReasonArea sent={sent} faults={faults} hint="The partner is told it." />
    </>
  ),
  go: 'Adjust',
  ask: async (_, { partner_id, earnings }, { amount: typed, reason }) => {
    const { currency, totals } = earnings;
    const amount = minorUnits(typed, currency);
    if (amount === null || amount === 0) return { ok: false, field: 'amount', say: NO_AMOUNT };
    const text = moneyText(amount, currency);
    const after = moneyText(totals.payable - totals.owed_back + amount, currency);
    return {
      ok: true,
      says: [
        `${text} is booked for ${partner_id}, payable at once. What is payable to them is then ${after}.`,
        `They are told: ${reason}`,
      ],
      yes: `Book ${text}`,
    };
  },
  act: async (c, { partner_id, earnings }, { adjustment_id, amount: typed, reason }) => {
    const amount = minorUnits(typed, earnings.currency);
    if (amount === null || amount === 0) return { ok: false, field: 'amount', say: NO_AMOUNT };
    const { hasher } = await readProgram(c.var.books);
    const done = await adjust(consoleDoor(c), hasher, { adjustment_id, partner_id, amount, reason });
    if (!done.ok) return refusal(COMMON_REFUSALS, done.reason);
    return { ok: true, done: done.first_time ? 'adjusted' : 'done_before', to: at.partner(partner_id) };
  },
};

addAction(partnerActions, change);
addAction(partnerActions, sameAddress);
addAction(partnerActions, adjustment);
