import { html, raw } from 'hono/html';

import { longDay } from '../letter/letter.rules.ts';
import { MEANS, questionText, reasonText, type Question } from '../letter/question.rules.ts';

/** What every page says of itself, and the program's name on it. */
interface Page {
  title: string;
  program_name: string;
  body: ReturnType<typeof html>;
}

// Its hash is in the policy of the page: the element holds these very bytes.
const STYLE = `body{font:1.05rem/1.55 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}
h1{font-size:1.4rem;line-height:1.3}form{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0}
button{font:inherit;min-height:3rem;padding:.5rem 1.5rem;border:2px solid #1c1c1c;border-radius:.4rem;background:#fff;color:#1c1c1c;flex:1 1 8rem}
button:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}footer{margin-top:2.5rem;color:#555}`;

let hashed: Promise<string> | undefined;

async function hashOfStyle(): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(STYLE));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/** Headers of the page: nothing is fetched, run, framed, kept or told on. */
export async function pageHeaders(): Promise<Record<string, string>> {
  hashed ??= hashOfStyle();
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${await hashed}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-robots-tag': 'noindex, nofollow',
  };
}

async function page({ title, program_name, body }: Page): Promise<string> {
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${title} – ${program_name}</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>${body}</main>
        <footer>${program_name}</footer>
      </body>
    </html> `;
  return document.toString();
}

/** The question with its two buttons. `until_on`: the last day on which it can be answered. */
export function askPage(program_name: string, question: Question, until_on: string): Promise<string> {
  const title = questionText(question, program_name);
  const body = html`<h1>${title}</h1>
    <p>${reasonText(question, program_name)}</p>
    <p id="yes">${MEANS.yes}</p>
    <p id="no">${MEANS.no}</p>
    <form method="post" aria-label="Your answer">
      <button type="submit" name="answer" value="yes" aria-describedby="yes">Yes</button>
      <button type="submit" name="answer" value="no" aria-describedby="no">No</button>
    </form>
    <p>
      You can answer once, up to ${longDay(until_on)}. If you do not know, you need not do anything: just close this
      page.
    </p>`;
  return page({ title, program_name, body });
}

/** The answer is recorded: now, or the same before. */
export function answeredPage(program_name: string, partner_name: string, answer: 'yes' | 'no'): Promise<string> {
  const title = 'Thank you, your answer is recorded';
  const body =
    answer === 'yes'
      ? html`<h1>${title}</h1>
          <p>
            You answered yes: ${partner_name} referred you to ${program_name}. What follows from it is decided by the
            rules of the partner program. Nothing about your account changes, and there is nothing more to do.
          </p>`
      : html`<h1>${title}</h1>
          <p>
            You answered no: you did not come to ${program_name} through ${partner_name}. Nothing about your account
            changes, and there is nothing more to do.
          </p>`;
  return page({ title, program_name, body });
}

/** Why a link is of no use (any more); says nothing of what it was about. */
const USELESS = {
  not_ours: 'This link does not work. Please check that it was copied whole from our mail.',
  too_late: 'This link has expired. There is nothing you have to do.',
  settled: 'This question has been settled already. There is nothing you have to do.',
  not_holder: 'This link is not valid any more. There is nothing you have to do.',
  answered:
    'This question has been answered already, and it can be answered only once. If the answer was a mistake, please write to us.',
} as const;

/** A link that is of no use. */
export function uselessPage(program_name: string, why: keyof typeof USELESS): Promise<string> {
  const title = why === 'answered' || why === 'settled' ? 'Nothing left to answer' : 'This link cannot be used';
  const body = html`<h1>${title}</h1>
    <p>${USELESS[why]}</p>`;
  return page({ title, program_name, body });
}

/** Something is to be done again. */
export function againPage(program_name: string, why: 'no_answer' | 'rate_limited' | 'busy'): Promise<string> {
  const title = why === 'no_answer' ? 'Please answer yes or no' : 'Please try again in a minute';
  const text =
    why === 'no_answer'
      ? 'Your answer did not reach us. Go back to the page before and press one of its two buttons.'
      : 'We could not take your answer just now. Nothing was recorded. Please go back and try again in a minute.';
  const body = html`<h1>${title}</h1>
    <p>${text}</p>`;
  return page({ title, program_name, body });
}
