import { createServer, type IncomingMessage, type Server } from 'node:http';

import { formatInstant } from '../../src/clock.ts';
import { Refused, type Client } from './client.ts';

/** What the shop needs: the program that it takes part in, and its key as a merchant's server. */
export interface ShopInput {
  readonly client: Client;
  readonly ingest_key: string;
  /** Where the program is, for the browser. */
  readonly program: string;
  /** The shop's own origin. */
  readonly origin: string;
  /** The program's now, epoch ms. */
  now(): number;
}

const PRICES: Readonly<Record<string, number>> = { solo: 7900, team: 14_700, agency: 29_700 };

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>body{font:1rem/1.5 system-ui;max-width:42rem;margin:3rem auto;padding:0 1rem}label{display:block;margin:.6rem 0}input,select{font:inherit;width:100%}pre{overflow:auto;background:#8882;padding:1rem}</style>
<h1>${escape(title)}</h1>${body}</html>`;
}

/** The site that links lead to: its form goes straight to the program, from the browser, with the visitor's cookie. */
function home({ program, origin }: ShopInput): string {
  return page(
    'Flowline',
    `<p>Automation for small teams. This is a shop of the demo’s: follow <a href="${program}/r/maria">Maria’s link</a> or
    <a href="${program}/r/tom">Tom’s</a> and you come back here with their cookie; the last one wins.</p>
    <form method="post" action="${program}/signups">
    <input type="hidden" name="next" value="${origin}/welcome">
    <label>Email <input name="email" type="email" required></label>
    <label>Name <input name="name"></label>
    <label>Company <input name="company"></label>
    <label>How did you hear about us? <input name="how_heard"></label>
    <button>Sign up</button></form>`,
  );
}

function welcome(signup_ref: string): string {
  return page(
    'Welcome',
    `<p>The form went to the program, which sent you on with <code>signup_ref=${escape(signup_ref)}</code>. The shop’s own server now tells
    the program of your account and of your first payment, with its ingest key:</p>
    <form method="post" action="/checkout">
    <input type="hidden" name="signup_ref" value="${escape(signup_ref)}">
    <label>Email <input name="email" type="email" required></label>
    <label>Plan <select name="plan"><option value="solo">solo, $79<option value="team">team, $147<option value="agency">agency, $297</select></label>
    <button>Pay</button></form>`,
  );
}

async function checkout({ client, ingest_key, now }: ShopInput, form: URLSearchParams): Promise<string> {
  const at = now();
  const [email, signup_ref, plan] = ['email', 'signup_ref', 'plan'].map((name) => form.get(name) ?? '');
  const account_id = `acct_shop_${at}`;
  const evidence = signup_ref ? { signup_ref } : {};
  const signup = await client.json('POST', '/v1/signups', {
    as: ingest_key,
    at,
    body: { account_id, email, ...evidence },
  });
  const paid = { payment_id: `in_shop_${at}`, account_id, amount: PRICES[plan ?? ''] ?? 7900, currency: 'USD', plan };
  const body = { ...paid, paid_at: formatInstant(at) };
  const payment = await client.json('POST', '/v1/payments', { as: ingest_key, at, body });
  const shown = [
    ['POST /v1/signups', signup],
    ['POST /v1/payments', payment],
  ];
  return page(
    'Thank you',
    shown.map(([what, told]) => `<h2>${what}</h2><pre>${escape(JSON.stringify(told, null, 2))}</pre>`).join(''),
  );
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk).slice(0, 10_000);
  return new URLSearchParams(text);
}

async function answer(input: ShopInput, request: IncomingMessage): Promise<string> {
  const { pathname, searchParams } = new URL(request.url ?? '/', input.origin);
  if (request.method === 'POST' && pathname === '/checkout') return checkout(input, await formOf(request));
  return pathname === '/welcome' ? welcome(searchParams.get('signup_ref') ?? '') : home(input);
}

/** A merchant's site for the demo: a page that links lead to, with a signup form, and the server behind it. */
export function createShop(input: ShopInput): Server {
  return createServer((request, response) => {
    answer(input, request).then(
      (html) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html),
      (error: unknown) => {
        const why = error instanceof Refused ? error.message : 'The shop is out of order.';
        response
          .writeHead(502, { 'content-type': 'text/html; charset=utf-8' })
          .end(page('Sorry', `<pre>${escape(why)}</pre>`));
      },
    );
  });
}
