import { guardsFrom, subjectOf, type Database } from '../program/commit.repo.ts';
import { entryOf, readStateRows, sharedOf, subjectsOf, type StateRows } from './state-rows.repo.ts';
import type { AccountState } from './state.rules.ts';

/** Many accounts to be read at once, with what else a door wants in the same snapshot. */
export interface StatesRequest {
  account_ids: readonly string[];
  partner_ids?: readonly string[];
  plans?: readonly string[];
  /** Payments about to be recorded, whose refunds may have been told before, and whose they are. */
  payments?: readonly { payment_id: string; account_id: string }[];
  /** Refunds about to be recorded, whose reversals may have been told before, and whose they are. */
  refunds?: readonly { refund_id: string; account_id: string }[];
  /** Further subjects whose versions the decision rests on and moves. */
  subjects?: readonly string[];
}

/** Queries that one `readAccountStates` costs at most (D1 allows 1,000 an invocation). */
export const STATES_QUERIES = 16;

/** Accounts as they stand, each under the id asked for; ids that have become one account share its state. */
export type AccountStates = Map<string, AccountState>;

type Asked = Required<StatesRequest> & { heads: readonly string[] };

/** Rows by the account that they count for: what was told of an account that became part of another counts for that one. */
function rowsByHead(rows: StateRows, asked: Asked, headOf: (account_id: string) => string) {
  const into = new Map(rows.moves.map((move) => [move.account_id, move.into_account_id]));
  const head = (account_id: string) => into.get(account_id) ?? headOf(account_id);
  const byHead = <Row extends { account_id: string }>(own: readonly Row[]) =>
    Map.groupBy(own, (row) => head(row.account_id));
  const payer = new Map([...asked.payments, ...rows.paid].map((row) => [row.payment_id, head(row.account_id)]));
  const refundee = new Map([
    ...asked.refunds.map((row) => [row.refund_id, head(row.account_id)] as const),
    ...rows.refunded.map((row) => [row.refund_id, payer.get(row.payment_id) ?? ''] as const),
  ]);
  return {
    opened: new Map(rows.opened.map((row) => [row.account_id, row])),
    payments: byHead(rows.paid),
    refunds: Map.groupBy(rows.refunded, (row) => payer.get(row.payment_id) ?? ''),
    reversals: Map.groupBy(rows.reversed, (row) => refundee.get(row.refund_id) ?? ''),
    cancellations: byHead(rows.ended),
    decisions: byHead(rows.decided),
    posted: byHead(rows.posted),
  };
}

/**
 * Reads many accounts in a single snapshot: each state is what `readAccountState` gives, its guard the account's own. `guards` are those of
 * all accounts and of the further subjects. Ids of accounts that have become part of others stand for those.
 */
export async function readAccountStates(
  db: Database,
  request: StatesRequest,
  former: ReadonlyMap<string, string> = new Map(),
): Promise<{ states: AccountStates; guards: AccountState['guards'] }> {
  const headOf = (account_id: string) => former.get(account_id) ?? account_id;
  const heads = [...new Set(request.account_ids.map(headOf))];
  const asked = { partner_ids: [], plans: [], payments: [], refunds: [], subjects: [], ...request, heads };
  const rows = await readStateRows(db, {
    ...asked,
    payment_ids: asked.payments.map((row) => row.payment_id),
    refund_ids: asked.refunds.map((row) => row.refund_id),
  });
  const isHead = new Set(heads);
  const gone = rows.moves.filter((move) => isHead.has(move.account_id));
  if (gone.length > 0) {
    const known = new Map([...former, ...gone.map((move) => [move.account_id, move.into_account_id] as const)]);
    for (const [id, into] of known) known.set(id, known.get(into) ?? into);
    return readAccountStates(db, request, known);
  }
  const found = rowsByHead(rows, asked, headOf);
  const guards = guardsFrom(subjectsOf(asked), rows.versions);
  const versionOf = new Map(guards.map((guard) => [guard.subject, guard]));
  const shared = sharedOf(rows);
  const stateOf = (account_id: string): AccountState => {
    const guard = versionOf.get(subjectOf('account', account_id));
    return {
      ...shared,
      account_id,
      account: found.opened.get(account_id) ?? null,
      payments: found.payments.get(account_id) ?? [],
      refunds: found.refunds.get(account_id) ?? [],
      reversals: found.reversals.get(account_id) ?? [],
      cancellations: found.cancellations.get(account_id) ?? [],
      decisions: found.decisions.get(account_id) ?? [],
      posted: (found.posted.get(account_id) ?? []).flatMap((line) => entryOf(line)),
      guards: guard ? [guard] : [],
    };
  };
  const byHead = new Map(heads.map((id) => [id, stateOf(id)]));
  const states = request.account_ids.flatMap((id) => {
    const state = byHead.get(headOf(id));
    return state ? [[id, state] as const] : [];
  });
  return { states: new Map(states), guards };
}
