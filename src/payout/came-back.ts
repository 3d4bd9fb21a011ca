import { decideHoldRow, findHold, holdStillOpen } from '../hold/hold.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit, decideAgain, expectThat, type Database } from '../program/commit.repo.ts';
import { endCameBack, moveMoney, partnerGuards, readPayout, returnLines } from './outcome.repo.ts';
import type { RpcAnswer, Speaker } from './rpc.ts';
import { wordStatements } from './witness-words.ts';

/** An operator's word on money that came back after success. */
export interface CameBackDecision extends Speaker {
  hold_id: string;
  decision: 'release' | 'deny';
  reason: string;
}

/**
 * P7: decides the hold on money that came back after a payout had succeeded. Released, the amount is one new line due to the partner;
 * denied, it is written off. Decided once: another word later is a `conflict`, the same one again is `first_time: false`.
 */
export async function decideCameBack(db: Database, word: CameBackDecision): Promise<RpcAnswer> {
  const { hold_id, decision, reason, by, now, via } = word;
  const done = await decideAgain(async (): Promise<RpcAnswer | 'conflict'> => {
    const hold = await findHold(db, hold_id);
    const payout = hold?.payout_id ? await readPayout(db, hold.payout_id) : null;
    if (hold?.kind !== 'came_back' || !payout) {
      return { ok: false, reason: 'not_found', detail: 'There is no such hold on money that came back.' };
    }
    if (hold.decision !== null) {
      if (hold.decision === decision && hold.reason === reason) return { ok: true, first_time: false };
      return { ok: false, reason: 'conflict', detail: 'This hold has been decided already.' };
    }
    const { payout_id, partner_id } = payout;
    const at = Math.max(now, payout.status_at);
    // Of a payout that went in several parts, what one hold is about is one part.
    const facts: { amount?: number; part?: number } = JSON.parse(hold.facts);
    const part = facts.part === undefined ? {} : { part: facts.part };
    const move = { payout_id, partner_id, amount: facts.amount ?? payout.amount, at, ...part };
    const released = decision === 'release';
    const guards = await partnerGuards(db, [partner_id]);
    const settled = { ...move, kind: released ? ('reinstated' as const) : ('written_off' as const) };
    const { pay_date, fault, reference } = payout;
    const said = { payout_id, partner_id, to: null, fault, reference, transfers: [settled] };
    const outcome = await commit(db, guards, [
      expectThat(db, holdStillOpen(hold_id)),
      decideHoldRow(db, hold_id, decision, { by, now: at }, reason),
      moveMoney(db, [settled], now),
      ...(released ? [returnLines(db, [move], now)] : []),
      endCameBack(db, payout_id, at),
      ...(await wordStatements(db, { what: 'came_back', pay_date, at, by, moves: [said] })),
      auditStatement(db, {
        at: now,
        actor: by,
        via,
        action: `hold.${decision}`,
        subject: `hold:${hold_id}`,
        details: { kind: hold.kind, payout_id },
        before: { decision: null, status: payout.status },
        after: { decision, amount: move.amount },
      }),
    ]);
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true };
  });
  return done.ok ? done.value : { ok: false, reason: 'busy', detail: 'Try again.' };
}
