import type { CancellationRow } from './cancel.schema.ts';

/** A payout that stands UNCLAIMED: the address it went to, the address on file, and whether it is being called back already. */
export interface Unclaimed {
  payout_id: string;
  person_id: string;
  cancellation: CancellationRow | null;
  /** The latest address that the partner or an operator has set (`person_id` null: cleared); null where none ever was. */
  on_file: { person_id: string | null; at: number; by: string } | null;
}

/**
 * P3, P7: the cancellation of a payout that stands UNCLAIMED: the one that was asked for, or the one that follows from an address that
 * replaces the one it went to, from the moment it is set (not when it begins to serve). Null: it is left its 30 days. An address that
 * was only cleared replaces nothing.
 */
export function cancellationOf(payout: Unclaimed, now: number): CancellationRow | null {
  const { payout_id, person_id, cancellation, on_file } = payout;
  if (cancellation) return cancellation;
  if (!on_file || on_file.person_id === null || on_file.person_id === person_id || on_file.at > now) return null;
  return { payout_id, cause: 'address', asked_at: on_file.at, asked_by: on_file.by, tried_at: null };
}

/** The cancellations that are to be tried now, those longest not tried first. `again_ms`: how long after a try the next one comes. */
export function dueCancellations(payouts: readonly Unclaimed[], now: number, again_ms: number): CancellationRow[] {
  return payouts
    .flatMap((payout) => cancellationOf(payout, now) ?? [])
    .filter(({ tried_at }) => tried_at === null || now - tried_at >= again_ms)
    .toSorted((a, b) => (a.tried_at ?? 0) - (b.tried_at ?? 0));
}
