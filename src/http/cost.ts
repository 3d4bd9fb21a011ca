/** What queries cost, as D1 counts it. */
export interface QueryCost {
  queries: number;
  rows_read: number;
  rows_written: number;
}

/** The cost of nothing. */
export function noCost(): QueryCost {
  return { queries: 0, rows_read: 0, rows_written: 0 };
}

/** The value of `Server-Timing` that tells a cost, zeros written out. */
export function serverTiming({ queries, rows_read, rows_written }: QueryCost): string {
  return `d1;desc="queries=${queries} rows_read=${rows_read} rows_written=${rows_written}"`;
}
