import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';

import type { SignedIn } from '../identity/session.rules.ts';
import type { ConsolePages, Pages } from '../pages/context.ts';
import { pageAnswer, type Frame, type PageContent } from '../pages/layout.tsx';

/** Places of the console. */
export const CONSOLE_NAV = [
  { href: '/console', text: 'Today' },
  { href: '/console/partners', text: 'Partners' },
  { href: '/console/accounts', text: 'Accounts' },
  { href: '/console/batches', text: 'Batches' },
  { href: '/console/claims', text: 'Claims' },
  { href: '/console/import', text: 'Import' },
  { href: '/console/policy', text: 'Policy' },
  { href: '/console/terms', text: 'Terms' },
  { href: '/console/audit', text: 'Audit log' },
  { href: '/console/operators', text: 'Operators' },
  { href: '/console/settings', text: 'Settings' },
] as const;

export type ConsolePlace = (typeof CONSOLE_NAV)[number]['href'];

/** A page of the console as an answer. `at`: the place of the navigation that it belongs to. */
export function consolePage(program_name: string, at: ConsolePlace, content: PageContent): Promise<Response> {
  const frame: Frame = {
    program_name: `${program_name} console`,
    home: '/console',
    nav: CONSOLE_NAV,
    at,
    sign_out: '/console/sign-out',
  };
  return pageAnswer(frame, content);
}

function isOperator(person: SignedIn | null): person is ConsolePages['Variables']['person'] {
  return person?.role === 'operator' && person.operator_name !== null;
}

/** Lets operators pass who have signed in with a second factor; who has none yet sets one up first. */
export const operatorOnly = createMiddleware<Pages>(async (c, next) => {
  const { person } = c.var;
  const { pathname, search } = new URL(c.req.url);
  const next_path = c.req.method === 'GET' ? `?next=${encodeURIComponent(pathname + search)}` : '';
  if (!isOperator(person)) return c.redirect(`/console/sign-in${next_path}`, 303);
  if (!person.two_factor) return c.redirect('/console/second-factor', 303);
  return next();
});

/** A part of the console, for operators who have signed in with a second factor. */
export function createConsolePages(): Hono<ConsolePages> {
  return new Hono<ConsolePages>();
}
