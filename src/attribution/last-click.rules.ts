import type { ClickClass } from './click.ts';

/** A click that may have led to a signup: out of a token that verified, or out of the recorded ones of its visitor. */
export interface CandidateClick {
  click_id: string;
  visitor_id: string;
  code: string;
  clicked_at: number;
  class: ClickClass;
}

/** What held of a click's link at its instant: whose it is, and whether link and partner were live. Null: there is no such code. */
export type LinkStanding = { partner_id: string; link_live: boolean; partner_active: boolean } | null;

export type Verdict =
  | 'won'
  | 'earlier'
  | 'not_a_person'
  | 'after_signup'
  | 'expired'
  | 'unknown_code'
  | 'link_retired'
  | 'partner_not_active';

/** A click as it was considered, and why it won or did not. */
export interface ConsideredClick extends CandidateClick {
  partner_id: string | null;
  verdict: Verdict;
}

/** The instants that bound which clicks count: the signup, and the earliest instant that its policy's click lifetime reaches back to. */
export interface ClickBounds {
  signed_up_at: number;
  oldest_at: number;
}

const second = (at: number): number => Math.floor(at / 1000);

function verdictOf(click: CandidateClick, standing: LinkStanding, bounds: ClickBounds): Verdict {
  if (click.class !== 'person') return 'not_a_person';
  if (second(click.clicked_at) > second(bounds.signed_up_at)) return 'after_signup';
  if (click.clicked_at < bounds.oldest_at) return 'expired';
  if (!standing) return 'unknown_code';
  if (!standing.link_live) return 'link_retired';
  return standing.partner_active ? 'won' : 'partner_not_active';
}

/**
 * L1, L2: the last click that counts, compared with the signup in whole seconds. Every click given is answered with its verdict, latest
 * first; of equal instants the larger id is the later. `standing` says what held of each click's link at the click.
 */
export function lastClick(
  clicks: readonly CandidateClick[],
  standing: (click: CandidateClick) => LinkStanding,
  bounds: ClickBounds,
): { winner: (ConsideredClick & { partner_id: string }) | null; considered: ConsideredClick[] } {
  const latestFirst = clicks.toSorted((a, b) => b.clicked_at - a.clicked_at || (a.click_id < b.click_id ? 1 : -1));
  let winner: (ConsideredClick & { partner_id: string }) | null = null;
  const considered = latestFirst.map((click): ConsideredClick => {
    const link = standing(click);
    const verdict = verdictOf(click, link, bounds);
    const partner_id = link?.partner_id ?? null;
    if (verdict !== 'won' || !link) return { ...click, partner_id, verdict };
    if (winner) return { ...click, partner_id, verdict: 'earlier' };
    winner = { ...click, partner_id: link.partner_id, verdict };
    return winner;
  });
  return { winner, considered };
}
