/** How long a second person may say the same, the last instant included. */
export const PROPOSAL_LIFE_MS = 14 * 24 * 60 * 60 * 1000;

/** Instants from which on a proposal still waits at `now`; what was proposed before has lapsed. */
export function waitsSince(now: number): number {
  return now - PROPOSAL_LIFE_MS;
}

/** Whether a proposal has lapsed: nobody has said the same in time. What is done never lapses. */
export function hasLapsed(proposal: { proposed_at: number; done_at?: number | null }, now: number): boolean {
  return proposal.done_at == null && proposal.proposed_at < waitsSince(now);
}
