import { createRandom, type Random } from '../../../scripts/demo/random.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { at } from '../payouts/play.ts';
import { Paypal } from '../payouts/simulated.ts';
import { audit, claim } from './claims.ts';
import { cancel, refund, repeat, reverse, voidFact } from './clients.ts';
import { makeInstances } from './friday.ts';
import { approve, attend, decideHolds } from './operators.ts';
import {
  adjust,
  changeAddress,
  changeRate,
  changeStatus,
  clientBecomesPartner,
  newPartner,
  renewLink,
  residency,
} from './partners.ts';
import { planRestore, takeSnapshot } from './restore.ts';
import { newClient } from './signups.ts';
import { DAY, HOUR, Sim, simulatedBooks } from './sim.ts';
import { changeMood, changePolicy, goSilent, losingReplies, paypalFault, runDry, turnOfItems } from './trouble.ts';

/** The first instant of a simulation: a Monday. */
export const BEGIN = at('2026-01-05T12:00:00Z');

/** Sends a vendors' fact of the past once more. */
async function repeatAny(sim: Sim): Promise<void> {
  const told = sim.sent.flatMap((ask, i) => (ask.as === 'ingest' && ask.method === 'POST' ? [i] : []));
  if (told.length > 0) await repeat(sim, sim.random.pick(told));
}

/** A small world: no more clients pay at a time, and no more partners join. */
const PAYING_CLIENTS = 50;
const PARTNERS = 16;

async function signUp(sim: Sim, signed_up_at: number): Promise<void> {
  if (sim.model.accounts.filter((account) => account.pays).length < PAYING_CLIENTS) await newClient(sim, signed_up_at);
}

/**
 * What happens in the world, each kind with its weight. A new kind of event is one row here: tell it to the books by a door (`sim.tell`), and
 * to the model what it has to make of it.
 */
const EVENTS: readonly (readonly [weight: number, what: string, happen: (sim: Sim) => Promise<void> | void])[] = [
  [14, 'a signup', (sim) => signUp(sim, sim.now - sim.random.between(0, 3) * HOUR)],
  [6, 'a signup of long ago', (sim) => signUp(sim, sim.now - sim.random.between(1, 150) * DAY)],
  [14, 'a refund', refund],
  [9, 'a refund reversed', reverse],
  [9, 'a cancellation', cancel],
  [3, 'a fact voided', voidFact],
  [8, 'a fact told twice', repeatAny],
  [2, 'a new partner', (sim) => (sim.model.partners.length < PARTNERS ? newPartner(sim) : undefined)],
  [10, 'an address changed', (sim) => changeAddress(sim)],
  [8, 'residency', residency],
  [4, 'a status changed', changeStatus],
  [4, 'a rate changed', changeRate],
  [5, 'an adjustment', adjust],
  [3, 'a link renewed', renewLink],
  [1, 'a client becomes its partner', clientBecomesPartner],
  [7, 'a claim', claim],
  [3, 'an audit', audit],
  [2, 'a policy version', changePolicy],
  [12, 'a PayPal fault', paypalFault],
  [2, 'no funds', runDry],
  [1, 'PayPal goes silent', goSilent],
  [4, 'another mood of PayPal', changeMood],
  [2, 'the books are kept', planRestore],
];

const ALL_WEIGHTS = EVENTS.reduce((sum, [weight]) => sum + weight, 0);

/** Something happens; then something else, some hours later, as long as there are faults. */
export function planWorld(sim: Sim, pace: number): void {
  const draw = () => {
    let left = sim.random.between(1, ALL_WEIGHTS);
    return EVENTS.find(([weight]) => (left -= weight) <= 0)!;
  };
  const plan = (when: number) => {
    const [, what, happen] = draw();
    sim.plan(when, what, async () => {
      if (!sim.faults) return;
      plan(sim.now + sim.random.between(1, pace) * HOUR + sim.random.between(0, 3_599_999));
      await happen(sim);
    });
  };
  plan(sim.now);
}

/** Each day operators look at what waits for them, and PayPal goes on with what hangs. */
export function planOperators(sim: Sim): void {
  const day = async () => {
    sim.plan(sim.now + DAY, 'operators', day);
    turnOfItems(sim);
    await decideHolds(sim, !sim.faults);
    await approve(sim, !sim.faults);
    await attend(sim);
  };
  sim.plan(BEGIN + 9 * HOUR, 'operators', day);
}

/** The program's id and hash key come from the seed: all that hangs on them is the same again. */
export async function nameProgram(d1: D1Database, seed: number): Promise<void> {
  const id = (seed >>> 0).toString(16).padStart(16, '0');
  await d1.batch([
    d1.prepare('DELETE FROM program'),
    d1.prepare('INSERT INTO program VALUES (1, ?, ?)').bind(id, id.repeat(4)),
  ]);
}

/** A world with some partners and clients, some of them of long ago. */
export async function makeWorld(seed: number): Promise<Sim> {
  const { books: d1 } = await freshDatabases();
  await nameProgram(d1, seed);
  const books = simulatedBooks();
  const { program_id } = await readProgram(books.db);
  const random: Random = createRandom(seed);
  const paypal = new Paypal();
  const sim = new Sim({ seed, random, books, paypal, program_id, now: BEGIN });
  sim.empty = await takeSnapshot(sim);
  const pay = paypal.fetch;
  Object.assign(paypal, { fetch: losingReplies(sim, pay) });
  paypal.state.settle({ funds: 100_000_000_000, now: BEGIN });
  sim.instances = makeInstances(sim);
  sim.approval = random.chance(25) ? 'manual' : 'none';
  sim.chunk_payouts = random.pick([1, 2, 3, 500]);
  sim.page_size = random.pick([1, 2, 1000]);
  for (let i = 0; i < 6; i++) await newPartner(sim);
  for (let i = 0; i < 16; i++)
    await newClient(sim, BEGIN - random.between(0, 200) * DAY - random.between(0, 86_399) * 1000);
  return sim;
}
