import { bringBack } from './restore.ts';
import type { Sent, Sim } from './sim.ts';

interface Net {
  account_id: string;
  partner_id: string;
  payment_id: string;
  at: number;
  payable_at: number;
  amount: number;
}

const NETS = `SELECT account_id, partner_id, payment_id, at, payable_at, sum(amount) AS amount FROM lines
  WHERE account_id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount) <> 0 ORDER BY 1, 2, 3, 4, 5`;

const TOLD_ONCE = /^\/v1\/(?:signups|payments|refunds|refunds\/[^/]+\/reversal|accounts\/[^/]+\/cancellation)$/;
const CORRECTION = /\/(?:void|conversion)$/;
const CONVERSION = /\/conversion$/;

function shuffled<T>(sim: Sim, all: readonly T[]): T[] {
  const left = [...all];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(sim.random.between(0, left.length - 1), 1));
  return order;
}

/** Accounts of which nothing but vendors' facts was told: what people decided of others rests on what they saw then. */
function plainAccounts(sim: Sim): string[] {
  const plain = (ask: Sent) => TOLD_ONCE.test(ask.path) || CORRECTION.test(ask.path);
  return sim.model.accounts
    .map((account) => account.account_id)
    .filter((id) => {
      const own = sim.sent.filter((ask) => ask.about === id);
      return own.every(plain) && !JSON.stringify(own).includes('signup_ref');
    });
}

/**
 * Order and repetition do not matter: the vendors' facts of a sample of accounts are told to empty books, in another order, some of them
 * twice, all after the facts about partners. The lines add up to the same.
 */
export async function orderAndRepetitionDoNotMatter(sim: Sim, sample: number): Promise<void> {
  const ids = shuffled(sim, plainAccounts(sim)).slice(0, sample);
  const before = await sim.rows<Net>(NETS, JSON.stringify(ids));
  await bringBack(sim, sim.empty);
  for (const ask of sim.sent.filter((one) => one.about === undefined && !one.path.includes('/holds/'))) {
    await sim.ask(ask, ask.at);
  }
  const own = sim.sent.filter((ask) => ask.about !== undefined && ids.includes(ask.about));
  const facts = own.filter((ask) => !CORRECTION.test(ask.path));
  const doubled = facts.filter(() => sim.random.chance(20));
  const corrections = own.filter((ask) => CORRECTION.test(ask.path));
  // What is void cannot be converted any more.
  const [conversions, voids] = [true, false].map((is) => corrections.filter((ask) => CONVERSION.test(ask.path) === is));
  let left = [
    ...shuffled(sim, [...facts, ...doubled]),
    ...shuffled(sim, conversions ?? []),
    ...shuffled(sim, voids ?? []),
  ];
  // A refund that does not fit yet, since another has not been reversed or voided yet, comes again, as vendors' events do.
  for (let round = 0; left.length > 0 && round < 5; round++) {
    const refused: Sent[] = [];
    for (const ask of left) {
      // What corrects such a one comes again too.
      const { status } = await sim.ask({ ...ask, ok: CORRECTION.test(ask.path) ? [404, 422] : [422] }, ask.at);
      if (status >= 300) refused.push(ask);
    }
    left = refused;
  }
  if (left.length > 0) throw new Error(`orderAndRepetitionDoNotMatter: refused for good: ${JSON.stringify(left)}`);
  const after = await sim.rows<Net>(NETS, JSON.stringify(ids));
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    const was = new Set(before.map((net) => JSON.stringify(net)));
    const is = new Set(after.map((net) => JSON.stringify(net)));
    const lost = [...was].filter((net) => !is.has(net)).slice(0, 5);
    const made = [...is].filter((net) => !was.has(net)).slice(0, 5);
    const told = own.filter((ask) =>
      lost.concat(made).some((net) => JSON.stringify(ask).includes((JSON.parse(net) as Net).payment_id)),
    );
    throw new Error(`orderAndRepetitionDoNotMatter: ${JSON.stringify({ lost, made, told })}`);
  }
  sim.count('accounts told in another order', ids.length);
}
