import { sql, type SQL } from 'drizzle-orm';

import { factsOf, withParkedReasons, type AccountState } from '../account/state.rules.ts';
import { target, type Entry } from '../commission/target.rules.ts';
import { expectUnchanged, insertRows, type Database, type Guard, type Statement } from '../program/commit.repo.ts';
import { unposted } from './diff.rules.ts';
import { lines } from './ledger.schema.ts';

/** Characters of one parameter, which ends at 2 MB; a character is three bytes at most. */
const PARAMETER = 500_000;

/** Rows in portions that fit a parameter as JSON, in their order. */
export function portions<Row>(rows: readonly Row[]): Row[][] {
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
  const { statements, booked } = postings(db, [after], recorded_at);
  const [{ entries, state } = { entries: [], state: after }] = booked;
  return { entries, statements, state };
}

/** `posting` for many accounts in one batch: the statements that write them all, and what each comes to. */
export function postings(
  db: Database,
  afters: readonly AccountState[],
  recorded_at: number,
): { statements: Statement[]; booked: Omit<Posting, 'statements'>[] } {
  const guards = new Map<string, Guard>();
  const booked = afters.map((after) => {
    const state = withParkedReasons(after);
    const facts = factsOf(state);
    if (facts) for (const guard of after.partner_guards) guards.set(guard.subject, guard);
    return { entries: facts ? unposted(target(facts), after.posted) : [], state };
  });
  const rows = booked.flatMap(({ entries }, i) => {
    const after = afters[i];
    if (!after || entries.length === 0) return [];
    // Under the id that the payment was told with: it stays so when the account becomes part of another.
    const told = new Map(after.payments.map(({ payment_id, account_id }) => [payment_id, account_id]));
    return entries.map((entry) => ({
      ...entry,
      account_id: told.get(entry.payment_id) ?? after.account_id,
      recorded_at,
    }));
  });
  const statements = [
    ...(guards.size > 0 ? [expectUnchanged(db, [...guards.values()])] : []),
    // Statements of one batch: all are written, or none.
    ...portions(rows).map((part) => insertRows(db, lines, part)),
    ...parkedUpdates(db, afters, booked),
  ];
  return { statements, booked };
}

/** The rows whose parked reason has changed, each as that reason and its key. */
function changed<Row extends { parked_reason: string | null }>(
  rows: readonly Row[],
  former: readonly Row[],
  keyOf: (row: Row) => readonly (string | number)[],
) {
  return portions(rows.flatMap((row, i) => (row === former[i] ? [] : [[row.parked_reason, ...keyOf(row)]])));
}

function parkedUpdates(
  db: Database,
  afters: readonly AccountState[],
  booked: readonly { state: AccountState }[],
): Statement[] {
  const by = (table: SQL, key: SQL, part: readonly unknown[]) =>
    db.run(
      sql`UPDATE ${table} SET parked_reason = v.value ->> 0 FROM json_each(${JSON.stringify(part)}) AS v WHERE ${key}`,
    );
  const paymentKey = sql`payments.payment_id = v.value ->> 1`;
  const refundKey = sql`refunds.refund_id = v.value ->> 1`;
  const reversalKey = sql`refund_reversals.refund_id = v.value ->> 1`;
  const cancellationKey = sql`cancellations.account_id = v.value ->> 1 AND cancellations.cancelled_at = v.value ->> 2`;
  const states = booked.map(({ state }) => state);
  const settled = <Row extends { parked_reason: string | null }>(
    of: (state: AccountState) => readonly Row[],
    keyOf: (row: Row) => readonly (string | number)[],
  ) => changed(states.flatMap(of), afters.flatMap(of), keyOf);
  return [
    ...settled(
      (state) => state.payments,
      (row) => [row.payment_id],
    ).map((part) => by(sql`payments`, paymentKey, part)),
    ...settled(
      (state) => state.refunds,
      (row) => [row.refund_id],
    ).map((part) => by(sql`refunds`, refundKey, part)),
    ...settled(
      (state) => state.reversals,
      (row) => [row.refund_id],
    ).map((part) => by(sql`refund_reversals`, reversalKey, part)),
    ...settled(
      (state) => state.cancellations,
      (row) => [row.account_id, row.cancelled_at],
    ).map((part) => by(sql`cancellations`, cancellationKey, part)),
  ];
}
