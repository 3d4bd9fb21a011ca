import { Hono, type Context } from 'hono';
import * as z from 'zod';

import { bareFrame } from '../pages/app.tsx';
import type { Pages } from '../pages/context.ts';
import { readForm } from '../pages/form.ts';
import { pageAnswer, type PageContent } from '../pages/layout.tsx';
import { readProgram } from '../program/program.repo.ts';
import { authOf } from './auth-of.ts';
import { nextPath } from './next.rules.ts';
import { orderPasswordMail } from './password-mail.ts';
import { setPassword } from './set-password.ts';
import { ForgotBody, PasswordBody, SecondFactorBody, SignInBody } from './sign-in.pages.tsx';
import { signIn, signInSecond, type SignInDoor, type Tried } from './sign-in.ts';

type Home = '/partners' | '/console';

const SignInForm = z.object({
  email: z.string('Your email address is needed').max(254),
  password: z.string('Your password is needed').max(200),
  next: z.string().max(600).optional(),
});
const CodeForm = z.object({
  code: z.string('The code is needed').max(40),
  kind: z.enum(['app', 'recovery']).default('app'),
  next: z.string().max(600).optional(),
});
const ForgotForm = z.object({ email: z.string('Your email address is needed').max(254) });
/** A new password, typed twice: the fields of `NewPasswordFields`. */
export const NewPasswordForm = z.object({
  password: z.string('A password is needed').max(200),
  again: z.string('Please type it once more').max(200),
});

const WHY = {
  wrong: 'Address and password do not belong together. Please try again.',
  throttled: 'There were too many tries. Please wait a quarter of an hour, or set a new password.',
  expired: 'That took too long. Please sign in again.',
} as const;
const WHY_CODE = {
  wrong: 'This code is not right, or it has been used already. Wait for the next one and try again.',
  throttled: 'There were too many tries. Please wait a quarter of an hour.',
  expired: WHY.expired,
} as const;

/** What signing in needs, of one request. */
export async function signInDoor(c: Context<Pages>): Promise<SignInDoor> {
  const [auth, { hasher }] = await Promise.all([authOf(c), readProgram(c.var.books)]);
  const { books, machine_now } = c.var;
  return { auth, books, hasher, machine_now, headers: c.req.raw.headers };
}

/** An answer that goes elsewhere, with the cookies that were set. */
export function goOn(c: Context, to: string, set_cookies: readonly string[] = []): Response {
  const answer = c.redirect(to, 303);
  for (const cookie of set_cookies) answer.headers.append('set-cookie', cookie);
  return answer;
}

/** Where somebody goes on to: who signs in at the other home's door goes to their own. */
function ownPlace(role: 'partner' | 'operator', to: string): string {
  const own = role === 'operator' ? '/console' : '/partners';
  return nextPath(own, to);
}

/** A page that anybody may open. */
function showBare(home: Home) {
  return (c: Context<Pages>, content: Omit<PageContent, 'narrow'>): Promise<Response> =>
    pageAnswer(bareFrame(c.var.config.program_name, home), { narrow: true, ...content });
}

/** Signing in and out, setting a password by a mailed link: the same for partners and for operators. */
export function signInRoutes(home: Home): Hono<Pages> {
  const routes = new Hono<Pages>();
  const show = showBare(home);
  const next = (c: Context<Pages>) => nextPath(home, c.req.query('next'));

  const failedTry = (c: Context<Pages>, tried: Tried & { ok: false }, asked: { next: string; email?: string }) =>
    show(c, {
      title: 'Sign in',
      status: tried.reason === 'throttled' ? 429 : 400,
      body: <SignInBody home={home} {...asked} fault={WHY[tried.reason]} />,
    });

  routes.get('/sign-in', (c) => show(c, { title: 'Sign in', body: <SignInBody home={home} next={next(c)} /> }));

  routes.post('/sign-in', async (c) => {
    const read = await readForm(c, SignInForm);
    if (!read.ok) return failedTry(c, { ok: false, reason: 'wrong' }, { next: home });
    const { email, password } = read.value;
    const to = nextPath(home, read.value.next);
    const tried = await signIn(await signInDoor(c), { email, password });
    if (!tried.ok) return failedTry(c, tried, { next: to, email });
    if (tried.next === 'signed_in') return goOn(c, ownPlace(tried.role, to), tried.set_cookies);
    return goOn(c, `${home}/sign-in/code?next=${encodeURIComponent(to)}`, tried.set_cookies);
  });

  const askCode = (c: Context<Pages>, to: string, fault?: string, status = 200) =>
    show(c, { title: 'Your second factor', status, body: <SecondFactorBody home={home} next={to} fault={fault} /> });

  routes.get('/sign-in/code', (c) => askCode(c, next(c)));

  routes.post('/sign-in/code', async (c) => {
    const read = await readForm(c, CodeForm);
    if (!read.ok) return askCode(c, home, read.faults['code'] ?? WHY_CODE.wrong, 400);
    const to = nextPath(home, read.value.next);
    const tried = await signInSecond(await signInDoor(c), read.value);
    if (tried.ok && tried.next === 'signed_in') return goOn(c, ownPlace(tried.role, to), tried.set_cookies);
    if (tried.ok) return askCode(c, to);
    if (tried.reason === 'expired') return failedTry(c, tried, { next: to });
    return askCode(c, to, WHY_CODE[tried.reason], tried.reason === 'throttled' ? 429 : 400);
  });

  routes.post('/sign-out', async (c) => {
    if (!c.var.person) return goOn(c, `${home}/sign-in`);
    const auth = await authOf(c);
    const { headers } = await auth.api.signOut({ headers: c.req.raw.headers, returnHeaders: true });
    return goOn(c, `${home}/sign-in`, headers.getSetCookie());
  });

  return passwordRoutes(routes, home);
}

/** Setting a password by a mailed link. */
function passwordRoutes(routes: Hono<Pages>, home: Home): Hono<Pages> {
  const show = showBare(home);
  routes.get('/forgot', (c) => show(c, { title: 'Set a new password', body: <ForgotBody home={home} /> }));

  routes.post('/forgot', async (c) => {
    const read = await readForm(c, ForgotForm);
    if (!read.ok)
      return show(c, {
        title: 'Set a new password',
        status: 400,
        body: <ForgotBody home={home} fault={read.faults['email']} />,
      });
    const ordered = await orderPasswordMail(c, read.value.email);
    return show(c, {
      title: 'Set a new password',
      status: ordered === 'throttled' ? 429 : 200,
      body: <ForgotBody home={home} told={ordered} />,
    });
  });

  const askPassword = (c: Context<Pages>, faults: Readonly<Record<string, string>> = {}, status = 200) =>
    show(c, {
      title: 'Set your password',
      status,
      body: <PasswordBody action={c.req.path} faults={faults} />,
      // The link is the key: it goes nowhere with the page.
      headers: { 'referrer-policy': 'no-referrer' },
    });

  routes.get('/password/:token', (c) => askPassword(c));

  routes.post('/password/:token', async (c) => {
    const read = await readForm(c, NewPasswordForm);
    if (!read.ok) return askPassword(c, read.faults, 400);
    const { password, again } = read.value;
    if (password !== again) return askPassword(c, { again: 'The two are not the same' }, 400);
    const done = await setPassword(await authOf(c), c.req.param('token'), password);
    if (done === 'set') return goOn(c, `${home}/sign-in?next=${encodeURIComponent(home)}`);
    return askPassword(c, { password: done }, 400);
  });

  return routes;
}
