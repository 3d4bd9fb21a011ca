import { auditStatement } from '../program/audit.repo.ts';
import { commit, decideAgain, type Database } from '../program/commit.repo.ts';
import { findBatch, findPayout } from './batch.repo.ts';
import { notSent } from './make-send.ts';
import { partnerGuards } from './outcome.repo.ts';
import { ON_THE_WAY } from './outcome.rules.ts';
import type { BatchRow, PayoutRow } from './payout.schema.ts';
import type { Resolution, RpcAnswer, Speaker } from './rpc.ts';
import { itemsOfPayout, readSendState, sendOfPayout, settlementStatements, settleSend } from './send.repo.ts';
import type { SendItemRow, SendRow } from './send.schema.ts';
import { isDecided, settlePayout, type Settlement } from './settle.rules.ts';
import { byTwoPeople, type Prepared } from './two-people.ts';
import { wordStatements } from './witness-words.ts';
import { witnessKeys } from './witness.rules.ts';
import type { WitnessBucket } from './witness.ts';

type Refused = Extract<RpcAnswer, { ok: false }>;

function batchState(detail: string): Refused {
  return { ok: false, reason: 'batch_state', detail };
}

/** Why a payout is not for a person to resolve; null where it is. */
function notResolvable(payout: PayoutRow, batch: BatchRow, send: SendRow | null): Refused | null {
  const { payout_id, status } = payout;
  if (!ON_THE_WAY.includes(status)) {
    return { ok: false, reason: 'conflict', detail: `The payout ${payout_id} has come to its end: it is ${status}.` };
  }
  if (batch.status === 'freezing' || batch.status === 'awaiting_approval') {
    return batchState(`The batch of ${batch.pay_date} is ${batch.status}: withhold the payout instead.`);
  }
  if (batch.rail === 'export') return null;
  if (!send) return batchState('The payout has not been sent: withhold it instead.');
  if (send.attention === null) {
    return batchState('PayPal has not said yet what becomes of it, and nothing of its sending needs a person.');
  }
  return null;
}

/** What a person's word makes of a payout. Parts that PayPal has decided stay as PayPal said; the word is about the others. */
function resolved(payout: PayoutRow, items: readonly SendItemRow[], word: Resolution, now: number): Settlement {
  const own = items.length > 0 ? items : [{ part: 1, amount: payout.amount, outcome: 'waiting' } as SendItemRow];
  const open = own.filter((item) => !isDecided(item));
  const said = word.outcome === 'not_paid' ? 'ended' : 'paid';
  const after = own.map((item) => (isDecided(item) ? item : ({ ...item, outcome: said } as SendItemRow)));
  const at = Math.max(now, payout.status_at);
  const settlement = settlePayout(payout, after, at);
  const { payout_id, partner_id } = payout;
  const named = { ...settlement, reference: word.reference ?? settlement.reference, reason: word.reason };
  if (word.outcome !== 'written_off') {
    // A person says that it did not pay, not that the receiver is at fault.
    return { ...named, fault: word.outcome === 'not_paid' ? 'sender' : settlement.fault };
  }
  const lost = { payout_id, partner_id, amount: open.reduce((sum, { amount }) => sum + amount, 0), at };
  const kept = own.some((item) => item.outcome === 'paid');
  return {
    ...named,
    to: kept ? 'paid' : 'returned',
    transfers: [...settlement.transfers, { kind: 'came_back', ...lost }, { kind: 'written_off', ...lost }],
  };
}

/**
 * P7: two people say what became of a payout that its rail does not tell the end of: `paid`; `not_paid`, so that its amount is due anew;
 * `written_off`, neither. On the PayPal rail only where its sending needs a person. What PayPal says later is compared with it.
 */
export async function resolvePayout(
  db: Database,
  { payout_id, word, by, now, via }: { payout_id: string; word: Resolution } & Speaker,
): Promise<RpcAnswer> {
  const { outcome, reason, reference } = word;
  const content = { outcome, reason, reference };
  const call = { operation: 'payouts.resolve', subject: `payout:${payout_id}`, content, by, now };
  return byTwoPeople(db, call, async (): Promise<Prepared> => {
    const payout = await findPayout(db, payout_id);
    if (!payout) return { ok: false, reason: 'not_found', detail: 'There is no such payout.' };
    const { batch, guard } = await readSendState(db, payout.pay_date);
    const send = await sendOfPayout(db, payout_id);
    if (!batch) return { ok: false, reason: 'not_found', detail: 'There is no such batch.' };
    const refused = notResolvable(payout, batch, send);
    if (refused) return refused;
    const items = send ? await itemsOfPayout(db, send.sender_batch_id, payout_id) : [];
    const move = resolved(payout, items, word, now);
    const statements = await settlementStatements(db, payout.pay_date, [move], now);
    const [moved, refresh] = [statements.slice(0, -1), statements.slice(-1)];
    return {
      ok: true,
      guards: [guard, ...(await partnerGuards(db, [payout.partner_id]))],
      statements: [
        ...moved,
        ...(send ? [settleSend(db, send.sender_batch_id, now)] : []),
        ...refresh,
        ...(await wordStatements(db, { what: 'resolved', pay_date: payout.pay_date, at: move.at, by, moves: [move] })),
        auditStatement(db, {
          at: now,
          actor: by,
          via,
          action: 'payouts.resolve',
          subject: `payout:${payout_id}`,
          details: { pay_date: payout.pay_date },
          before: { status: payout.status, amount: payout.amount },
          after: { outcome, status: move.to ?? payout.status },
        }),
      ],
    };
  });
}

/**
 * Keeps a payout back before it is sent, by one person: it is `returned`, and its amount is a line due anew from now on. Refused once it is
 * in a sending, or once the file of the export rail has been handed out. Whoever is not to be paid at all is suspended (P6).
 */
export async function withholdPayout(
  { db, witness, program_id }: { db: Database; witness: WitnessBucket; program_id: string },
  { payout_id, reason, by, now, via }: { payout_id: string; reason: string } & Speaker,
): Promise<RpcAnswer> {
  const done = await decideAgain(async (): Promise<RpcAnswer | 'conflict'> => {
    const payout = await findPayout(db, payout_id);
    if (!payout) return { ok: false, reason: 'not_found', detail: 'There is no such payout.' };
    const { pay_date, partner_id, status } = payout;
    if (status === 'returned' && payout.reason === reason) return { ok: true, first_time: false };
    if (status !== 'frozen') return batchState(`The payout is ${status}: only what has not been sent can be withheld.`);
    const { guard } = await readSendState(db, pay_date);
    const batch = await findBatch(db, pay_date);
    if (!batch || batch.status === 'freezing') return batchState(`The batch of ${pay_date} is still being frozen.`);
    if (batch.rail === 'export' && (await witness.head(witnessKeys(program_id).manifest(pay_date)))) {
      return batchState('The file has been handed out: take the payout off it, and record it as failed.');
    }
    const move: Settlement = { ...notSent(payout, reason, 'sender', now), to: 'returned' };
    const outcome = await commit(
      db,
      [guard, ...(await partnerGuards(db, [partner_id]))],
      [
        ...(await settlementStatements(db, pay_date, [move], now, true)),
        ...(await wordStatements(db, { what: 'withheld', pay_date, at: move.at, by, moves: [move] })),
        auditStatement(db, {
          at: now,
          actor: by,
          via,
          action: 'payouts.withhold',
          subject: `payout:${payout_id}`,
          details: { pay_date },
          before: { status },
          after: { status: 'returned', amount: payout.amount },
        }),
      ],
    );
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true };
  });
  return done.ok ? done.value : { ok: false, reason: 'busy', detail: 'Try again.' };
}
