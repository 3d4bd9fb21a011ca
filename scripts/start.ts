import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';

import { systemNow } from '../src/clock.ts';
import { moneyText } from '../src/money/currency.rules.ts';
import { CAST } from './demo/cast.ts';
import { seed } from './demo/seed.ts';
import { createClient, type Client } from './local/client.ts';
import { forgetControl, openControl, runningProgram } from './local/control.ts';
import { spanOf } from './local/cron-times.ts';
import { fireCrons, forward, type Running } from './local/crons.ts';
import { files } from './local/files.ts';
import { openPaypal, type LocalPaypal } from './local/paypal.ts';
import { openClock, type ProgramClock } from './local/program-clock.ts';
import { close, createProxy, listen } from './local/proxy.ts';
import { createShop } from './local/shop.ts';
import { addresses, writeLocalVars, type LocalKeys } from './local/vars.ts';
import { welcome } from './local/welcome.ts';
import { migrate, payoutsCrons, startWorkers, type LocalWorkers } from './local/workers.ts';

// What wrangler's own code says of files it reads is of no use here.
process.env['WRANGLER_LOG'] = 'warn';

/** `npm start`: the whole program on this machine, with a shop in front of it and a PayPal behind it, seeded at the first start. */
const port = Number(process.env['PORT'] ?? 8787);
const CLICKS_A_DAY = 20;
const MINUTE_MS = 60_000;

const say = (line: string): void => console.log(line);

function stopWith(message: string): never {
  console.error(message);
  process.exit(1);
}

/** What an earlier start has seeded, or null. A seed that was cut short is thrown away. */
async function seededPort(): Promise<number | null> {
  const text = await readFile(files.seeded, 'utf8').catch(() => null);
  if (text !== null) return (JSON.parse(text) as { port: number }).port;
  if (existsSync(files.state)) console.log('What is there was never seeded to its end: it begins anew.');
  await rm(files.state, { recursive: true, force: true });
  await rm(files.clock, { force: true });
  return null;
}

async function seedOnce(
  { client, keys, shop, paypal }: { client: Client; keys: LocalKeys; shop: string; paypal: LocalPaypal },
  workers: LocalWorkers,
): Promise<void> {
  const began = systemNow();
  console.log('Seeding half a year of a program, through its own doors …');
  const input = {
    client,
    keys,
    shop,
    now: Math.floor(began / MINUTE_MS) * MINUTE_MS,
    crons: payoutsCrons(),
    wakePayouts: (cron: string, at: number) => {
      paypal.standAt(at);
      return workers.wakePayouts(cron, at);
    },
    cast: CAST,
    clicks_a_day: CLICKS_A_DAY,
    say,
  };
  const { payouts, paid } = await paypal.atOnce(() => seed(input));
  paypal.standAt(null);
  const seconds = Math.round((systemNow() - began) / 1000);
  console.log(`Seeded in ${seconds} s: ${payouts} payouts, ${moneyText(paid, 'USD')} in all.`);
  await writeFile(files.seeded, JSON.stringify({ port, seeded_at: began }));
}

/** Runs one thing at a time: crons by the minute, and what is sent forward. */
function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let before: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = before.then(work, work);
    before = next;
    return next;
  };
}

function watchCrons(running: Running, turn: ReturnType<typeof inTurn>): NodeJS.Timeout {
  return setInterval(() => {
    turn(async () => {
      await fireCrons(running, running.clock.now(), false, say);
      await running.wakeProgram(running.clock.now());
    }).catch((error: unknown) => console.error(error));
  }, MINUTE_MS);
}

function stopOnSignal(servers: readonly Server[], workers: () => LocalWorkers | null): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    console.log('\nStopping.');
    await Promise.all(servers.map(close));
    await workers()?.stop();
    await forgetControl();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

async function start(): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_000) stopWith(`PORT is no port: ${process.env['PORT']}`);
  const already = await runningProgram();
  if (already) stopWith(`Lastclick runs already at ${already.program} (process ${already.pid}). Stop that one first.`);
  await mkdir(files.bundles, { recursive: true });
  const { program, shop } = addresses(port);
  const seeded = await seededPort();
  const clock: ProgramClock = await openClock(files.clock);
  let workers: LocalWorkers | null = null;
  let running: Running | null = null;
  const turn = inTurn();

  const proxy = createProxy(() => workers?.url ?? null, clock.now);
  const keys = await writeLocalVars(port);
  const client = createClient(program);
  const shopServer = createShop({ client, ingest_key: keys.ingest, program, origin: shop, now: clock.now });
  const taken = (at: number) => stopWith(`Port ${at} is taken. PORT=9000 npm start takes 9000 to 9002 instead.`);
  for (const [server, at] of [[proxy, port] as const, [shopServer, port + 1] as const]) {
    if (!(await listen(server, at))) taken(at);
  }
  const paypal = (await openPaypal(port + 2, () => workers?.paypal ?? null, clock.now)) ?? taken(port + 2);
  const control = await openControl(program, async (span, tell) => {
    const ms = spanOf(span);
    const target = running;
    if (ms === null) tell('Say how far, as in 1h, 7d or 2w.');
    else if (target === null) tell('The program is still starting; try again when it has printed what to open.');
    else await turn(() => forward(target, ms, tell));
  });
  stopOnSignal([proxy, shopServer, paypal.server, control], () => workers);

  console.log('Migrating and building …');
  await migrate();
  workers = await startWorkers();
  if (seeded === null) await seedOnce({ client, keys, shop, paypal }, workers);
  else if (seeded !== port)
    console.log(
      `This program was seeded on port ${seeded}: its links lead to the shop there. npm run demo:reset starts over.`,
    );

  const { wakePayouts, wakeProgram } = workers;
  const operator_key = keys.operators['ana'] ?? '';
  running = { client, clock, operator_key, paypal, crons: payoutsCrons(), wakePayouts, wakeProgram };
  await turn(() => fireCrons(running as Running, clock.now(), false, say));
  watchCrons(running, turn);
  console.log(await welcome(client, keys, { program, shop, paypal: paypal.origin }, clock.now()));
}

try {
  await start();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await forgetControl();
  // Servers and workerd still run: this ends them.
  process.exit(1);
}
