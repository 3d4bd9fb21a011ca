import { z } from '@hono/zod-openapi';

import { Id, InstantOut, instantOut, LongId } from '../http/schema.ts';
import { factsOfSignal, SIGNAL_CLAUSES, sentenceOf, type SignalRow } from './signal.rules.ts';
import { SIGNAL_KINDS } from './signal.schema.ts';

/** A signal as operators read it: a sentence, the clause that it bears on, and its facts. */
export const SignalOut = z
  .object({
    kind: z.enum(SIGNAL_KINDS),
    clause: z.string(),
    partner_id: Id,
    account_id: LongId.nullable(),
    noticed_at: InstantOut,
    says: z.string(),
    facts: z.record(z.string(), z.unknown()).openapi({ description: 'ids, instants and counts; no addresses' }),
  })
  .openapi('Signal');

/** A row as the answers show it; instants among its facts as everywhere. */
export function signalOut(row: SignalRow): z.infer<typeof SignalOut> {
  const { kind, partner_id, account_id, at } = row;
  const facts = Object.entries(factsOfSignal(row)).map(([name, value]) => [
    name,
    name.endsWith('_at') && typeof value === 'number' ? instantOut(value) : value,
  ]);
  return {
    kind,
    clause: SIGNAL_CLAUSES[kind],
    partner_id,
    account_id,
    noticed_at: instantOut(at),
    says: sentenceOf(row),
    facts: Object.fromEntries(facts) as Record<string, unknown>,
  };
}
