import { env } from 'cloudflare:workers';
import { expect } from 'vitest';

import { operationsOf } from '../../../src/payout/operations.ts';
import type { PayoutsRpc } from '../../../src/payout/rpc.ts';
import type { RunContext } from '../../../src/payout/run.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { page, textOf, type PageSeen, type Reader } from '../../support/pages.ts';
import { books as openBooks } from '../../support/world.ts';
import type { Books } from '../payouts/play.ts';

/** The vault's operations without the vault: the same functions on the same books, on the export rail. */
export function vaultOf({ db }: Pick<Books, 'db'> = { db: openBooks() }, approvers: 1 | 2 = 1): PayoutsRpc {
  const context = async (): Promise<RunContext> => {
    const { program_id } = await readProgram(db);
    return { db, program_id, witness: env.WITNESS, paypal: null, poll_ms: 1000 };
  };
  return operationsOf({ db, context, instances: () => ({ ensure: async () => {} }), approvers });
}

const UNESCAPED: Record<string, string> = { '&amp;': '&', '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>' };
const plain = (text: string) => text.replaceAll(/&(?:amp|quot|#39|lt|gt);/g, (found) => UNESCAPED[found] ?? found);

/** The hidden fields of a page's forms, as a browser would send them. */
export function hiddenFields(html: string): Record<string, string> {
  const inputs = html.match(/<input type="hidden"[^>]*>/g) ?? [];
  return Object.fromEntries(
    inputs.map((input) => [
      plain(/ name="([^"]*)"/.exec(input)?.[1] ?? ''),
      plain(/ value="([^"]*)"/.exec(input)?.[1] ?? ''),
    ]),
  );
}

/** What every page has to be, whoever reads it: one first heading, headings in order, ids once, names for what is pressed, nothing inline. */
export function wellFormed(seen: PageSeen): PageSeen {
  if (!seen.headers.get('content-type')?.startsWith('text/html') || seen.location !== null) return seen;
  const { html } = seen;
  const levels = [...html.matchAll(/<h([1-6])[ >]/g)].map(([, level]) => Number(level));
  expect(levels.filter((level) => level === 1)).toEqual([1]);
  expect(levels.filter((level, i) => level > (levels[i - 1] ?? 0) + 1)).toEqual([]);
  const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  const described = [...html.matchAll(/ (?:aria-describedby|for)="([^"]*)"/g)].flatMap(([, names = '']) =>
    names.split(' '),
  );
  expect(described.filter((id) => !ids.includes(id))).toEqual([]);
  const pressed = [...html.matchAll(/<(?:button|a)[ >][^]*?<\/(?:button|a)>/g)].map(([found]) => textOf(found).trim());
  expect(pressed.filter((text) => text === '')).toEqual([]);
  expect(html).not.toMatch(/<script|<style| style=| on[a-z]+=|javascript:/);
  expect(html).not.toMatch(/\[object |undefined|NaN/);
  return seen;
}

/** Who does something on the console, when, and which vault answers. */
export interface Doing {
  as: Reader;
  at: string;
  vault?: PayoutsRpc;
}

function options({ as, at, vault }: Doing) {
  return { as, at, bindings: { PAYOUTS: vault ?? vaultOf() } };
}

/** Fills in the form of an action; what comes is the question, which has done nothing. */
export async function askedBy(path: string, form: Record<string, string>, doing: Doing): Promise<PageSeen> {
  return wellFormed(await page(path, { ...options(doing), form }));
}

/** Fills in the form of an action, reads the question, and says yes to it. Answers with the question's words and where it led to. */
export async function doOn(
  path: string,
  form: Record<string, string>,
  doing: Doing,
): Promise<{ question: string; location: string | null; status: number; text: string }> {
  const asked = await askedBy(path, form, doing);
  expect([asked.status, textOf(asked.html)]).toEqual([200, expect.stringContaining('No, go back')]);
  const done = wellFormed(await page(path, { ...options(doing), form: hiddenFields(asked.html) }));
  return { question: textOf(asked.html), location: done.location, status: done.status, text: textOf(done.html) };
}
