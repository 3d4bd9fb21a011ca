import { formatInstant } from '../../../src/clock.ts';
import { at } from '../payouts/play.ts';
import { cron, DAILY, FRIDAY, planCrons } from './friday.ts';
import { historyIsChained, makeHistoryUnchanged } from './history.ts';
import {
  allLinesAreWhatFactsMakeDue,
  booksSumToZero,
  check,
  inFlightReturnsToZero,
  type Invariant,
  lawsHold,
  linesAreWhatFactsMakeDue,
  noLinePaidTwice,
  nothingLeavesUnbooked,
  reallyPaidIsBooked,
} from './invariants.ts';
import { decideHolds } from './operators.ts';
import { orderAndRepetitionDoNotMatter } from './order.ts';
import { changeAddress } from './partners.ts';
import { DAY, type Sim } from './sim.ts';
import { BEGIN, makeWorld, planOperators, planWorld } from './world.ts';

/** How long all is quiet at the end: unclaimed money comes back after 30 days, and nobody asks PayPal anew after 25. */
const QUIET_DAYS = 42;

/** What is played. */
export interface Options {
  seed: number;
  /** With faults; the quiet weeks come on top. */
  weeks: number;
  /** Is told how far a long life has come. */
  say?: (text: string) => void;
  /** Hours between two events of the world, at most. */
  pace?: number;
}

/** What a simulation came to. */
export interface Outcome {
  seed: number;
  steps: number;
  until: string;
  counts: Record<string, number>;
  statement: Record<string, Record<string, number>>;
}

/** Checked after every step. `onlyWhatIsDueLeaves` is checked of each Friday as it is frozen (friday.ts). */
function everyStep(): Invariant[] {
  return [booksSumToZero, linesAreWhatFactsMakeDue, nothingLeavesUnbooked, noLinePaidTwice, makeHistoryUnchanged()];
}

/** Checked each week: they read everything. */
async function everyWeek(sim: Sim): Promise<void> {
  await check(sim, [allLinesAreWhatFactsMakeDue]);
  await lawsHold(sim);
}

/** Plays what is planned up to an instant, every step with its invariants. */
async function playUntil(sim: Sim, until: number, invariants: readonly Invariant[]): Promise<void> {
  for (let next = sim.queue.next(until); next; next = sim.queue.next(until)) {
    sim.step += 1;
    sim.now = Math.max(sim.now, next.at);
    sim.touched.clear();
    sim.note(next.what);
    await next.run();
    await check(sim, invariants);
  }
  sim.now = until;
}

/** Faults off: PayPal answers and has money, everybody has an address that works, crons come as they should. */
async function quieten(sim: Sim): Promise<void> {
  sim.faults = false;
  sim.paypal.state.putFaults([]);
  sim.paypal.state.settle({
    funds: 1_000_000_000_000,
    duplicate_link: true,
    pending_ms: 20_000,
    processing_ms: 40_000,
  });
  for (const partner of sim.model.partners) {
    const address = partner.addresses.at(-1)?.address;
    if (address != null && !address.startsWith('good')) await changeAddress(sim, partner, true);
  }
}

async function statementOf(sim: Sim): Promise<Outcome['statement']> {
  const rows = await sim.rows<{ partner_id: string } & Record<string, number>>(`SELECT p.partner_id,
    (SELECT coalesce(sum(amount), 0) FROM lines AS l WHERE l.partner_id = p.partner_id AND kind <> 'returned') AS earned,
    (SELECT coalesce(sum(amount), 0) FROM lines AS l WHERE l.partner_id = p.partner_id AND payout_id IS NULL) AS open,
    (SELECT coalesce(sum(iif(credit = 'paid', amount, 0) - iif(debit = 'paid', amount, 0)), 0) FROM transfers AS t WHERE t.partner_id = p.partner_id) AS paid,
    (SELECT coalesce(sum(iif(credit = 'written_off', amount, 0)), 0) FROM transfers AS t WHERE t.partner_id = p.partner_id) AS written_off,
    (SELECT coalesce(sum(iif(credit = 'clearing', amount, 0) - iif(debit = 'clearing', amount, 0)), 0) FROM transfers AS t WHERE t.partner_id = p.partner_id) AS in_flight
    FROM partners AS p ORDER BY p.partner_id`);
  return Object.fromEntries(rows.map(({ partner_id, ...sums }) => [partner_id, sums]));
}

async function play(sim: Sim, { weeks, say, pace = 12 }: Options): Promise<Outcome> {
  const invariants = everyStep();
  planCrons(sim, FRIDAY, at('2026-01-09T17:00:00Z'));
  planCrons(sim, DAILY, at('2026-01-05T17:30:00Z'));
  planOperators(sim);
  planWorld(sim, pace);
  await check(sim, invariants);
  for (let week = 1; week <= weeks; week++) {
    await playUntil(sim, BEGIN + week * 7 * DAY, invariants);
    await everyWeek(sim);
    if (week % 8 === 0) await historyIsChained(sim);
    if (week % 26 === 0) say?.(`seed ${sim.seed}: week ${week}, ${sim.step} steps`);
  }
  sim.note('quiet');
  await quieten(sim);
  const end = BEGIN + weeks * 7 * DAY + QUIET_DAYS * DAY;
  await playUntil(sim, end, invariants);
  await decideHolds(sim, true);
  await cron(sim, DAILY, end);
  await check(sim, [...invariants, inFlightReturnsToZero, reallyPaidIsBooked]);
  await everyWeek(sim);
  await historyIsChained(sim);
  const statement = await statementOf(sim);
  const { seed, step: steps, counts } = sim;
  await orderAndRepetitionDoNotMatter(sim, 25);
  return { seed, steps, until: formatInstant(end), counts, statement };
}

/** Plays one seed. A failure names the seed, the step and what had happened just before: the same seed plays the same again. */
export async function simulate(options: Options): Promise<Outcome> {
  // The program logs what needs a person; here a lot does. Nothing hangs here, and one test may not set as many timers as years of calls.
  const { log } = console;
  const { timeout } = AbortSignal;
  console.log = () => {};
  AbortSignal.timeout = () => new AbortController().signal;
  const sim = await makeWorld(options.seed);
  try {
    return await play(sim, options);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const where = `seed ${options.seed}, step ${sim.step} of ${options.weeks} weeks, ${formatInstant(sim.now)}`;
    throw new Error(`${where}: ${said}\n${sim.trail.slice(-15).join('\n')}`, { cause: error });
  } finally {
    console.log = log;
    AbortSignal.timeout = timeout;
  }
}
