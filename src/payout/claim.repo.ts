import { sql, type SQL } from 'drizzle-orm';

import type { LineHold } from '../ledger/balance.rules.ts';
import type { BatchRow } from './payout.schema.ts';

/** What bounds a batch's claim (P1): the end of its week, the freeze, and the booking order's cut. */
export type ClaimWindow = Pick<BatchRow, 'week_ends_at' | 'frozen_at' | 'cut_seq'>;

/**
 * The condition for a line `l` to lie within a batch's claim, held or not. Every statement of a freeze uses this one, with
 * `INDEXED BY lines_open`, so that no statistics can lead SQLite to scan lines that are not due.
 */
export function inWindow({ week_ends_at, frozen_at, cut_seq }: ClaimWindow): SQL {
  return sql`l.payout_id IS NULL AND l.payable_at < ${week_ends_at} AND l.at <= ${frozen_at} AND l.seq <= ${cut_seq}`;
}

/** EXISTS, since a seek that finds no hold costs no row: nearly every line is asked, and hardly any is held. */
function heldAs(kinds: SQL, at: number): SQL {
  return sql`EXISTS (SELECT 1 FROM holds AS h WHERE ${kinds} AND h.opened_at <= ${at} AND (h.decided_at IS NULL OR h.decided_at > ${at}))`;
}

function ofAccount(kinds: readonly LineHold['kind'][]): SQL {
  const list = sql.join(
    kinds.map((kind) => sql`${kind}`),
    sql`, `,
  );
  return sql`h.account_id = l.account_id AND h.kind IN (${list}) AND (h.partner_id IS NULL OR h.partner_id = l.partner_id)`;
}

const OF_PAYMENT = sql`h.payment_id = l.payment_id AND h.kind = 'dispute'`;

/**
 * Whether a line `l` is kept out of claims at an instant: by a hold on its account (of its partner, where it names one) or on its payment
 * that is not decided yet. A hold decided after the instant counts as open.
 */
export function isHeld(at: number): SQL {
  return sql`(${heldAs(ofAccount(['form_join', 'self_referral']), at)} OR ${heldAs(OF_PAYMENT, at)})`;
}

/** The kind of the hold that keeps a line `l` out of claims at an instant, or NULL. */
export function heldKind(at: number): SQL {
  return sql`CASE WHEN ${heldAs(ofAccount(['form_join']), at)} THEN 'form_join'
    WHEN ${heldAs(ofAccount(['self_referral']), at)} THEN 'self_referral' WHEN ${heldAs(OF_PAYMENT, at)} THEN 'dispute' END`;
}
