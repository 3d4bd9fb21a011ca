import { referrerOf } from '../account/decision.ts';
import type { DecisionRow } from '../account/state.rules.ts';
import { hasReferred, readOpenSums } from '../earnings/earnings.repo.ts';
import { dueMoney } from '../earnings/earnings.rules.ts';
import { accountGates, firstPayDate, trackedGate, type AccountGateInput } from '../explain/account-gates.rules.ts';
import type { Gate } from '../explain/gate.ts';
import { partnerGates } from '../explain/gates.rules.ts';
import { readPartnerRecord } from '../partner/record.repo.ts';
import { latestFrozen } from '../payout/batch.repo.ts';
import { nextPayDay, payDay } from '../payout/due.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import {
  concerns,
  consideredOf,
  timelineFor,
  toldOf,
  whoseIs,
  type TimelineClick,
  type Whose,
} from '../referrer/timeline.rules.ts';
import { findReferred, listReferred, readAccountLines, readDecisions, readTermRows } from './referral.repo.ts';
import {
  heldKinds,
  lineFacts,
  referralView,
  termStanding,
  unearning,
  type ReferralView,
  type Unearning,
} from './referral.rules.ts';

/** One referred account, why it has (not) been paid (W), and the payments that earn nothing. */
export interface ReferralDetail extends ReferralView {
  gates: Gate[];
  first_pay_date: string | null;
  earning_nothing: Unearning[];
  decisions: DecisionTold[];
}

/** A decision about the referrer as a partner may see it: the clause, and the clicks that decided without another's identity (R6). */
export interface DecisionTold {
  decision_id: string;
  at: number;
  kind: DecisionRow['kind'];
  outcome: string;
  clause: string;
  policy_version: number;
  referrer: Whose | null;
  timeline: TimelineClick[];
}

/** Accounts whose referrer is the partner, by id, one more than `limit` where there are more. */
export async function readReferrals(
  db: Database,
  partner_id: string,
  query: { after: string | null; limit: number; now: number },
): Promise<ReferralView[]> {
  const accounts = await listReferred(db, partner_id, query.after, query.limit + 1);
  const rows = await readTermRows(
    db,
    accounts.map((account) => account.account_id),
  );
  return accounts.map((account) => referralView(rows, partner_id, account, query.now));
}

/** The decisions of an account that a partner had a part in, for that partner. */
function toldDecisions(rows: readonly { decision: DecisionRow }[], partner_id: string): DecisionTold[] {
  return rows.flatMap(({ decision }) => {
    const considered = consideredOf(JSON.parse(decision.facts));
    if (!concerns({ ...decision, asked_by: '' }, considered, partner_id)) return [];
    const { decision_id, at, kind, policy_version } = decision;
    const { outcome, clause } = toldOf(decision, partner_id);
    const referrer = decision.sets_referrer === 1 ? whoseIs(decision.partner_id, partner_id) : null;
    return [
      {
        decision_id,
        at,
        kind,
        outcome,
        clause,
        policy_version,
        referrer,
        timeline: timelineFor(considered, partner_id),
      },
    ];
  });
}

/**
 * An account that somebody else, or nobody, is the referrer of, to a partner whose clicks a decision of it looked at, or who was its
 * referrer: the gate that is shut and the timeline that decided, nothing of the client (R6). Null for everybody else.
 */
async function readLost(db: Database, partner_id: string, account_id: string): Promise<ReferralDetail | null> {
  const rows = await readDecisions(db, account_id);
  const decisions = toldDecisions(rows, partner_id);
  const [first] = rows;
  if (!first || decisions.length === 0) return null;
  const standing = referrerOf(rows.map(({ decision }) => decision));
  return {
    account_id,
    company: null,
    email: null,
    source: null,
    signed_up_at: first.signed_up_at,
    flags: [],
    status: 'not_referrer',
    vests_at: null,
    vesting_days: 0,
    gates: [trackedGate({ referrer: standing ? 'another' : 'nobody', held: [], source: standing?.source ?? null })],
    first_pay_date: null,
    earning_nothing: [],
    decisions,
  };
}

/**
 * One account of the partner's with its gates in order and the decisions about its referrer. Of an account that the partner has lost, or
 * whose deciding clicks were partly the partner's, the timeline; null for any other account, known or not.
 */
export async function readReferral(
  db: Database,
  partner_id: string,
  account_id: string,
  now: number,
): Promise<ReferralDetail | null> {
  const account = await findReferred(db, partner_id, account_id);
  if (!account) return readLost(db, partner_id, account_id);
  const [rows, lines, record, sums, referred, latest, decided] = await Promise.all([
    readTermRows(db, [account_id]),
    readAccountLines(db, partner_id, account_id),
    readPartnerRecord(db, partner_id),
    readOpenSums(db, partner_id, now),
    hasReferred(db, partner_id),
    latestFrozen(db, now),
    readDecisions(db, account_id),
  ]);
  const next = nextPayDay(rows.policy, latest, now);
  const facts = lineFacts(lines, now);
  const first = firstPayDate(facts.open, next.pay_date, next.policy);
  const day = first === null || first === next.pay_date ? next : payDay(rows.policy, first);
  const input: AccountGateInput = {
    at: now,
    policy: next.policy,
    referrer: 'partner',
    blocked: account.blocked === 1,
    held: heldKinds(rows, partner_id, account_id, now),
    ...termStanding(rows, account_id, now),
    ...facts,
    next_pay_date: next.pay_date,
    partner_gates: partnerGates({ day, at: now, record, money: dueMoney(sums, day, referred) }),
  };
  return {
    ...referralView(rows, partner_id, account, now),
    ...accountGates(input),
    earning_nothing: unearning(rows, account, now),
    decisions: toldDecisions(decided, partner_id),
  };
}
