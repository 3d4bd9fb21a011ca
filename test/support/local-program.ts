import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, type Client } from '../../scripts/local/client.ts';
import { forward, type Running } from '../../scripts/local/crons.ts';
import { openPaypal, type LocalPaypal } from '../../scripts/local/paypal.ts';
import { openClock, type ProgramClock } from '../../scripts/local/program-clock.ts';
import { close, createProxy, listen } from '../../scripts/local/proxy.ts';
import { createShop } from '../../scripts/local/shop.ts';
import { systemNow } from '../../src/clock.ts';
import { paypalRail, startLocal, type Local } from './harness.ts';
import { ingestKey, operatorKeys } from './local.ts';
import { startPaypal } from './paypal.ts';

/** The local program as `npm start` has it, on databases of its own: Workers, clock, shop and PayPal's simulator. */
export interface LocalProgram {
  /** Where a browser finds it; requests there carry the program's time. */
  readonly origin: string;
  readonly shop: string;
  readonly local: Local;
  readonly client: Client;
  readonly clock: ProgramClock;
  /** Lets the program's clock run on, as `npm run demo:forward` does. */
  forward(span_ms: number): Promise<void>;
  /** Sends what mail is due. */
  mail(): Promise<void>;
  close(): Promise<void>;
}

const CRONS = ['0 17 * * FRI', '30 17 * * *'];

/** Starts it at an instant of its own, epoch ms. Nothing is seeded. */
export async function startLocalProgram(begin: number): Promise<LocalProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'lastclick-program-'));
  const kept = join(folder, 'clock.json');
  await writeFile(kept, JSON.stringify({ offset: begin - systemNow(), fired_until: begin }));
  const clock = await openClock(kept);
  let local: Local | null = null;
  const proxy = createProxy(() => local?.url ?? null, clock.now);
  await listen(proxy, 0);
  const origin = `http://localhost:${(proxy.address() as AddressInfo).port}`;
  const simulator = await startPaypal();
  const paypal: LocalPaypal | null = await openPaypal(0, () => new URL(simulator.base), clock.now);
  if (!paypal) throw new Error('no port is free');
  const client = createClient(origin);
  // A shop's own origin stands in the program's configuration, so its port is known before it listens.
  const shopPort = (proxy.address() as AddressInfo).port + 1;
  const shop = `http://localhost:${shopPort}`;
  const shopServer = createShop({ client, ingest_key: ingestKey, program: origin, origin: shop, now: clock.now });
  if (!(await listen(shopServer, shopPort))) throw new Error(`port ${shopPort} is taken`);
  const site = { HOME_URL: `${shop}/`, PUBLIC_URL: origin, SIGNUP_ORIGINS: shop };
  const started = await startLocal({ ...site, ...paypalRail(paypal.origin) });
  local = started;
  const running: Running = {
    client,
    clock,
    operator_key: operatorKeys.ana,
    paypal,
    crons: CRONS,
    wakePayouts: started.scheduled,
    wakeProgram: started.scheduledProgram,
  };
  return {
    origin,
    shop,
    local: started,
    client,
    clock,
    forward: (span_ms) => forward(running, span_ms, () => {}),
    mail: () => started.scheduledProgram(clock.now()),
    async close() {
      await started.close();
      await Promise.all([proxy, shopServer, paypal.server].map(close));
      await simulator.close();
      await rm(folder, { recursive: true });
    },
  };
}
