import { and, asc, eq } from 'drizzle-orm';

import { documents } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { OutcomeRow } from '../referrer/claim.repo.ts';
import { subjectOfClaim } from '../referrer/claim.repo.ts';
import { claimOutcomes, confirmations } from '../referrer/claim.schema.ts';
import type { ConfirmationRow } from '../referrer/confirmation.repo.ts';

/** What was said of a claim besides its facts, and what became of it, in order. */
export interface ClaimStory {
  outcomes: OutcomeRow[];
  question: ConfirmationRow | null;
  texts: { kind: string; body: string | null; recorded_at: number }[];
}

/** Reads a claim's outcomes in order, the question to its client, its note and its evidence. One round trip. */
export async function readClaimStory(db: Database, claim_id: string): Promise<ClaimStory> {
  const [outcomes, questions, texts] = await db.batch([
    db.select().from(claimOutcomes).where(eq(claimOutcomes.claim_id, claim_id)).orderBy(asc(claimOutcomes.n)),
    db
      .select()
      .from(confirmations)
      .where(and(eq(confirmations.subject_id, claim_id), eq(confirmations.purpose, 'claim'))),
    db
      .select({ kind: documents.kind, body: documents.body, recorded_at: documents.recorded_at })
      .from(documents)
      .where(eq(documents.subject, subjectOfClaim(claim_id)))
      .orderBy(asc(documents.recorded_at)),
  ]);
  return { outcomes, question: questions[0] ?? null, texts };
}
