import { eq, sql } from 'drizzle-orm';

import { sha256 } from '../people/hash.ts';
import { documents } from '../people/people.schema.ts';
import { canonicalJson, type Json } from './canonical.rules.ts';
import { commit, decideAgain, expectThat, insertRows, type Database, type Statement } from './commit.repo.ts';
import { proposals } from './program.schema.ts';
import { hasLapsed } from './proposal.rules.ts';

/**
 * What needs two people: the operation, what it is done to, and a hash of all that the call says. `content`: what it says, kept for the
 * second person to read, beside the proposal, so that it can be erased; left out where it may not be kept.
 */
export interface ProposedCall {
  operation: string;
  subject: string;
  content_hash: string;
  content?: Json;
  by: string;
  now: number;
}

/**
 * `proposed`: stored, and waiting for the same call from another name (answer 202). `go`: another name proposed it in time; the caller writes
 * `statements` in the batch that does it, which then is done once. `done`: it has been done before.
 */
export type ProposalStanding =
  | { status: 'proposed'; proposal_id: string }
  | { status: 'go'; proposal_id: string; proposed_by: string; statements: Statement[] }
  | { status: 'done'; proposal_id: string; done_by: string; done_at: number }
  | { status: 'busy' };

/**
 * What needs two people is proposed by the first call and done by the same call from another name. The same name again stays `proposed`.
 * Where the first word has lapsed, the call is a first one again.
 */
export async function proposeOrDo(db: Database, call: ProposedCall): Promise<ProposalStanding> {
  const { operation, subject, content_hash } = call;
  const standing = await decideAgain(async (): Promise<ProposalStanding | 'conflict'> => {
    const { proposal_id, row } = await latestOf(db, call);
    if (row) return standingOf(db, row, call);
    const stored = insertRows(db, proposals, [
      { proposal_id, operation, subject, content_hash, proposed_by: call.by, proposed_at: call.now },
    ]);
    const kept = call.content === undefined ? [] : [keepContent(db, proposal_id, call, call.content)];
    const first = expectThat(
      db,
      sql`NOT EXISTS (SELECT 1 FROM ${proposals} WHERE ${proposals.proposal_id} = ${proposal_id})`,
    );
    return (await commit(db, [], [first, stored, ...kept])) === 'conflict'
      ? 'conflict'
      : { status: 'proposed', proposal_id };
  });
  return standing.ok ? standing.value : { status: 'busy' };
}

function keepContent(db: Database, proposal_id: string, { subject, now }: ProposedCall, content: Json): Statement {
  const document = { document_id: proposal_id, subject, kind: 'proposal', body: canonicalJson(content) };
  return insertRows(db, documents, [{ ...document, recorded_at: now }], 'ignore');
}

/** The id of a call's proposal; `lapsed`: of the one that follows it. */
async function proposalIdOf({ operation, subject, content_hash }: ProposedCall, lapsed?: string): Promise<string> {
  const named = [operation, subject, content_hash, ...(lapsed === undefined ? [] : [lapsed])];
  return `prop_${(await sha256(canonicalJson(named))).slice(0, 24)}`;
}

/** The proposal of a call that has not lapsed, or the id of the one to come. Each that lapsed is a step: two a month at most. */
async function latestOf(
  db: Database,
  call: ProposedCall,
): Promise<{ proposal_id: string; row: typeof proposals.$inferSelect | undefined }> {
  let proposal_id = await proposalIdOf(call);
  for (;;) {
    const [row] = await db.select().from(proposals).where(eq(proposals.proposal_id, proposal_id));
    if (!row || !hasLapsed(row, call.now)) return { proposal_id, row };
    proposal_id = await proposalIdOf(call, proposal_id);
  }
}

/** Whether the very same call has been done before: then it is answered as a replay, whatever has become of its subject since. */
export async function isDone(db: Database, call: ProposedCall): Promise<boolean> {
  const { row } = await latestOf(db, call);
  return row?.done_at != null;
}

function standingOf(db: Database, row: typeof proposals.$inferSelect, call: ProposedCall): ProposalStanding {
  const { proposal_id } = row;
  if (row.done_by !== null && row.done_at !== null)
    return { status: 'done', proposal_id, done_by: row.done_by, done_at: row.done_at };
  if (row.proposed_by === call.by) return { status: 'proposed', proposal_id };
  return { status: 'go', proposal_id, proposed_by: row.proposed_by, statements: doneStatements(db, proposal_id, call) };
}

/** Marks the proposal done, and makes the batch a conflict where that has happened meanwhile. */
function doneStatements(db: Database, proposal_id: string, { by, now }: ProposedCall): Statement[] {
  return [
    expectThat(
      db,
      sql`EXISTS (SELECT 1 FROM ${proposals} WHERE ${proposals.proposal_id} = ${proposal_id} AND ${proposals.done_by} IS NULL)`,
    ),
    db.update(proposals).set({ done_by: by, done_at: now }).where(eq(proposals.proposal_id, proposal_id)),
  ];
}
