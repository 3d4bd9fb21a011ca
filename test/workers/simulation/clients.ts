import { formatInstant } from '../../../src/clock.ts';
import type { Account, Told } from './model.ts';
import { DAY, HOUR, type Sim } from './sim.ts';

type Payment = Extract<Told, { type: 'payment' }>;

/** Instants at which the facts of others happen: mostly a moment ago, now and then days ago, or to come. */
function happened(sim: Sim): number {
  const { random, now } = sim;
  if (random.chance(80)) return now - random.between(0, 6) * HOUR;
  if (random.chance(80)) return now - random.between(1, 40) * DAY - random.between(0, 86_399) * 1000;
  return now + random.between(1, 12) * DAY;
}

function pickAccount(sim: Sim): Account | null {
  const { accounts } = sim.model;
  return accounts.length === 0 ? null : sim.random.pick(accounts);
}

/** Tells one of the vendor's facts, sometimes twice; sometimes it is heard of only days later. */
async function vendor(sim: Sim, told: () => Promise<void>, again: () => Promise<void>): Promise<void> {
  const { random } = sim;
  const late = sim.faults && random.chance(8);
  const send = async () => {
    await told();
    if (random.chance(10)) await again();
  };
  if (!late) return send();
  sim.count('facts told late');
  sim.plan(sim.now + random.between(1, 20 * 24) * HOUR, 'a fact told late', send);
}

/** Sends the last fact once more: the same answer, and nothing new. */
export async function repeat(sim: Sim, index = sim.sent.length - 1): Promise<void> {
  const ask = sim.sent[index];
  if (!ask) return;
  const { status } = await sim.ask({ ...ask, ok: [200] }, ask.at);
  if (status !== 200) throw new Error(`told again, ${ask.method} ${ask.path} was answered ${status}`);
  sim.count('facts told twice');
  if (ask.about !== undefined) sim.touched.add(ask.about);
}

/** A client's payment at an instant. */
export async function pay(sim: Sim, account: Account, at: number): Promise<void> {
  const { random } = sim;
  sim.count('payments');
  const payment_id = `pay_${sim.counts['payments']}`;
  const foreign = random.chance(4);
  const amount = random.chance(3) ? 0 : account.price;
  const event: Payment = {
    type: 'payment',
    payment_id,
    at,
    amount,
    tax_amount: random.chance(30) ? Math.floor((amount * 19) / 119) : 0,
    currency: foreign ? 'EUR' : 'USD',
    plan: account.plan,
    converted_amount: null,
    voided: false,
  };
  const { tax_amount, currency, plan } = event;
  const more = { ...(tax_amount > 0 ? { tax_amount } : {}), ...(plan === null ? {} : { plan }) };
  const body = { payment_id, account_id: account.account_id, amount, currency, paid_at: formatInstant(at), ...more };
  await vendor(
    sim,
    async () => {
      await sim.tell({ method: 'POST', path: '/v1/payments', as: 'ingest', body, about: account.account_id });
      account.told.push(event);
    },
    () => repeat(sim),
  );
  if (!foreign || amount === 0) return;
  sim.plan(sim.now + random.between(1, 30) * DAY, 'a conversion', async () => {
    if (event.voided || !account.told.includes(event)) return;
    const converted = Math.floor((amount * random.between(90, 125)) / 100);
    const path = `/v1/payments/${payment_id}/conversion`;
    await sim.tell({ method: 'POST', path, as: 'ben', body: { amount: converted }, about: account.account_id });
    event.converted_amount = converted;
  });
}

/** Month by month, until the account is ended. */
export function subscribe(sim: Sim, account: Account, at: number): void {
  account.pays = true;
  const month = async (due: number): Promise<void> => {
    if (!account.pays || !sim.faults) return;
    await pay(sim, account, due);
    const next = due + 30 * DAY;
    sim.plan(next, 'a monthly payment', () => month(next));
  };
  sim.plan(at, 'a monthly payment', () => month(at));
}

/** A refund, whole or in part; a dispute that was lost is told the same way. */
export async function refund(sim: Sim): Promise<void> {
  const { random, model } = sim;
  const account = pickAccount(sim);
  const payments = account ? model.standing(account, 'payment').filter((payment) => payment.amount > 0) : [];
  if (!account || payments.length === 0) return;
  const payment = random.chance(70) ? payments.at(-1)! : random.pick(payments);
  sim.count('refunds');
  const refund_id = `ref_${sim.counts['refunds']}`;
  const part = random.pick([100, 100, 50, 33, 10]);
  const event: Told = {
    type: 'refund',
    refund_id,
    payment_id: payment.payment_id,
    at: happened(sim),
    amount: Math.max(1, Math.floor((payment.amount * part) / 100)),
    voided: false,
  };
  const { amount, payment_id, at } = event;
  const body = { refund_id, payment_id, amount, refunded_at: formatInstant(at) };
  await vendor(
    sim,
    async () => {
      const about = account.account_id;
      const got = await sim.tell({ method: 'POST', path: '/v1/refunds', as: 'ingest', body, about, ok: [422] });
      // More than was paid in all is refused, and was never told.
      if (got.status === 422) {
        sim.sent.pop();
        sim.count('refunds refused');
      } else account.told.push(event);
    },
    () => (account.told.includes(event) ? repeat(sim) : Promise.resolve()),
  );
}

/** A refund that failed, or a dispute that was won after all. */
export async function reverse(sim: Sim): Promise<void> {
  const { random, model } = sim;
  const account = pickAccount(sim);
  if (!account) return;
  const reversed = new Set(model.standing(account, 'reversal').map((event) => event.refund_id));
  const refunds = model.standing(account, 'refund').filter((event) => !reversed.has(event.refund_id));
  if (refunds.length === 0) return;
  const { refund_id } = random.pick(refunds);
  const event: Told = { type: 'reversal', refund_id, at: happened(sim), voided: false };
  const body = { reversed_at: formatInstant(event.at) };
  const path = `/v1/refunds/${refund_id}/reversal`;
  await vendor(
    sim,
    async () => {
      if (model.standing(account, 'reversal').some((other) => other.refund_id === refund_id)) return;
      await sim.tell({ method: 'POST', path, as: 'ingest', body, about: account.account_id });
      account.told.push(event);
      sim.count('refunds reversed');
    },
    async () => {},
  );
}

/** An account's last subscription ends; half of them come back. */
export async function cancel(sim: Sim): Promise<void> {
  const { random } = sim;
  const account = pickAccount(sim);
  if (!account?.pays) return;
  account.pays = false;
  const event: Told = { type: 'end', at: happened(sim), voided: false };
  const path = `/v1/accounts/${account.account_id}/cancellation`;
  const body = { cancelled_at: formatInstant(event.at) };
  await vendor(
    sim,
    async () => {
      await sim.tell({ method: 'POST', path, as: 'ingest', body, about: account.account_id });
      account.told.push(event);
      sim.count('cancellations');
    },
    () => repeat(sim),
  );
  if (random.chance(50)) return;
  const back = sim.now + random.between(1, 60) * DAY;
  sim.plan(back, 'an account comes back', async () => {
    sim.count('accounts that came back');
    if (!account.pays && sim.faults) subscribe(sim, account, sim.now);
  });
}

/** Something was told wrongly and never was. */
export async function voidFact(sim: Sim): Promise<void> {
  const { random } = sim;
  const account = pickAccount(sim);
  const facts = account?.told.filter((event) => !event.voided && ['payment', 'refund', 'end'].includes(event.type));
  if (!account || !facts || facts.length === 0) return;
  const event = random.pick(facts);
  const about = account.account_id;
  const reason = 'told wrongly';
  if (event.type === 'payment') {
    await sim.tell({
      method: 'POST',
      path: `/v1/payments/${event.payment_id}/void`,
      as: 'ana',
      body: { reason },
      about,
    });
  } else if (event.type === 'refund') {
    await sim.tell({ method: 'POST', path: `/v1/refunds/${event.refund_id}/void`, as: 'ana', body: { reason }, about });
  } else if (event.type === 'end') {
    const body = { reason, cancelled_at: formatInstant(event.at) };
    await sim.tell({ method: 'POST', path: `/v1/accounts/${about}/cancellation/void`, as: 'ana', body, about });
  }
  event.voided = true;
  sim.count('facts voided');
}
