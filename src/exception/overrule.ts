import { insertDecision } from '../account/account.repo.ts';
import { nextDecision, referrerOf } from '../account/decision.ts';
import type { AccountState } from '../account/state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from '../account/write.ts';
import { holdsOfAccount, openHolds } from '../hold/hold.repo.ts';
import { tellAccount, tellHoldsOpened } from '../mail/letters.ts';
import { partnerExists } from '../partner/partner.repo.ts';
import type { Hasher } from '../people/hash.ts';
import { sha256 } from '../people/hash.ts';
import { keepDocument } from '../people/people.repo.ts';
import type { Clause } from '../policy/clauses.ts';
import { policyOf } from '../policy/policy.rules.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { canonicalJson } from '../program/canonical.rules.ts';
import type { Statement } from '../program/commit.repo.ts';
import { proposeOrDo } from '../program/proposal.repo.ts';
import { selfReferralOf } from '../referrer/self-referral.ts';
import { closeFormJoin } from '../referrer/settle.ts';
import { keepSignals } from '../signals/signal.repo.ts';
import { findException, insertException } from './exception.repo.ts';

/** Clauses about the referrer that an operator may overrule; money is corrected by adjustments, not by exceptions. */
export const OVERRULABLE = [
  'L1',
  'L2',
  'L3',
  'L4',
  'R1',
  'R2',
  'R3',
  'R4',
  'R5',
  'S1',
  'S2',
  'S3',
] as const satisfies readonly Clause[];

/** What the operator orders against a clause: who is the referrer from now on, earning on payments from when (null: on all). */
export interface Overruling {
  account_id: string;
  clause: (typeof OVERRULABLE)[number];
  partner_id: string | null;
  earns_from: number | null;
  reason: string;
}

/** An exception as it is answered: only proposed, or done. */
export interface ExceptionAnswer {
  status: 'proposed' | 'done';
  exception_id: string;
  account_id: string;
  clause: string;
  decision_id: string | null;
}

/**
 * Overrules a clause for one account, with a reason and a second operator's agreement: the first call proposes, the same call from another
 * name decides. The decision has source `operator` and names the clause; everything else of the policy still holds, self-referral too
 * unless its clause is the one overruled. The same call again is answered as before.
 */
export async function overrule(
  door: Door,
  hasher: Hasher,
  order: Overruling,
): Promise<Written<ExceptionAnswer> | Refusal<'not_found' | 'unknown_partner' | 'conflict' | 'busy'>> {
  const { account_id, clause, partner_id, earns_from, reason } = order;
  const { books, by, now, via } = door;
  if (partner_id !== null && !(await partnerExists(books, partner_id))) return { ok: false, reason: 'unknown_partner' };
  const content = { clause, partner_id, earns_from, reason };
  const content_hash = await sha256(canonicalJson(content));
  const call = { operation: 'accounts.overrule', subject: `account:${account_id}`, content, content_hash, by, now };
  const exception_id = `exc_${(await sha256(canonicalJson([call.subject, content_hash]))).slice(0, 24)}`;
  const known = { exception_id, account_id, clause };
  const written = await writeAccount<ExceptionAnswer, 'not_found' | 'proposed' | 'done' | 'busy'>(
    door,
    null,
    { account_id, partner_ids: partner_id === null ? [] : [partner_id] },
    async (state) => {
      if (!state.account || state.account.opened_by === 'form') return { ok: false, reason: 'not_found' };
      const standing = await proposeOrDo(books, call);
      if (standing.status !== 'go') return { ok: false, reason: standing.status };
      const decided = await decideOverruling(door, hasher, order, { ...state, account: state.account });
      const { decision } = decided;
      const row = {
        ...known,
        decision_id: decision.decision_id,
        proposed_by: standing.proposed_by,
        agreed_by: by,
        at: now,
      };
      const statements = [
        insertDecision(books, decision),
        ...decided.statements,
        insertException(books, row),
        // The reason stands beside the row, so that it can be erased.
        keepDocument(books, {
          document_id: exception_id,
          subject: call.subject,
          kind: 'exception',
          body: reason,
          recorded_at: now,
        }),
        auditStatement(books, {
          at: now,
          actor: by,
          via,
          action: 'account.overrule',
          subject: call.subject,
          details: { exception_id, clause, proposed_by: standing.proposed_by },
          before: { partner_id: referrerOf(state.decisions)?.partner_id ?? null },
          after: { partner_id, earns_from },
        }),
        ...standing.statements,
      ];
      const answer: ExceptionAnswer = { ...known, status: 'done', decision_id: decision.decision_id };
      return {
        ok: true,
        after: { ...state, decisions: [...state.decisions, decision] },
        statements,
        answer: () => answer,
      };
    },
  );
  if (written.ok) return written;
  if (written.reason === 'proposed')
    return { ok: true, first_time: true, answer: { ...known, status: 'proposed', decision_id: null } };
  if (written.reason !== 'done') return { ok: false, reason: written.reason };
  const decision_id = (await findException(books, exception_id))?.decision_id ?? null;
  return { ok: true, first_time: false, answer: { ...known, status: 'done', decision_id } };
}

type Opened = AccountState & { account: NonNullable<AccountState['account']> };

/** The decision that an order comes to on an opened account, self-referral looked at, with what is written beside it. Writes nothing. */
export async function decideOverruling(door: Door, hasher: Hasher, order: Overruling, state: Opened) {
  const { books, now, by } = door;
  const { clause, partner_id, earns_from } = order;
  // An account that became part of another is that other one.
  const { account_id } = state;
  const policy = policyOf(state.policy, state.account.policy_version);
  const asks = partner_id !== null && !clause.startsWith('S');
  const self = asks
    ? await selfReferralOf(books, hasher, { account_id, partner_id, policy, read: 'at_operator_word', at: now })
    : null;
  const blocked = self?.grade === 'block';
  const former = referrerOf(state.decisions);
  const decision = await nextDecision(
    hasher,
    state,
    {
      at: now,
      kind: 'operator',
      outcome: 'exception',
      source: partner_id === null ? null : 'operator',
      partner_id,
      earns_from,
      blocked,
      flags: blocked ? ['self_referral'] : [],
      clause,
      policy_version: state.account.policy_version,
      asked_by: by,
      facts: { former: former?.decision_id ?? null, signals: self?.signals ?? [] },
    },
    now,
  );
  const reason = `an exception to ${clause}`;
  const join = closeFormJoin(door, await holdsOfAccount(books, account_id), partner_id, {
    release: reason,
    deny: reason,
  });
  const opened = self?.grade === 'hold' && self.hold ? [self.hold] : [];
  const hold = opened.length === 0 ? [] : [openHolds(books, opened), ...tellHoldsOpened(books, opened, now)];
  const listed = self ? keepSignals(books, self.listed) : [];
  const told = { account_id, cause: decision.decision_id, clause };
  const letters: Statement[] = [];
  if (partner_id !== null) {
    const news = blocked ? 'self_referral_blocked' : 'exception_granted';
    letters.push(tellAccount(books, { ...told, partner_id, news }, now));
  }
  if (former?.partner_id && former.partner_id !== partner_id)
    letters.push(tellAccount(books, { ...told, partner_id: former.partner_id, news: 'exception_away' }, now));
  return { decision, statements: [...join, ...hold, ...listed, ...letters] };
}
