import { Hono, type Context, type Next } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getSignedCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';

import { systemNow } from '../clock.ts';
import { SESSION_COOKIE } from '../identity/auth.ts';
import { findSession } from '../identity/session.repo.ts';
import { signedIn, type SignedIn } from '../identity/session.rules.ts';
import { errorNames, logLine } from '../log.ts';
import { isUnanswered } from '../program/commit.repo.ts';
import type { Pages } from './context.ts';
import { pageAnswer, type Frame } from './layout.tsx';

/** Forms of pages; files are handed in on pages that set their own bound. */
const MAX_FORM_BYTES = 64 * 1024;
/** Operators paste terms and outcomes: as much as the API takes, each character three times as long in a form. */
const MAX_CONSOLE_BYTES = 512 * 1024;

/** Frames of pages that anybody may see: no navigation. */
export function bareFrame(program_name: string, home: '/partners' | '/console'): Frame {
  return { program_name, home, nav: [] };
}

/** The home of the pages that a request is for. */
export function homeOf(path: string): '/partners' | '/console' {
  return path.startsWith('/console') ? '/console' : '/partners';
}

const FAILURES = {
  400: ['That could not be read', 'Nothing was done. Open the page anew and try again.'],
  403: ['This was not sent from our own page', 'Nothing was done. Open the page anew and try again.'],
  404: ['There is no such page', 'It may have moved, or the address was not copied whole.'],
  413: ['That was too large', 'Nothing was done.'],
  500: [
    'Something went wrong here',
    'We could not do that. Nothing you see here was lost; please try again in a minute.',
  ],
  503: ['Please try again in a minute', 'A part of the program does not answer just now.'],
} as const;

/** The page of a request that did not go well. What is somebody else's looks like what does not exist. */
export function failurePage(c: Context<Pages>, status: keyof typeof FAILURES, detail?: string): Promise<Response> {
  const [title, text] = FAILURES[status];
  const body = (
    <>
      <h1>{title}</h1>
      <p>{text}</p>
      {detail !== undefined && <p class="soft">{detail}</p>}
      <p>
        <a href={homeOf(c.req.path)}>Go on</a>
      </p>
    </>
  );
  return pageAnswer(bareFrame(c.var.config.program_name, homeOf(c.req.path)), { title, body, narrow: true, status });
}

/** On the console, where Cloudflare Access stands before it, its word goes for a sign-in; elsewhere it is the session's person. */
async function byAccess(c: Context<Pages>, session: SignedIn | null): Promise<SignedIn | null> {
  const { books, config, machine_now } = c.var;
  const assertion = c.req.header('cf-access-jwt-assertion');
  if (config.access === null || assertion === undefined || homeOf(c.req.path) !== '/console') return session;
  const { personByAccess } = await import('../identity/access.ts');
  return personByAccess({ books, config, machine_now }, assertion, session);
}

/** Who has signed in, by the session's cookie: one query. Signing in goes by the machine's clock. */
const person = createMiddleware<Pages>(async (c, next) => {
  const machine_now = systemNow();
  c.set('machine_now', machine_now);
  const token = await getSignedCookie(c, c.var.config.auth_secret, SESSION_COOKIE);
  const row = typeof token === 'string' ? await findSession(c.var.books, token) : null;
  const session = row ? signedIn(row, machine_now) : null;
  c.set('person', await byAccess(c, session));
  await next();
});

const limited = (maxSize: number) =>
  bodyLimit({ maxSize, onError: (c) => failurePage(c as unknown as Context<Pages>, 413) });
const LIMITS = { '/partners': limited(MAX_FORM_BYTES), '/console': limited(MAX_CONSOLE_BYTES) } as const;

/** Whether a page takes a file, and so sets its own bound. */
function takesFile(path: string): boolean {
  return path === '/partners/expected-clients' || path.startsWith('/console/import');
}

/**
 * Pages of one kind: who has signed in is known, forms come from our own pages only, and what fails is a page too. Problems that a shared
 * operation ends with (`fail`) keep their status.
 */
export function createPages(): Hono<Pages> {
  const pages = new Hono<Pages>();
  const ownForms = csrf({
    origin: (origin, c) => origin === new URL((c as Context<Pages>).var.config.public_url).origin,
  });
  pages.use(ownForms as (c: Context<Pages>, next: Next) => Promise<Response | void>);
  pages.use(async (c, next) => (takesFile(c.req.path) ? next() : LIMITS[homeOf(c.req.path)](c, next)));
  pages.use(person);
  pages.onError((error, c) => {
    if (error instanceof HTTPException) {
      const { status } = error;
      if (status === 400 || status === 403) return failurePage(c, status);
      if (error.res?.status === 404 || status === 404) return failurePage(c, 404);
    }
    logLine('request_failed', { request_id: c.var.request_id, route: c.req.routePath, error: errorNames(error) });
    return failurePage(c, isUnanswered(error) ? 503 : 500, `Request ${c.var.request_id}`);
  });
  return pages;
}
