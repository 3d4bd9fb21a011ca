import { requestNow } from '../clock.ts';
import { noCost, serverTiming, type QueryCost } from '../http/cost.ts';
import { problemResponse } from '../http/problem.ts';
import type { Checked } from '../program/config.rules.ts';
import type { ClickMessage } from './click.ts';
import { createLinkCache, type LinkCache } from './link-lookup.rules.ts';
import type { LinkStores } from './link-lookup.ts';
import { checkTrackerConfig, type TrackerConfig, type TrackerVars } from './tracker-config.ts';

/** Bindings and vars that visitors' routes need. */
export interface VisitEnv extends TrackerVars {
  LINKS: KVNamespace;
  BOOKS: D1Database;
  CLICK_QUEUE: Queue<ClickMessage>;
}

/** A visitor's request past the door. */
export interface Visit {
  request: Request;
  url: URL;
  now: number;
  config: TrackerConfig;
  stores: LinkStores;
  clicks: Queue<ClickMessage>;
  /** Counts what is asked of the books before the answer. */
  cost: QueryCost;
  /** Has work done once the visitor has the answer. */
  after(work: Promise<void>): void;
}

/** What an isolate keeps between requests of one environment. */
interface Isolate {
  checked: Checked<TrackerConfig>;
  cache: LinkCache;
}

const isolates = new WeakMap<VisitEnv, Isolate>();

async function isolateOf(env: VisitEnv): Promise<Isolate> {
  const known = isolates.get(env);
  if (known) return known;
  const isolate = { checked: await checkTrackerConfig(env), cache: createLinkCache() };
  isolates.set(env, isolate);
  return isolate;
}

/** Opens the front door to a request: one configuration checked once an isolate, one clock. A `Response` is the problem found there. */
export async function openVisit(request: Request, env: VisitEnv, ctx: ExecutionContext): Promise<Visit | Response> {
  const { checked, cache } = isolates.get(env) ?? (await isolateOf(env));
  if (!checked.ok) return problemResponse('misconfigured', checked.errors.join('; '));
  const clock = requestNow(request, env);
  if (!clock.ok) return problemResponse(clock.reason);
  return {
    request,
    url: new URL(request.url),
    now: clock.now,
    config: checked.config,
    stores: { cache, mirror: env.LINKS, books: env.BOOKS },
    clicks: env.CLICK_QUEUE,
    cost: noCost(),
    after: (work) => ctx.waitUntil(work),
  };
}

/** The headers that say what an answer cost, where the operator has asked for them. */
export function costHeaders({ config, cost }: Visit): Record<string, string> {
  if (!config.cost_headers) return {};
  return { 'server-timing': serverTiming(cost) };
}
