import { and, asc, eq, getTableColumns, isNull, sql } from 'drizzle-orm';

import { documents } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { proposals } from '../program/program.schema.ts';
import type { ProposalRow } from './today.repo.ts';

/** A proposal that waits, with what it says; null where that is not kept, or has been erased. */
export type WaitingProposal = ProposalRow & { content: string | null };

/** Proposals that wait for a second person, the oldest first, from behind one on. Reads one row more than asked for. */
export async function waitingProposals(
  db: Database,
  after: { proposed_at: number; proposal_id: string } | null,
  limit: number,
): Promise<WaitingProposal[]> {
  return db
    .select({ ...getTableColumns(proposals), content: documents.body })
    .from(proposals)
    .leftJoin(
      documents,
      and(
        eq(documents.subject, proposals.subject),
        eq(documents.document_id, proposals.proposal_id),
        eq(documents.kind, 'proposal'),
      ),
    )
    .where(
      and(
        isNull(proposals.done_at),
        after === null
          ? undefined
          : sql`(${proposals.proposed_at}, ${proposals.proposal_id}) > (${after.proposed_at}, ${after.proposal_id})`,
      ),
    )
    .orderBy(asc(proposals.proposed_at), asc(proposals.proposal_id))
    .limit(limit + 1);
}
