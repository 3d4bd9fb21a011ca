import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium, type BrowserContext } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

/** Why no browser test can run here; null where they can. */
export const noBrowser: string | null =
  CHROMIUM === undefined
    ? 'Chromium is not installed (apt-get install chromium): what only a browser shows was not looked at'
    : null;

/** A real browser before the local Workers, which it takes for https://www.example.com and https://go.example.com. */
export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** A certificate for a minute's test; the browser is told not to look at it. */
function certificate(folder: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=example.com', '-days', '2'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...made, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Hands a request of the browser on to the Workers as it came, under the address that the browser asked for. */
function handOn(url: URL, asked: IncomingMessage, answer: ServerResponse): void {
  const address = `https://${asked.headers.host ?? ''}${asked.url ?? ''}`;
  const headers = { ...asked.headers, 'mf-original-url': address };
  const { hostname, port } = url;
  const sent = request({ hostname, port, method: asked.method, path: asked.url, headers }, (got) => {
    answer.writeHead(got.statusCode ?? 502, got.rawHeaders);
    got.pipe(answer);
  });
  sent.on('error', () => answer.destroy());
  asked.pipe(sent);
}

/** Opens Chromium. Its cookies, redirects and what it fetches ahead are its own; only names are resolved for it. */
export async function openBrowser(url: URL): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'lastclick-browser-'));
  const server = createServer(certificate(folder), (asked, answer) => handOn(url, asked, answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM ?? '',
    // Headless Chromium calls itself so, and is taken for the bot that it is.
    args: [
      '--no-sandbox',
      '--ignore-certificate-errors',
      `--host-resolver-rules=MAP *.example.com 127.0.0.1:${port}`,
      '--user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    ],
  });
  return {
    context,
    async close() {
      await context.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
