import { and, asc, count, desc, eq, gte, isNotNull, isNull, min, sql } from 'drizzle-orm';

import type { HoldKind } from '../hold/hold.rules.ts';
import { holds } from '../hold/hold.schema.ts';
import { batches, type BatchRow } from '../payout/payout.schema.ts';
import { sends, type SendRow } from '../payout/send.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { proposals } from '../program/program.schema.ts';
import { waitsSince } from '../program/proposal.rules.ts';
import { failedMails, type FailedMail } from './mails.repo.ts';

/** Rows of each kind that the first page shows; one more is read, which tells that there are more. */
export const FEW = 10;

export type ProposalRow = typeof proposals.$inferSelect;

/** What waits for a person, of one moment. */
export interface Waiting {
  approvals: BatchRow[];
  sends: SendRow[];
  proposals: ProposalRow[];
  holds: { kind: HoldKind; count: number; oldest_at: number }[];
  applications: { partner_id: string; applied_at: number }[];
  failed_mails: FailedMail[];
  latest: BatchRow | null;
}

/** Reads what waits for a person in one round trip: each part by its index, the first rows alone. */
export async function readWaiting(db: Database, now: number): Promise<Waiting> {
  const [approvals, needing, proposed, held, applied, failed, latest] = await db.batch([
    db.select().from(batches).where(eq(batches.status, 'awaiting_approval')).orderBy(asc(batches.pay_date)),
    db
      .select()
      .from(sends)
      .where(isNotNull(sends.attention))
      .orderBy(asc(sends.pay_date), asc(sends.chunk))
      .limit(FEW + 1),
    db
      .select()
      .from(proposals)
      .where(and(isNull(proposals.done_at), gte(proposals.proposed_at, waitsSince(now))))
      .orderBy(asc(proposals.proposed_at))
      .limit(FEW + 1),
    db
      .select({ kind: holds.kind, count: count(), oldest_at: sql<number>`${min(holds.opened_at)}` })
      .from(holds)
      .where(isNull(holds.decision))
      .groupBy(holds.kind),
    db
      .select({ partner_id: sql<string>`partner_id`, applied_at: sql<number>`applied_at` })
      .from(sql`applications`)
      .where(sql`decided_at IS NULL`)
      .orderBy(sql`applied_at`)
      .limit(FEW + 1),
    failedMails(db, null, FEW),
    db.select().from(batches).orderBy(desc(batches.pay_date)).limit(1),
  ]);
  return {
    approvals,
    sends: needing,
    proposals: proposed,
    holds: held,
    applications: applied,
    failed_mails: failed,
    latest: latest[0] ?? null,
  };
}
