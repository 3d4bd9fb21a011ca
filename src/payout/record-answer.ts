import { logLine } from '../log.ts';
import { payoutIdOf } from '../paypal/body.rules.ts';
import type { BadItem, Created } from '../paypal/created.rules.ts';
import { commit, decideAgain, type Statement } from '../program/commit.repo.ts';
import { makeSend, notSent, type SendContext } from './make-send.ts';
import { partnerGuards } from './outcome.repo.ts';
import {
  acceptPayouts,
  changeSend,
  endItems,
  expectNotAdopted,
  isAdoptedElsewhere,
  newSend,
  payoutsOfSend,
  readPolled,
  settlementStatements,
  type SendChange,
} from './send.repo.ts';
import type { Progress } from './send.rules.ts';
import type { SendRow } from './send.schema.ts';
import type { Polled, Settlement } from './settle.rules.ts';
import { witnessAccepted } from './witness.ts';

/** What is written of an answer. */
interface Recorded {
  change: SendChange;
  statements?: Statement[];
  moves?: Settlement[];
}

/**
 * P7: books what became of a POST. Acceptance is kept with PayPal's id and pays nobody yet; a duplicate is the sending itself, found
 * again; where PayPal created nothing, the bad items end and the rest goes as the next attempt; what is unknown stays what it was.
 */
export async function recordAnswer(
  context: SendContext,
  sender_batch_id: string,
  answer: Created,
  sender_item_ids: readonly string[],
  now: number,
): Promise<Progress> {
  const { db } = context;
  const done = await decideAgain(async (): Promise<Progress | 'conflict'> => {
    const read = await readPolled(db, sender_batch_id);
    // Another run has heard of it first.
    if (read?.polled.send.status !== 'sending') return 'again';
    const recorded = await decide(context, read.polled, answer, sender_item_ids, now);
    tell(sender_batch_id, answer, recorded.change.attention ?? null);
    const { moves = [], statements = [], change } = recorded;
    const guards = [
      read.guard,
      ...(await partnerGuards(
        db,
        moves.map((move) => move.partner_id),
      )),
    ];
    const outcome = await commit(db, guards, [
      changeSend(db, sender_batch_id, { tried_at: now, tries: read.polled.send.tries + 1, ...change }),
      ...statements,
      ...(await settlementStatements(db, read.polled.send.pay_date, moves, now)),
    ]);
    return outcome === 'conflict' ? 'conflict' : 'again';
  });
  return done.ok ? done.value : 'again';
}

function tell(sender_batch_id: string, answer: Created, attention: string | null): void {
  if (answer.state === 'accepted') return;
  logLine(answer.state === 'insufficient_funds' ? 'payout_insufficient_funds' : 'payout_not_accepted', {
    sender_batch_id,
    state: answer.state,
    attention,
  });
}

async function decide(
  context: SendContext,
  polled: Polled,
  answer: Created,
  sender_item_ids: readonly string[],
  now: number,
): Promise<Recorded> {
  const { send } = polled;
  switch (answer.state) {
    case 'accepted':
      return accepted(context, send, answer.payout_batch_id, { checked_at: now, reason: null }, now);
    case 'duplicate':
      if (answer.payout_batch_id === null) {
        return { change: { status: 'needs_attention', attention: 'duplicate_unlinked', reason: 'duplicate' } };
      }
      return accepted(context, send, answer.payout_batch_id, { checked_at: null, reason: 'duplicate' }, now);
    case 'insufficient_funds':
      return { change: { reason: 'insufficient_funds', attention: null } };
    case 'refused':
      return { change: { reason: `refused:${answer.name}`, attention: 'refused' } };
    case 'unknown':
      return { change: { reason: `unknown:${answer.reason}` } };
    case 'bad_items':
      return withoutBadItems(context, polled, answer.items, sender_item_ids, now);
  }
}

async function accepted(
  { db, witness, program_id }: SendContext,
  send: SendRow,
  provider_batch_id: string,
  change: SendChange,
  now: number,
): Promise<Recorded> {
  const { sender_batch_id } = send;
  if (await isAdoptedElsewhere(db, sender_batch_id, provider_batch_id)) {
    return { change: { status: 'needs_attention', attention: 'adopted_elsewhere', reason: 'duplicate' } };
  }
  // Before the books: what dies in between finds the id there, and so do books that are restored (P7).
  if (!(await witnessAccepted(witness, program_id, send, provider_batch_id))) {
    return { change: { status: 'needs_attention', attention: 'books_behind', reason: 'duplicate' } };
  }
  return {
    change: { ...change, status: 'accepted', provider_batch_id, attention: null },
    statements: [expectNotAdopted(db, sender_batch_id, provider_batch_id), acceptPayouts(db, sender_batch_id, now)],
  };
}

/** One malformed item refuses a whole batch: nothing was created. Its payout ends, and the others go as the next attempt. */
async function withoutBadItems(
  context: SendContext,
  { send, payouts, currency }: Polled,
  bad: readonly BadItem[],
  sender_item_ids: readonly string[],
  now: number,
): Promise<Recorded> {
  const { db } = context;
  const faults = new Map<string, BadItem>();
  for (const item of bad) {
    const id = sender_item_ids[item.index];
    if (id === undefined) return { change: { reason: 'refused:VALIDATION_ERROR', attention: 'refused' } };
    faults.set(payoutIdOf(id), item);
  }
  const moves = payouts.flatMap((payout) => {
    const fault = faults.get(payout.payout_id);
    if (!fault) return [];
    const side = /receiver|recipient/i.test(fault.field) ? 'receiver' : 'sender';
    return [notSent(payout, `refused: ${plain(fault.field)} ${plain(fault.issue ?? '')}`.trim(), side, now)];
  });
  const rest = (await payoutsOfSend(db, send.sender_batch_id)).filter((payout) => !faults.has(payout.payout_id));
  const { pay_date, chunk, attempt, through } = send;
  const named = { pay_date, chunk, attempt: attempt + 1, through };
  const whole = { ...context, chunk_payouts: Number.MAX_SAFE_INTEGER };
  const made = rest.length === 0 ? null : await makeSend(whole, rest, named, currency, now);
  // An address erased meanwhile, or a body that cannot be made: nothing was created, so the others end with it.
  const sent = new Set(made?.items.map((item) => item.payout_id));
  const unsendable = rest.filter((payout) => !sent.has(payout.payout_id));
  return {
    change: { status: 'refused', reason: 'refused:VALIDATION_ERROR', attention: null, settled_at: now },
    moves: [...moves, ...unsendable.map((payout) => notSent(payout, 'the address was erased', 'receiver', now))],
    statements: [
      endItems(db, send.sender_batch_id, now),
      ...(made?.send ? newSend(db, made.send, made.items, now) : []),
    ],
  };
}

/** PayPal's words, cut to what cannot hold an address. */
function plain(words: string): string {
  return words.includes('@') ? '' : words.replace(/^items\[\d+\]\.?/, '').slice(0, 200);
}
