import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { createTestHarness, type TestHarness, type TestHarnessOptions } from 'wrangler';

import type { PayoutsEnv } from '../../workers/payouts/env.ts';
import type { ProgramEnv } from '../../workers/program/env.ts';
import { localSecrets, localVars } from './local.ts';
import { simulatorCredentials } from './paypal.ts';
import * as shipped from './shipped.ts';

// Not the project's root: `.dev.vars` is looked for here, and what `npm start` put there is not for tests.
const root = join(import.meta.dirname, '..');

type SecretName = keyof typeof localSecrets;
type Vars = Readonly<Record<string, string>>;
type HarnessWorker = TestHarnessOptions['workers'][number];
type InlineConfig = Extract<HarnessWorker, { config: unknown }>['config'];
/** Epoch milliseconds or ISO 8601. */
type Instant = number | string;
export type LocalRequest = NonNullable<Parameters<TestHarness['fetch']>[1]>;
export type LocalResponse = Awaited<ReturnType<TestHarness['fetch']>>;

const programSecrets = [
  'COOKIE_KEYS',
  'TOKEN_PRIVATE_JWK',
  'AUTH_SECRET',
  'INGEST_API_KEY',
  'OPERATOR_API_KEYS',
] as const;

/** A Worker as shipped, with local values, and a queue that hands its messages over at once instead of after 5 s. */
function localWorker(worker: shipped.Shipped, secrets: readonly SecretName[], overrides: Vars): HarnessWorker {
  const { vars, d1_databases = [], queues = {} } = worker;
  const held = Object.fromEntries(secrets.map((name) => [name, localSecrets[name]]));
  const config = {
    ...worker,
    compatibility_flags: [...(worker.compatibility_flags ?? [])],
    vars: { ...vars, ...localVars, ...held, ...overrides },
    d1_databases: d1_databases.map((database) => ({
      ...database,
      migrations_dir: `../migrations/${database.binding.toLowerCase()}`,
    })),
    queues: {
      ...queues,
      consumers: (queues.consumers ?? []).map((consumer) => ({ ...consumer, max_batch_timeout: 0 })),
    },
  };
  return { config: config as InlineConfig };
}

export interface Local {
  /** Where the front door listens, for a client that is not this harness. */
  readonly url: URL;
  readonly books: D1Database;
  readonly clicks: D1Database;
  readonly links: KVNamespace;
  readonly witness: R2Bucket;
  /** Through the front door, at the instant `now`. Redirects are not followed. */
  fetch(path: string, init?: LocalRequest, at?: { readonly now: Instant }): Promise<LocalResponse>;
  /** Wakes payouts as its cron would, and fails if the handler threw. */
  scheduled(cron: string, scheduledTime: Instant): Promise<void>;
  /** Wakes program as its cron would, and fails if the handler threw. */
  scheduledProgram(scheduledTime: Instant, cron?: string): Promise<void>;
  /** Waits until `count` clicks in all have come through the queue. */
  clicksWritten(count: number): Promise<void>;
  /** What the Workers logged so far. */
  logs(): readonly string[];
  /** Kills workerd, whatever it is at, and starts it again on the same storage. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** What a program on the PayPal rail is given, against a simulator that `startPaypal` has started. */
export function paypalRail(base: string): Vars {
  return {
    PAYOUT_RAIL: 'paypal',
    PAYPAL_API_BASE: base,
    PAYPAL_POLL_SECONDS: '1',
    PAYPAL_CLIENT_ID: simulatorCredentials.client_id,
    PAYPAL_CLIENT_SECRET: simulatorCredentials.client_secret,
  };
}

const SITE = { name: 'site', main: join(import.meta.dirname, 'site.ts') };

/** The front door, with a merchant's site behind it where a test has one. */
function tracker(vars: Vars, site: boolean): HarnessWorker[] {
  const { services = [] } = shipped.tracker;
  const binding = { binding: 'SITE', service: SITE.name };
  const door = { ...shipped.tracker, services: site ? [...services, binding] : services };
  const config = { ...SITE, compatibility_date: shipped.tracker.compatibility_date } as InlineConfig;
  return [localWorker(door, ['COOKIE_KEYS'], vars), ...(site ? [{ config }] : [])];
}

/**
 * Starts all three Workers on empty, migrated databases. `vars` override local values, in every Worker. `site`: a merchant's site that the
 * front door may stand in front of.
 */
export async function startLocal(vars: Vars = {}, { site = false } = {}): Promise<Local> {
  const server = createTestHarness({
    root,
    workers: [
      ...tracker(vars, site),
      localWorker(shipped.program, programSecrets, vars),
      localWorker(shipped.payouts, [], vars),
    ],
  });
  let { url } = await server.listen();
  const program = server.getWorker<ProgramEnv>('lastclick-program');
  const payouts = server.getWorker<PayoutsEnv>('lastclick-payouts');
  await program.applyD1Migrations('BOOKS');
  await program.applyD1Migrations('CLICKS');
  const bindings = async () => ({ ...(await program.getEnv()), WITNESS: (await payouts.getEnv()).WITNESS });
  let bound = await bindings();

  return {
    get url() {
      return url;
    },
    get books() {
      return bound.BOOKS;
    },
    get clicks() {
      return bound.CLICKS;
    },
    get links() {
      return bound.LINKS;
    },
    get witness() {
      return bound.WITNESS;
    },
    fetch(path, init = {}, at) {
      const headers = new Headers(init.headers as HeadersInit);
      if (at !== undefined) headers.set('x-clock', new Date(at.now).toISOString());
      return server.fetch(path, { redirect: 'manual', ...init, headers: [...headers] });
    },
    async scheduled(cron, scheduledTime) {
      const { outcome } = await payouts.scheduled({ cron, scheduledTime: new Date(scheduledTime) });
      if (outcome !== 'ok') throw new Error(`cron ${cron} ended ${outcome}\n${logLines(server).join('\n')}`);
    },
    async scheduledProgram(scheduledTime, cron = '*/5 * * * *') {
      const { outcome } = await program.scheduled({ cron, scheduledTime: new Date(scheduledTime) });
      if (outcome !== 'ok') throw new Error(`program's cron ended ${outcome}\n${logLines(server).join('\n')}`);
    },
    clicksWritten: (count) => clicksWritten(bound.CLICKS, count),
    logs: () => logLines(server),
    async restart() {
      await server.update((options) => options);
      ({ url } = await server.listen());
      bound = await bindings();
    },
    close: () => server.close(),
  };
}

const logLines = (server: TestHarness) => server.getLogs().map((log) => `${log.level}: ${log.message}`);

async function clicksWritten(clicks: D1Database, count: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const written = (await clicks.prepare('SELECT count(*) AS n FROM clicks').first<number>('n')) ?? 0;
    if (written >= count) return;
    if (performance.now() > deadline) throw new Error(`${written} of ${count} clicks were written within 10 s`);
    await setTimeout(10);
  }
}
