import { logLine } from '../log.ts';
import { DEFAULT_ITEMS } from '../paypal/body.rules.ts';
import { sha256 } from '../people/hash.ts';
import { commit, type Guard } from '../program/commit.repo.ts';
import { bodyOf, makeSend, notSent, type SendContext } from './make-send.ts';
import { partnerGuards } from './outcome.repo.ts';
import { poll } from './poll.ts';
import { recordAnswer } from './record-answer.ts';
import {
  changeSend,
  newSend,
  payoutsOfSend,
  readPolled,
  readSendState,
  settlementStatements,
  unsentPayouts,
} from './send.repo.ts';
import { nextAct, type Progress, type SendState } from './send.rules.ts';
import type { SendRow } from './send.schema.ts';
import { keepWords } from './witness-words.ts';
import { acceptedAs, booksBehind, witnessBatch, witnessSend } from './witness.ts';

/**
 * P7: brings one Friday on the PayPal rail one step on: reads the books, does at most one thing that pays or asks, writes what came of it.
 * Safe to run again after it died anywhere, twice at once, and late. Throws only what D1 or R2 throw: then nothing was decided.
 */
export async function advanceSend(context: SendContext, pay_date: string, now: number): Promise<Progress> {
  const state = await readSendState(context.db, pay_date);
  const act = nextAct(state, now, context.poll_ms);
  switch (act.do) {
    case 'nothing':
      return act.progress;
    case 'stop':
      return (await foundAgain(context, act.send, now)) ?? stop(context, state, act.send, 'too_old', now);
    case 'begin':
      return begin(context, state, pay_date, now);
    case 'post':
      return (await foundAgain(context, act.send, now)) ?? post(context, state, act.send, now);
    case 'poll':
      return poll(context, act.send, now);
  }
}

type Behind = Awaited<ReturnType<typeof booksBehind>>;

/** Tells the log that everything stops; what is missing is named by its keys, which hold no addresses. */
export function tellBehind(missing: Behind): void {
  logLine('books_behind', { missing: missing.length, first: missing[0]?.key ?? null });
}

/** A sending whose acceptance the witness has heard of and the books have not: it is booked, and PayPal is not asked again. Null: none. */
async function foundAgain(context: SendContext, send: SendRow, now: number): Promise<Progress | null> {
  const payout_batch_id = await acceptedAs(context.witness, context.program_id, send);
  if (payout_batch_id === null) return null;
  return recordAnswer(context, send.sender_batch_id, { state: 'duplicate', payout_batch_id }, [], now);
}

/** A sending that is not tried again by itself. */
async function stop(
  { db }: SendContext,
  { guard }: { guard: Guard },
  send: SendRow,
  attention: 'too_old' | 'body_changed' | 'books_behind',
  now: number,
): Promise<Progress> {
  logLine('payout_needs_attention', { sender_batch_id: send.sender_batch_id, attention });
  await commit(
    db,
    [guard],
    [
      changeSend(db, send.sender_batch_id, { status: 'needs_attention', attention }),
      ...(await settlementStatements(db, send.pay_date, [], now)),
    ],
  );
  return 'again';
}

/** A new chunk: the next payouts that no sending has. The batch is with the witness, and the books are not behind, before it exists. */
async function begin(
  context: SendContext,
  state: SendState & { guard: Guard },
  pay_date: string,
  now: number,
): Promise<Progress> {
  const { db, witness, program_id, chunk_payouts = DEFAULT_ITEMS } = context;
  const kept = await witnessBatch(db, witness, program_id, pay_date);
  if (kept === 'again') return 'again';
  const missing = await booksBehind(db, witness, program_id);
  if (kept === 'behind' || missing.length > 0) {
    tellBehind(missing);
    return 'attention';
  }
  await keepWords({ db, witness, program_id });
  const last = state.sends.at(-1);
  const next = await unsentPayouts(db, pay_date, last?.through ?? '', chunk_payouts);
  const through = next.at(-1)?.partner_id;
  const { batch } = state;
  if (!batch || through === undefined) return 'again';
  const gone = next.filter((payout) => payout.email === null);
  const chunk = (last?.chunk ?? 0) + 1;
  const made = await makeSend(context, next, { pay_date, chunk, attempt: 1, through }, batch.currency, now);
  const unsendable = made.send === null ? next.filter((payout) => payout.email !== null) : [];
  const moves = [
    ...gone.map((payout) => notSent(payout, 'the address was erased before it was sent', 'receiver', now)),
    ...unsendable.map((payout) => notSent(payout, `PayPal cannot be asked to pay this: ${made.reason}`, 'sender', now)),
  ];
  const statements = made.send ? newSend(db, made.send, made.items, now) : [];
  const guards = [
    state.guard,
    ...(await partnerGuards(
      db,
      moves.map((move) => move.partner_id),
    )),
  ];
  await commit(db, guards, [...statements, ...(await settlementStatements(db, pay_date, moves, now))]);
  return 'again';
}

/** The POST: the very bytes whose hash was kept first, under the witness. */
async function post(
  context: SendContext,
  state: SendState & { guard: Guard },
  send: SendRow,
  now: number,
): Promise<Progress> {
  const { db, witness, program_id, paypal } = context;
  const [of, read] = [await payoutsOfSend(db, send.sender_batch_id), await readPolled(db, send.sender_batch_id)];
  if (!read || !state.batch) return 'again';
  const body = bodyOf(program_id, send, of, state.batch.currency, send.body_version);
  if (!body.ok || (await sha256(body.body)) !== send.body_sha256)
    return stop(context, state, send, 'body_changed', now);
  if (!(await witnessSend(witness, program_id, send, read.polled.items))) {
    return stop(context, state, send, 'books_behind', now);
  }
  const answer = await paypal.createPayout(body.body);
  return recordAnswer(context, send.sender_batch_id, answer, body.sender_item_ids, now);
}
