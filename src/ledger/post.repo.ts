import { sql } from 'drizzle-orm';

import { factsOf, withParkedReasons, type AccountState } from '../account/state.rules.ts';
import { cancellations, payments, refundReversals, refunds } from '../billing/billing.schema.ts';
import { target, type Entry } from '../commission/target.rules.ts';
import { expectUnchanged, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { unposted } from './diff.rules.ts';
import { lines } from './ledger.schema.ts';

/** What a change of an account's state books: the entries, the statements that write them, and the state they leave. */
export interface Posting {
  entries: Entry[];
  statements: Statement[];
  state: AccountState;
}

/**
 * The one way lines of accounts come to be: `target(facts) − posted`, for the state as it will be once the door's own statements
 * have run (so they go first). The statements also bring parked reasons up to date, and rest on the rates that were read.
 */
export function posting(db: Database, after: AccountState, recorded_at: number): Posting {
  const state = withParkedReasons(after);
  const facts = factsOf(state);
  const entries = facts ? unposted(target(facts), after.posted) : [];
  const statements: Statement[] = [];
  if (facts && after.partner_guards.length > 0) statements.push(expectUnchanged(db, after.partner_guards));
  if (entries.length > 0) {
    const rows = entries.map((entry) => ({ ...entry, account_id: after.account_id, recorded_at }));
    statements.push(insertRows(db, lines, rows));
  }
  statements.push(...parkedUpdates(db, after, state));
  return { entries, statements, state };
}

function parkedUpdates(db: Database, before: AccountState, after: AccountState): Statement[] {
  const statements: Statement[] = [];
  after.payments.forEach((row, i) => {
    if (row === before.payments[i]) return;
    statements.push(
      db.run(sql`UPDATE ${payments} SET parked_reason = ${row.parked_reason} WHERE payment_id = ${row.payment_id}`),
    );
  });
  after.refunds.forEach((row, i) => {
    if (row === before.refunds[i]) return;
    statements.push(
      db.run(sql`UPDATE ${refunds} SET parked_reason = ${row.parked_reason} WHERE refund_id = ${row.refund_id}`),
    );
  });
  after.reversals.forEach((row, i) => {
    if (row === before.reversals[i]) return;
    statements.push(
      db.run(
        sql`UPDATE ${refundReversals} SET parked_reason = ${row.parked_reason} WHERE refund_id = ${row.refund_id}`,
      ),
    );
  });
  after.cancellations.forEach((row, i) => {
    if (row === before.cancellations[i]) return;
    const key = sql`account_id = ${row.account_id} AND cancelled_at = ${row.cancelled_at}`;
    statements.push(db.run(sql`UPDATE ${cancellations} SET parked_reason = ${row.parked_reason} WHERE ${key}`));
  });
  return statements;
}
