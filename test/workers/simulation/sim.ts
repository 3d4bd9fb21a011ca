import { env } from 'cloudflare:workers';

import { type Random } from '../../../scripts/demo/random.ts';
import { formatInstant } from '../../../src/clock.ts';
import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import type { SendContext } from '../../../src/payout/make-send.ts';
import { operationsOf } from '../../../src/payout/operations.ts';
import type { Instances, RunContext } from '../../../src/payout/run.ts';
import { paypalClient } from '../../../src/paypal/client.ts';
import type { TokenCache } from '../../../src/paypal/token.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { ingestKey, operatorKeys } from '../../support/local.ts';
import type { Books } from '../payouts/play.ts';
import type { Paypal } from '../payouts/simulated.ts';
import { Model } from './model.ts';
import { Queue } from './queue.ts';
import type { Snapshot } from './restore.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export type Caller = 'ingest' | 'ana' | 'ben' | { partner: string };

/** A request to one of the program's doors. `about` names the account whose lines it bears on. */
export interface Ask {
  method: 'POST' | 'PUT' | 'PATCH' | 'GET';
  path: string;
  as: Caller;
  body?: unknown;
  about?: string;
  /** Statuses that are no fault. Default: any below 300. */
  ok?: readonly number[];
}

/** A write as it was sent. Told again, it is sent with the clock that it was sent with. */
export interface Sent extends Ask {
  at: number;
  status: number;
  /** The id that the answer gave to what was made, where that is the program's own. */
  made?: string;
}

/** An answer of a door. */
export interface Got {
  status: number;
  body: Record<string, unknown>;
}

/** One simulated program: its clock, its books, its PayPal, the world around it, and what has been told. */
export class Sim {
  readonly queue = new Queue();
  readonly model = new Model();
  readonly counts: Record<string, number> = {};
  readonly trail: string[] = [];
  readonly sent: Sent[] = [];
  /** Ids of the program's own as they were given first, and as they are since they were told again. */
  readonly renamed = new Map<string, string>();
  /** Accounts that the present step bears on. */
  readonly touched = new Set<string>();
  readonly tokens: TokenCache = new Map();
  readonly seed: number;
  readonly random: Random;
  readonly books: Books;
  readonly paypal: Paypal;
  readonly program_id: string;
  /** The books as they were kept, while they are going to be lost. */
  snapshot: Snapshot | null = null;
  /** The books as they were before anything was told. */
  empty: Snapshot = { rows: {}, told: 0 };
  instances: Instances = { ensure: async () => {} };
  now: number;
  step = 0;
  /** Whether the world still does mischief: PayPal's faults, crons that do not come, people's changes. */
  faults = true;
  /** While the books have been restored and not yet brought back. */
  behind = false;
  approval: 'none' | 'manual' = 'none';
  chunk_payouts = 500;
  page_size = 1000;
  readonly #app = createApi();

  constructor(given: { seed: number; random: Random; books: Books; paypal: Paypal; program_id: string; now: number }) {
    this.seed = given.seed;
    this.random = given.random;
    this.books = given.books;
    this.paypal = given.paypal;
    this.program_id = given.program_id;
    this.now = given.now;
  }

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  /** Notes what happens, for the trail of a failure. */
  note(text: string): void {
    this.trail.push(`${this.step} ${formatInstant(this.now)} ${text}`);
    if (this.trail.length > 40) this.trail.shift();
  }

  plan(at: number, what: string, run: () => Promise<void>): void {
    this.queue.plan(Math.max(at, this.now), what, run);
  }

  /** What the payouts Worker is given at an instant, PayPal's clock set to it. */
  context(now: number): SendContext & RunContext {
    const { books, program_id, chunk_payouts, page_size, tokens, paypal } = this;
    // PayPal's clock never runs back, even where a cron comes late.
    paypal.state.settle({ now: Math.max(now, this.now) });
    const options = { base: 'http://paypal.example', client_id: 'id', client_secret: 'secret', now, tokens };
    const client = paypalClient({ ...options, fetch: paypal.fetch });
    const given = { db: books.db, program_id, witness: env.WITNESS, poll_ms: MINUTE, chunk_payouts, page_size };
    return { ...given, paypal: client } as SendContext & RunContext;
  }

  /** The payouts Worker's operations, as the program reaches them by RPC. */
  operations() {
    const instances: Instances = { ensure: (...named) => this.instances.ensure(...named) };
    return operationsOf({
      db: this.books.db,
      context: async (now) => this.context(now === 0 ? this.now : now),
      instances: () => instances,
    });
  }

  async #bearer(as: Caller, now: number): Promise<string> {
    if (as === 'ingest') return ingestKey;
    if (typeof as === 'string') return operatorKeys[as];
    const scope = 'read links claims payout';
    const path = `/v1/partners/${as.partner}/tokens`;
    const { status, body } = await this.#request({ method: 'POST', path, as: 'ana', body: { scope } }, now);
    if (status !== 201) throw new Error(`no token for ${as.partner}: ${status}`);
    return String(body['token']);
  }

  async #request(ask: Ask, now: number): Promise<Got> {
    const headers = {
      authorization: `Bearer ${await this.#bearer(ask.as, now)}`,
      'x-clock': formatInstant(now),
      ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const init = { method: ask.method, headers, ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }) };
    const response = await this.#app.request(`http://localhost${this.#named(ask.path)}`, init, this.doors());
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  }

  #named(path: string): string {
    return path.replace(/clm_\w+/, (id) => this.renamed.get(id) ?? id);
  }

  /** Notes the id that the last fact told was given. */
  made(id: string): void {
    const last = this.sent.at(-1);
    if (last) last.made = [...this.renamed].find(([, is]) => is === id)?.[0] ?? id;
  }

  /** The program's bindings, payouts behind its RPC; nobody counts how often a form is sent. */
  doors(): ProgramEnv {
    const unlimited = { limit: async () => ({ success: true }) };
    return { ...(env as unknown as ProgramEnv), FORM_LIMIT: unlimited, PAYOUTS: this.operations() };
  }

  /** Sends a browser's form to the program. */
  async form(fields: Record<string, string>): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-clock': formatInstant(this.now) };
    const init = { method: 'POST', headers, body: new URLSearchParams(fields).toString() };
    const response = await this.#app.request('http://localhost/signups', init, this.doors());
    if (response.status !== 201) throw new Error(`the form was answered ${response.status}`);
    return (await response.json()) as Record<string, unknown>;
  }

  /** Asks a door at an instant (default: now); an answer that is not expected is a failure. */
  async ask(ask: Ask, now = this.now): Promise<Got> {
    const got = await this.#request(ask, now);
    if (ask.ok ? !ask.ok.includes(got.status) && got.status >= 300 : got.status >= 300) {
      throw new Error(`${ask.method} ${ask.path} was answered ${got.status}: ${JSON.stringify(got.body)}`);
    }
    return got;
  }

  /** Tells a fact, and remembers how, so that it can be told again. */
  async tell(ask: Ask): Promise<Got> {
    const got = await this.ask(ask);
    this.sent.push({ ...ask, at: this.now, status: got.status });
    if (ask.about !== undefined) this.touched.add(ask.about);
    return got;
  }

  /** The rows of several queries, read as one. */
  async read(queries: readonly Query[]): Promise<unknown[][]> {
    if (queries.length === 0) return [];
    const bound = queries.map(([text, ...params]) => this.books.d1.prepare(text).bind(...params));
    return (await this.books.d1.batch(bound)).map(({ results }) => results);
  }

  /** All rows of a query of the books. */
  async rows<Row>(query: string, ...params: unknown[]): Promise<Row[]> {
    const statement = this.books.d1.prepare(query);
    const { results } = await (params.length > 0 ? statement.bind(...params) : statement).all<Row>();
    return results;
  }
}

/** A query of the books with its parameters. */
export type Query = readonly [text: string, ...params: unknown[]];

/** The books of the simulation through drizzle. */
export function simulatedBooks(): Books {
  return { d1: env.BOOKS, db: openDatabase(env.BOOKS) };
}
