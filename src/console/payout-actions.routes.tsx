import * as z from 'zod';

import { moneyText } from '../money/currency.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';
import { Field, Select } from '../pages/parts.tsx';
import { findBatch, findPayout } from '../payout/batch.repo.ts';
import { askCancellation, pokeCancellations } from '../payout/cancel.ts';
import { ON_THE_WAY } from '../payout/outcome.rules.ts';
import type { BatchRow, PayoutRow } from '../payout/payout.schema.ts';
import type { Resolution } from '../payout/rpc.ts';
import { itemsOfPayout, sendOfPayout } from '../payout/send.repo.ts';
import { isDecided } from '../payout/settle.rules.ts';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import { askPayouts, at, consoleDoor, pathPart, type ConsoleContext } from './common.tsx';
import { LineField, ReasonField } from './fields.ts';
import { ReasonArea } from './reason-area.tsx';
import { rpcOutcome } from './rpc-outcome.ts';
import { PAYOUT_WORDS } from './words.ts';

/** What a person settles of one payout (P7), as the API's routes do. */
export const payoutActions = createConsolePages();

/** A payout with its batch. `open`: what PayPal has not decided of it, minor units. */
interface Standing {
  payout: PayoutRow;
  batch: BatchRow;
  open: number;
}

async function standingOf(c: ConsoleContext): Promise<Standing | null> {
  const { books } = c.var;
  const payout = await findPayout(books, pathPart(c, 'payout_id'));
  const batch = payout && (await findBatch(books, payout.pay_date));
  if (!payout || !batch) return null;
  const send = await sendOfPayout(books, payout.payout_id);
  const items = send ? await itemsOfPayout(books, send.sender_batch_id, payout.payout_id) : [];
  const undecided = items.filter((item) => !isDecided(item)).map((item) => item.amount);
  return { payout, batch, open: items.length === 0 ? payout.amount : sumAmounts(undecided) };
}

const money = ({ batch }: Standing, amount: number) => moneyText(amount, batch.currency);
const common = {
  place: '/console/batches',
  find: standingOf,
  back: ({ payout }: Standing) => at.payout(payout.payout_id),
} as const;

const OUTCOMES: Record<Resolution['outcome'], string> = {
  paid: 'It was paid',
  not_paid: 'It was not paid: the amount is due anew',
  written_off: 'Neither: the amount is written off',
};
const OUTCOME_NAMES = Object.keys(OUTCOMES) as [Resolution['outcome'], ...Resolution['outcome'][]];

const ResolutionForm = z.object({
  outcome: z.enum(OUTCOME_NAMES, 'Choose what became of it'),
  reason: ReasonField,
  reference: LineField(200).optional(),
});

function consequence(standing: Standing, outcome: Resolution['outcome']): string {
  const amount = money(standing, standing.open);
  const { partner_id } = standing.payout;
  const says: Record<Resolution['outcome'], string> = {
    paid: `${amount} count as paid to ${partner_id}. Nothing is sent, and nothing is due anew.`,
    not_paid: `${amount} count as not paid, and are due to ${partner_id} anew: a coming Friday pays them again.`,
    written_off: `${amount} are written off: they count neither as paid to ${partner_id} nor as due.`,
  };
  return says[outcome];
}

const resolution: Action<typeof ResolutionForm, Standing> = {
  ...common,
  path: '/payouts/:payout_id/resolution',
  title: ({ payout }) => `Settle the payout ${payout.payout_id}`,
  about: (standing) =>
    `${money(standing, standing.open)} of ${standing.payout.partner_id} whose end nobody tells. See in the PayPal account what became of it. Two people have to say the same, in the same words.`,
  schema: ResolutionForm,
  fields: ({ sent, faults }) => (
    <>
      <Select
        name="outcome"
        label="What became of it"
        choices={OUTCOME_NAMES.map((value) => ({ value, text: OUTCOMES[value] }))}
        value={sent['outcome']}
        fault={faults['outcome']}
        empty="Choose"
      />
      <ReasonArea sent={sent} faults={faults} hint="What shows it. The second person has to give the same words." />
      <Field
        name="reference"
        label="PayPal’s reference, if there is one"
        value={sent['reference']}
        fault={faults['reference']}
        required={false}
        maxlength={200}
      />
    </>
  ),
  go: 'Settle',
  ask: async (_, standing, { outcome }) => {
    const { status } = standing.payout;
    if (!ON_THE_WAY.includes(status))
      return { ok: false, say: `The payout has come to its end: ${PAYOUT_WORDS[status]}.` };
    return { ok: true, says: [consequence(standing, outcome)], yes: `Settle ${money(standing, standing.open)}` };
  },
  act: async (c, { payout }, word) => {
    const { by, now, via } = consoleDoor(c);
    const answer = await askPayouts(() => c.env.PAYOUTS.resolve(payout.payout_id, word, by, now, via));
    return rpcOutcome(answer, 'resolved', at.payout(payout.payout_id));
  },
};

const Withholding = z.object({ reason: ReasonField });

const withholding: Action<typeof Withholding, Standing> = {
  ...common,
  path: '/payouts/:payout_id/withholding',
  title: ({ payout }) => `Keep back the payout ${payout.payout_id}`,
  about: () =>
    'Before it is sent, a payout can be kept back. Its amount is due anew from now on; whoever is not to be paid at all is suspended.',
  schema: Withholding,
  fields: ({ sent, faults }) => <ReasonArea sent={sent} faults={faults} />,
  go: 'Keep back',
  ask: async (_, standing) => {
    const { payout } = standing;
    if (payout.status !== 'frozen')
      return { ok: false, say: `Only what has not been sent can be kept back; it is ${PAYOUT_WORDS[payout.status]}.` };
    const amount = money(standing, payout.amount);
    return {
      ok: true,
      says: [`${amount} are not sent to ${payout.partner_id}. They are due anew from now on, for a coming Friday.`],
      yes: `Keep back ${amount}`,
    };
  },
  act: async (c, { payout }, { reason }) => {
    const { by, now, via } = consoleDoor(c);
    const answer = await askPayouts(() => c.env.PAYOUTS.withhold(payout.payout_id, reason, by, now, via));
    return rpcOutcome(answer, 'withheld', at.payout(payout.payout_id));
  },
};

const Cancellation = z.object({});

const cancellation: Action<typeof Cancellation, Standing> = {
  ...common,
  path: '/payouts/:payout_id/cancellation',
  title: ({ payout }) => `Call back the payout ${payout.payout_id}`,
  about: () => 'It stands unclaimed at PayPal. PayPal can give it back before its own 30 days are over.',
  schema: Cancellation,
  fields: () => null,
  go: 'Call back',
  ask: async (_, standing) => {
    const { payout } = standing;
    if (payout.status !== 'unclaimed')
      return { ok: false, say: `Only what stands unclaimed can be called back; it is ${PAYOUT_WORDS[payout.status]}.` };
    const amount = money(standing, payout.amount);
    return {
      ok: true,
      says: [
        `PayPal is asked to give back ${amount} that ${payout.partner_id} has not claimed. Once it says that they are returned, they are due anew.`,
      ],
      yes: `Call back ${amount}`,
    };
  },
  act: async (c, { payout }) => {
    const { books, by, now, via } = consoleDoor(c);
    const answer = await askCancellation(books, { payout_id: payout.payout_id, whose: null, by, now, via });
    if (!answer.ok) return { ok: false, say: answer.detail };
    if (answer.payout.status === 'unclaimed')
      await pokeCancellations(c.env.PAYOUTS, books, answer.payout.partner_id, now);
    return { ok: true, done: 'cancellation_asked', to: at.payout(payout.payout_id) };
  },
};

addAction(payoutActions, resolution);
addAction(payoutActions, withholding);
addAction(payoutActions, cancellation);
