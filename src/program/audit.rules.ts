import type { Json } from './canonical.rules.ts';

/** By which door an action came: a key or token of the API, the console, the Partner Center, a link in a mail, the site's form, Stripe, a clock. */
export const VIAS = ['api', 'console', 'center', 'mail_link', 'form', 'stripe', 'cron'] as const;
export type Via = (typeof VIAS)[number];

/** What an entry tells of a thing: ids, states, amounts. Addresses, names, answers and free text only as `changed`. */
export interface Told {
  [field: string]: Json;
}

/** What of two states of a thing is not the same, on both sides. Null where nothing is. */
export function toldChange<Fields extends Told>(before: Fields, after: Fields): { before: Told; after: Told } | null {
  const fields = Object.keys(after).filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  if (fields.length === 0) return null;
  const pick = (from: Fields): Told => Object.fromEntries(fields.map((field) => [field, from[field] ?? null]));
  return { before: pick(before), after: pick(after) };
}

/** Personal fields that changed, without what they were or are. */
export function changedOnly(fields: readonly string[]): Told {
  return Object.fromEntries(fields.map((field) => [field, 'changed']));
}
