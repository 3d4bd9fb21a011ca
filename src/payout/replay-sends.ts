import { commit, type Database } from '../program/commit.repo.ts';
import { spend, type Budget } from './budget.ts';
import { notSent } from './make-send.ts';
import { partnerGuards } from './outcome.repo.ts';
import { firstSent, passedOver } from './replay.repo.ts';
import { AGAIN, type Refused } from './replay.rules.ts';
import {
  acceptPayouts,
  changeSend,
  endItems,
  newSend,
  payoutsOfSend,
  readSendState,
  settlementStatements,
} from './send.repo.ts';
import type { SendItemRow, SendRow } from './send.schema.ts';
import { readKey, witnessKeys, type WitnessSend } from './witness.rules.ts';
import { acceptedAs, heldUnder, type WitnessBucket } from './witness.ts';

interface Place {
  db: Database;
  witness: WitnessBucket;
  program_id: string;
}

const REFUSED = { status: 'refused', reason: 'refused:VALIDATION_ERROR', attention: null } as const;

/** What `readSendState` asks, and what a sending's way back into the books does at the most. */
const STATE_QUERIES = 4;
const SEND_QUERIES = 16;

async function readSends({ witness, program_id }: Place, pay_date: string): Promise<WitnessSend[]> {
  const sends: WitnessSend[] = [];
  for (const { key } of await heldUnder(witness, witnessKeys(program_id).batch(pay_date))) {
    if (readKey(key)?.kind !== 'send') continue;
    const found = await witness.get(key);
    if (found) sends.push(JSON.parse(await found.text()));
  }
  return sends.toSorted((a, b) => a.chunk - b.chunk || a.attempt - b.attempt);
}

/**
 * Brings a batch's sendings back. The last attempt of each chunk is `accepted` under PayPal's id where the witness has heard it; else it is
 * `sending`: its POST, with the same id and bytes, meets PayPal's duplicate answer and finds the batch again. Earlier attempts had been refused for bad items, whose payouts end as they did.
 */
export async function replaySends(
  place: Place,
  pay_date: string,
  now: number,
  budget: Budget,
): Promise<Refused | null> {
  const { db } = place;
  if (!spend(budget, STATE_QUERIES)) return AGAIN;
  let { sends, guard } = await readSendState(db, pay_date);
  for (const kept of await readSends(place, pay_date)) {
    const known = sends.find((it) => it.chunk === kept.chunk && it.attempt === kept.attempt);
    if (known && known.body_sha256 !== kept.body_sha256) {
      const detail = `The books hold other bytes of ${kept.sender_batch_id}: restore them to an earlier moment.`;
      return { ok: false, reason: 'conflict', detail };
    }
    if (known && known.first_sent_at === kept.first_sent_at && known.attention !== 'books_behind') continue;
    if (!spend(budget, STATE_QUERIES + SEND_QUERIES)) return AGAIN;
    if (known) {
      const fixed = [firstSent(db, kept.sender_batch_id, kept.first_sent_at)];
      await commit(db, [guard], [...fixed, ...(await settlementStatements(db, pay_date, [], now))]);
    } else {
      const provider = await acceptedAs(place.witness, place.program_id, kept);
      if ((await writeSend(place, kept, provider, sends, guard, now)) === 'conflict') return AGAIN;
    }
    ({ sends, guard } = await readSendState(db, pay_date));
  }
  return null;
}

async function writeSend(
  { db }: Place,
  kept: WitnessSend,
  provider_batch_id: string | null,
  sends: readonly SendRow[],
  guard: { subject: string; n: number },
  now: number,
): Promise<'committed' | 'conflict'> {
  const { items: told, pay_date, chunk, attempt, through, first_sent_at, sender_batch_id } = kept;
  const items = told.map(([payout_id, part, amount]): SendItemRow => {
    const unknown = { provider_item_id: null, provider_status: null, reason: null, fee: null, checked_at: null };
    return { sender_batch_id, payout_id, part, amount, outcome: 'waiting', ...unknown };
  });
  const send: SendRow = {
    sender_batch_id,
    pay_date,
    chunk,
    attempt,
    through,
    body_version: kept.body_version,
    body_sha256: kept.body_sha256,
    status: provider_batch_id === null ? 'sending' : 'accepted',
    provider_batch_id,
    first_sent_at,
    tried_at: null,
    tries: 0,
    reason: 'replayed',
    attention: null,
    checked_at: null,
    settled_at: null,
  };
  const sent = new Set(items.map((item) => item.payout_id));
  const former = sends.find((it) => it.chunk === chunk && it.attempt === attempt - 1);
  const before = sends.findLast((it) => it.chunk < chunk)?.through ?? '';
  const left = former
    ? (await payoutsOfSend(db, former.sender_batch_id)).filter((payout) => !sent.has(payout.payout_id))
    : await passedOver(db, pay_date, before, through, [...sent]);
  const reason = former ? 'refused by PayPal (replayed)' : 'not in its sending (replayed)';
  const moves = left.map((payout) => notSent(payout, reason, former ? 'receiver' : 'sender', first_sent_at));
  return commit(
    db,
    [
      guard,
      ...(await partnerGuards(
        db,
        moves.map((move) => move.partner_id),
      )),
    ],
    [
      ...(former ? [endItems(db, former.sender_batch_id, now), changeSend(db, former.sender_batch_id, REFUSED)] : []),
      ...newSend(db, send, items, now),
      ...(provider_batch_id === null ? [] : [acceptPayouts(db, sender_batch_id, now)]),
      ...(await settlementStatements(db, pay_date, moves, now)),
    ],
  );
}
