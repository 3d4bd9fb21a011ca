import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { close, createProxy, listen } from '../../../scripts/local/proxy.ts';

const NOW = Date.parse('2027-02-03T04:05:06Z');
const servers: Server[] = [];

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function listening(server: Server): Promise<Server> {
  servers.push(server);
  expect(await listen(server, 0)).toBe(true);
  return server;
}

/** A Worker that answers with what it was sent. */
function echo(): Promise<Server> {
  return listening(
    createServer(({ method, url, headers }, response) => {
      response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'] }).end(JSON.stringify({ method, url, headers }));
    }),
  );
}

function ask(
  port: number,
  headers: Record<string, string>,
): Promise<{ status: number; cookies: string[]; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/v1/x?y=1', method: 'POST', headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, cookies: answer.headers['set-cookie'] ?? [], text }),
      );
    });
    asked.on('error', reject);
    asked.end('{}');
  });
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map(close));
});

describe('the proxy in front of a local program', () => {
  it('tells the program the program’s time, and hands on the rest as it is', async () => {
    const target = new URL(`http://127.0.0.1:${portOf(await echo())}`);
    const proxy = await listening(
      createProxy(
        () => target,
        () => NOW,
      ),
    );
    const { status, cookies, text } = await ask(portOf(proxy), { host: 'localhost:8787', authorization: 'Bearer x' });
    const headers = { 'x-clock': '2027-02-03T04:05:06Z', host: 'localhost:8787', authorization: 'Bearer x' };
    expect(JSON.parse(text)).toMatchObject({ method: 'POST', url: '/v1/x?y=1', headers });
    expect(status).toBe(201);
    expect(cookies).toEqual(['a=1', 'b=2']);
  });

  it('leaves a request its own time', async () => {
    const target = new URL(`http://127.0.0.1:${portOf(await echo())}`);
    const proxy = await listening(
      createProxy(
        () => target,
        () => NOW,
      ),
    );
    const { text } = await ask(portOf(proxy), { 'x-clock': '2026-01-01T00:00:00Z' });
    expect(JSON.parse(text).headers['x-clock']).toBe('2026-01-01T00:00:00Z');
  });

  it('says so while there is nothing behind it, or nothing answers', async () => {
    const starting = await listening(
      createProxy(
        () => null,
        () => NOW,
      ),
    );
    expect((await ask(portOf(starting), {})).status).toBe(503);
    const gone = await echo();
    const target = new URL(`http://127.0.0.1:${portOf(gone)}`);
    await close(gone);
    const proxy = await listening(
      createProxy(
        () => target,
        () => NOW,
      ),
    );
    expect((await ask(portOf(proxy), {})).status).toBe(502);
  });

  it('is told that its port is taken', async () => {
    const taken = portOf(await echo());
    expect(await listen(createServer(), taken)).toBe(false);
  });
});
