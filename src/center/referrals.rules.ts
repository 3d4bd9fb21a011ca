import type { ClickClass } from '../attribution/click.ts';
import type { Verdict } from '../attribution/last-click.rules.ts';
import { daysBetween, dayOf } from '../calendar/zone.rules.ts';
import type { StandingWords } from '../pages/tone.ts';
import type { ReferralView, Unearning } from '../referral/referral.rules.ts';
import type { DecisionTold } from '../referral/referral.ts';
import type { Whose } from '../referrer/timeline.rules.ts';

/** How an account stands, for its partner. */
export const REFERRAL_WORDS: Readonly<Record<ReferralView['status'], StandingWords>> = {
  signed_up: { word: 'signed up', tone: 'plain', meaning: 'The account has not paid yet.' },
  vesting: { word: 'vesting', tone: 'plain', meaning: 'Its commissions become payable once it has vested (V1).' },
  vested: { word: 'vested', tone: 'good', meaning: 'Its commissions are payable as they come (V1).' },
  forfeited: { word: 'forfeited', tone: 'bad', meaning: 'The account ended before it had vested (V2).' },
  held: { word: 'held', tone: 'warn', meaning: 'Somebody has to say a word first; nothing is lost until then.' },
  self_referral: { word: 'self-referral', tone: 'bad', meaning: 'It is your own account, which earns nothing (S1).' },
  not_referrer: { word: 'not yours', tone: 'warn', meaning: 'You are not recorded as its referrer.' },
};

/** What made the partner the referrer. */
const SOURCES: Readonly<Record<string, string>> = {
  last_click: 'the last click before the sign-up was on your link (L1)',
  code: 'your promotion code was used at the checkout (L3)',
  how_heard: 'the client named your address at the sign-up (L3)',
  bulk: 'the address was on your accepted list (B1)',
  claim: 'the client confirmed your claim (R3)',
  audit: 'an audit found your link (R4)',
  operator: 'the program recorded it',
};

/** What made the partner the referrer, in words; null where the partner is not. */
export function sourceText(source: string | null): string | null {
  return source === null ? null : (SOURCES[source] ?? null);
}

/** What a decision about the referrer came from. */
export const DECISION_KINDS: Readonly<Record<DecisionTold['kind'], string>> = {
  signup: 'Sign-up',
  claim: 'Claim',
  audit: 'Audit',
  operator: 'Decision of the program',
};

/** Whom a decision made the referrer, or whose link a click was on. */
export const WHOSE_WORDS: Readonly<Record<Whose, string>> = {
  yours: 'you',
  another_partner: 'another partner',
  nobody: 'nobody',
};

/** What asked for a link. */
export const CLASS_WORDS: Readonly<Record<ClickClass, string>> = {
  person: 'a person',
  bot: 'a bot',
  head: 'a check without opening it',
  frame: 'a frame of another page',
  image: 'an image of another page',
  prefetch: 'a browser that fetched ahead',
  fetch: 'a script of another page',
};

/** Why a click won, or did not. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  won: 'the last one that counts: it decided',
  earlier: 'a later click came after it',
  not_a_person: 'not a person’s visit: it does not count',
  after_signup: 'after the sign-up: it does not count (L2)',
  expired: 'too long before the sign-up: it does not count (L2)',
  unknown_code: 'there is no such link',
  link_retired: 'the link was retired then',
  partner_not_active: 'the partner was not active then',
};

/** Why a payment earns nothing. */
export const UNEARNING_WORDS: Readonly<Record<Unearning['reason'], string>> = {
  foreign_currency: 'paid in another currency: it earns once the program has set its amount',
  before_claim: 'paid before the days that a late claim reaches back to (R5)',
  paid_elsewhere: 'a former program has paid its commission',
};

/**
 * V1: which day of the vesting days it is, the first one being 1; null where the account has not paid, has vested, or is out. The day of
 * vesting itself, up to its hour, is the last one.
 */
export function vestingDay(
  view: Pick<ReferralView, 'status' | 'vests_at' | 'vesting_days'>,
  now: number,
  timezone: string,
): { day: number; of: number } | null {
  const { vests_at, vesting_days: of } = view;
  if (vests_at === null || now >= vests_at || view.status === 'forfeited' || view.status === 'not_referrer')
    return null;
  const left = daysBetween(dayOf(now, timezone), dayOf(vests_at, timezone));
  return { day: Math.min(of, Math.max(1, of - left + 1)), of };
}
