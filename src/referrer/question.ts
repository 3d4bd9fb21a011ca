import { findHold } from '../hold/hold.repo.ts';
import { readPartner } from '../partner/partner.repo.ts';
import { onFile } from '../partner/partner.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { findClaim } from './claim.repo.ts';
import { findConfirmation, holdsAccount, type ConfirmationRow } from './confirmation.repo.ts';

/**
 * How a question stands: open; answered by the client; over its time; its person is not the account's admin any more; or decided
 * otherwise (by support, or by another claim).
 */
export type QuestionStanding = 'open' | 'answered' | 'too_late' | 'not_holder' | 'settled';

/** A question as its page shows it. */
export interface QuestionRead {
  confirmation: ConfirmationRow;
  /** The claimant's own name, as the program has it. */
  partner_name: string;
  stands: QuestionStanding;
}

/** Whether what a question is about has been decided without it. */
async function isSettled(db: Database, { purpose, subject_id }: ConfirmationRow): Promise<boolean> {
  if (purpose === 'form_join') return (await findHold(db, subject_id))?.decision !== null;
  const claim = await findClaim(db, subject_id);
  // What an audit found is there before the client confirms it.
  return claim === null || (claim.kind === 'claim' && claim.outcome !== 'needs_client_confirmation');
}

async function standingOf(db: Database, row: ConfirmationRow, now: number): Promise<QuestionStanding> {
  if (row.answer !== null) return row.answered_by === 'client' ? 'answered' : 'settled';
  if (now > row.expires_at) return 'too_late';
  if (!(await holdsAccount(db, row.account_id, row.person_id))) return 'not_holder';
  return (await isSettled(db, row)) ? 'settled' : 'open';
}

/** A question by its id, and how it stands at `now`; null where there is none. */
export async function readQuestion(db: Database, confirmation_id: string, now: number): Promise<QuestionRead | null> {
  const confirmation = await findConfirmation(db, confirmation_id);
  if (!confirmation) return null;
  const { partner } = await readPartner(db, confirmation.partner_id);
  const name = partner ? onFile(partner, 'contact')?.name : null;
  return {
    confirmation,
    partner_name: name ?? 'one of our partners',
    stands: await standingOf(db, confirmation, now),
  };
}
