import { connect, type Socket } from 'node:net';

/** What a client was answered. */
export interface Load {
  answered: number;
  /** How many answers had each status. */
  statuses: Map<number, number>;
  /** How long each answer took, in milliseconds, in the order they came. */
  latencies: number[];
  /** Connections that broke, and answers that never came. */
  broken: number;
  /** Of the whole, in milliseconds. */
  wall: number;
}

/** A request as bytes; `n` counts those of one load from 0. */
export type RequestText = (n: number) => string;

export interface LoadOptions {
  port: number;
  /** Connections, each with one request at a time. */
  connections: number;
  request: RequestText;
  /** Ends after so many requests, or after so many milliseconds, whichever is given. */
  requests?: number;
  duration?: number;
  /** Called with the number of the request and its answer's head. */
  seen?: (n: number, status: number, head: string) => void;
}

const HEAD_END = '\r\n\r\n';

/**
 * Asks over kept-alive connections as fast as they are answered. Bytes in, bytes out: a client of its own costs less than the Worker that
 * is measured, so that this machine's other core is enough for it.
 */
export async function load(options: LoadOptions): Promise<Load> {
  const { connections, requests = Infinity, duration = Infinity } = options;
  const result: Load = { answered: 0, statuses: new Map(), latencies: [], broken: 0, wall: 0 };
  const began = performance.now();
  let next = 0;
  const take = (): number | null => (next >= requests || performance.now() - began >= duration ? null : next++);
  await Promise.all(Array.from({ length: connections }, () => client(options, result, take)));
  result.wall = performance.now() - began;
  return result;
}

/** One connection: asks, waits for the whole answer, asks again; a connection that breaks is made anew. */
async function client(options: LoadOptions, result: Load, take: () => number | null): Promise<void> {
  while (!(await connection(options, result, take)));
}

/** Answers whether there is nothing left to ask. */
function connection(options: LoadOptions, result: Load, take: () => number | null): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    let [asked, sent_at, buffer]: [number | null, number, string] = [null, 0, ''];
    const ask = (): void => {
      asked = take();
      if (asked === null) return void socket.end();
      sent_at = performance.now();
      socket.write(options.request(asked), 'latin1');
    };
    socket.setEncoding('latin1');
    socket.on('connect', ask);
    socket.on('data', (chunk: string) => {
      buffer += chunk;
      const length = answerLength(buffer);
      if (asked === null || length === null || buffer.length < length) return;
      const status = Number(buffer.slice(9, 12));
      result.answered += 1;
      result.latencies.push(performance.now() - sent_at);
      result.statuses.set(status, (result.statuses.get(status) ?? 0) + 1);
      options.seen?.(asked, status, buffer.slice(0, buffer.indexOf(HEAD_END)));
      buffer = buffer.slice(length);
      ask();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (asked !== null) result.broken += 1;
      resolve(asked === null);
    });
  });
}

/** How long the answer at the beginning of a buffer is; null while its head is not whole. */
function answerLength(buffer: string): number | null {
  const end = buffer.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = buffer.slice(0, end);
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    const last = buffer.indexOf(`0${HEAD_END}`, end);
    return last < 0 ? null : last + 5;
  }
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? '0';
  return end + HEAD_END.length + Number(length);
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
