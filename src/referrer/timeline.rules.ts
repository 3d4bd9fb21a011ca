import type { DecisionRow } from '../account/state.rules.ts';
import type { ConsideredClick } from '../attribution/last-click.rules.ts';

/** Whose link a click was made on, as far as its reader may know. */
export type Whose = 'yours' | 'another_partner' | 'nobody';

/** A click of a decision's timeline: when, of what class, and why it won or did not (R6). */
export interface TimelineClick {
  clicked_at: number;
  class: ConsideredClick['class'];
  verdict: ConsideredClick['verdict'];
  whose: Whose;
  /** The reader's own code; of another's link nothing is told. */
  code: string | null;
}

/** The clicks that a decision considered, as its facts keep them; none where it rested on something else. */
export function consideredOf(facts: Record<string, unknown>): ConsideredClick[] {
  const { considered } = facts;
  return Array.isArray(considered) ? (considered as ConsideredClick[]) : [];
}

/** Whose a partner is, to the partner who reads. */
export function whoseIs(partner_id: string | null, reader: string): Whose {
  return partner_id === reader ? 'yours' : partner_id === null ? 'nobody' : 'another_partner';
}

/** The timeline of a decision as one partner may see it (R6): every click that was looked at, latest first, without the identity of another. */
export function timelineFor(considered: readonly ConsideredClick[], partner_id: string): TimelineClick[] {
  return considered
    .toSorted((a, b) => b.clicked_at - a.clicked_at || (a.click_id < b.click_id ? 1 : -1))
    .map((click) => {
      const whose = whoseIs(click.partner_id, partner_id);
      return {
        clicked_at: click.clicked_at,
        class: click.class,
        verdict: click.verdict,
        whose,
        code: whose === 'yours' ? click.code : null,
      };
    });
}

/** The clause by which a source finds a referrer. */
const SOURCE_CLAUSES: Record<string, string> = { last_click: 'L1', code: 'L3', how_heard: 'L3', bulk: 'B1' };

/**
 * Outcome, clause and flags of a decision as one partner may know them: that another is the account's own holder, or held as if, would
 * say who that is (R6).
 */
export function toldOf(
  decision: Pick<DecisionRow, 'partner_id' | 'source' | 'outcome' | 'clause' | 'flags' | 'blocked'>,
  partner_id: string,
): { outcome: string; clause: string; flags: string[] } {
  const { outcome, clause, source, blocked } = decision;
  const flags: string[] = JSON.parse(decision.flags);
  if (whoseIs(decision.partner_id, partner_id) !== 'another_partner') return { outcome, clause, flags };
  return {
    outcome: outcome === 'self_referral' ? 'referred' : outcome,
    clause: blocked === 1 && clause === 'S1' ? (SOURCE_CLAUSES[source ?? ''] ?? 'R3') : clause,
    flags: flags.filter((flag) => !flag.startsWith('self_referral')),
  };
}

/** Whether a partner had a part in a decision: it names the partner, the partner asked, or one of the clicks was on the partner's link. */
export function concerns(
  decision: { partner_id: string | null; asked_by: string },
  considered: readonly ConsideredClick[],
  partner_id: string,
): boolean {
  return (
    decision.partner_id === partner_id ||
    decision.asked_by === `partner:${partner_id}` ||
    considered.some((click) => click.partner_id === partner_id)
  );
}
