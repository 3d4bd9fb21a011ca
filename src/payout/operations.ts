import { errorNames, logLine } from '../log.ts';
import type { Database } from '../program/commit.repo.ts';
import { adoptBatch } from './adopt.ts';
import { approve } from './approve.ts';
import { findPayout } from './batch.repo.ts';
import { decideCameBack } from './came-back.ts';
import { cancelUnclaimed } from './cancel-unclaimed.ts';
import { recordOutcomes } from './outcomes.ts';
import { poll } from './poll.ts';
import { replayBatch, type Onward } from './replay.ts';
import { resolvePayout, withholdPayout } from './resolve.ts';
import type { PayoutsRpc, PayoutsState, Poke, RpcAnswer } from './rpc.ts';
import type { Instances, RunContext } from './run.ts';
import { readSendState, sendByProvider } from './send.repo.ts';
import { tellBehind } from './send.ts';
import { keepWords } from './witness-words.ts';
import { booksBehind, witnessBatch } from './witness.ts';

/** Where operations find what they need, made for the instant of each call. */
export interface Operations {
  db: Database;
  context(now: number): Promise<RunContext>;
  instances(context: RunContext): Instances;
  /** How a replay goes on in another invocation; in this one, where it is left out. */
  onward?: Onward;
  /** How many people approve a batch; one, where it is left out. */
  approvers?: 1 | 2;
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

/** Payouts of one partner that are called back at once; what is left is the daily cron's. */
const CANCELLED_AT_ONCE = 10;

async function cancel(context: RunContext, partner_id: string, now: number): Promise<void> {
  const { db, witness, program_id, paypal, poll_ms } = context;
  if (paypal === null) return;
  const missing = await booksBehind(db, witness, program_id);
  if (missing.length > 0) return tellBehind(missing);
  await cancelUnclaimed({ ...context, paypal }, { partner_id, again_ms: poll_ms, limit: CANCELLED_AT_ONCE }, now);
}

/** What the program may ask of payouts, as `PayoutsService` answers it: each call is the operation it names. */
export function operationsOf({ db, context, instances, onward, approvers = 1 }: Operations): PayoutsRpc {
  /** Once something can go on, it does so at once, though the batch's instance is done or asleep. */
  const goOn = async (pay_date: string, now: number, answer: RpcAnswer): Promise<RpcAnswer> => {
    if (!answer.ok || answer.proposed) return answer;
    const { batch, guard } = await readSendState(db, pay_date);
    if (batch?.rail !== 'paypal' || batch.status === 'settled') return answer;
    const run = await context(now);
    // The daily cron sees to it if this fails.
    await instances(run)
      .ensure(pay_date, now, guard.n)
      .catch((error: unknown) => logLine('payout_instance_failed', { pay_date, error: errorNames(error) }));
    return answer;
  };
  /** A person's word: into whole books only, and then to the witness. */
  const say = async (now: number, word: (run: RunContext) => Promise<RpcAnswer>): Promise<RpcAnswer> => {
    const run = await context(now);
    const missing = await booksBehind(db, run.witness, run.program_id);
    if (missing.length > 0) {
      tellBehind(missing);
      return BEHIND;
    }
    const answer = await word(run);
    // The next run gives it to the witness if this fails.
    await keepWords(run).catch((error: unknown) => logLine('witness_failed', { error: errorNames(error) }));
    return answer;
  };
  return {
    approve: async (pay_date, manifest_sha256, by, now, via) =>
      goOn(pay_date, now, await approve(db, { pay_date, manifest_sha256, by, now, via }, approvers)),
    recordOutcomes: (pay_date, items, by, now, via) =>
      say(now, () => recordOutcomes(db, { pay_date, items, by, now, via })),
    decideCameBack: (hold_id, decision, reason, by, now, via) =>
      say(now, () => decideCameBack(db, { hold_id, decision, reason, by, now, via })),
    prepareExport: async (pay_date, now) => prepareExport(await context(now), pay_date),
    resolve: async (payout_id, word, by, now, via) => {
      const answer = await say(now, () => resolvePayout(db, { payout_id, word, by, now, via }));
      const payout = await findPayout(db, payout_id);
      return payout ? goOn(payout.pay_date, now, answer) : answer;
    },
    adopt: async (pay_date, chunk, payout_batch_id, by, now, via) => {
      const answer = await say(now, async ({ paypal, ...rest }) =>
        paypal === null
          ? NO_PAYPAL
          : adoptBatch({ ...rest, paypal }, { pay_date, chunk, payout_batch_id, by, now, via }),
      );
      return goOn(pay_date, now, answer);
    },
    withhold: (payout_id, reason, by, now, via) =>
      say(now, (run) => withholdPayout(run, { payout_id, reason, by, now, via })),
    replay: async (pay_date, by, now, via) =>
      goOn(pay_date, now, await replayBatch(await context(now), { pay_date, by, now, via }, onward)),
    state: async () => state(await context(0)),
    look: async (poke, now) => look(await context(now), poke, now),
    cancel: async (partner_id, now) => cancel(await context(now), partner_id, now),
  };
}
