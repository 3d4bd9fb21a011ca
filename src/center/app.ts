import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';

import type { SignedIn } from '../identity/session.rules.ts';
import type { CenterPages, Pages } from '../pages/context.ts';
import { pageAnswer, type Frame, type PageContent } from '../pages/layout.tsx';

/** Places of the Partner Center. */
export const CENTER_NAV = [
  { href: '/partners', text: 'Home' },
  { href: '/partners/earnings', text: 'Earnings' },
  { href: '/partners/referrals', text: 'Referrals' },
  { href: '/partners/links', text: 'Links' },
  { href: '/partners/expected-clients', text: 'Expected clients' },
  { href: '/partners/settings', text: 'Settings' },
] as const;

export type CenterPlace = (typeof CENTER_NAV)[number]['href'];

/** A page of the Partner Center as an answer. `at`: the place of the navigation that it belongs to. */
export function centerPage(program_name: string, at: CenterPlace, content: PageContent): Promise<Response> {
  const frame: Frame = { program_name, home: '/partners', nav: CENTER_NAV, at, sign_out: '/partners/sign-out' };
  return pageAnswer(frame, content);
}

function isPartner(person: SignedIn | null): person is CenterPages['Variables']['person'] {
  return person?.role === 'partner' && person.partner_id !== null;
}

/** Lets partners pass who have signed in and accepted the terms in force; others are sent to do so first, and then back here. */
export const partnerOnly = createMiddleware<Pages>(async (c, next) => {
  const { person } = c.var;
  const { pathname, search } = new URL(c.req.url);
  const next_path = c.req.method === 'GET' ? `?next=${encodeURIComponent(pathname + search)}` : '';
  if (!isPartner(person)) return c.redirect(`/partners/sign-in${next_path}`, 303);
  if (person.terms_due !== null) return c.redirect(`/partners/terms${next_path}`, 303);
  return next();
});

/** A part of the Partner Center, for partners who have signed in. */
export function createCenterPages(): Hono<CenterPages> {
  const pages = new Hono<CenterPages>();
  return pages;
}
