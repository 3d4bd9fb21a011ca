import { holdIdOf } from '../hold/hold-id.ts';
import { openedHold, type HoldRow } from '../hold/hold.rules.ts';
import { auditStatement } from '../program/audit.repo.ts';
import type { Told } from '../program/audit.rules.ts';
import { commit, decideAgain, type Database } from '../program/commit.repo.ts';
import { exportRail } from './export.rules.ts';
import { outcomeStatements, partnerGuards, readPayouts } from './outcome.repo.ts';
import { decideOutcomes, type Move } from './outcome.rules.ts';
import type { OutcomeItem, RpcAnswer, Speaker } from './rpc.ts';
import { wordStatements, type WordMove } from './witness-words.ts';

/** Most items of one call. */
export const MAX_OUTCOMES = 1000;

/** Outcomes of a batch's items as an operator tells them. */
export interface Outcomes extends Speaker {
  pay_date: string;
  items: readonly OutcomeItem[];
}

/**
 * Records what became of items of a batch on the export rail (P7): forward only, all items or none. A failed or returned payout's amount is
 * due anew; money that comes back after it was paid waits for an operator. The same outcome again is `first_time: false`.
 */
export async function recordOutcomes(db: Database, outcomes: Outcomes): Promise<RpcAnswer> {
  const { pay_date, items, by, now, via } = outcomes;
  if (items.length === 0 || items.length > MAX_OUTCOMES) {
    return { ok: false, reason: 'invalid', detail: `1 to ${MAX_OUTCOMES} items a call` };
  }
  if (items.some((item) => !exportRail.progress(item.status).final)) {
    return { ok: false, reason: 'invalid', detail: 'an outcome is paid, failed or returned' };
  }
  const done = await decideAgain(async (): Promise<RpcAnswer | 'conflict'> => {
    const state = await readPayouts(
      db,
      pay_date,
      items.map((item) => item.payout_id),
    );
    if (!state.batch) return { ok: false, reason: 'not_found', detail: `There is no batch of ${pay_date}.` };
    const decision = decideOutcomes(state.batch, state.payouts, items, now);
    if (!decision.ok) return decision;
    const { moves } = decision;
    if (moves.length === 0) return { ok: true, first_time: false };
    // Money that came back shuts or feeds the partner's gates, which a freeze at the same time rests on.
    const touched = moves.filter((move) => move.to !== 'paid').map((move) => move.partner_id);
    const guards = [...state.guards, ...(await partnerGuards(db, touched))];
    const holds = await Promise.all(moves.filter((move) => move.to === 'held').map(cameBackHold));
    const subject = `batch:${pay_date}`;
    const log = auditStatement(db, {
      at: now,
      actor: by,
      via,
      action: 'payouts.outcomes',
      subject,
      details: { items: moves.length },
      before: amountsBy(moves, 'from'),
      after: amountsBy(moves, 'to'),
    });
    const word = await wordStatements(db, { what: 'outcomes', pay_date, at: now, by, moves: moves.map(moneyOf) });
    const outcome = await commit(db, guards, [...outcomeStatements(db, pay_date, moves, holds, now), ...word, log]);
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true };
  });
  return done.ok ? done.value : { ok: false, reason: 'busy', detail: 'Try again.' };
}

/** Amounts of payouts by their status, before or after. */
function amountsBy(moves: readonly Move[], side: 'from' | 'to'): Told {
  const amounts: Record<string, number> = {};
  for (const move of moves) amounts[move[side]] = (amounts[move[side]] ?? 0) + move.amount;
  return amounts;
}

/** An outcome with the one movement of money that it is. */
function moneyOf(move: Move): WordMove {
  const { payout_id, partner_id, amount, at, transfer: kind } = move;
  return { ...move, transfers: [{ kind, payout_id, partner_id, amount, at }] };
}

async function cameBackHold({ payout_id, partner_id, amount, at }: Move): Promise<HoldRow> {
  const hold_id = await holdIdOf(['came_back', payout_id]);
  return openedHold('came_back', hold_id, { partner_id, payout_id }, { amount }, at);
}
