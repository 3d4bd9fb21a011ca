import type { DIFFERENCES } from '../import/differences.rules.ts';
import { FORMAT_NAMES, type FormatName } from '../import/formats/formats.rules.ts';
import { KINDS, VERDICT_CODES, type Kind, type VerdictCode } from '../import/import.rules.ts';
import { formatName } from '../import/reading.ts';
import type { Stopped } from '../import/run.ts';

/** What can be handed in. */
export const KIND_WORDS: Record<Kind, string> = {
  partners: 'partners',
  signups: 'signups',
  payments: 'payments',
  refunds: 'refunds',
  'expected-clients': 'expected clients',
};
export const KIND_CHOICES = KINDS.map((value) => ({ value, text: KIND_WORDS[value] }));

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
export const FORMAT_CHOICES = FORMAT_NAMES.map((value: FormatName) => ({ value, text: capital(formatName(value)) }));

/** Why a run ended before its file did. */
export const STOPPED_WORDS: Record<Stopped, string> = {
  budget: 'One call may ask only so much of the database, and this one has.',
  unavailable: 'The database did not answer.',
  malformed: 'The file is no text of rows from there on.',
};

/** Why a row was not taken, or waits. */
export function codeWords(code: string | null, fields: string | null): string {
  const known = code !== null && Object.hasOwn(VERDICT_CODES, code) ? VERDICT_CODES[code as VerdictCode] : '';
  const named: string[] = fields === null ? [] : JSON.parse(fields);
  return named.length === 0 ? known : `${known} (${named.join(', ')})`;
}

/** Reasons of differences in a few words; the longer ones are in docs/moving.md. */
export const DIFFERENCE_WORDS: Record<keyof typeof DIFFERENCES | 'malformed' | 'skipped', string> = {
  unknown_payment: 'payment not known here',
  parked: 'payment waits for its account',
  no_referrer: 'no referrer here',
  other_partner: 'another partner here',
  unknown_partner: 'partner not known here',
  earns_nothing: 'earns nothing here',
  tax: 'there, tax was paid on as well',
  refunded: 'a refund counts here',
  forfeited: 'forfeited here (V2)',
  rounding: 'rounding',
  rate: 'another rate or base',
  paid_there_due_here: 'paid there, due here too',
  unpaid_there_paid_here: 'not paid there, counts as paid here',
  missing_there: 'not in the file',
  malformed: 'not readable',
  skipped: 'tells nothing that is compared',
};
