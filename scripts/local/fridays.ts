import { setTimeout } from 'node:timers/promises';

import { systemNow } from '../../src/clock.ts';
import { moneyText } from '../../src/money/currency.rules.ts';
import { payoutIdOf } from '../../src/paypal/body.rules.ts';
import type { Client } from './client.ts';
import type { PaypalLedger } from './paypal.ts';

/** A gate of policy W as the program tells it. */
export interface Gate {
  readonly gate: string;
  readonly clause: string;
  readonly passed: boolean;
  readonly detail: string;
  readonly opens_on: string | null;
}

interface Payout {
  readonly payout_id: string;
  readonly partner_id: string;
  readonly amount: number;
  readonly status: string;
  readonly reason: string | null;
}

/** A pay day's batch, as operators see it. */
export interface Batch {
  readonly pay_date: string;
  readonly week: { readonly start: string; readonly end: string };
  readonly status: string;
  readonly currency: string;
  readonly payouts: readonly Payout[];
  readonly skipped: readonly {
    readonly partner_id: string;
    readonly amount: number;
    readonly gates: readonly Gate[];
  }[];
}

/** Who asks the program, and at which instant of its own (epoch ms). */
export interface Asking {
  readonly client: Client;
  readonly key: string;
  readonly at: number;
}

async function latestBatches(
  { client, key, at }: Asking,
  limit: number,
): Promise<{ pay_date: string; status: string }[]> {
  const path = `/v1/payout-batches?limit=${limit}`;
  return (await client.json<{ data: { pay_date: string; status: string }[] }>('GET', path, { as: key, at })).data;
}

function batchOf({ client, key, at }: Asking, pay_date: string): Promise<Batch> {
  return client.json<Batch>('GET', `/v1/payout-batches/${pay_date}`, { as: key, at });
}

/** The latest pay day that has a batch, or null. */
export async function latestPayDate(asking: Asking): Promise<string | null> {
  return (await latestBatches(asking, 1))[0]?.pay_date ?? null;
}

/** The pay days with a batch after `after`, oldest first. */
export async function payDatesSince(asking: Asking, after: string | null): Promise<string[]> {
  const days = (await latestBatches(asking, 100)).map(({ pay_date }) => pay_date);
  return days.filter((pay_date) => after === null || pay_date > after).toSorted();
}

const UNSENT = new Set(['frozen', 'sending']);
const LOOK_EVERY_MS = 40;
/** PayPal takes a minute for a batch; the Workflow looks again within the next. */
const PATIENCE_MS = 150_000;

/**
 * The batch of a pay day, once PayPal has said of each payout what becomes of it, or a person has to; as it stands then in any case after
 * two minutes and a half. `accepted` runs once PayPal has taken everything in.
 */
export async function restedBatch(
  asking: Asking,
  pay_date: string,
  accepted: () => Promise<void> = async () => {},
): Promise<Batch> {
  const until = systemNow() + PATIENCE_MS;
  for (let told = false; ;) {
    const batch = await batchOf(asking, pay_date);
    const stands = batch.status === 'awaiting_approval' || batch.status === 'needs_attention';
    const unsent = batch.payouts.some(({ status }) => UNSENT.has(status));
    const moving = unsent || batch.payouts.some(({ status }) => status === 'in_flight');
    if (stands || !moving || systemNow() > until) return batch;
    if (!unsent && !told) {
      told = true;
      await accepted();
    }
    await setTimeout(LOOK_EVERY_MS);
  }
}

const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
const row = (partner_id: string, amount: number, currency: string) =>
  `    ${partner_id.padEnd(8)} ${moneyText(amount, currency).padStart(14)}`;

/** What PayPal's own ledger says of a batch's payouts. */
function reallyPaid({ payouts, currency }: Batch, { entries }: PaypalLedger): string {
  const own = new Set(payouts.map(({ payout_id }) => payout_id));
  const sums = { receiver: 0, on_the_way: 0, sender: 0, came_back: 0 };
  for (const { sender_item_id, whereabouts, amount } of entries) {
    if (sender_item_id !== null && own.has(payoutIdOf(sender_item_id))) sums[whereabouts] += amount;
  }
  const { receiver, on_the_way, sender, came_back } = sums;
  const told = [
    `${moneyText(receiver, currency)} with the receivers`,
    ...(on_the_way > 0 ? [`${moneyText(on_the_way, currency)} on the way`] : []),
    ...(sender > 0 ? [`${moneyText(sender, currency)} still or again with the program`] : []),
    ...(came_back > 0 ? [`${moneyText(came_back, currency)} come back`] : []),
  ];
  return `    PayPal’s own ledger: ${told.join(', ')}`;
}

const because = (reason: string | null) => (reason === null ? '' : ` (${reason})`);

/** A pay day in lines for people: who is paid what, who is not, and by which gate. */
function tell(batch: Batch): { payouts: string[]; skipped: Map<string, string> } {
  const { pay_date, week, status, currency } = batch;
  const payouts = batch.payouts.map(
    ({ partner_id, amount, status: stands, reason }) =>
      `${row(partner_id, amount, currency)}  ${stands}${because(reason)}`,
  );
  const skipped = batch.skipped.map(({ partner_id, amount, gates }): [string, string] => {
    const shut = gates.find(({ passed }) => !passed);
    const why = shut ? `${shut.gate} (${shut.clause}): ${shut.detail}` : '';
    return [partner_id, `${row(partner_id, amount, currency)}  not paid, ${why}`];
  });
  const sum = batch.payouts.reduce((total, { amount }) => total + amount, 0);
  const notes: Readonly<Record<string, string>> = {
    awaiting_approval: '; it waits for an operator’s approval',
    needs_attention: '; it needs a person (its sends say why)',
  };
  const many = `${counted(payouts.length, 'payout')}, ${moneyText(sum, currency)}`;
  const title = `  ${pay_date}, for ${week.start} to ${week.end}: ${many}${notes[status] ?? ''}`;
  return { payouts: [title, ...payouts], skipped: new Map(skipped) };
}

/** Tells of one pay day after another. Who is skipped for the same reason and amount as the week before is only named. */
export function createTeller(say: (line: string) => void): (batch: Batch, ledger: PaypalLedger) => void {
  let before: ReadonlyMap<string, string> = new Map();
  return (batch, ledger) => {
    const { payouts, skipped } = tell(batch);
    const same = [...skipped.keys()].filter((partner_id) => before.get(partner_id) === skipped.get(partner_id));
    const changed = [...skipped].flatMap(([partner_id, line]) => (same.includes(partner_id) ? [] : [line]));
    for (const line of [...payouts, ...changed]) say(line);
    if (same.length > 0) say(`    not paid, as the week before: ${same.join(', ')}`);
    if (batch.payouts.length > 0) say(reallyPaid(batch, ledger));
    before = skipped;
  };
}

/** Watches payouts that have not come to their end, and tells what became of them: those of former pay days, and those it is shown. */
export async function createWatch(asking: Asking, say: (line: string) => void) {
  const open = new Map<string, string>();
  const days = new Set<string>();
  const keep = ({ pay_date, payouts }: Batch): void => {
    for (const { payout_id, status } of payouts) open.set(payout_id, status);
    const ended = payouts.every(
      ({ status }) => !UNSENT.has(status) && status !== 'in_flight' && status !== 'unclaimed',
    );
    if (ended) days.delete(pay_date);
    else days.add(pay_date);
  };
  for (const { pay_date, status } of await latestBatches(asking, 100)) {
    if (status !== 'settled') keep(await batchOf(asking, pay_date));
  }
  return {
    keep,
    async look(at: number): Promise<void> {
      for (const pay_date of days) {
        const batch = await batchOf({ ...asking, at }, pay_date);
        for (const { payout_id, partner_id, amount, status, reason } of batch.payouts) {
          if (open.get(payout_id) === status) continue;
          say(`${row(partner_id, amount, batch.currency)}  of ${pay_date} is ${status} now${because(reason)}`);
        }
        keep(batch);
      }
    },
  };
}
