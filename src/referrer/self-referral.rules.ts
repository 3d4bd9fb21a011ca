import { foldedAddress, plainAddress } from '../people/address.rules.ts';
import type { PolicyFields } from '../policy/policy.rules.ts';

/** A person as far as signals of self-referral read them. Email and name are null where unknown or erased; `match_hash` outlives them. */
export interface Identity {
  email: string | null;
  name: string | null;
  /** Keyed hash of the folded address. */
  match_hash: string | null;
}

/** Whose account it is (L4): its holder, and those who merely use it. */
export interface AccountIdentity {
  holder: Identity;
  users: readonly Identity[];
}

/** A partner as on file: contact (with the name), PayPal address, and the hashes of addresses that were on file before. */
export interface PartnerIdentity {
  contact: Identity;
  paypal: Identity | null;
  former_matches: readonly string[];
}

/** What may speak for a self-referral. The last three are listed for operators (S2, L4), and hold nothing by themselves. */
export const SELF_REFERRAL_SIGNALS = [
  'same_email',
  'same_paypal_email',
  'same_domain',
  'same_name',
  'own_name_on_client_domain',
  'partner_is_user',
  'former_address',
] as const;
export type SelfReferralSignal = (typeof SELF_REFERRAL_SIGNALS)[number];

/** A signal with the fact behind it: the address, domain or name that both have, in the form in which they were found equal. */
export interface FoundSignal {
  signal: SelfReferralSignal;
  /** Personal data, or an address's keyed hash: never kept as it is. */
  evidence: string;
}

/** S3: clear earns, hold waits for an operator, block earns nothing. */
export type Grade = 'clear' | 'hold' | 'block';

/** What the signals of one account and partner come to. */
export interface Assessment {
  grade: Grade;
  signals: FoundSignal[];
}

/** What the signals mean, in plain words. */
export const SIGNAL_WORDS: Record<SelfReferralSignal, string> = {
  same_email: 'the holder’s address is the partner’s email address',
  same_paypal_email: 'the holder’s address is the partner’s PayPal address',
  same_domain: 'the holder’s address is on the partner’s own mail domain',
  same_name: 'the holder has the partner’s name',
  own_name_on_client_domain: 'the partner’s name on the client’s own domain',
  partner_is_user: 'the partner is a secondary user of the account',
  former_address: 'the holder’s address is a former address of the partner',
};

/** How an operator's policy treats a signal: `block` and `hold` as S3 says, `list` for operators to read. */
export function gradeOf(
  signal: SelfReferralSignal,
  policy: Pick<PolicyFields, 'own_name_on_client_domain'>,
): 'block' | 'hold' | 'list' {
  if (signal === 'same_email' || signal === 'same_paypal_email') return 'block';
  if (signal === 'same_domain' || signal === 'same_name') return 'hold';
  return signal === 'own_name_on_client_domain' && policy.own_name_on_client_domain === 'hold' ? 'hold' : 'list';
}

// Letters that do not come apart into a base letter and a mark.
const PLAIN: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

/** A text without case, accents of Latin letters and apostrophes. */
function plainText(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .replaceAll(/[ßæœøłđðþı]/g, (letter) => PLAIN[letter] ?? letter);
}

/**
 * A name's words in the form in which two are compared, in alphabetical order: without case, accents of Latin letters, punctuation and
 * order, and without initials where at least two words remain. “Smith, Ánn B.” and “ann smith” are one; “Ann” and “Ann Smith” are not.
 */
export function nameWords(name: string | null): string[] {
  const words = plainText(name ?? '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
  const whole = words.filter((word) => [...word].length > 1);
  return (whole.length > 1 ? whole : words).toSorted();
}

const joined = (words: readonly string[]): string => words.join(' ');

function domainOf(email: string | null): string | null {
  if (email === null) return null;
  const plain = plainAddress(email);
  return plain.slice(plain.lastIndexOf('@') + 1).replace(/\.$/, '') || null;
}

/** Whether two domains are one organisation's: the same, or one under the other. */
function related(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}

/** The folded address that two have in common, or null: by the addresses themselves, else by their keyed hashes. */
function sameMailbox(a: Identity, b: Identity | null): string | null {
  if (b === null) return null;
  if (a.email !== null && b.email !== null) {
    const folded = foldedAddress(a.email);
    return folded === foldedAddress(b.email) ? (a.match_hash ?? folded) : null;
  }
  return a.match_hash !== null && a.match_hash === b.match_hash ? a.match_hash : null;
}

/** More words than these are compared as words only: their orders are too many to spell out. */
const MOST_SPELT = 4;

/**
 * Whether an address's local part is a name: all its words in any order, with or without separators, or an initial and one other word
 * (`ann.smith`, `smithann`, `asmith`). A first name alone is half the world's, unless the name is no more than that.
 */
function bearsName(email: string | null, words: readonly string[]): boolean {
  if (email === null || words.length === 0) return false;
  const folded = foldedAddress(email);
  const local = folded.slice(0, folded.lastIndexOf('@')).replaceAll(/\d+/g, ' ');
  if (joined(nameWords(local)) === joined(words)) return true;
  const letters = plainText(local).replaceAll(/[^\p{L}\p{M}]+/gu, '');
  return words.length > 1 && words.length <= MOST_SPELT && spellings(words).includes(letters);
}

/** Ways in which a local part spells a name of several words without separators. */
function spellings(words: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    const rest = words.filter((_, at) => at !== i);
    const initial = [...word][0] ?? '';
    return [
      ...ordersOf(rest).map((tail) => word + tail),
      ...rest.flatMap((other) => [initial + other, other + initial]),
    ];
  });
}

function ordersOf(words: readonly string[]): string[] {
  if (words.length < 2) return [words.join('')];
  return words.flatMap((first, i) => ordersOf(words.filter((_, at) => at !== i)).map((tail) => first + tail));
}

/** Signals out of domain and name (S1, S2). */
function weakSignals(
  holder: Identity,
  partner: PartnerIdentity,
  isFreeMail: (domain: string) => boolean,
): FoundSignal[] {
  const found: FoundSignal[] = [];
  const domain = domainOf(holder.email);
  if (domain === null) return found;
  const free = isFreeMail(domain);
  const own = [partner.contact.email, partner.paypal?.email ?? null]
    .map((email) => domainOf(email))
    .filter((of): of is string => of !== null && !isFreeMail(of));
  const onOwn = !free && own.some((of) => related(of, domain));
  if (onOwn) found.push({ signal: 'same_domain', evidence: domain });
  const words = nameWords(partner.contact.name);
  const sameName = words.length > 0 && joined(words) === joined(nameWords(holder.name));
  if (sameName && (free || onOwn)) found.push({ signal: 'same_name', evidence: joined(words) });
  if (!free && !onOwn && (sameName || bearsName(holder.email, words)))
    found.push({ signal: 'own_name_on_client_domain', evidence: `${joined(words)}@${domain}` });
  return found;
}

/**
 * S1–S3: whether an account is its own referrer's. *Block*: the holder's address is the partner's email or PayPal address, both folded.
 * *Hold*: the holder's address is on the partner's own domain (the same or one under the other, neither of them free), or the holder has
 * the partner's name on a free or the partner's own domain. *Clear*, though listed: the partner's name on the client's domain (held where
 * the policy says so, S2), the partner as a secondary user (L4), an address that the partner had before. A name is the same without case,
 * accents, punctuation, initials and order. Keep `evidence` as keyed hashes only.
 */
export function assessSelfReferral(
  account: AccountIdentity,
  partner: PartnerIdentity,
  policy: Pick<PolicyFields, 'own_name_on_client_domain'>,
  isFreeMail: (domain: string) => boolean,
): Assessment {
  const { holder, users } = account;
  const signals: FoundSignal[] = [];
  const email = sameMailbox(holder, partner.contact);
  if (email !== null) signals.push({ signal: 'same_email', evidence: email });
  const paypal = sameMailbox(holder, partner.paypal);
  if (paypal !== null) signals.push({ signal: 'same_paypal_email', evidence: paypal });
  if (signals.length === 0 && holder.match_hash !== null && partner.former_matches.includes(holder.match_hash))
    signals.push({ signal: 'former_address', evidence: holder.match_hash });
  signals.push(...weakSignals(holder, partner, isFreeMail));
  const user = users
    .map((person) => sameMailbox(person, partner.contact) ?? sameMailbox(person, partner.paypal))
    .find((evidence) => evidence !== null);
  if (user !== undefined) signals.push({ signal: 'partner_is_user', evidence: user });
  const grades = new Set(signals.map(({ signal }) => gradeOf(signal, policy)));
  return { grade: grades.has('block') ? 'block' : grades.has('hold') ? 'hold' : 'clear', signals };
}
