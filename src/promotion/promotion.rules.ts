/** A use of a partner's promotion code, by a partner who was active then. */
export interface UsedCode {
  code: string;
  partner_id: string;
  used_at: number;
}

const second = (at: number): number => Math.floor(at / 1000);

/**
 * L3: the use that speaks for an account: the last one up to the signup (in whole seconds); where there is none, the first one at a checkout
 * after it, up to `until_at`.
 */
export function usedCode(uses: readonly UsedCode[], signed_up_at: number, until_at: number): UsedCode | null {
  const inOrder = uses.toSorted((a, b) => a.used_at - b.used_at || (a.code < b.code ? -1 : Number(a.code > b.code)));
  const before = inOrder.findLast((use) => second(use.used_at) <= second(signed_up_at));
  return before ?? inOrder.find((use) => use.used_at <= until_at) ?? null;
}
