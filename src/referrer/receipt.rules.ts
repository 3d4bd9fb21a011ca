import type { DecisionRow } from '../account/state.rules.ts';
import { formatInstant } from '../clock.ts';
import { consideredOf, timelineFor, toldOf, whoseIs } from './timeline.rules.ts';

/** What a receipt says of a decision, whoever reads it: rule, version, outcome, instants. No personal data. */
function headOf(decision: DecisionRow, signed_up_at: number) {
  return {
    decision_id: decision.decision_id,
    account_id: decision.account_id,
    kind: decision.kind,
    at: formatInstant(decision.at),
    signed_up_at: formatInstant(signed_up_at),
    outcome: decision.outcome,
    source: decision.source,
    earns_from: decision.earns_from === null ? null : formatInstant(decision.earns_from),
    clause: decision.clause,
    policy_version: decision.policy_version,
    flags: JSON.parse(decision.flags) as string[],
  };
}

/** The receipt for the company itself: every click considered with its partner and verdict, and the other facts that decided. */
export function wholeReceipt(decision: DecisionRow, signed_up_at: number) {
  const facts: Record<string, unknown> = JSON.parse(decision.facts);
  const { considered: _, ...others } = facts;
  const clicks = consideredOf(facts).map(({ click_id, code, partner_id, clicked_at, class: kind, verdict }) => ({
    click_id,
    clicked_at: formatInstant(clicked_at),
    class: kind,
    verdict,
    partner_id,
    code,
  }));
  return {
    ...headOf(decision, signed_up_at),
    partner_id: decision.partner_id,
    asked_by: decision.asked_by,
    clicks,
    facts: others,
  };
}

/** The receipt for a partner: the same decision and timeline, the partner's own part named, nobody else's (R6). */
export function partnerReceipt(decision: DecisionRow, signed_up_at: number, partner_id: string) {
  const clicks = timelineFor(consideredOf(JSON.parse(decision.facts)), partner_id).map((click) => ({
    ...click,
    clicked_at: formatInstant(click.clicked_at),
  }));
  // A refusal sets nobody: who is the referrer then, it does not say.
  const referrer = decision.sets_referrer === 1 ? whoseIs(decision.partner_id, partner_id) : null;
  return { ...headOf(decision, signed_up_at), ...toldOf(decision, partner_id), reader: partner_id, referrer, clicks };
}
