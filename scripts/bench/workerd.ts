import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { root } from '../local/files.ts';

/** A binding as workerd's configuration spells it. */
export interface Binding {
  name: string;
  value: string;
}

/** A Worker on bare workerd. */
export interface BareWorker {
  name: string;
  /** The first is the Worker's own; files that it imports follow. */
  modules: readonly { name: string; path: string }[];
  bindings?: readonly Binding[];
}

/** A service that another process answers for, on this machine. */
export interface Elsewhere {
  name: string;
  port: number;
}

/** A workerd process, and what it has used. */
export interface Running {
  /** Where each of its Workers listens, in their order. */
  readonly ports: readonly number[];
  /** Nanoseconds of CPU of all its threads, user and system. */
  cpu(): number;
  stop(): Promise<void>;
}

const COMPATIBILITY_DATE = '2026-10-20';
const binary = join(root, 'node_modules/.bin/workerd');

/** A text in workerd's configuration. */
export const quoted = (text: string): string => JSON.stringify(text);

function workerText({ name, modules, bindings = [] }: BareWorker): string {
  const files = modules.map((module) => `(name = ${quoted(module.name)}, esModule = embed ${quoted(module.path)})`);
  const bound = bindings.map((binding) => `(name = ${quoted(binding.name)}, ${binding.value})`);
  return `  (name = ${quoted(name)}, worker = (
    modules = [${files.join(', ')}],
    compatibilityDate = ${quoted(COMPATIBILITY_DATE)},
    bindings = [${bound.join(',\n      ')}]
  ))`;
}

const elsewhereText = ({ name, port }: Elsewhere): string =>
  `  (name = ${quoted(name)}, external = (address = ${quoted(`127.0.0.1:${port}`)}, http = ()))`;

/** The configuration of a process; each Worker listens on a socket of its own. */
function configText(workers: readonly BareWorker[], elsewhere: readonly Elsewhere[]): string {
  const sockets = workers.map(
    ({ name }) =>
      `(name = ${quoted(name)}, http = (forwardedProtoHeader = "X-Forwarded-Proto"), service = ${quoted(name)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
${[...workers.map(workerText), ...elsewhere.map(elsewhereText)].join(',\n')}
  ],
  sockets = [${sockets.join(', ')}]
);
`;
}

/**
 * Starts workerd by itself: no proxy, no harness. Its sockets listen before the process starts, so that what is asked right away is
 * answered as soon as it can be. The configuration is written to `file`.
 */
export async function startWorkerd(
  file: string,
  workers: readonly BareWorker[],
  elsewhere: readonly Elsewhere[] = [],
): Promise<Running> {
  await writeFile(file, configText(workers, elsewhere));
  const servers = workers.map(() => createServer());
  const ports = await Promise.all(servers.map(listening));
  const fds = servers.map((server) => (server as Server & { _handle: { fd: number } })._handle.fd);
  const told = workers.map(({ name }, i) => `--socket-fd=${name}=${i + 3}`);
  const child = spawn(binary, ['serve', file, '--experimental', '--import-path=/', ...told], {
    stdio: ['ignore', 'inherit', 'inherit', ...fds],
  });
  const stopped = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const server of servers) server.close();
  return {
    ports,
    cpu: () => cpuOf(child),
    async stop() {
      child.kill('SIGKILL');
      await stopped;
    },
  };
}

const listening = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });

/** What the threads of a process have run for, as the scheduler counts it. */
function cpuOf({ pid }: ChildProcess): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks)
    .map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds, 0);
}
