import { errorNames, logLine } from '../log.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit, decideAgain, type Database } from '../program/commit.repo.ts';
import { keepWish, readCancellable, unclaimedPayouts } from './cancel.repo.ts';
import { dueCancellations } from './cancel.rules.ts';
import type { PayoutRow } from './payout.schema.ts';
import type { PayoutsRpc, Speaker } from './rpc.ts';

/** A wish to have a payout back that stands UNCLAIMED. `whose`: the partner who asks; null for an operator. */
export interface CancelCall extends Speaker {
  payout_id: string;
  whose: string | null;
}

/** What the wish came to: it is kept (or was before), with the payout as it stands. */
export type CancelAnswer =
  | { ok: true; payout: PayoutRow; asked_at: number }
  | { ok: false; reason: 'not_found' | 'batch_state' | 'busy'; detail: string };

/**
 * P7: keeps the wish to have a payout back that stands UNCLAIMED at PayPal. Nothing is due anew by it: payouts tells PayPal, and only when
 * PayPal then says RETURNED is the amount due. Asked again, it is the same wish, whatever has become of the payout. A payout of another
 * partner's is `not_found`; one that is not UNCLAIMED, and of which nobody asked it, `batch_state`.
 */
export async function askCancellation(
  db: Database,
  { payout_id, whose, by, now, via }: CancelCall,
): Promise<CancelAnswer> {
  const done = await decideAgain(async (): Promise<CancelAnswer | 'conflict'> => {
    const { payout, cancellation } = await readCancellable(db, payout_id);
    if (!payout || (whose !== null && payout.partner_id !== whose)) {
      return { ok: false, reason: 'not_found', detail: 'There is no such payout.' };
    }
    if (cancellation) return { ok: true, payout, asked_at: cancellation.asked_at };
    if (payout.status !== 'unclaimed') {
      const detail = `The payout is ${payout.status}: only one that stands unclaimed at PayPal can be cancelled.`;
      return { ok: false, reason: 'batch_state', detail };
    }
    const outcome = await commit(
      db,
      [],
      [
        ...keepWish(db, { payout_id, cause: 'asked', asked_at: now, asked_by: by, tried_at: null }),
        auditStatement(db, {
          at: now,
          actor: by,
          via,
          action: 'payouts.cancel',
          subject: `payout:${payout_id}`,
          details: { pay_date: payout.pay_date },
          before: { asked_back: false },
          after: { asked_back: true, amount: payout.amount },
        }),
      ],
    );
    return outcome === 'conflict' ? 'conflict' : { ok: true, payout, asked_at: now };
  });
  return done.ok ? done.value : { ok: false, reason: 'busy', detail: 'Try again.' };
}

/**
 * Asks payouts to call back what is to be cancelled of a partner's payouts, where there is anything. A call that is lost is made up by the
 * daily cron, so that nothing of the caller's hangs on it.
 */
export async function pokeCancellations(
  vault: Pick<PayoutsRpc, 'cancel'>,
  db: Database,
  partner_id: string,
  now: number,
): Promise<void> {
  try {
    if (dueCancellations(await unclaimedPayouts(db, partner_id), now, 0).length === 0) return;
    await vault.cancel(partner_id, now);
  } catch (error) {
    logLine('payout_cancel_not_passed_on', { error: errorNames(error) });
  }
}
