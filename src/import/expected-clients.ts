import type { z } from '@hono/zod-openapi';

import { personOf, type SentRow } from '../expected/expected.schemas.ts';
import { judgeRows, MAX_ROWS } from '../expected/list.rules.ts';
import { receiveList } from '../expected/receive.ts';
import { partnerSignals } from '../signup/evidence.repo.ts';
import type { RowVerdict } from './import.rules.ts';
import { ExpectedRow } from './import.schemas.ts';
import type { GroupOutcome, ImportContext, ImportRow, Operation } from './operation.ts';

/** Queries that a list costs at most. */
const LIST_QUERIES = 40;

type Input = { partner_id: string; sent: SentRow };

/** Lists of expected clients (B1), handed in for partners: what the file names of one partner is one list, which an operator then accepts. */
export const importExpected: Operation<Input> = {
  kind: 'expected-clients',
  scope: 'expected',
  most: MAX_ROWS,
  queries: 10,
  reads: 10,
  schema: ExpectedRow,
  read: ({ partner_id, ...sent }: z.infer<typeof ExpectedRow>) => ({
    id: partner_id,
    subject: partner_id,
    input: { partner_id, sent },
  }),
  apply: async (context, rows, write) => {
    const outcome: GroupOutcome = { verdicts: [], undone: [], due: 0 };
    const lists = Map.groupBy(rows, (row) => row.input.partner_id);
    const known = new Set((await partnerSignals(context.door.books, [...lists.keys()])).map((fact) => fact.partner_id));
    for (const [partner_id, own] of lists) {
      if (!known.has(partner_id)) outcome.verdicts.push(...own.map((row) => refused(row, 'unknown_partner')));
      else if (write && !context.budget.affords(LIST_QUERIES)) outcome.undone.push(...own.map((row) => row.row));
      else outcome.verdicts.push(...(await tellList(context, partner_id, own, write)));
    }
    return outcome;
  },
};

function refused(
  row: ImportRow<Input>,
  code: 'unknown_partner' | 'too_many_rows' | 'conflict' | 'busy' | 'malformed',
): RowVerdict {
  return { row: row.row, id: row.id, verdict: 'refused', code };
}

async function tellList(
  { door, hasher }: ImportContext,
  partner_id: string,
  own: readonly ImportRow<Input>[],
  write: boolean,
): Promise<RowVerdict[]> {
  const sent = own.map((row) => row.input.sent);
  const judged = judgeRows(sent.map(personOf));
  const done = write
    ? await receiveList(door, hasher, partner_id, { rows: sent, idempotency_key: null })
    : { ok: true as const, first_time: true };
  if (!done.ok) {
    const code = done.reason === 'conflict' || done.reason === 'busy' ? done.reason : 'too_many_rows';
    return own.map((row) => refused(row, code));
  }
  return own.map((row, i): RowVerdict => {
    const received = judged[i]?.received;
    if (received === 'malformed') return refused(row, 'malformed');
    const fresh = done.first_time && received === 'received';
    return { row: row.row, id: row.id, verdict: fresh ? 'created' : 'unchanged' };
  });
}
