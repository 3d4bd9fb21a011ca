import { holdIdOf } from '../hold/hold-id.ts';
import { openedHold, type HoldRow } from '../hold/hold.rules.ts';
import type { Hasher } from '../people/hash.ts';
import type { PolicyFields } from '../policy/policy.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import type { SignalRow } from '../signals/signal.rules.ts';
import { isFreeMail } from './free-mail.rules.ts';
import { readAccountIdentity, readFormerHolds, readPartnerIdentity, type FormerHold } from './self-referral.repo.ts';
import {
  assessSelfReferral,
  gradeOf,
  SIGNAL_WORDS,
  type AccountIdentity,
  type Assessment,
  type FoundSignal,
  type Grade,
  type SelfReferralSignal,
} from './self-referral.rules.ts';

/** When signals were read: at a decision about the referrer, or when an account's or a partner's own facts changed. */
export type ReadWhen =
  | 'at_signup'
  | 'at_claim'
  | 'at_audit'
  | 'at_operator_word'
  | 'account_changed'
  | 'partner_changed';

/** Which account and which partner as its referrer, read when, from when a hold stands, under which version of the policy. */
export interface SelfReferralQuestion {
  account_id: string;
  partner_id: string;
  /** The version that governs the account. */
  policy: Pick<PolicyFields, 'own_name_on_client_domain'>;
  read: ReadWhen;
  at: number;
}

/** What the signals of self-referral come to, with what a write that rests on them adds to its batch. */
export interface SelfReferralVerdict {
  /** `block`: the decision at hand is `blocked`, flagged `self_referral`, and opens no hold. `hold`: open `hold`. */
  grade: Grade;
  /** Which signals were found; names only, so that they may be kept in a decision's facts. */
  signals: SelfReferralSignal[];
  /** The hold for what speaks against the account and no former hold has covered; null where nothing is new. */
  hold: HoldRow | null;
  /** For the operators' list: what holds nothing by itself (S2, L4). */
  listed: SignalRow[];
}

/** Nothing speaks for a self-referral. */
export const CLEAR: SelfReferralVerdict = { grade: 'clear', signals: [], hold: null, listed: [] };

/**
 * S1–S3, the one entry for every door: whether `partner_id` as the referrer of `account_id` refers itself. Call it inside the write's
 * `decide`, with the partner among `partner_ids` of the state request, so that an address that changes meanwhile is seen by one of the
 * two writes. `account` are the people as the write at hand leaves them; without it they are read from the books. A decision that sets
 * the referrer is blocked on `block` and opens `hold` on `hold`. A change of facts gives `before`, the people as they were (what spoke
 * then was judged then), and opens `hold` whatever the grade: it never blocks. Either way `listed` goes to `keepSignals` (src/signals).
 * No write here.
 */
export async function selfReferralOf(
  db: Database,
  hasher: Hasher,
  question: SelfReferralQuestion,
  account?: AccountIdentity,
  before?: AccountIdentity,
): Promise<SelfReferralVerdict> {
  const { account_id, partner_id, policy } = question;
  const partner = await readPartnerIdentity(db, partner_id);
  if (!partner) return CLEAR;
  const identity = account ?? (await readAccountIdentity(db, account_id));
  const assessed = assessSelfReferral(identity, partner, policy, isFreeMail);
  if (assessed.signals.length === 0) return CLEAR;
  const former = assessed.grade === 'clear' ? [] : await readFormerHolds(db, partner_id, account_id);
  const earlier = before ? assessSelfReferral(before, partner, policy, isFreeMail).signals : [];
  const denied = coveredCauses(former.filter((hold) => hold.decision === 'deny'));
  return verdictOf(hasher, question, assessed, { holds: coveredCauses(former), denied, earlier });
}

/** What asks for no hold any more: causes of former holds, and signals that spoke before the change at hand. */
export interface Judged {
  holds: ReadonlySet<string>;
  /** Of these, what an operator has found to be a self-referral: it blocks from then on (S1). */
  denied?: ReadonlySet<string>;
  earlier: readonly FoundSignal[];
}

/** Causes that former holds of an account and partner rested on: decided or not, they ask for no second hold. */
export function coveredCauses(former: readonly Pick<FormerHold, 'facts'>[]): ReadonlySet<string> {
  return new Set(
    former.flatMap(({ facts }) => {
      const { causes } = JSON.parse(facts) as { causes?: unknown };
      return Array.isArray(causes) ? causes.filter((cause) => typeof cause === 'string') : [];
    }),
  );
}

/**
 * What an assessment asks for: the hold over causes that were not judged before, its id made from account, partner and those causes (from
 * whichever side they are seen, the same hold), and the rows of the operators' list.
 */
export async function verdictOf(
  hasher: Hasher,
  { account_id, partner_id, policy, read, at }: SelfReferralQuestion,
  { grade, signals }: Assessment,
  judged: Judged,
): Promise<SelfReferralVerdict> {
  const holding = signals.filter(({ signal }) => gradeOf(signal, policy) !== 'list');
  const causes = (await Promise.all(holding.map((found) => causeOf(hasher, found)))).toSorted();
  const earlier = new Set(await Promise.all(judged.earlier.map((found) => causeOf(hasher, found))));
  const fresh = causes.filter((cause) => !judged.holds.has(cause) && !earlier.has(cause));
  const words = holding.map(({ signal }) => SIGNAL_WORDS[signal]);
  const hold =
    fresh.length === 0
      ? null
      : openedHold(
          'self_referral',
          await holdIdOf(['self_referral', account_id, partner_id, ...fresh]),
          { account_id, partner_id },
          { signals: words, read, causes },
          at,
        );
  const listed = signals.flatMap(({ signal }) =>
    isListed(signal)
      ? [{ partner_id, kind: signal, subject: account_id, account_id, at, facts: JSON.stringify({ read }) }]
      : [],
  );
  const own = causes.some((cause) => judged.denied?.has(cause));
  return { grade: own ? 'block' : grade, signals: signals.map(({ signal }) => signal), hold, listed };
}

/** Signals that operators read of whatever the policy makes of them (S2, L4). */
function isListed(signal: SelfReferralSignal): signal is SelfReferralSignal & SignalRow['kind'] {
  return signal === 'own_name_on_client_domain' || signal === 'partner_is_user' || signal === 'former_address';
}

/** A signal as it may be kept: its name and a keyed hash of the evidence. */
async function causeOf(hasher: Hasher, { signal, evidence }: FoundSignal): Promise<string> {
  return `${signal}:${(await hasher.text('self_referral', evidence)).slice(0, 16)}`;
}
