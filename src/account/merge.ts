import { openHolds, openHoldsOf } from '../hold/hold.repo.ts';
import { tellAccount, tellHoldsOpened } from '../mail/letters.ts';
import type { Hasher } from '../people/hash.ts';
import { policyOf } from '../policy/policy.rules.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { subjectOf, type Statement } from '../program/commit.repo.ts';
import { openQuestionsOf } from '../referrer/confirmation.repo.ts';
import { readAccountIdentity } from '../referrer/self-referral.repo.ts';
import { selfReferralOf } from '../referrer/self-referral.ts';
import { keepSignals } from '../signals/signal.repo.ts';
import { insertDecision } from './account.repo.ts';
import { nextDecision, referrerOf, standsByException } from './decision.ts';
import { continueSignup, findMove, moveStatements, type MoveRow } from './family.repo.ts';
import { readAccountState } from './state.repo.ts';
import type { AccountRow, AccountState, DecisionRow } from './state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from './write.ts';

/** Which account becomes part of which, how, and why. */
export interface AccountMove {
  account_id: string;
  into_account_id: string;
  kind: 'merged' | 'handed_over';
  reason: string;
}

/** What a merge or handover leaves: the account that goes on, whose signup it rests on, and its referrer. */
export interface MoveAnswer extends Omit<AccountMove, 'reason'> {
  governed_by: string;
  referrer: { partner_id: string; source: string | null } | null;
}

type Opened = AccountState & { account: AccountRow };

/**
 * Merges an account into another, or hands it over to a new one: from then on they are one. The one that was opened first gives signup,
 * policy version, term and referrer, since the client was a client from then on (L1, L2, V1, R1); what was told of either counts for it.
 * Refused while a hold on one of them is undecided, or its client can
 * still answer a question about it. The same move again is answered as before.
 */
export async function moveAccount(
  door: Door,
  hasher: Hasher,
  move: AccountMove,
): Promise<
  Written<MoveAnswer> | Refusal<'not_found' | 'same_account' | 'already_moved' | 'held' | 'conflict' | 'busy'>
> {
  const { account_id, into_account_id } = move;
  if (account_id === into_account_id) return { ok: false, reason: 'same_account' };
  const before = await findMove(door.books, account_id);
  if (before)
    return before.into_account_id === into_account_id && before.kind === move.kind && before.reason === move.reason
      ? movedBefore(door, before)
      : { ok: false, reason: 'already_moved' };
  const request = { account_id: into_account_id, subjects: [subjectOf('account', account_id)] };
  return writeAccount<MoveAnswer, 'not_found' | 'already_moved' | 'held'>(door, null, request, async (into) => {
    const former = await readAccountState(door.books, { account_id });
    if (!isOpened(into) || !isOpened(former) || into.account_id !== into_account_id)
      return { ok: false, reason: 'not_found' };
    if (former.account_id !== account_id) return { ok: false, reason: 'already_moved' };
    const both = [account_id, into_account_id];
    const waiting = (await openHoldsOf(door.books, both)) + (await openQuestionsOf(door.books, both, door.now));
    if (waiting > 0) return { ok: false, reason: 'held' };
    return decideMove(door, hasher, move, former, into);
  });
}

/** How a move that was made before stands. */
async function movedBefore(door: Door, { account_id, into_account_id, kind }: MoveRow): Promise<Written<MoveAnswer>> {
  const head = await readAccountState(door.books, { account_id });
  const facts = JSON.parse(head.decisions.find((row) => row.outcome === kind)?.facts ?? '{}') as {
    governed_by?: string;
  };
  const governed_by = facts.governed_by ?? into_account_id;
  return {
    ok: true,
    first_time: false,
    answer: { account_id, into_account_id, kind, governed_by, referrer: referrerIn(head) },
  };
}

function referrerIn(state: Pick<AccountState, 'decisions'>): MoveAnswer['referrer'] {
  const referrer = referrerOf(state.decisions);
  return referrer?.partner_id == null ? null : { partner_id: referrer.partner_id, source: referrer.source };
}

/** Whether an account has been opened by a trusted record; a form's own account is nobody's yet. */
export function isOpened(state: AccountState): state is Opened {
  return state.account !== null && state.account.opened_by !== 'form';
}

/** Of two accounts of one client, the one that was opened first; of the same instant the one that is given up. */
export function governing<T extends { account: { signed_up_at: number } }>(former: T, into: T): T {
  return into.account.signed_up_at < former.account.signed_up_at ? into : former;
}

/** What a move comes to: the account that goes on as it will be. Writes nothing. */
export async function decideMove(door: Door, hasher: Hasher, move: AccountMove, former: Opened, into: Opened) {
  const { books, now, by, via } = door;
  const { account_id, into_account_id, kind, reason } = move;
  const governs = governing(former, into);
  const decision = await decisionOf(door, hasher, move, former, into);
  const { signed_up_at, policy_version } = governs.account;
  const account = { ...into.account, signed_up_at, policy_version };
  const taken = governs === former ? await rereadStatements(door, hasher, former, into) : [];
  const statements: Statement[] = [
    ...moveStatements(books, { account_id, into_account_id, kind, by, reason, at: now }),
    ...(governs === former ? [continueSignup(books, into_account_id, governs.account)] : []),
    insertDecision(books, decision),
    ...taken,
    ...tellLoser(door, governs, governs === former ? into : former, decision),
    auditStatement(books, {
      at: now,
      actor: by,
      via,
      action: `account.${kind}`,
      subject: `account:${account_id}`,
      details: { governed_by: governs.account_id },
      before: { into_account_id: null },
      after: { into_account_id },
    }),
  ];
  const after: AccountState = {
    ...into,
    account,
    payments: [...into.payments, ...former.payments],
    refunds: [...into.refunds, ...former.refunds],
    reversals: [...into.reversals, ...former.reversals],
    cancellations: [...into.cancellations, ...former.cancellations],
    decisions: [...into.decisions, decision],
    posted: [...into.posted, ...former.posted],
    partner_rates: { ...former.partner_rates, ...into.partner_rates },
    plan_rates: { ...former.plan_rates, ...into.plan_rates },
    partner_closures: new Map([...former.partner_closures, ...into.partner_closures]),
    partner_guards: [...into.partner_guards, ...former.partner_guards],
  };
  const governed_by = governs.account_id;
  const answer: MoveAnswer = { account_id, into_account_id, kind, governed_by, referrer: referrerIn(after) };
  return { ok: true as const, after, statements, answer: () => answer };
}

/** The letter to whoever was the referrer of the account that was opened later (L2). */
function tellLoser(door: Door, governs: Opened, other: Opened, { decision_id }: DecisionRow): Statement[] {
  const lost = referrerOf(other.decisions)?.partner_id;
  if (!lost || lost === referrerOf(governs.decisions)?.partner_id) return [];
  const about = { partner_id: lost, account_id: other.account_id, news: 'merged_away' as const, cause: decision_id };
  return [tellAccount(door.books, about, door.now)];
}

/** S3: the account that goes on may have the taken referrer as its holder: what did not speak of the former one already is held. */
async function rereadStatements(door: Door, hasher: Hasher, former: Opened, into: Opened): Promise<Statement[]> {
  const { books, now: at } = door;
  const referrer = referrerOf(former.decisions);
  if (!referrer?.partner_id || referrer.blocked === 1) return [];
  const { account_id } = into;
  const policy = policyOf(into.policy, former.account.policy_version);
  const [holder, earlier] = await Promise.all([
    readAccountIdentity(books, account_id),
    readAccountIdentity(books, former.account_id),
  ]);
  const { hold, listed } = await selfReferralOf(
    books,
    hasher,
    { account_id, partner_id: referrer.partner_id, policy, read: 'account_changed', at },
    holder,
    earlier,
  );
  const held = hold ? [openHolds(books, [hold]), ...tellHoldsOpened(books, [hold], at)] : [];
  return [...held, ...keepSignals(books, listed)];
}

/** The decision that the account which goes on keeps: the referrer of the one that was opened first, dated as it was there. */
function decisionOf(
  door: Door,
  hasher: Hasher,
  { account_id, kind }: AccountMove,
  former: Opened,
  into: Opened,
): Promise<DecisionRow> {
  const governs = governing(former, into);
  const standing = governs.decisions.findLast((row) => row.sets_referrer === 1);
  const taken = governs === former && standing !== undefined;
  return nextDecision(
    hasher,
    into,
    {
      at: taken ? standing.at : door.now,
      kind: 'operator',
      outcome: kind,
      source: taken ? standing.source : null,
      partner_id: taken ? standing.partner_id : undefined,
      earns_from: taken ? standing.earns_from : null,
      blocked: taken && standing.blocked === 1,
      flags: taken ? (JSON.parse(standing.flags) as string[]) : [],
      clause: taken ? 'L1' : 'L2',
      policy_version: governs.account.policy_version,
      asked_by: door.by,
      facts: {
        account_id,
        governed_by: governs.account_id,
        decision_id: standing?.decision_id ?? null,
        ...(taken && standsByException(governs.decisions) ? { by_exception: true } : {}),
      },
    },
    door.now,
  );
}
