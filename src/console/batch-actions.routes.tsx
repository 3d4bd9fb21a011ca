import * as z from 'zod';

import { Sha256 } from '../http/schema.ts';
import { longDay } from '../letter/letter.rules.ts';
import { moneyText } from '../money/currency.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';
import { Field, FieldWords } from '../pages/parts.tsx';
import { TextArea } from '../pages/text-area.tsx';
import { findBatch } from '../payout/batch.repo.ts';
import { readPayouts } from '../payout/outcome.repo.ts';
import { decideOutcomes, type Move } from '../payout/outcome.rules.ts';
import type { BatchRow } from '../payout/payout.schema.ts';
import { sendsOfBatch } from '../payout/send.repo.ts';
import type { SendRow } from '../payout/send.schema.ts';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import { askPayouts, at, consoleDoor, pathPart, type ConsoleContext } from './common.tsx';
import { needed } from './fields.ts';
import { readOutcomes } from './outcome-lines.ts';
import { totalOfSend } from './payout.repo.ts';
import { whatIsLost } from './read-today.ts';
import { rpcOutcome } from './rpc-outcome.ts';

/** What is done to a batch as a whole (P7, P8). What moves money is asked of the payouts Worker, as by the API. */
export const batchActions = createConsolePages();

const batchOf = (c: ConsoleContext) => findBatch(c.var.books, pathPart(c, 'pay_date'));
const amountOf = ({ payout_amount, currency }: BatchRow) => moneyText(payout_amount ?? 0, currency);
const back = ({ pay_date }: { pay_date: string }) => at.batch(pay_date);

const Approval = z.object({ manifest_sha256: needed('The hash').pipe(Sha256) });

const approval: Action<typeof Approval, BatchRow> = {
  path: '/batches/:pay_date/approval',
  place: '/console/batches',
  title: ({ pay_date }) => `Approve the batch of ${longDay(pay_date)}`,
  about: (batch) => (
    <>
      {`${amountOf(batch)} to ${batch.payout_count ?? 0} partners. You approve the manifest with the hash `}
      <code>{batch.manifest_sha256 ?? '–'}</code>: whom it pays, and how much to each.
    </>
  ),
  schema: Approval,
  fields: ({ subject, sent, faults }) => (
    <>
      <input type="hidden" name="manifest_sha256" value={sent['manifest_sha256'] ?? subject.manifest_sha256 ?? ''} />
      <FieldWords name="manifest_sha256" fault={faults['manifest_sha256']} hint={undefined} />
    </>
  ),
  go: 'Approve',
  find: batchOf,
  ask: async (_, batch, { manifest_sha256 }) => {
    if (batch.manifest_sha256 !== manifest_sha256)
      return { ok: false, say: 'This is not the hash of the batch’s manifest. Open the batch anew and look at it.' };
    if (batch.status !== 'awaiting_approval' && batch.approved_at === null)
      return { ok: false, say: 'This batch does not wait for an approval.' };
    return {
      ok: true,
      says: [
        `${amountOf(batch)} will be sent to ${batch.payout_count ?? 0} partners by ${batch.rail === 'paypal' ? 'PayPal' : 'a file for PayPal'}. It goes on at once, and cannot be called back.`,
        `The manifest that you approve has the hash ${manifest_sha256}.`,
      ],
      yes: `Approve ${amountOf(batch)}`,
    };
  },
  act: async (c, { pay_date }, { manifest_sha256 }) => {
    const { by, now, via } = consoleDoor(c);
    const answer = await askPayouts(() => c.env.PAYOUTS.approve(pay_date, manifest_sha256, by, now, via));
    return rpcOutcome(answer, 'approved', at.batch(pay_date));
  },
  back,
};

interface Chunk {
  pay_date: string;
  batch: BatchRow;
  send: SendRow;
  items: number;
  amount: number;
}

async function chunkOf(c: ConsoleContext): Promise<Chunk | null> {
  const batch = await batchOf(c);
  if (!batch) return null;
  const sends = await sendsOfBatch(c.var.books, batch.pay_date);
  const send = sends.findLast((row) => String(row.chunk) === pathPart(c, 'n'));
  if (!send) return null;
  return { pay_date: batch.pay_date, batch, send, ...(await totalOfSend(c.var.books, send.sender_batch_id)) };
}

const Adoption = z.object({
  payout_batch_id: needed('PayPal’s id of the batch').regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of PayPal’s'),
});

const adoption: Action<typeof Adoption, Chunk> = {
  path: '/batches/:pay_date/chunks/:n/adoption',
  place: '/console/batches',
  title: ({ send, pay_date }) => `Adopt a batch for chunk ${send.chunk} of ${longDay(pay_date)}`,
  about: ({ send }) =>
    `Look in the PayPal account for the batch with our id ${send.sender_batch_id}. It must hold exactly the items and amounts that were frozen. Two people have to name the same one.`,
  schema: Adoption,
  fields: ({ sent, faults }) => (
    <Field
      name="payout_batch_id"
      label="PayPal’s id of the batch"
      value={sent['payout_batch_id']}
      fault={faults['payout_batch_id']}
      maxlength={64}
    />
  ),
  go: 'Adopt',
  find: chunkOf,
  ask: async (_, { batch, items, amount, send }, { payout_batch_id }) => ({
    ok: true,
    says: [
      `${items} payments of ${moneyText(amount, batch.currency)} in all count as sent by PayPal’s batch ${payout_batch_id}, and are asked after there from now on. Nothing else is sent for chunk ${send.chunk}.`,
    ],
    yes: 'Adopt it',
  }),
  act: async (c, { pay_date, send }, { payout_batch_id }) => {
    const { by, now, via } = consoleDoor(c);
    const answer = await askPayouts(() => c.env.PAYOUTS.adopt(pay_date, send.chunk, payout_batch_id, by, now, via));
    return rpcOutcome(answer, 'adopted', at.batch(pay_date));
  },
  back,
};

const Outcomes = z.object({ items: needed('At least one row').max(60_000) });

/** What outcomes come to, by what becomes of the payouts. */
function movesText(moves: readonly Move[], currency: string): string[] {
  const words: Record<Move['to'], string> = {
    paid: 'paid: they are done',
    failed: 'failed: their amount is due anew',
    returned: 'returned: their amount is due anew',
    held: 'come back after success: they wait for a decision',
  };
  return [...Map.groupBy(moves, (move) => move.to)].map(([to, own]) => {
    const amount = moneyText(sumAmounts(own.map((move) => move.amount)), currency);
    return `${own.length} payouts, ${amount} in all, are recorded as ${words[to]}.`;
  });
}

const outcomes: Action<typeof Outcomes, BatchRow> = {
  path: '/batches/:pay_date/outcomes',
  place: '/console/batches',
  title: ({ pay_date }) => `Outcomes of the batch of ${longDay(pay_date)}`,
  about: () =>
    'One row a payout: its id, then paid, failed or returned, then PayPal’s reference and a reason where there are any, with commas between. They only move forward, all rows or none.',
  schema: Outcomes,
  file: 'items',
  fields: ({ sent, faults }) => (
    <>
      <TextArea name="items" label="Rows" value={sent['items']} fault={faults['items']} required={false} />
      <div>
        <label for="items_file">Or a CSV file with them</label>
        <input id="items_file" name="items_file" type="file" accept=".csv,text/csv,text/plain" />
      </div>
    </>
  ),
  go: 'Look at them',
  find: batchOf,
  ask: async (c, batch, { items: text }) => {
    const read = await readOutcomes(text);
    if (!read.ok) return { ...read, field: 'items' };
    const ids = read.items.map((item) => item.payout_id);
    const { payouts } = await readPayouts(c.var.books, batch.pay_date, ids);
    const decision = decideOutcomes(batch, payouts, read.items, c.var.now);
    if (!decision.ok) return { ok: false, say: decision.detail, field: 'items' };
    const says = movesText(decision.moves, batch.currency);
    return {
      ok: true,
      says: says.length === 0 ? ['All of this is recorded already; nothing will change.'] : says,
      yes: 'Record them',
    };
  },
  act: async (c, { pay_date }, { items: text }) => {
    const read = await readOutcomes(text);
    if (!read.ok) return { ...read, field: 'items' };
    const { by, now, via } = consoleDoor(c);
    const answer = await askPayouts(() => c.env.PAYOUTS.recordOutcomes(pay_date, read.items, by, now, via));
    return rpcOutcome(answer, 'outcomes_recorded', at.batch(pay_date));
  },
  back,
};

const Replay = z.object({});

interface Lost {
  pay_date: string;
  missing: number;
  amount: string | null;
}

const replay: Action<typeof Replay, Lost> = {
  path: '/batches/:pay_date/replay',
  place: '/console/batches',
  title: ({ pay_date }) => `Bring back the batch of ${longDay(pay_date)}`,
  about: ({ missing }) =>
    `The books were restored to an earlier moment and have lost ${missing} records of this batch that the witness has. Two people bring them back.`,
  schema: Replay,
  fields: () => null,
  go: 'Bring it back',
  find: async (c) => {
    const pay_date = pathPart(c, 'pay_date');
    if (!/^\d{4}-\d{2}-\d{2}$/.test(pay_date)) return null;
    const batch = await findBatch(c.var.books, pay_date);
    const missing = (await whatIsLost(c.env.PAYOUTS))?.filter((it) => it.pay_date === pay_date).length ?? 0;
    if (missing === 0 && !batch) return null;
    return { pay_date, missing, amount: batch?.payout_amount == null ? null : amountOf(batch) };
  },
  ask: async (_, { missing, amount }) => ({
    ok: true,
    says: [
      `${missing} records are booked again as the witness has them: whom the batch pays, what was sent, and what people said. Nothing is sent by this.`,
      amount === null
        ? 'How much the batch comes to is with the witness alone, and shows once it is back.'
        : `As far as the books know it, the batch comes to ${amount}.`,
    ],
    yes: 'Bring it back',
  }),
  act: async (c, { pay_date }) => {
    const { by, now, via } = consoleDoor(c);
    const answer = await askPayouts(() => c.env.PAYOUTS.replay(pay_date, by, now, via));
    return rpcOutcome(answer, 'replayed', answer.ok && answer.proposed ? '/console/proposals' : at.batch(pay_date));
  },
  back: ({ pay_date }) => at.batch(pay_date),
};

addAction(batchActions, approval);
addAction(batchActions, adoption);
addAction(batchActions, outcomes);
addAction(batchActions, replay);
