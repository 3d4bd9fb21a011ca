import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { formatInstant } from '../../src/clock.ts';

/** Hands a request on with the program's time, unless it brings one of its own. The host stays: the doors look at it. */
function forward(incoming: IncomingMessage, outgoing: ServerResponse, target: URL, now: () => number): void {
  const headers = { ...incoming.headers };
  headers['x-clock'] ??= formatInstant(now());
  const { hostname: host, port } = target;
  const onward = request({ host, port, method: incoming.method, path: incoming.url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  onward.on('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502, { 'content-type': 'text/plain' }).end('The Workers do not answer.\n');
  });
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

/** The program's address on this machine: hands every request on to `target`, once there is one, with the program's time as `X-Clock`. */
export function createProxy(target: () => URL | null, now: () => number): Server {
  return createServer((incoming, outgoing) => {
    const workers = target();
    if (workers) return forward(incoming, outgoing, workers, now);
    outgoing.writeHead(503, { 'content-type': 'text/plain' }).end('Lastclick is starting.\n');
  });
}

/** Listens on loopback only; false where the port is taken. */
export function listen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
}

/** Ends a server and the connections that it still has. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
