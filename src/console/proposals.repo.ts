import { and, asc, desc, eq, getTableColumns, gte, isNull, lt, sql, type SQL } from 'drizzle-orm';

import { documents } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { proposals } from '../program/program.schema.ts';
import { waitsSince } from '../program/proposal.rules.ts';
import type { ProposalRow } from './today.repo.ts';

/** A proposal that is not done, with what it says; null where that is not kept, or has been erased. */
export type OpenProposal = ProposalRow & { content: string | null };
/** The last proposal of a page, behind which the next one begins. */
export type ProposalKey = Pick<ProposalRow, 'proposed_at' | 'proposal_id'>;

function openProposals(db: Database, which: SQL | undefined) {
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
    .where(and(isNull(proposals.done_at), which));
}

const key = sql`(${proposals.proposed_at}, ${proposals.proposal_id})`;

/** Proposals that wait for a second person, the oldest first, from behind one on. Reads one row more than asked for. */
export async function waitingProposals(
  db: Database,
  now: number,
  after: ProposalKey | null,
  limit: number,
): Promise<OpenProposal[]> {
  const behind = after === null ? undefined : sql`${key} > (${after.proposed_at}, ${after.proposal_id})`;
  return openProposals(db, and(gte(proposals.proposed_at, waitsSince(now)), behind))
    .orderBy(asc(proposals.proposed_at), asc(proposals.proposal_id))
    .limit(limit + 1);
}

/** Proposals that have lapsed, the latest first, from before one on. Reads one row more than asked for. */
export async function lapsedProposals(
  db: Database,
  now: number,
  before: ProposalKey | null,
  limit: number,
): Promise<OpenProposal[]> {
  const ahead = before === null ? undefined : sql`${key} < (${before.proposed_at}, ${before.proposal_id})`;
  return openProposals(db, and(lt(proposals.proposed_at, waitsSince(now)), ahead))
    .orderBy(desc(proposals.proposed_at), desc(proposals.proposal_id))
    .limit(limit + 1);
}
