import { moneyText } from '../../src/money/currency.rules.ts';
import type { Client } from './client.ts';

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

/** What an operator reports of one payout. */
export interface Outcome {
  readonly status: 'paid' | 'failed' | 'returned';
  readonly reason?: string;
}

/** The receiver's side refused it: P3's gate shuts until the partner sets an address again. */
export const REFUSED: Outcome = { status: 'returned', reason: 'the receiver refused it' };
/** It failed on the sender's side: its amount is due anew, with the next pay day. */
export const FAILED: Outcome = { status: 'failed', reason: "the sender's daily limit was reached" };

/** The latest pay day that has a batch, or null. */
export async function latestPayDate(client: Client, key: string, at: number): Promise<string | null> {
  const { data } = await client.json<{ data: { pay_date: string }[] }>('GET', '/v1/payout-batches?limit=1', {
    as: key,
    at,
  });
  return data[0]?.pay_date ?? null;
}

/** The batches of pay days after `after`, oldest first. */
export async function batchesSince(client: Client, key: string, after: string | null, at: number): Promise<Batch[]> {
  const { data } = await client.json<{ data: { pay_date: string }[] }>('GET', '/v1/payout-batches?limit=100', {
    as: key,
    at,
  });
  const days = data.map(({ pay_date }) => pay_date).filter((pay_date) => after === null || pay_date > after);
  return Promise.all(
    days.toSorted().map((pay_date) => client.json<Batch>('GET', `/v1/payout-batches/${pay_date}`, { as: key, at })),
  );
}

/**
 * What an operator does on a pay day with the export rail: downloads the mass-payment file, pays it at PayPal, and at `told_at` tells the
 * program what became of each item. Answers with the outcomes told; none where the batch pays nobody or waits for an approval.
 */
export async function settle(
  client: Client,
  key: string,
  batch: Batch,
  told_at: number,
  outcomeOf: (payout: Payout) => Outcome,
): Promise<ReadonlyMap<string, Outcome>> {
  const { pay_date, payouts, status } = batch;
  if (payouts.length === 0 || status === 'awaiting_approval') return new Map();
  await client.text(`/v1/payout-batches/${pay_date}/export.csv`, { as: key, at: told_at });
  const outcomes = payouts.map((payout) => ({ payout_id: payout.payout_id, ...outcomeOf(payout) }));
  const items = outcomes.map((outcome) => ({ ...outcome, reference: `demo-${outcome.payout_id}` }));
  await client.json('POST', `/v1/payout-batches/${pay_date}/outcomes`, { as: key, at: told_at, body: { items } });
  return new Map(outcomes.map(({ payout_id, ...outcome }) => [payout_id, outcome]));
}

const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
const row = (partner_id: string, amount: number, currency: string) =>
  `    ${partner_id.padEnd(8)} ${moneyText(amount, currency).padStart(14)}`;

/** A pay day in lines for people: who is paid what, who is not, and by which gate. */
function tell(batch: Batch, outcomes: ReadonlyMap<string, Outcome>): { paid: string[]; skipped: Map<string, string> } {
  const { pay_date, week, status, currency } = batch;
  const paid = batch.payouts.map(({ payout_id, partner_id, amount, status: frozen }) => {
    const { status: outcome, reason } = outcomes.get(payout_id) ?? { status: frozen, reason: undefined };
    return `${row(partner_id, amount, currency)}  ${outcome}${reason === undefined ? '' : ` (${reason})`}`;
  });
  const skipped = batch.skipped.map(({ partner_id, amount, gates }): [string, string] => {
    const shut = gates.find(({ passed }) => !passed);
    const why = shut ? `${shut.gate} (${shut.clause}): ${shut.detail}` : '';
    return [partner_id, `${row(partner_id, amount, currency)}  not paid, ${why}`];
  });
  const sum = batch.payouts.reduce((total, { amount }) => total + amount, 0);
  const note = status === 'awaiting_approval' ? '; it waits for an operator’s approval' : '';
  const title = `  ${pay_date}, for ${week.start} to ${week.end}: ${counted(paid.length, 'payout')}, ${moneyText(sum, currency)}${note}`;
  return { paid: [title, ...paid], skipped: new Map(skipped) };
}

/** Tells of one pay day after another. Who is skipped for the same reason and amount as the week before is only named. */
export function createTeller(
  say: (line: string) => void,
): (batch: Batch, outcomes: ReadonlyMap<string, Outcome>) => void {
  let before: ReadonlyMap<string, string> = new Map();
  return (batch, outcomes) => {
    const { paid, skipped } = tell(batch, outcomes);
    const same = [...skipped.keys()].filter((partner_id) => before.get(partner_id) === skipped.get(partner_id));
    const changed = [...skipped].flatMap(([partner_id, line]) => (same.includes(partner_id) ? [] : [line]));
    for (const line of [...paid, ...changed]) say(line);
    if (same.length > 0) say(`    not paid, as the week before: ${same.join(', ')}`);
    before = skipped;
  };
}
