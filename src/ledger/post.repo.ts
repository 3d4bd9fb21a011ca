import { sql, type SQL } from 'drizzle-orm';

import { factsOf, withParkedReasons, type AccountState } from '../account/state.rules.ts';
import { target, type Entry } from '../commission/target.rules.ts';
import { expectUnchanged, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { unposted } from './diff.rules.ts';
import { lines } from './ledger.schema.ts';

/** Characters of one parameter, which ends at 2 MB; a character is three bytes at most. */
const PARAMETER = 500_000;

/** Rows in portions that fit a parameter as JSON, in their order. */
function portions<Row>(rows: readonly Row[]): Row[][] {
  const all: Row[][] = [];
  let size = PARAMETER;
  for (const row of rows) {
    const length = JSON.stringify(row).length + 1;
    size += length;
    if (size > PARAMETER) {
      all.push([]);
      size = length;
    }
    all.at(-1)?.push(row);
  }
  return all;
}

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
    // Under the id that the payment was told with: it stays so when the account becomes part of another.
    const told = new Map(after.payments.map(({ payment_id, account_id }) => [payment_id, account_id]));
    const rows = entries.map((entry) => ({
      ...entry,
      account_id: told.get(entry.payment_id) ?? after.account_id,
      recorded_at,
    }));
    // Statements of one batch: all are written, or none.
    statements.push(...portions(rows).map((part) => insertRows(db, lines, part)));
  }
  statements.push(...parkedUpdates(db, after, state));
  return { entries, statements, state };
}

/** The rows whose parked reason has changed, each as that reason and its key. */
function changed<Row extends { parked_reason: string | null }>(
  rows: readonly Row[],
  former: readonly Row[],
  keyOf: (row: Row) => readonly (string | number)[],
) {
  return portions(rows.flatMap((row, i) => (row === former[i] ? [] : [[row.parked_reason, ...keyOf(row)]])));
}

function parkedUpdates(db: Database, before: AccountState, after: AccountState): Statement[] {
  const by = (table: SQL, key: SQL, part: readonly unknown[]) =>
    db.run(
      sql`UPDATE ${table} SET parked_reason = v.value ->> 0 FROM json_each(${JSON.stringify(part)}) AS v WHERE ${key}`,
    );
  const paymentKey = sql`payments.payment_id = v.value ->> 1`;
  const refundKey = sql`refunds.refund_id = v.value ->> 1`;
  const reversalKey = sql`refund_reversals.refund_id = v.value ->> 1`;
  const cancellationKey = sql`cancellations.account_id = v.value ->> 1 AND cancellations.cancelled_at = v.value ->> 2`;
  return [
    ...changed(after.payments, before.payments, (row) => [row.payment_id]).map((part) =>
      by(sql`payments`, paymentKey, part),
    ),
    ...changed(after.refunds, before.refunds, (row) => [row.refund_id]).map((part) =>
      by(sql`refunds`, refundKey, part),
    ),
    ...changed(after.reversals, before.reversals, (row) => [row.refund_id]).map((part) =>
      by(sql`refund_reversals`, reversalKey, part),
    ),
    ...changed(after.cancellations, before.cancellations, (row) => [row.account_id, row.cancelled_at]).map((part) =>
      by(sql`cancellations`, cancellationKey, part),
    ),
  ];
}
