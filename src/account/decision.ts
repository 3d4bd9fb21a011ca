import type { Hasher } from '../people/hash.ts';
import type { Clause } from '../policy/clauses.ts';
import type { AccountState, DecisionRow } from './state.rules.ts';

/** What a decision about an account's referrer says; `facts` hold ids, instants and keyed hashes only (R6). */
export interface DecisionInput {
  at: number;
  kind: DecisionRow['kind'];
  outcome: string;
  source: string | null;
  /** The referrer from here on; null: nobody. Undefined where the decision sets none. */
  partner_id: string | null | undefined;
  earns_from?: number | null;
  blocked: boolean;
  flags: readonly string[];
  clause: Clause;
  policy_version: number;
  asked_by: string;
  facts: Record<string, unknown>;
}

/** The account's next decision as a row. Its id is made from account and place, so the same history has the same ids. */
export async function nextDecision(
  hasher: Hasher,
  state: Pick<AccountState, 'account_id' | 'decisions'>,
  input: DecisionInput,
  recorded_at: number,
): Promise<DecisionRow> {
  const n = (state.decisions.at(-1)?.n ?? 0) + 1;
  const hash = await hasher.text('decision', `${state.account_id}\n${n}`);
  return {
    account_id: state.account_id,
    n,
    decision_id: `dec_${hash.slice(0, 24)}`,
    at: input.at,
    kind: input.kind,
    outcome: input.outcome,
    source: input.source,
    partner_id: input.partner_id ?? null,
    sets_referrer: input.partner_id === undefined ? 0 : 1,
    earns_from: input.earns_from ?? null,
    blocked: input.blocked ? 1 : 0,
    flags: JSON.stringify(input.flags),
    clause: input.clause,
    policy_version: input.policy_version,
    asked_by: input.asked_by,
    facts: JSON.stringify(input.facts),
    recorded_at,
  };
}

/** Whether who the referrer is, be it nobody, stands by an exception (also one that a merge took over): no audit undoes it. */
export function standsByException(decisions: readonly DecisionRow[]): boolean {
  const last = decisions.findLast((decision) => decision.sets_referrer === 1);
  if (!last) return false;
  return last.outcome === 'exception' || (JSON.parse(last.facts) as { by_exception?: boolean }).by_exception === true;
}

/** The referrer as the decisions so far leave it, or null where nobody is tracked. */
export function referrerOf(decisions: readonly DecisionRow[]): DecisionRow | null {
  const last = decisions.findLast((decision) => decision.sets_referrer === 1);
  return last && last.partner_id !== null ? last : null;
}
