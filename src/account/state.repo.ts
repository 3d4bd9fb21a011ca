import { guardsFrom, type Database } from '../program/commit.repo.ts';
import { entryOf, readStateRows, sharedOf, subjectsOf } from './state-rows.repo.ts';
import type { AccountState } from './state.rules.ts';

/** What else a door wants read in the same snapshot. */
export interface StateRequest {
  account_id: string;
  /** Partners that the door may make the referrer. */
  partner_ids?: readonly string[];
  /** Plans of payments that are about to be recorded. */
  plans?: readonly string[];
  /** Payments about to be recorded, whose refunds may have been told before. */
  payment_ids?: readonly string[];
  /** Refunds about to be recorded, whose reversals may have been told before. */
  refund_ids?: readonly string[];
  /** Further subjects whose versions the decision rests on and moves. */
  subjects?: readonly string[];
}

/**
 * Reads one account in a single snapshot (one D1 batch). What was merged into it or handed over to it is part of it; asked for one of
 * those, it answers with the account that goes on.
 */
export async function readAccountState(db: Database, request: StateRequest): Promise<AccountState> {
  const { account_id } = request;
  const nothing = { partner_ids: [], plans: [], payment_ids: [], refund_ids: [], subjects: [] };
  const asked = { ...nothing, ...request, heads: [account_id] };
  const rows = await readStateRows(db, asked);
  const moved = rows.moves.find((move) => move.account_id === account_id);
  if (moved) return readAccountState(db, { ...request, account_id: moved.into_account_id });
  return {
    ...sharedOf(rows),
    account_id,
    account: rows.opened[0] ?? null,
    payments: rows.paid,
    refunds: rows.refunded,
    reversals: rows.reversed,
    cancellations: rows.ended,
    decisions: rows.decided,
    posted: rows.posted.flatMap((line) => entryOf(line)),
    guards: guardsFrom(subjectsOf(asked), rows.versions),
  };
}
