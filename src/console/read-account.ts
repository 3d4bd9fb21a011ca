import { peopleOfAccount } from '../account/account.repo.ts';
import { referrerOf } from '../account/decision.ts';
import { movedInto, type MoveRow } from '../account/family.repo.ts';
import { readAccountState } from '../account/state.repo.ts';
import { withParkedReasons, type AccountState, type DecisionRow } from '../account/state.rules.ts';
import { paymentStandings, type PaymentAnswer } from '../billing/answers.rules.ts';
import { holdsOfAccount } from '../hold/hold.repo.ts';
import type { HoldRow } from '../hold/hold.rules.ts';
import { policyOf } from '../policy/policy.rules.ts';
import { readAuditLog } from '../program/audit.repo.ts';
import { readAuditLog as readClickLog, type AuditLog } from '../referrer/audit-log.ts';
import type { ClaimRecord } from '../referrer/claim-view.rules.ts';
import { claimsOfAccount } from '../referrer/claim.repo.ts';
import { signalsOfAccount } from '../signals/signal.repo.ts';
import type { SignalRow } from '../signals/signal.rules.ts';
import { linesOfAccount } from './accounts.repo.ts';
import type { ConsoleContext } from './common.tsx';
import { HISTORY_ROWS, type AuditRow } from './history.tsx';
import type { LineRow } from './payout.repo.ts';

/** An account that somebody has opened, as it stands now. */
export type OpenedState = AccountState & { account: NonNullable<AccountState['account']> };

/** All that an account's page shows. `account_id` of the state is the account that goes on. */
export interface AccountSeen {
  state: OpenedState;
  people: Awaited<ReturnType<typeof peopleOfAccount>>;
  referrer: DecisionRow | null;
  standing: (payment_id: string) => PaymentAnswer;
  lines: readonly LineRow[];
  holds: readonly HoldRow[];
  signals: readonly SignalRow[];
  claims: readonly ClaimRecord[];
  moved: readonly MoveRow[];
  clicks: AuditLog;
  history: readonly AuditRow[];
}

/** Lines that the page lists. */
export const MOST_LINES = 200;

/** An account's state; null where nobody has opened it. */
export async function openedState(
  c: ConsoleContext,
  account_id: string,
  partner_ids: readonly string[] = [],
): Promise<OpenedState | null> {
  const state = withParkedReasons(await readAccountState(c.var.books, { account_id, partner_ids }));
  const { account } = state;
  return account && { ...state, account };
}

/** Reads an account's page; null where there is no such account. */
export async function readAccountSeen(c: ConsoleContext, asked_id: string): Promise<AccountSeen | null> {
  const { books, clicks } = c.var;
  const state = await openedState(c, asked_id);
  if (!state) return null;
  const { account_id, account } = state;
  const policy = policyOf(state.policy, account.policy_version);
  const [people, lines, holds, signals, claims, moved, log, history] = await Promise.all([
    peopleOfAccount(books, account_id),
    linesOfAccount(books, account_id, MOST_LINES),
    holdsOfAccount(books, account_id),
    signalsOfAccount(books, account_id),
    claimsOfAccount(books, account_id),
    movedInto(books, account_id),
    readClickLog({ books, clicks }, account, policy),
    readAuditLog(books, { before: null, limit: HISTORY_ROWS, subject: `account:${account_id}` }),
  ]);
  return {
    state,
    people,
    referrer: referrerOf(state.decisions),
    standing: paymentStandings(state),
    lines,
    holds,
    signals,
    claims,
    moved,
    clicks: log,
    history,
  };
}
