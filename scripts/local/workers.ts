import { readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { experimental_readRawConfig as readRawConfig, unstable_getMiniflareWorkerOptions } from 'wrangler';

import { BACKUP_CRON } from '../../src/backup/run.ts';
import { dateOf } from '../../src/clock.ts';
import { wrangler } from '../wrangler.ts';
import { files, root, workers } from './files.ts';

/** Brings both local databases to the latest migration; those applied before stay. */
export async function migrate(): Promise<void> {
  for (const database of ['BOOKS', 'CLICKS']) {
    const where = ['--local', '-c', 'workers/program/wrangler.toml', '--persist-to', files.state];
    await wrangler('d1', 'migrations', 'apply', database, ...where);
  }
}

type Worker = (typeof workers)[number];
const SIMULATOR = 'lastclick-paypal-simulator';
/** Mail and what was left unfinished; webhooks. */
const PROGRAM_CRONS = ['*/5 * * * *', '* * * * *'];

/** A Worker's bundle, as a deploy would upload it, with its bindings and the values of its `.dev.vars`. */
async function bundled({ name, config }: Worker) {
  const outdir = join(files.bundles, name);
  await wrangler('deploy', '--dry-run', '-c', config, '--outdir', outdir);
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions(join(root, config));
  // The rules say how to read modules from disk; the one module is handed over as text.
  const { rootPath: _, modulesRules: __, zone: ___, ...rest } = workerOptions;
  for (const consumer of Object.values(rest.queueConsumers ?? {})) {
    if (typeof consumer === 'object') consumer.maxBatchTimeout = 0;
  }
  const path = join(outdir, `${parse(main ?? 'index').name}.js`);
  const contents = await readFile(path, 'utf8');
  // The front door is reached at the program's own address, and PayPal's simulator at one of its own.
  const sockets = name === SIMULATOR ? { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] } : {};
  return { ...rest, ...sockets, name, modulesRoot: outdir, modules: [{ type: 'ESModule' as const, path, contents }] };
}

/** Warnings and worse; of what is only told, the mails, each with the file that its text is in. */
class MailLog extends Log {
  override logWithLevel(level: LogLevel, message: string): void {
    if (level <= LogLevel.WARN) super.logWithLevel(level, message);
    else if (message.includes('send_email binding')) console.log(message);
  }
}

/** The crons that wake payouts for what is paid, as shipped; the nightly copy is told apart. */
export function payoutsCrons(): readonly string[] {
  const { rawConfig } = readRawConfig({ config: join(root, 'workers/payouts/wrangler.toml') });
  return (rawConfig.triggers?.crons ?? []).filter((cron: string) => cron !== BACKUP_CRON);
}

/** The three Workers and PayPal's simulator on workerd. */
export interface LocalWorkers {
  /** The front door's own address; the program's, with its clock, is the proxy's. */
  readonly url: URL;
  /** The simulator's own address; the program and people take the proxy's, which tells it the time. */
  readonly paypal: URL;
  /** Wakes payouts as its cron would; throws where its handler fails. */
  wakePayouts(cron: string, scheduled_at: number): Promise<void>;
  /** Wakes program as its crons would: it sends what mail and which webhooks are due. */
  wakeProgram(scheduled_at: number): Promise<void>;
  stop(): Promise<void>;
}

/** Builds and starts the Workers on the local state. */
export async function startWorkers(): Promise<LocalWorkers> {
  const options = convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    log: new MailLog(LogLevel.INFO),
    resourcePersistencePath: join(files.state, 'v3'),
    unsafeTriggerHandlers: true,
    workers: await Promise.all(workers.map(bundled)),
  });
  const miniflare = new Miniflare(options);
  const url = await miniflare.ready;
  const paypal = await miniflare.unsafeGetDirectURL(SIMULATOR);
  const payouts = await miniflare.getWorker('lastclick-payouts');
  const program = await miniflare.getWorker('lastclick-program');
  return {
    url,
    paypal,
    async wakePayouts(cron, scheduled_at) {
      const { outcome } = await payouts.scheduled({ cron, scheduledTime: dateOf(scheduled_at) });
      if (outcome !== 'ok') throw new Error(`the cron ${cron} of payouts ended ${outcome}`);
    },
    async wakeProgram(scheduled_at) {
      for (const cron of PROGRAM_CRONS) {
        const { outcome } = await program.scheduled({ cron, scheduledTime: dateOf(scheduled_at) });
        if (outcome !== 'ok') throw new Error(`the cron ${cron} of program ended ${outcome}`);
      }
    },
    stop: () => miniflare.dispose(),
  };
}
