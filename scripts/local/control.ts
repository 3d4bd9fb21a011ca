import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { files } from './files.ts';
import { listen } from './proxy.ts';

/** How a running program is reached by the scripts beside it. */
export interface Control {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  /** Where the program itself is. */
  readonly program: string;
}

function sameToken(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Opens the control of a program that is being started, on loopback, guarded by a random token in an ignored file. `POST /forward` with a
 * span hands it to `onForward`, whose lines are the answer.
 */
export async function openControl(
  program: string,
  onForward: (span: string, say: (line: string) => void) => Promise<void>,
): Promise<Server> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    if (!sameToken(request.headers.authorization ?? '', `Bearer ${token}`)) {
      response.writeHead(401).end();
      return;
    }
    if (request.method !== 'POST' || request.url !== '/forward') {
      response.writeHead(204).end();
      return;
    }
    let span = '';
    request.on('data', (chunk: Buffer) => (span += chunk.toString()));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      const say = (line: string) => response.write(`${line}\n`);
      onForward(span, say).then(
        () => response.end(),
        (error: unknown) => response.end(`It went wrong: ${error instanceof Error ? error.message : String(error)}\n`),
      );
    });
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const control: Control = { pid: process.pid, url: `http://127.0.0.1:${port}`, token, program };
  await writeFile(files.control, JSON.stringify(control), { mode: 0o600 });
  return server;
}

export async function forgetControl(): Promise<void> {
  await rm(files.control, { force: true });
}

/** The program that runs on this state, or null. What a program left behind that was killed is not taken for one. */
export async function runningProgram(): Promise<Control | null> {
  try {
    const control = JSON.parse(await readFile(files.control, 'utf8')) as Control;
    const { ok } = await fetch(control.url, { headers: { authorization: `Bearer ${control.token}` } });
    return ok ? control : null;
  } catch {
    return null;
  }
}
