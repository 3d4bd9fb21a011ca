import { auditStatement } from '../program/audit.repo.ts';
import type { SendContext } from './make-send.ts';
import { readWhole } from './poll.ts';
import type { RpcAnswer, Speaker } from './rpc.ts';
import {
  acceptPayouts,
  changeSend,
  expectNotAdopted,
  isAdoptedElsewhere,
  readPolled,
  readSendState,
  settlementStatements,
} from './send.repo.ts';
import { settle } from './settle.rules.ts';
import { byTwoPeople, type Prepared } from './two-people.ts';
import { wordStatements } from './witness-words.ts';

/** An adoption: the provider's batch that a chunk was sent as. */
export interface Adoption extends Speaker {
  pay_date: string;
  chunk: number;
  payout_batch_id: string;
}

/**
 * P7: two people name the provider's batch that a chunk was sent as, where its answer did not. It must hold exactly the items and amounts
 * that were frozen. From then on it is polled like any other.
 */
export async function adoptBatch(context: SendContext, adoption: Adoption): Promise<RpcAnswer> {
  const { db } = context;
  const { pay_date, chunk, payout_batch_id, by, now, via } = adoption;
  const subject = `batch:${pay_date}`;
  const call = { operation: 'payouts.adopt', subject, content: { chunk, payout_batch_id }, by, now };
  return byTwoPeople(db, call, async (): Promise<Prepared> => {
    const { sends, guard } = await readSendState(db, pay_date);
    const send = sends.findLast((it) => it.chunk === chunk);
    if (!send) return { ok: false, reason: 'not_found', detail: 'There is no such chunk.' };
    if (send.status === 'settled' || send.status === 'refused' || send.attention === null) {
      return { ok: false, reason: 'batch_state', detail: `The chunk is ${send.status}, and needs no adoption.` };
    }
    if (await isAdoptedElsewhere(db, send.sender_batch_id, payout_batch_id)) {
      return { ok: false, reason: 'conflict', detail: 'This batch of the provider’s belongs to another chunk.' };
    }
    const unfit = await whyUnfit(context, send.sender_batch_id, payout_batch_id, now);
    if (unfit) return unfit;
    const change = {
      status: 'accepted',
      provider_batch_id: payout_batch_id,
      attention: null,
      checked_at: null,
    } as const;
    return {
      ok: true,
      guards: [guard],
      statements: [
        expectNotAdopted(db, send.sender_batch_id, payout_batch_id),
        changeSend(db, send.sender_batch_id, { ...change, reason: 'adopted', tried_at: send.tried_at ?? now }),
        acceptPayouts(db, send.sender_batch_id, now),
        ...(await settlementStatements(db, pay_date, [], now)),
        ...(await wordStatements(db, {
          what: 'adopted',
          pay_date,
          at: now,
          by,
          adopted: { sender_batch_id: send.sender_batch_id, payout_batch_id },
        })),
        auditStatement(db, {
          at: now,
          actor: by,
          via,
          action: 'payouts.adopt',
          subject,
          details: { chunk },
          before: { status: send.status, payout_batch_id: send.provider_batch_id },
          after: { status: change.status, payout_batch_id },
        }),
      ],
    };
  });
}

/** Why a batch at the provider is not the one that a sending became; null where it may be. */
async function whyUnfit(
  context: SendContext,
  sender_batch_id: string,
  payout_batch_id: string,
  now: number,
): Promise<Extract<RpcAnswer, { ok: false }> | null> {
  const whole = await readWhole(context, payout_batch_id);
  if (whole.state === 'unknown') return { ok: false, reason: 'unavailable', detail: 'PayPal does not answer.' };
  if (whole.state !== 'found') return { ok: false, reason: 'invalid', detail: 'PayPal shows no such batch.' };
  const read = await readPolled(context.db, sender_batch_id);
  if (!read || settle(read.polled, whole.batch, now).send.attention === 'items_differ') {
    return { ok: false, reason: 'invalid', detail: 'The batch at PayPal does not hold the frozen items and amounts.' };
  }
  return null;
}
