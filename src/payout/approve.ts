import { auditStatement } from '../program/audit.repo.ts';
import { commit, decideAgain, type Database } from '../program/commit.repo.ts';
import { approveBatch } from './approve.repo.ts';
import { readBatchState } from './freeze.repo.ts';
import type { RpcAnswer } from './rpc.ts';

/** Whose word approves which manifest. */
export interface Approval {
  pay_date: string;
  manifest_sha256: string;
  by: string;
  now: number;
}

/**
 * P8: approves a batch that waits, by the hash of the manifest that was looked at. Another hash is a `conflict`; a batch that does not wait
 * is `batch_state`. The same approval again is `first_time: false`, whoever gave the first.
 */
export async function approve(db: Database, { pay_date, manifest_sha256, by, now }: Approval): Promise<RpcAnswer> {
  const done = await decideAgain(async (): Promise<RpcAnswer | 'conflict'> => {
    const { batch, guard } = await readBatchState(db, pay_date);
    if (!batch) return { ok: false, reason: 'not_found', detail: `There is no batch of ${pay_date}.` };
    if (batch.manifest_sha256 === null) {
      return { ok: false, reason: 'batch_state', detail: `The batch of ${pay_date} is still being frozen.` };
    }
    if (batch.manifest_sha256 !== manifest_sha256) {
      return { ok: false, reason: 'conflict', detail: 'This is not the hash of the batch’s manifest.' };
    }
    if (batch.approved_at !== null) return { ok: true, first_time: false };
    if (batch.status !== 'awaiting_approval') {
      return { ok: false, reason: 'batch_state', detail: `The batch of ${pay_date} needs no approval.` };
    }
    const subject = `batch:${pay_date}`;
    const details = { manifest_sha256 };
    const outcome = await commit(
      db,
      [guard],
      [
        approveBatch(db, pay_date, by, now),
        auditStatement(db, { at: now, actor: by, action: 'payouts.approve', subject, details }),
      ],
    );
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true };
  });
  return done.ok ? done.value : { ok: false, reason: 'busy', detail: 'Try again.' };
}
