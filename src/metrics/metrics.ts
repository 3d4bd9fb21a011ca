/** What operators count. Never money: the books alone say what is owed, and these are samples. */
export const METRICS = ['answer', 'click', 'mail', 'webhook', 'cron', 'archived', 'backup'] as const;

export type Metric = (typeof METRICS)[number];

/** Labels are names out of closed lists: routes, codes, classes. Never an id, an address or anything that a person sent. */
export type Labels = readonly [first: string, second?: string, third?: string];

/** Where counters go: Workers Analytics Engine, or nowhere. */
export type MetricsEnv = { readonly METRICS?: AnalyticsEngineDataset };

/**
 * Counts `times` occurrences of something, under at most three labels. Does not wait, and fails for nobody: `blob1` is the metric, `blob2`
 * to `blob4` its labels, `double1` how many.
 */
export function count({ METRICS: dataset }: MetricsEnv, metric: Metric, labels: Labels, times = 1): void {
  if (!dataset || times === 0) return;
  try {
    dataset.writeDataPoint({
      indexes: [metric],
      blobs: [metric, ...labels.map((label) => label ?? '')],
      doubles: [times],
    });
  } catch {
    // A counter that cannot count keeps nothing from being done.
  }
}

/** Counts rows by a label, one data point a label. */
export function countBy<Row>(env: MetricsEnv, metric: Metric, rows: readonly Row[], label: (row: Row) => string): void {
  if (!env.METRICS || rows.length === 0) return;
  for (const [name, own] of Map.groupBy(rows, label)) count(env, metric, [name], own.length);
}
