import { hasReferred, readOpenSums } from '../earnings/earnings.repo.ts';
import { dueMoney } from '../earnings/earnings.rules.ts';
import { accountGates, firstPayDate, type AccountGateInput } from '../explain/account-gates.rules.ts';
import type { Gate } from '../explain/gate.ts';
import { partnerGates } from '../explain/gates.rules.ts';
import { readPartnerRecord } from '../partner/record.repo.ts';
import { latestFrozen } from '../payout/batch.repo.ts';
import { nextPayDay, payDay } from '../payout/due.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { findReferred, listReferred, readAccountLines, readTermRows } from './referral.repo.ts';
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

/** One account whose referrer is the partner, with its gates in order; null for any other account, known or not. */
export async function readReferral(
  db: Database,
  partner_id: string,
  account_id: string,
  now: number,
): Promise<ReferralDetail | null> {
  const account = await findReferred(db, partner_id, account_id);
  if (!account) return null;
  const [rows, lines, record, sums, referred, latest] = await Promise.all([
    readTermRows(db, [account_id]),
    readAccountLines(db, partner_id, account_id),
    readPartnerRecord(db, partner_id),
    readOpenSums(db, partner_id, now),
    hasReferred(db, partner_id),
    latestFrozen(db, now),
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
  };
}
