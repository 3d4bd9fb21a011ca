import type { Faults, House } from './house.ts';
import { LIVE_LINKS } from './house.ts';
import { load, quantile } from './load.ts';
import { visitText } from './tracker.ts';

/** What a load with faults came to. */
export interface Outcome {
  answered: number;
  /** Answers that are no redirect with a cookie, and connections that broke. */
  wrong: number;
  rows: number;
  clicks: number;
  /** Of those that are no rows: how many the queue still has. */
  waiting: number;
  p50: number;
  p99: number;
  slowest: number;
  /** Answers a second. */
  rate: number;
}

/** Each store slow, failing and back; the clicks database unsure of what it did; mirror and books failing at once. */
export const TROUBLES: readonly Faults[] = [
  { LINKS: 'slow' },
  { LINKS: 'failing' },
  { BOOKS: 'slow' },
  { BOOKS: 'failing' },
  { CLICKS: 'slow' },
  { CLICKS: 'failing' },
  { CLICKS: 'unsure' },
  { LINKS: 'failing', BOOKS: 'failing' },
];

/** After so long the front door's clock is moved on, and it looks all links up again. */
const SLICE_MS = 2000;

export interface LoadPlan {
  connections: number;
  /** How long each trouble lasts, and how long all is well after it. */
  trouble_ms: number;
  well_ms: number;
  /** How long to wait, after the last row that came, for the next one. */
  patience_ms: number;
  /** What is wrong one after the other. */
  troubles: readonly Faults[];
}

/**
 * Visits live links as fast as they are answered while stores fail one after the other, then lets the house come to rest and counts. Links
 * are forgotten by the front door now and then (its clock is moved on by a minute and more), so that every trouble meets links to look up.
 */
export async function visitThroughTrouble(house: House, now: number, plan: LoadPlan): Promise<Outcome> {
  const latencies: number[] = [];
  let [answered, wrong, wall, minutes] = [0, 0, 0, 0];
  const visit = async (duration: number): Promise<void> => {
    const until = performance.now() + duration;
    while (performance.now() < until) await slice(Math.min(SLICE_MS, until - performance.now()));
  };
  const slice = async (duration: number): Promise<void> => {
    minutes += 1;
    const clock = `X-Clock: ${new Date(now + minutes * 61_000).toISOString()}\r\n`;
    const seen = await load({
      port: house.port,
      connections: plan.connections,
      duration,
      request: (n) => visitText(answered + n, `/r/live-${n % LIVE_LINKS}`, clock, 'localhost'),
      seen: (_, status, head) => {
        if (status !== 302 || !/\r\nset-cookie: __Host-lastclick=/i.test(head)) wrong += 1;
      },
    });
    answered += seen.answered;
    wrong += seen.broken;
    wall += seen.wall;
    for (const latency of seen.latencies) latencies.push(latency);
  };
  await visit(plan.well_ms);
  for (const trouble of plan.troubles) {
    await house.fault(trouble);
    await visit(plan.trouble_ms);
    await house.fault({});
    await visit(plan.well_ms);
  }
  await house.settled(answered, plan.patience_ms);
  const [p50, p99, slowest] = [quantile(latencies, 0.5), quantile(latencies, 0.99), quantile(latencies, 1)];
  return {
    answered,
    wrong,
    ...(await house.kept()),
    waiting: await house.waiting(),
    p50,
    p99,
    slowest,
    rate: (answered / wall) * 1000,
  };
}

/** What a flood of unknown codes has asked of the books. */
export interface Flood {
  answered: number;
  /** Questions to the books in the first minute, and in those after it. */
  first_minute: number;
  later: number;
}

/** Asks for codes that nobody has: guesses, each new, and a few over and over. The front door's clock goes on by minutes. */
export async function flood(house: House, now: number, minutes: number, a_minute: number): Promise<Flood> {
  const asked: number[] = [(await house.asked()).BOOKS];
  let answered = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const clock = `X-Clock: ${new Date(now + minute * 60_000).toISOString()}\r\n`;
    const seen = await load({
      port: house.port,
      connections: 8,
      requests: a_minute,
      request: (n) => visitText(n, n % 3 === 0 ? `/r/often-${n % 30}` : `/r/guess-${minute}-${n}`, clock, 'localhost'),
    });
    answered += seen.statuses.get(302) ?? 0;
    asked.push((await house.asked()).BOOKS);
  }
  const [before = 0, first = 0, last = 0] = [asked[0], asked[1], asked.at(-1)];
  return { answered, first_minute: first - before, later: last - first };
}
