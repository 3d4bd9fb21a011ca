import { auditStatement } from '../program/audit.repo.ts';
import { commit, decideAgain, type Database } from '../program/commit.repo.ts';
import { approveBatch } from './approve.repo.ts';
import { readBatchState } from './freeze.repo.ts';
import type { RpcAnswer, Speaker } from './rpc.ts';
import { byTwoPeople, type Prepared } from './two-people.ts';

/** Whose word approves which manifest. */
export interface Approval extends Speaker {
  pay_date: string;
  manifest_sha256: string;
}

type Standing = Prepared | { ok: 'approved' };

/** What an approval comes to: what it writes, that it has been given, or why it is none. */
async function standingOf(db: Database, { pay_date, manifest_sha256, by, now, via }: Approval): Promise<Standing> {
  const { batch, guard } = await readBatchState(db, pay_date);
  if (!batch) return { ok: false, reason: 'not_found', detail: `There is no batch of ${pay_date}.` };
  if (batch.manifest_sha256 === null) {
    return { ok: false, reason: 'batch_state', detail: `The batch of ${pay_date} is still being frozen.` };
  }
  if (batch.manifest_sha256 !== manifest_sha256) {
    return { ok: false, reason: 'conflict', detail: 'This is not the hash of the batch’s manifest.' };
  }
  if (batch.approved_at !== null) return { ok: 'approved' };
  if (batch.status !== 'awaiting_approval') {
    return { ok: false, reason: 'batch_state', detail: `The batch of ${pay_date} needs no approval.` };
  }
  const log = auditStatement(db, {
    at: now,
    actor: by,
    via,
    action: 'payouts.approve',
    subject: `batch:${pay_date}`,
    details: { manifest_sha256 },
    before: { status: batch.status },
    after: { status: 'frozen', amount: batch.payout_amount },
  });
  return { ok: true, guards: [guard], statements: [approveBatch(db, pay_date, by, now), log] };
}

const BEFORE = { ok: true, first_time: false } as const;

/**
 * P8: approves a batch that waits, by the hash of the manifest that was looked at. Another hash is a `conflict`; a batch that does not wait
 * is `batch_state`. The same approval again is `first_time: false`, whoever gave the first. `approvers`: with two the first word proposes it,
 * and the same from another name approves.
 */
export async function approve(db: Database, approval: Approval, approvers: 1 | 2 = 1): Promise<RpcAnswer> {
  if (approvers === 2) return approveByTwo(db, approval);
  const done = await decideAgain(async (): Promise<RpcAnswer | 'conflict'> => {
    const standing = await standingOf(db, approval);
    if (standing.ok === 'approved') return BEFORE;
    if (!standing.ok) return standing;
    const outcome = await commit(db, standing.guards, standing.statements);
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true };
  });
  return done.ok ? done.value : { ok: false, reason: 'busy', detail: 'Try again.' };
}

async function approveByTwo(db: Database, approval: Approval): Promise<RpcAnswer> {
  const { pay_date, manifest_sha256, by, now } = approval;
  if ((await standingOf(db, approval)).ok === 'approved') return BEFORE;
  const content = { manifest_sha256 };
  const call = { operation: 'payouts.approve', subject: `batch:${pay_date}`, content, by, now };
  return byTwoPeople(db, call, async () => {
    const standing = await standingOf(db, approval);
    if (standing.ok !== 'approved') return standing;
    return { ok: false, reason: 'batch_state', detail: `The batch of ${pay_date} is approved already.` };
  });
}
