import { insertDecision } from '../account/account.repo.ts';
import { nextDecision, referrerOf } from '../account/decision.ts';
import type { AccountState, DecisionRow } from '../account/state.rules.ts';
import type { Door } from '../account/write.ts';
import { decideHoldRow, openHolds } from '../hold/hold.repo.ts';
import type { HoldRow } from '../hold/hold.rules.ts';
import { tellAccount, tellClaim, tellHoldDecided, tellHoldsOpened } from '../mail/letters.ts';
import type { Hasher } from '../people/hash.ts';
import { policyOf, type PolicyVersion } from '../policy/policy.rules.ts';
import type { Statement } from '../program/commit.repo.ts';
import { keepSignals } from '../signals/signal.repo.ts';
import { waitsForClient, type ClaimRecord } from './claim-view.rules.ts';
import { insertOutcomes, type OutcomeRow } from './claim.repo.ts';
import { rulingOf, type Ruling, type TrackedReferrer } from './claim.rules.ts';
import { selfReferralOf, type SelfReferralVerdict } from './self-referral.ts';

/** A claim as far as its settling needs it: one that is being filed has no number of outcomes yet. */
export type Settled = Pick<ClaimRecord, 'claim_id' | 'partner_id' | 'kind' | 'n'>;

/** What was read of the account, in the state's snapshot or behind its guard. */
export interface Surroundings {
  state: AccountState;
  /** All claims about the account. */
  claims: readonly ClaimRecord[];
  /** All holds of the account. */
  holds: readonly HoldRow[];
}

/** What a settled claim writes, and the state that it leaves. */
export interface Settlement {
  after: AccountState;
  statements: Statement[];
  ruling: Ruling;
  /** The claim's own outcome. */
  outcome: OutcomeRow;
}

/** The version that governs an account. */
export function governingPolicy(state: AccountState): PolicyVersion {
  return state.account ? policyOf(state.policy, state.account.policy_version) : state.policy[0];
}

function openFormJoin(holds: readonly HoldRow[]): HoldRow | null {
  return holds.find((hold) => hold.kind === 'form_join' && hold.decision === null) ?? null;
}

/** The tracked referrer as claims and audits meet it (R1): the one by decisions, who outranks nothing while only a form speaks for them. */
export function trackedOf({ state, holds }: Pick<Surroundings, 'state' | 'holds'>): TrackedReferrer | null {
  const referrer = referrerOf(state.decisions);
  if (!referrer || referrer.partner_id === null) return null;
  const join = openFormJoin(holds);
  const by_address_alone = referrer.kind === 'signup' && join?.partner_id === referrer.partner_id;
  const claim_granted_at = referrer.kind === 'claim' ? referrer.at : null;
  return { partner_id: referrer.partner_id, by_address_alone, claim_granted_at };
}

/** What a ruling rests on besides the account: whom it makes the referrer, and the facts that its decision keeps (R6). */
export interface Grounds {
  /** Whether its partner may be told of it by letter (R3). */
  told: boolean;
  /** The referrer from now on; undefined: the ruling sets none. */
  referrer?: string;
  facts: Record<string, unknown>;
  /** Signals of self-referral of the new referrer (S1–S3); needed with `referrer`. */
  verdict?: SelfReferralVerdict;
}

/** Reads the signals of self-referral of whom a ruling makes the referrer (S1–S3). */
export function assessReferrer(
  door: Door,
  hasher: Hasher,
  state: AccountState,
  partner_id: string,
  read: 'at_claim' | 'at_audit',
): Promise<SelfReferralVerdict> {
  const { account_id } = state;
  return selfReferralOf(door.books, hasher, {
    account_id,
    partner_id,
    policy: governingPolicy(state),
    read,
    at: door.now,
  });
}

type DecisionMore = Partial<Parameters<typeof nextDecision>[2]>;

/** Takes decisions about one account in a row, each on top of the one before. */
function decider(door: Door, hasher: Hasher, state: AccountState) {
  const { version: policy_version } = governingPolicy(state);
  const taken: DecisionRow[] = [];
  const decide = async (about: Settled, ruling: Ruling, more: DecisionMore): Promise<string> => {
    const decisions = [...state.decisions, ...taken];
    const input = {
      at: door.now,
      kind: about.kind,
      outcome: ruling.outcome,
      source: null,
      partner_id: undefined,
      blocked: false,
      flags: [],
      clause: ruling.clause,
      policy_version,
      asked_by: `partner:${about.partner_id}`,
      facts: {},
      ...more,
    };
    const row = await nextDecision(hasher, { account_id: state.account_id, decisions }, input, door.now);
    taken.push(row);
    return row.decision_id;
  };
  return { taken, decide };
}

/**
 * Carries a ruling on a claim out: its decision row (R6), its outcome, the letters, and what follows where it sets the referrer: signals
 * of self-referral block or hold (S3), a form joined by address alone is denied (R3), or released where it named the same partner, and
 * the other open claims by account are refused (R1). Claims by address are decided when their own client's answer comes, and not before.
 */
export async function settle(
  door: Door,
  hasher: Hasher,
  around: Surroundings,
  claim: Settled,
  asked: Ruling,
  grounds: Grounds,
): Promise<Settlement> {
  const { state, claims } = around;
  const { referrer, verdict } = grounds;
  const blocked = referrer !== undefined && verdict?.grade === 'block';
  const ruling = blocked && asked.outcome === 'granted' ? rulingOf('granted_blocked', asked.earns_from) : asked;
  const { taken, decide } = decider(door, hasher, state);
  const sets = referrer === undefined ? {} : settingOf(claim, ruling, referrer, blocked);
  const decision_id = await decide(claim, ruling, { ...sets, facts: factsOf(state, claim, grounds) });
  const outcome = outcomeOf(door, claim, ruling, decision_id);
  const outcomes = [outcome];
  const letters = grounds.told ? [tellClaim(door.books, claim, claim.n + 1, door.now)] : [];
  if (referrer !== undefined) {
    letters.push(...lettersToReferrers(door, state, referrer, decision_id, blocked && claim.kind === 'audit'));
    const by_claim = claim.kind === 'claim';
    for (const other of claims.filter((one) => isOvertaken(one, claim, door.now))) {
      const lost = by_claim ? 'another_claim_confirmed_first' : 'another_referrer';
      const its = rulingOf(other.partner_id === referrer ? 'already_referrer' : lost);
      const facts = { claim_id: other.claim_id, filed_at: other.filed_at, overtaken_by: decision_id };
      outcomes.push(outcomeOf(door, other, its, await decide(other, its, { facts })));
      letters.push(tellClaim(door.books, other, other.n + 1, door.now));
    }
  }
  return {
    after: { ...state, decisions: [...state.decisions, ...taken] },
    statements: [
      ...taken.map((row) => insertDecision(door.books, row)),
      insertOutcomes(door.books, outcomes),
      ...(referrer === undefined ? [] : holdStatements(door, around.holds, referrer, verdict)),
      ...letters,
    ],
    ruling,
    outcome,
  };
}

function settingOf(claim: Settled, ruling: Ruling, partner_id: string, blocked: boolean): DecisionMore {
  const { earns_from } = ruling;
  return { source: claim.kind, partner_id, earns_from, blocked, flags: blocked ? ['self_referral'] : [] };
}

function factsOf(state: AccountState, claim: Settled, { facts, verdict }: Grounds): Record<string, unknown> {
  const signals = verdict && verdict.signals.length > 0 ? { signals: verdict.signals } : {};
  return { claim_id: claim.claim_id, signed_up_at: state.account?.signed_up_at ?? null, ...facts, ...signals };
}

/** A claim's next outcome as a row. */
export function outcomeOf(
  door: Door,
  claim: Pick<Settled, 'claim_id' | 'n'>,
  { outcome, clause, reason, earns_from }: Ruling,
  decision_id: string | null,
): OutcomeRow {
  const { now: at, by } = door;
  return { claim_id: claim.claim_id, n: claim.n + 1, outcome, clause, reason, at, by, decision_id, earns_from };
}

/** Whether another claim ends because a referrer has been set: it is by account, and still waits for the client. */
function isOvertaken(other: ClaimRecord, settled: Settled, now: number): boolean {
  if (other.claim_id === settled.claim_id || other.kind !== 'claim' || other.named_by !== 'account_id') return false;
  return waitsForClient(other, now);
}

/** Letters about the account itself: to a referrer whom an audit found and who is its own holder (S3), and to the former one (R4, C3). */
function lettersToReferrers(
  door: Door,
  state: AccountState,
  partner_id: string,
  cause: string,
  blocked: boolean,
): Statement[] {
  const { account_id } = state;
  const letters: Statement[] = [];
  const tell = (about: { partner_id: string; news: 'self_referral_blocked' | 'corrected_away' }) =>
    letters.push(tellAccount(door.books, { ...about, account_id, cause }, door.now));
  if (blocked) tell({ partner_id, news: 'self_referral_blocked' });
  const former = referrerOf(state.decisions);
  // A partner for whom only a form of the same address spoke hears of that hold instead.
  if (former?.partner_id && former.partner_id !== partner_id && !isFormJoin(former))
    tell({ partner_id: former.partner_id, news: 'corrected_away' });
  return letters;
}

function isFormJoin(decision: DecisionRow): boolean {
  const flags: string[] = JSON.parse(decision.flags);
  return flags.includes('form_join');
}

/** What a new referrer means for the account's holds. */
function holdStatements(
  door: Door,
  holds: readonly HoldRow[],
  referrer: string,
  verdict: SelfReferralVerdict | undefined,
): Statement[] {
  const { books, now } = door;
  const statements: Statement[] = [];
  if (verdict?.grade === 'hold' && verdict.hold)
    statements.push(openHolds(books, [verdict.hold]), ...tellHoldsOpened(books, [verdict.hold], now));
  if (verdict) statements.push(...keepSignals(books, verdict.listed));
  const reasons = { release: 'the recorded clicks confirm it (R4)', deny: 'another partner was confirmed (R3, R4)' };
  return [...statements, ...closeFormJoin(door, holds, referrer, reasons)];
}

/** The statements that decide what only a form of the same address spoke for, once somebody, or nobody, has been made the referrer. */
export function closeFormJoin(
  door: Door,
  holds: readonly HoldRow[],
  referrer: string | null,
  reasons: Record<'release' | 'deny', string>,
): Statement[] {
  const join = openFormJoin(holds);
  if (!join) return [];
  const decision = join.partner_id === referrer ? 'release' : 'deny';
  return [
    decideHoldRow(door.books, join.hold_id, decision, door, reasons[decision]),
    ...tellHoldDecided(door.books, join, decision, door),
  ];
}
