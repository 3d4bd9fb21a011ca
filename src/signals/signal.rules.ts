import type { Clause } from '../policy/clauses.ts';
import type { signals } from './signal.schema.ts';

export type SignalRow = typeof signals.$inferSelect;
export type SignalKind = SignalRow['kind'];

/** A signup sooner than this after its click is unusually quick: nobody reads a page and fills in a form in less. */
export const QUICK_SIGNUP_MS = 10_000;
/** So many forms of one partner by one sender, or with one click, within `CLUSTER_MS` are a cluster. */
export const FORM_CLUSTER = 5;
export const CLUSTER_MS = 24 * 3600 * 1000;
/** So many accounts of one partner with one folded address are a cluster. */
export const ADDRESS_CLUSTER = 3;
/** Counted up to here. */
export const MOST_COUNTED = 1000;

/** The clause that each kind bears on. None of them decides anything. */
export const SIGNAL_CLAUSES: Record<SignalKind, Clause> = {
  quick_signup: 'L1',
  forms_by_sender: 'R3',
  forms_by_click: 'R3',
  accounts_by_address: 'S1',
  own_browser: 'S1',
  form_join: 'R3',
  own_name_on_client_domain: 'S2',
  partner_is_user: 'L4',
  former_address: 'S1',
};

type Facts = Readonly<Record<string, unknown>>;

/** The facts of a row; ids, instants (`_at`, epoch ms) and counts. */
export function factsOfSignal({ facts }: Pick<SignalRow, 'facts'>): Record<string, unknown> {
  return JSON.parse(facts) as Record<string, unknown>;
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
const counted = (count: number, noun: string): string =>
  count >= MOST_COUNTED ? `${MOST_COUNTED} or more ${noun}s` : `${count} ${noun}${count === 1 ? '' : 's'}`;

const SENTENCES: Record<SignalKind, (facts: Facts) => string> = {
  quick_signup: (facts) => `The account signed up ${counted(numberOf(facts['seconds']), 'second')} after the click.`,
  forms_by_sender: (facts) => `${numberOf(facts['forms'])} forms of this partner came from one network address.`,
  forms_by_click: (facts) => `${numberOf(facts['forms'])} forms of this partner came with one and the same click.`,
  accounts_by_address: (facts) =>
    `${counted(numberOf(facts['accounts']), 'account')} of this partner have one and the same holder’s address, tags and dots aside.`,
  own_browser: (facts) =>
    facts['via'] === 'own_account'
      ? 'A browser from which an account with the partner’s own address was opened clicked before this signup.'
      : 'A browser in which the partner was signed in clicked before this signup.',
  form_join: () => 'The referrer rests on a browser form of the same address alone; the client has to confirm.',
  own_name_on_client_domain: () =>
    'The partner’s name stands on the client’s own domain: no self-referral, unless the business is the partner’s second one.',
  partner_is_user: () => 'The partner is a user of the account without holding it: no self-referral.',
  former_address: () => 'The holder’s address was the partner’s own before.',
};

/** What was noticed, in a sentence for operators: counts, no addresses and no names. */
export function sentenceOf(row: Pick<SignalRow, 'kind' | 'facts'>): string {
  return SENTENCES[row.kind](factsOfSignal(row));
}

/** The whole seconds between a click and its signup where they are unusually few, else null. Servers send no finer. */
export function quickSeconds(clicked_at: number, signed_up_at: number): number | null {
  const seconds = Math.floor(signed_up_at / 1000) - Math.floor(clicked_at / 1000);
  return seconds >= 0 && seconds * 1000 < QUICK_SIGNUP_MS ? seconds : null;
}

/**
 * The network that a form came from, as far as it is compared: an IPv4 address, or the first 64 bits of an IPv6 one (a household has all
 * of them). Null where there is none.
 */
export function networkOf(address: string | undefined): string | null {
  const text = address?.trim().toLowerCase() ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (mapped) return mapped[1] ?? null;
  if (!text.includes(':')) return text === '' ? null : text;
  const [head = '', tail = ''] = text.split('::', 2) as [string, string?];
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = text.includes('::')
    ? Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
    : [];
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
