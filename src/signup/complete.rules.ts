import type { DecisionRow } from '../account/state.rules.ts';

/** The decision by which an account's referrer stands; null before there is one. */
function standing(decisions: readonly DecisionRow[]): DecisionRow | null {
  return decisions.findLast((row) => row.sets_referrer === 1) ?? null;
}

const SETTLED = new Set(['claim', 'audit', 'operator']);

/**
 * Whether what becomes known of a signup may still change its referrer (R1, R4): not once a claim, an audit or an operator has decided.
 * A merge that Stripe's own events brought about took over a signup's decision, and is one.
 */
export function isCompletable(decisions: readonly DecisionRow[]): boolean {
  const last = standing(decisions);
  if (!last || last.kind === 'signup') return true;
  return last.asked_by === 'stripe' && last.outcome === 'merged' && !SETTLED.has(last.source ?? '');
}

/** What two decisions about one signup must agree in to be one: instant, outcome, and what decided. */
function essence(row: DecisionRow): string {
  const facts = JSON.parse(row.facts) as {
    click?: { click_id?: string } | null;
    promotion_code?: { code?: string };
    form_account_id?: string | null;
    list_id?: string | null;
  };
  return JSON.stringify([
    row.at,
    row.source,
    row.partner_id,
    row.blocked,
    facts.click?.click_id ?? null,
    facts.promotion_code?.code ?? null,
    facts.form_account_id ?? null,
    facts.list_id ?? null,
  ]);
}

/** Whether a decision says what stands already. */
export function sameDecision(decisions: readonly DecisionRow[], row: DecisionRow): boolean {
  const last = standing(decisions);
  return last !== null && last.kind === 'signup' && essence(last) === essence(row);
}

/** Whether what is known has been decided by already. A merge since may have brought another account's decision, so it counts anew. */
export function heardOf(decisions: readonly DecisionRow[], evidence_key: string): boolean {
  const merged = decisions.findLastIndex((row) => row.outcome === 'merged');
  return decisions.slice(merged + 1).some((row) => row.facts.includes(`"evidence_key":"${evidence_key}"`));
}
