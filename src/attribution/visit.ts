import { requestNow } from '../clock.ts';
import { noCost, serverTiming, type QueryCost } from '../http/cost.ts';
import { problemResponse } from '../http/problem.ts';
import type { Checked } from '../program/config.rules.ts';
import { limitedClickLog, type LimitedClickLog } from './click-limit.ts';
import { createClickLog } from './click-log.ts';
import type { ClickMessages } from './click.ts';
import { keepGathered } from './keep-clicks.ts';
import { createAbsences, createLinkCache } from './link-lookup.rules.ts';
import type { LinkStores } from './link-lookup.ts';
import { plainLinkOf } from './redirect.rules.ts';
import { checkTrackerConfig, type TrackerConfig, type TrackerVars } from './tracker-config.ts';

/** Bindings and vars that visitors' routes need. */
export interface VisitEnv extends TrackerVars {
  LINKS: KVNamespace;
  BOOKS: D1Database;
  CLICK_QUEUE: Queue<ClickMessages>;
  CLICKS?: D1Database;
  CLICK_LIMIT?: RateLimit;
}

/** A visitor's request past the door. */
export class Visit {
  readonly request: Request;
  readonly now: number;
  readonly config: TrackerConfig;
  readonly stores: LinkStores;
  readonly clicks: LimitedClickLog;
  /** Counts what is asked of the books before the answer. */
  readonly cost: QueryCost = noCost();
  /** The code where the address is a plain link, which most are; null where the URL parser has to read it. */
  readonly plain_code: string | null;
  readonly #ctx: ExecutionContext;
  #url: URL | null = null;

  constructor(request: Request, now: number, config: TrackerConfig, { stores, clicks }: Kept, ctx: ExecutionContext) {
    this.request = request;
    this.now = now;
    this.config = config;
    this.stores = stores;
    this.clicks = clicks;
    this.plain_code = plainLinkOf(request.url);
    this.#ctx = ctx;
  }

  /** The address as the URL parser reads it; parsed when it is asked for, which most clicks never do. */
  get url(): URL {
    return (this.#url ??= new URL(this.request.url));
  }

  /** Has work done once the visitor has the answer. */
  after(work: Promise<void>): void {
    this.#ctx.waitUntil(work);
  }
}

/** What an isolate keeps between requests of one environment. */
interface Kept {
  stores: LinkStores;
  clicks: LimitedClickLog;
}

interface Isolate extends Kept {
  checked: Checked<TrackerConfig>;
}

const isolates = new WeakMap<VisitEnv, Isolate>();

function isolateOf(env: VisitEnv): Isolate {
  const checked = checkTrackerConfig(env);
  const into = { queue: env.CLICK_QUEUE, database: env.CLICK_LOG === 'database' ? (env.CLICKS ?? null) : null };
  const isolate = {
    checked,
    stores: { cache: createLinkCache(), absences: createAbsences(), mirror: env.LINKS, books: env.BOOKS },
    clicks: limitedClickLog(
      createClickLog((clicks) => keepGathered(into, clicks)),
      env.CLICK_LIMIT,
    ),
  };
  isolates.set(env, isolate);
  return isolate;
}

/** Opens the front door to a request: one configuration checked once an isolate, one clock. A `Response` is the problem found there. */
export function openVisit(request: Request, env: VisitEnv, ctx: ExecutionContext): Visit | Response {
  const isolate = isolates.get(env) ?? isolateOf(env);
  const { checked } = isolate;
  if (!checked.ok) return problemResponse('misconfigured', checked.errors.join('; '));
  const clock = requestNow(request, env);
  if (!clock.ok) return problemResponse(clock.reason);
  return new Visit(request, clock.now, checked.config, isolate, ctx);
}

/** The headers that say what an answer cost, where the operator has asked for them. */
export function costHeaders({ config, cost }: Visit): Record<string, string> {
  if (!config.cost_headers) return {};
  return { 'server-timing': serverTiming(cost) };
}
