import type { Context } from 'hono';
import type { Child } from 'hono/jsx';

import type { Door } from '../account/write.ts';
import { timeOfDay } from '../calendar/zone.rules.ts';
import { keyOfCursor } from '../http/cursor.ts';
import { dayText, longDay } from '../letter/letter.rules.ts';
import { errorNames, logLine } from '../log.ts';
import { moneyText } from '../money/currency.rules.ts';
import { failurePage } from '../pages/app.tsx';
import type { ConsolePages, Pages } from '../pages/context.ts';
import type { PageContent } from '../pages/layout.tsx';
import { Instant } from '../pages/parts.tsx';
import type { RpcAnswer } from '../payout/rpc.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import type { PolicyHistory } from '../policy/policy.rules.ts';
import { consolePage, type ConsolePlace } from './app.ts';

/** A request of the console, by somebody who has signed in with a second factor. */
export type ConsoleContext = Context<ConsolePages>;

/** Rows on one page of a list. */
export const PAGE_ROWS = 50;

/** What an operation is handed: the books, the program's time and the name that decisions keep; as `doorOf` of the API. */
export function consoleDoor(c: ConsoleContext): Door {
  return { books: c.var.books, now: c.var.now, by: c.var.person.operator_name, via: 'console' };
}

/** The page of what does not exist. */
export function missing(c: ConsoleContext): Promise<Response> {
  return failurePage(c as unknown as Context<Pages>, 404);
}

/** A page of the console. */
export function show(c: ConsoleContext, at: ConsolePlace, content: PageContent): Promise<Response> {
  return consolePage(c.var.config.program_name, at, content);
}

/** A parameter of the path; empty where the path has none of that name. */
export function pathPart(c: ConsoleContext, name: string): string {
  return c.req.param(name as never) ?? '';
}

/** A parameter of the query, trimmed and cut; empty where it is left out. */
export function asked(c: ConsoleContext, name: string): string {
  return (c.req.query(name) ?? '').trim().slice(0, 400);
}

/** Where a list goes on; what is no cursor of ours begins it anew. */
export function cursorKey(c: ConsoleContext, name = 'cursor'): string | null {
  try {
    return keyOfCursor(asked(c, name) || undefined);
  } catch {
    return null;
  }
}

/** The address of a page with a query; what is empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | null>>): string {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value]])),
  ).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** Amounts, days and times as this program's people read them. */
export interface Words {
  history: PolicyHistory;
  currency: string;
  timezone: string;
  now: number;
  money(amount: number): string;
  day(at: number): string;
  when(at: number): string;
}

/** The program's words for amounts and times. One query. */
export async function wordsOf(c: ConsoleContext): Promise<Words> {
  const history = await readPolicy(c.var.books);
  const { currency, timezone } = history[0];
  return {
    history,
    currency,
    timezone,
    now: c.var.now,
    money: (amount) => moneyText(amount, currency),
    day: (at) => dayText(at, timezone),
    when: (at) => `${dayText(at, timezone)}, ${timeOfDay(at, timezone)}`,
  };
}

/** An instant with its time of day; a dash where there is none. */
export function When({ at, words }: { at: number | null; words: Words }) {
  return at === null ? <>–</> : <Instant at={at} text={words.when(at)} />;
}

/** A program day in words. */
export function Day({ day }: { day: string }) {
  return <time datetime={day}>{longDay(day)}</time>;
}

const DAY_MS = 86_400_000;

/** How long something has waited: `today`, `1 day`, `12 days`. */
export function ageText(since_at: number, now: number): string {
  const days = Math.max(0, Math.floor((now - since_at) / DAY_MS));
  if (days === 0) return 'less than a day';
  return days === 1 ? '1 day' : `${days} days`;
}

/** Facts by name, as a list of terms. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: Child])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

/** A sentence in place of a list that is empty. */
export function None({ children }: { children: Child }) {
  return <p class="soft">{children}</p>;
}

/** Asks the payouts Worker; that it does not answer is an answer too. */
export async function askPayouts(ask: () => Promise<RpcAnswer>): Promise<RpcAnswer> {
  try {
    return await ask();
  } catch (error) {
    logLine('payouts_not_asked', { error: errorNames(error) });
    return { ok: false, reason: 'unavailable', detail: 'The payouts Worker does not answer. Try again in a minute.' };
  }
}

/** Links to what the console shows. */
export const at = {
  partner: (id: string) => `/console/partners/${id}`,
  account: (id: string) => `/console/accounts/${encodeURIComponent(id)}`,
  batch: (pay_date: string) => `/console/batches/${pay_date}`,
  payout: (id: string) => `/console/payouts/${id}`,
  claim: (id: string) => `/console/claims/${id}`,
  hold: (id: string) => `/console/holds/${id}`,
  list: (id: string) => `/console/expected/${id}`,
} as const;
