import type { Database } from '../program/commit.repo.ts';
import { findBatch } from './batch.repo.ts';
import { payoutsOnTheWay } from './export.repo.ts';
import { exportRail } from './export.rules.ts';

/** The file, or why there is none. */
export type ExportAnswer =
  | { ok: true; csv: string }
  | { ok: false; reason: 'not_found' | 'batch_state' | 'other_rail' | 'invalid'; detail: string };

/**
 * The mass-payment file of a batch on the export rail, once it is frozen and approved: every payout of which no outcome is recorded, so
 * that a file fetched later asks for nothing twice. The same file as long as no outcome comes. Writes nothing.
 */
export async function exportCsv(db: Database, pay_date: string, program_name: string): Promise<ExportAnswer> {
  const batch = await findBatch(db, pay_date);
  if (!batch) return { ok: false, reason: 'not_found', detail: `There is no batch of ${pay_date}.` };
  if (batch.rail !== exportRail.name) {
    return { ok: false, reason: 'other_rail', detail: `The batch of ${pay_date} goes by ${batch.rail}.` };
  }
  if (batch.status === 'freezing' || batch.status === 'awaiting_approval') {
    return { ok: false, reason: 'batch_state', detail: `The batch of ${pay_date} is ${batch.status}.` };
  }
  const rows = await payoutsOnTheWay(db, pay_date);
  const erased = rows.filter((row) => row.email === null).map((row) => row.payout_id);
  if (erased.length > 0) {
    const detail = `The address has been erased: record ${erased.slice(0, 5).join(', ')} as failed first.`;
    return { ok: false, reason: 'invalid', detail };
  }
  const items = rows.flatMap(({ payout_id, amount, email }) =>
    email === null ? [] : [{ payout_id, amount, receiver: email }],
  );
  const note = `${program_name} partner payout of ${pay_date}`;
  const handed = await exportRail.hand({ send_id: pay_date, currency: batch.currency, note, items });
  if (handed.state !== 'handed_to_person') return { ok: false, reason: 'batch_state', detail: handed.state };
  return { ok: true, csv: handed.document };
}
