import { join } from 'node:path';

import { createTestHarness, type TestHarnessOptions } from 'wrangler';

import { paypalClient, type ClientOptions, type PaypalClient } from '../../src/paypal/client.ts';
import { simulatorCredentials } from './local.ts';
import { shipped } from './shipped.ts';

type HarnessWorker = TestHarnessOptions['workers'][number];

/** The simulator's configuration, for a harness that runs it beside other Workers. */
export const paypalSimulator = shipped('workers/paypal-simulator/wrangler.toml');
export const paypalWorker = { config: paypalSimulator } as HarnessWorker;

export { simulatorCredentials };

/** What was really paid, by the simulator's own books. */
export interface SimulatorLedger {
  readonly entries: readonly {
    readonly payout_item_id: string;
    readonly sender_item_id: string | null;
    readonly receiver: string;
    readonly amount: number;
    readonly fee: number;
    readonly status: string;
    readonly whereabouts: 'receiver' | 'on_the_way' | 'sender' | 'came_back';
  }[];
  readonly totals: Readonly<
    Record<string, Readonly<Record<'receiver' | 'on_the_way' | 'sender' | 'came_back' | 'fees' | 'balance', number>>>
  >;
}

export interface Paypal {
  /** Where it listens, on loopback. */
  readonly base: string;
  /** A client of the simulator, with tokens of its own unless told otherwise. */
  client(options?: Partial<ClientOptions>): PaypalClient;
  /** Asks one of its control endpoints, `clock`, `settings`, `faults`, …; fails where it does not take what it is told. */
  control<T = unknown>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T>;
  ledger(): Promise<SimulatorLedger>;
  close(): Promise<void>;
}

/** A simulator at a base address that some harness, or `npm start`, has brought up. */
export function paypalAt(base: string): Omit<Paypal, 'close'> {
  const control: Paypal['control'] = async <T>(method: string, path: string, body?: object) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${base}/_control/${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    base,
    client: (options = {}) =>
      paypalClient({ base, ...simulatorCredentials, now: 0, tokens: new Map(), timeout: 5000, ...options }),
    control,
    ledger: () => control<SimulatorLedger>('GET', 'ledger'),
  };
}

/** Starts a simulator alone, empty. */
export async function startPaypal(): Promise<Paypal> {
  const server = createTestHarness({ root: join(import.meta.dirname, '..'), workers: [paypalWorker] });
  const { url } = await server.listen();
  return { ...paypalAt(url.origin), close: () => server.close() };
}
