import { insertDecision } from '../account/account.repo.ts';
import { nextDecision, referrerOf } from '../account/decision.ts';
import type { AccountState, DecisionRow } from '../account/state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from '../account/write.ts';
import { tellHoldDecided } from '../mail/letters.ts';
import type { PayoutsRpc } from '../payout/rpc.ts';
import type { Hasher } from '../people/hash.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { expectThat, guardQuery, guardsFrom, subjectOf, type Statement } from '../program/commit.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { decideFinding } from '../referrer/decide-finding.ts';
import { decideHoldRow, findHold, holdStillOpen } from './hold.repo.ts';
import type { HoldRow } from './hold.rules.ts';

/** An operator's word on a hold. */
export interface HoldDecision {
  hold_id: string;
  decision: 'release' | 'deny';
  reason: string;
}

type Decided =
  | Written<{ hold_id: string; decision: 'release' | 'deny' }>
  | Refusal<'not_found' | 'already_decided' | 'conflict' | 'busy'>;

/**
 * Decides a hold (S3, R3, R4, P3, P4, P7): never by itself, always by an operator with a reason. Released lines become claimable; a denied
 * self-referral earns nothing from then on, a denied form join leaves nobody as referrer. The same word again is answered as before.
 */
export async function decideHold(
  door: Door,
  hasher: Hasher,
  payouts: Pick<PayoutsRpc, 'decideCameBack'>,
  word: HoldDecision,
): Promise<Decided> {
  const hold = await findHold(door.books, word.hold_id);
  if (!hold) return { ok: false, reason: 'not_found' };
  const done = hold.decision === null ? await decideOpen(door, hasher, payouts, hold, word) : null;
  if (done && (done.ok || done.reason !== 'already_decided')) return done;
  // Decided before, or by somebody quicker: the first word stands.
  const { decision, reason } = (await findHold(door.books, word.hold_id)) ?? hold;
  return decision === word.decision && reason === word.reason
    ? { ok: true, first_time: false, answer: { hold_id: word.hold_id, decision } }
    : { ok: false, reason: 'already_decided' };
}

async function decideOpen(
  door: Door,
  hasher: Hasher,
  payouts: Pick<PayoutsRpc, 'decideCameBack'>,
  hold: HoldRow,
  word: HoldDecision,
): Promise<Decided> {
  const answer = { hold_id: word.hold_id, decision: word.decision };
  if (hold.kind === 'came_back') {
    const done = await payouts.decideCameBack(hold.hold_id, word.decision, word.reason, door.by, door.now, door.via);
    if (done.ok) return { ok: true, first_time: done.first_time, answer };
    return {
      ok: false,
      reason: done.reason === 'not_found' ? 'not_found' : done.reason === 'busy' ? 'busy' : 'already_decided',
    };
  }
  const { account_id } = hold;
  if (account_id !== null && (hold.kind === 'self_referral' || hold.kind === 'form_join'))
    return decideAccountHold(door, hasher, { ...hold, account_id }, word);
  if (account_id !== null && hold.kind === 'audit_finding')
    return decideFinding(door, hasher, { ...hold, account_id }, word, statementsOf(door, hold, word));
  return decidePartnerHold(door, hold, word);
}

function statementsOf(door: Door, hold: HoldRow, word: HoldDecision): Statement[] {
  return [
    expectThat(door.books, holdStillOpen(hold.hold_id)),
    decideHoldRow(door.books, hold.hold_id, word.decision, door, word.reason),
    auditStatement(door.books, {
      at: door.now,
      actor: door.by,
      via: door.via,
      action: `hold.${word.decision}`,
      subject: `hold:${hold.hold_id}`,
      details: { kind: hold.kind },
      before: { decision: null },
      after: { decision: word.decision },
    }),
  ];
}

/**
 * Decides a hold on an account (S3, R3) by an operator's word or by the client's, as a decision of the account's (R6), and tells its referrer. `also`: what is written with it,
 * such as the client's answer.
 */
export async function decideAccountHold(
  door: Door,
  hasher: Hasher,
  hold: HoldRow & { account_id: string },
  word: HoldDecision,
  also: readonly Statement[] = [],
): Promise<Decided> {
  return writeAccount<{ hold_id: string; decision: 'release' | 'deny' }, 'already_decided'>(
    door,
    null,
    { account_id: hold.account_id },
    async (state) => {
      const current = await findHold(door.books, hold.hold_id);
      if (current?.decision !== null) return { ok: false, reason: 'already_decided' };
      const answer = () => ({ hold_id: hold.hold_id, decision: word.decision });
      const referrer = referrerOf(state.decisions);
      const stands = referrer !== null && referrer.partner_id === hold.partner_id;
      const told = stands ? tellHoldDecided(door.books, hold, word.decision, door) : [];
      const statements = [...statementsOf(door, hold, word), ...also, ...told];
      const decision = await accountHoldDecided(door, hasher, state, hold, word);
      if (!decision) return { ok: true, after: state, statements, answer };
      return {
        ok: true,
        after: { ...state, decisions: [...state.decisions, decision] },
        statements: [insertDecision(door.books, decision), ...statements],
        answer,
      };
    },
  );
}

/** The account's decision that a word on its hold comes to; null where the hold changes nobody's credit. Writes nothing. */
export async function accountHoldDecided(
  door: Door,
  hasher: Hasher,
  state: AccountState,
  hold: HoldRow,
  word: HoldDecision,
): Promise<DecisionRow | null> {
  const referrer = referrerOf(state.decisions);
  // A hold about a partner who is no longer the referrer changes nobody's credit.
  if (!referrer || !state.account || (hold.partner_id !== null && referrer.partner_id !== hold.partner_id)) return null;
  const own = hold.kind === 'self_referral';
  const released = word.decision === 'release';
  const blocked = own && !released;
  return nextDecision(
    hasher,
    state,
    {
      at: door.now,
      kind: door.by === 'client' ? 'claim' : 'operator',
      outcome: released ? (own ? 'cleared' : 'confirmed') : own ? 'self_referral' : 'not_confirmed',
      source: blocked ? referrer.source : null,
      // A release leaves the referrer as it is: the lines are held no more.
      partner_id: released ? undefined : blocked ? referrer.partner_id : null,
      blocked,
      flags: blocked ? ['self_referral'] : [],
      clause: own ? (released ? 'S3' : 'S1') : 'R3',
      policy_version: state.account.policy_version,
      asked_by: door.by,
      facts: { hold_id: hold.hold_id },
    },
    door.now,
  );
}

async function decidePartnerHold(door: Door, hold: HoldRow, word: HoldDecision): Promise<Decided> {
  const subjects = hold.partner_id === null ? [] : [subjectOf('partner', hold.partner_id)];
  const answer = { hold_id: hold.hold_id, decision: word.decision };
  return writeOnce<typeof answer, 'already_decided'>(door, null, async () => {
    const guards = guardsFrom(subjects, await guardQuery(door.books, subjects));
    const current = await findHold(door.books, hold.hold_id);
    if (current?.decision !== null) return { ok: false, reason: 'already_decided' };
    return { ok: true, guards, statements: statementsOf(door, hold, word), answer };
  });
}
