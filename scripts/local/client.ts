import { Agent, request, type IncomingHttpHeaders } from 'node:http';

import { formatInstant } from '../../src/clock.ts';

/** A JSON request: with whose credential, and at which instant of the program's (epoch ms; without one, the program's own now). */
export interface Ask {
  readonly as?: string;
  readonly at?: number;
  readonly body?: unknown;
}

/** A visitor's or a form's request. */
export interface Visit {
  readonly at: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** What a visitor is answered with. `cookie` is the referral token. */
export interface Visited {
  readonly status: number;
  readonly location: URL | null;
  readonly cookie: string | null;
}

/** The program's HTTP doors, as clients meet them. */
export interface Client {
  /** A JSON answer; throws, with the problem, on anything but 2xx. */
  json<T>(method: string, path: string, ask?: Ask): Promise<T>;
  text(path: string, ask?: Ask): Promise<string>;
  visit(path: string, visit: Visit): Promise<Visited>;
}

/** The program asked for something and refused. */
export class Refused extends Error {
  readonly status: number;

  constructor(asked: string, status: number, problem: string) {
    super(`${asked} → ${status} ${problem}`);
    this.status = status;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

// Not `fetch`, which says of itself that it is no navigation: visitors of the demo are people.
function send(url: string, { method, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const clockHeader = (at: number | undefined): Record<string, string> =>
  at === undefined ? {} : { 'x-clock': formatInstant(at) };

/** Client of the program at an origin. */
export function createClient(origin: string): Client {
  async function ask(method: string, path: string, { as, at, body }: Ask): Promise<string> {
    const headers = {
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...clockHeader(at),
    };
    const sent = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const { status, text } = await send(new URL(path, origin).href, sent);
    if (status < 200 || status > 299) throw new Refused(`${method} ${path}`, status, text);
    return text;
  }
  return {
    async json<T>(method: string, path: string, asked: Ask = {}): Promise<T> {
      return JSON.parse(await ask(method, path, asked)) as T;
    },
    text: (path, asked = {}) => ask('GET', path, asked),
    async visit(path, { at, method = 'GET', headers = {}, form }) {
      const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
      const body = form === undefined ? {} : { body: new URLSearchParams(form).toString() };
      const sent = { method, headers: { ...headers, ...type, ...clockHeader(at) }, ...body };
      const answer = await send(new URL(path, origin).href, sent);
      const { location } = answer.headers;
      const [cookie] = answer.headers['set-cookie'] ?? [];
      return {
        status: answer.status,
        location: location === undefined ? null : new URL(location),
        cookie: cookie?.split(';')[0]?.split('=')[1] ?? null,
      };
    },
  };
}
