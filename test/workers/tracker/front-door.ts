import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

import type { ClickMessage, ClickMessages } from '../../../src/attribution/click.ts';
import type { TrackerEnv } from '../../../workers/tracker/env.ts';
import tracker from '../../../workers/tracker/index.ts';

export const NOW = Date.parse('2026-03-02T10:00:00Z');
export const PERSON = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
};

/** The front door over the real KV and D1, with a queue that keeps what it is sent and a house that echoes. */
export interface FrontDoor {
  env: TrackerEnv;
  sent: ClickMessage[];
  forwarded: Request[];
  /** A person's request on loopback at `now`; waits for what is done after the answer. */
  ask(path: string, init?: RequestInit & { now?: number }): Promise<Response>;
  /** A person's request as it is answered; what is to be done after the answer goes to `after`. */
  fetch(path: string, after: (work: Promise<unknown>) => void): Promise<Response>;
}

/** What a store or queue of a test does instead of the real one's. */
export type Replaced = Partial<{ [Name in keyof TrackerEnv]: unknown }>;

/** Opens a front door on an isolate of its own. `replaced` stands in for bindings and vars. */
export function openFrontDoor(replaced: Replaced = {}): FrontDoor {
  const sent: ClickMessage[] = [];
  const forwarded: Request[] = [];
  const doorEnv = {
    ...pick(env),
    CLICK_QUEUE: { send: async ({ clicks }: ClickMessages) => void sent.push(...clicks) },
    PROGRAM: {
      fetch: async (request: Request) => {
        forwarded.push(request);
        return new Response('house', { headers: { 'x-from': 'house' } });
      },
    },
    ...replaced,
  } as unknown as TrackerEnv;
  return {
    env: doorEnv,
    sent,
    forwarded,
    async fetch(path, after) {
      const request = new Request(new URL(path, 'http://localhost'), {
        headers: { ...PERSON, 'x-clock': new Date(NOW).toISOString() },
      });
      return tracker.fetch(request as never, doorEnv, { ...createExecutionContext(), waitUntil: after } as never);
    },
    async ask(path, { now = NOW, ...init } = {}) {
      const ctx = createExecutionContext();
      const headers = new Headers({ ...PERSON, 'x-clock': new Date(now).toISOString(), ...headersOf(init.headers) });
      if (headers.get('user-agent') === '') headers.delete('user-agent');
      const url = new URL(path, 'http://localhost');
      const answer = await tracker.fetch(
        new Request(url, { redirect: 'manual', ...init, headers }) as never,
        doorEnv,
        ctx,
      );
      await waitOnExecutionContext(ctx);
      return answer;
    },
  };
}

const headersOf = (init: HeadersInit | undefined): Record<string, string> => Object.fromEntries(new Headers(init));

function pick({
  LINKS,
  BOOKS,
  ENVIRONMENT,
  CLOCK,
  HOME_URL,
  PUBLIC_URL,
  SIGNUP_ORIGINS,
  COST_HEADERS,
  COOKIE_KEYS,
}: Cloudflare.Env): Replaced {
  return { LINKS, BOOKS, ENVIRONMENT, CLOCK, HOME_URL, PUBLIC_URL, SIGNUP_ORIGINS, COST_HEADERS, COOKIE_KEYS };
}

/** Puts a link and its partner into the books, both live since long ago. */
export async function seedLink(
  code: string,
  partner_id = 'ana',
  destination = 'https://www.example.com/landing',
): Promise<void> {
  await env.BOOKS.batch([
    env.BOOKS.prepare('INSERT INTO partners VALUES (?1, 0) ON CONFLICT DO NOTHING').bind(partner_id),
    env.BOOKS.prepare(
      "INSERT INTO partner_facts VALUES (?1, 1, 'status', 'active', 0, 'test', NULL) ON CONFLICT DO NOTHING",
    ).bind(partner_id),
    env.BOOKS.prepare('INSERT INTO links VALUES (?1, ?1, ?2, ?3, NULL, 0)').bind(code, partner_id, destination),
  ]);
}

/** A partner's status from an instant on. */
export async function setStatus(partner_id: string, n: number, value: string, at: number): Promise<void> {
  await env.BOOKS.prepare("INSERT INTO partner_facts VALUES (?1, ?2, 'status', ?3, ?4, 'test', NULL)")
    .bind(partner_id, n, value, at)
    .run();
}

/** A link's state from an instant on. */
export async function setRetired(code: string, retired: 0 | 1, at: number): Promise<void> {
  await env.BOOKS.prepare('INSERT INTO link_states VALUES (?1, ?2, ?3)').bind(code, at, retired).run();
}

/** The cookie's value out of an answer, or null. */
export function cookieOf(answer: Response): string | null {
  return /^__(?:Host|Secure)-lastclick=([^;]*)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? null;
}
