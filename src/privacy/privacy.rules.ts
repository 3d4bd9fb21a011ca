/** What an erasure would deal with, as it was read. */
export interface Found {
  /** Rows of people that are not empty yet. */
  person_ids: readonly string[];
  account_ids: readonly string[];
  partner_ids: readonly string[];
  /** Forms, claims and rows of lists that are found by the address's hash. */
  named: readonly string[];
  /** Payouts to one of the people whose end is not known yet. */
  on_the_way: number;
}

export type ErasureRuling = { ok: true; nothing: boolean } | { ok: false; reason: 'on_the_way' };

/**
 * Whether a person may be erased now. A payout on its way needs its address until its end is known; nothing else keeps an address, and what
 * has nothing left to empty is done.
 */
export function ruleErasure(found: Found): ErasureRuling {
  if (found.on_the_way > 0) return { ok: false, reason: 'on_the_way' };
  return { ok: true, nothing: found.person_ids.length === 0 && found.named.length === 0 };
}

/** Whether the PayPal address of a partner is one of the people: the one set last, or the one that still serves. */
export function isPaidTo(
  person_ids: readonly string[],
  facts: readonly { field: string; value: string | null }[],
  serving_person_id: string | null,
): boolean {
  const last = facts.findLast((fact) => fact.field === 'paypal')?.value ?? null;
  return [last, serving_person_id].some((person_id) => person_id !== null && person_ids.includes(person_id));
}
