import type { OutcomeItem } from '../payout/rpc.ts';

/** Outcomes as people paste or upload them, or the first row that is none. */
export type ReadOutcomes = { ok: true; items: OutcomeItem[] } | { ok: false; say: string };

const COLUMNS = ['payout_id', 'status', 'reference', 'reason'] as const;
const STATUSES: readonly string[] = ['paid', 'failed', 'returned'] satisfies OutcomeItem['status'][];
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads rows of `payout_id, status, reference, reason` (the last two may be left out), with a header or without. */
export async function readOutcomes(text: string): Promise<ReadOutcomes> {
  // The build without node's modules; loaded when a file comes.
  const { parse } = await import('csv-parse/browser/esm/sync');
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, trim: true, relax_column_count: true, skip_empty_lines: true });
  } catch {
    return { ok: false, say: 'This is not CSV: a quote is not closed.' };
  }
  const body = rows[0]?.[0]?.toLowerCase() === COLUMNS[0] ? rows.slice(1) : rows;
  const items: OutcomeItem[] = [];
  for (const [i, [payout_id = '', status = '', reference = '', reason = '', ...more]] of body.entries()) {
    if (!ID.test(payout_id)) return { ok: false, say: `Row ${i + 1}: the first column is the id of a payout.` };
    if (!STATUSES.includes(status)) return { ok: false, say: `Row ${i + 1}: the second is paid, failed or returned.` };
    if (more.length > 0) return { ok: false, say: `Row ${i + 1} has more than four columns.` };
    items.push({
      payout_id,
      status: status as OutcomeItem['status'],
      ...(reference === '' ? {} : { reference: reference.slice(0, 200) }),
      ...(reason === '' ? {} : { reason: reason.slice(0, 1000) }),
    });
  }
  return items.length === 0 ? { ok: false, say: 'There are no rows.' } : { ok: true, items };
}
