/**
 * Cloudflare's public prices of the Workers Paid plan beyond what is included, in dollars a million, as its documentation gave them on
 * 2026-11-21. What is included is not deducted: the figures are what one million clicks more cost.
 */
export const PRICES = {
  /** https://developers.cloudflare.com/workers/platform/pricing/ : inbound requests; subrequests and service bindings are free. */
  request: 0.3,
  /** The same page: milliseconds of CPU. */
  cpu_ms: 0.02,
  /** https://developers.cloudflare.com/queues/platform/pricing/ : each 64 KB written, read or deleted. */
  queue_operation: 0.4,
  /** https://developers.cloudflare.com/d1/platform/pricing/ : rows that statements insert, update or delete, index entries too. */
  row_written: 1,
  /** The same page: rows that statements look at. */
  row_read: 0.001,
  /** https://developers.cloudflare.com/kv/platform/pricing/ : keys read. */
  kv_read: 0.5,
} as const;

export type Priced = keyof typeof PRICES;

/** How often something that costs happens, a click. */
export type Usage = Partial<Record<Priced, number>>;

/** Dollars that a million clicks of such a use cost. */
export function dollarsOf(usage: Usage): number {
  return Object.entries(usage).reduce((sum, [what, times]) => sum + PRICES[what as Priced] * times, 0);
}

/** Several uses as one. */
export function together(...uses: readonly Usage[]): Usage {
  const sum: Usage = {};
  for (const use of uses)
    for (const [what, times] of Object.entries(use) as [Priced, number][]) sum[what] = (sum[what] ?? 0) + times;
  return sum;
}
