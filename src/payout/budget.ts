/** How many queries of D1 one run may still make; an invocation has 1,000. */
export interface Budget {
  left: number;
}

/** What a run keeps to: the rest of an invocation's 1,000 queries is for reading where things stand. */
export const RUN_QUERIES = 950;

/** Takes queries from the budget, or says that they are not there any more: the run then stops, and the next one goes on. */
export function spend(budget: Budget, queries: number): boolean {
  if (budget.left < queries) return false;
  budget.left -= queries;
  return true;
}
