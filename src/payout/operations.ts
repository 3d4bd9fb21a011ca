import type { Database } from '../program/commit.repo.ts';
import { adoptBatch } from './adopt.ts';
import { approve } from './approve.ts';
import { findBatch } from './batch.repo.ts';
import { decideCameBack } from './came-back.ts';
import { recordOutcomes } from './outcomes.ts';
import { poll } from './poll.ts';
import { replayBatch } from './replay.ts';
import { resolvePayout, withholdPayout } from './resolve.ts';
import type { PayoutsRpc, PayoutsState, Poke, RpcAnswer } from './rpc.ts';
import type { Instances, RunContext } from './run.ts';
import { sendByProvider } from './send.repo.ts';
import { tellBehind } from './send.ts';
import { booksBehind, witnessBatch } from './witness.ts';

/** Where operations find what they need, made for the instant of each call. */
export interface Operations {
  db: Database;
  context(now: number): Promise<RunContext>;
  instances(context: RunContext): Instances;
}

const NO_PAYPAL = { ok: false, reason: 'other_rail', detail: 'The program has no PayPal credentials.' } as const;
const BEHIND = {
  ok: false,
  reason: 'batch_state',
  detail: 'The books are behind the witness (GET /v1/payouts-state): replay what is missing first.',
} as const;

/** Before the file of the export rail is handed out: the books are whole, and the batch is with the witness (P7). */
async function prepareExport({ db, witness, program_id }: RunContext, pay_date: string): Promise<RpcAnswer> {
  const missing = await booksBehind(db, witness, program_id);
  if (missing.length > 0) {
    tellBehind(missing);
    return BEHIND;
  }
  for (;;) {
    const kept = await witnessBatch(db, witness, program_id, pay_date);
    if (kept === 'kept') return { ok: true, first_time: true };
    if (kept === 'behind') return BEHIND;
  }
}

async function state({ db, witness, program_id }: RunContext): Promise<PayoutsState> {
  const missing = await booksBehind(db, witness, program_id);
  return { books_behind: missing.length > 0, missing };
}

/** A webhook's word is worth a look and no more; what was looked at within the poll interval is not looked at again. */
async function look(context: RunContext, poke: Poke, now: number): Promise<void> {
  const { paypal, poll_ms, db } = context;
  const send = paypal === null ? null : await sendByProvider(db, poke);
  if (paypal === null || !send || (send.status !== 'accepted' && send.status !== 'settled')) return;
  if (send.checked_at !== null && now - send.checked_at < poll_ms) return;
  await poll({ ...context, paypal }, send, now);
}

/** What the program may ask of payouts, as `PayoutsService` answers it: each call is the operation it names. */
export function operationsOf({ db, context, instances }: Operations): PayoutsRpc {
  /** Once something can go on, it does so at once. */
  const goOn = async (pay_date: string, now: number, answer: RpcAnswer): Promise<RpcAnswer> => {
    if (!answer.ok || answer.proposed) return answer;
    const batch = await findBatch(db, pay_date);
    if (batch?.rail !== 'paypal') return answer;
    const run = await context(now);
    // The daily cron sees to it if this fails.
    await instances(run)
      .ensure(pay_date, now)
      .catch(() => undefined);
    return answer;
  };
  return {
    approve: async (pay_date, manifest_sha256, by, now) =>
      goOn(pay_date, now, await approve(db, { pay_date, manifest_sha256, by, now })),
    recordOutcomes: (pay_date, items, by, now) => recordOutcomes(db, { pay_date, items, by, now }),
    decideCameBack: (hold_id, decision, reason, by, now) => decideCameBack(db, { hold_id, decision, reason, by, now }),
    prepareExport: async (pay_date, now) => prepareExport(await context(now), pay_date),
    resolve: (payout_id, word, by, now) => resolvePayout(db, { payout_id, word, by, now }),
    adopt: async (pay_date, chunk, payout_batch_id, by, now) => {
      const { paypal, ...rest } = await context(now);
      if (paypal === null) return NO_PAYPAL;
      const answer = await adoptBatch({ ...rest, paypal }, { pay_date, chunk, payout_batch_id, by, now });
      return goOn(pay_date, now, answer);
    },
    withhold: async (payout_id, reason, by, now) => withholdPayout(await context(now), { payout_id, reason, by, now }),
    replay: async (pay_date, by, now) =>
      goOn(pay_date, now, await replayBatch(await context(now), { pay_date, by, now })),
    state: async () => state(await context(0)),
    look: async (poke, now) => look(await context(now), poke, now),
  };
}
