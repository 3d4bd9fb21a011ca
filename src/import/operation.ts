import type { z } from '@hono/zod-openapi';

import type { Door } from '../account/write.ts';
import { fieldErrors } from '../http/app.ts';
import type { LinkSetting } from '../partner/create-partner.ts';
import { canonicalJson, type Json } from '../program/canonical.rules.ts';
import { commit, decideAgain, type Guard, type Statement } from '../program/commit.repo.ts';
import type { SignupContext } from '../signup/record.ts';
import type { QueryBudget } from './budget.ts';
import { keepAnswers, knownContents } from './import.repo.ts';
import { sortReplays, type Kind, type RowVerdict, type VerdictCode } from './import.rules.ts';

/** What imports work with. */
export interface ImportContext extends SignupContext {
  door: Door;
  setting: LinkSetting;
  /** Queries that the invocation may still make; a group that does not fit is left for the next one. */
  budget: QueryBudget;
  /** Writes links as they now stand through to the mirror that visitors are served from. */
  mirror: (codes: readonly string[]) => Promise<void>;
  /** The statements that say how far the run came, these verdicts included. */
  progress: (verdicts: readonly RowVerdict[]) => Statement[];
}

/** A row that has the form of what it tells. `subject` is read and written whole; `key` is the natural id. */
export interface ImportRow<Input> {
  row: number;
  id: string;
  key: string;
  subject: string;
  content: Json;
  content_hash: string;
  input: Input;
}

/** What a group of rows came to. `undone` rows are left for another invocation; `due` is in minor units. */
export interface GroupOutcome {
  verdicts: RowVerdict[];
  undone: number[];
  due: number;
}

/** How rows of one kind are told. */
export interface Operation<Input> {
  kind: Kind;
  /** Under which scope first answers are kept: that of the door for single writes, so that both know each other's. */
  scope: string;
  /** Rows of one group, and the queries that a group costs at most; `reads` where nothing is written. */
  most: number;
  queries: number;
  reads: number;
  schema: z.ZodType;
  read: (body: never) => { id: string; subject: string; input: Input };
  /** Rows that are told one by one, and so after all those that are told in bulk. */
  alone?: (input: Input) => boolean;
  apply: (context: ImportContext, rows: readonly ImportRow<Input>[], write: boolean) => Promise<GroupOutcome>;
}

/** Rows that have their form, with content hashes; the others' verdicts. */
export async function readRows<Input>(
  context: ImportContext,
  operation: Operation<Input>,
  bodies: readonly { row: number; body: Json }[],
): Promise<{ rows: ImportRow<Input>[]; verdicts: RowVerdict[] }> {
  const verdicts: RowVerdict[] = [];
  const rows = bodies.map(async ({ row, body }): Promise<ImportRow<Input> | null> => {
    const checked = operation.schema.safeParse(body);
    if (!checked.success) {
      const faults = fieldErrors('json', checked.error.issues as Parameters<typeof fieldErrors>[1]);
      const fields = [...new Set(faults.map(({ path }) => path.replace(/^body\.?/, '') || 'row'))];
      verdicts.push({ row, id: idIn(body), verdict: 'refused', code: 'malformed', fields });
      return null;
    }
    const { id, subject, input } = operation.read(checked.data as never);
    const content_hash = await context.hasher.text(`replay:${operation.scope}`, canonicalJson(body));
    return { row, id, key: id, subject, content: body, content_hash, input };
  });
  return { rows: (await Promise.all(rows)).filter((row) => row !== null), verdicts };
}

const IDS = ['payment_id', 'refund_id', 'account_id', 'partner_id'];

/** The id of a row that is malformed elsewhere, if it can be told. */
function idIn(body: Json): string | null {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null;
  for (const name of ['refund_id', ...IDS]) {
    const id = body[name];
    if (typeof id === 'string' && /^[A-Za-z0-9_.:-]{1,128}$/.test(id)) return id;
  }
  return null;
}

/** What becomes of one fresh row: its first answer where it is taken. */
export type RowResult =
  | { verdict: 'created'; answer: Json; subject: string }
  | { verdict: 'parked'; code: VerdictCode; answer: Json; subject: string }
  | { verdict: 'refused'; code: VerdictCode };

/** What was decided of a group: a result for each fresh row, in their order. */
export interface GroupDecision {
  guards: readonly Guard[];
  statements: readonly Statement[];
  results: readonly RowResult[];
  due: number;
}

/**
 * Read → decide → one atomic write for a group of keyed rows: what was told before is told from what is fresh in bulk, `decide` decides the
 * fresh ones, and their first answers are kept under the keys of the single writes. Without `write` all is decided and nothing kept.
 */
export async function applyKeyed<Input>(
  context: ImportContext,
  scope: string,
  rows: readonly ImportRow<Input>[],
  write: boolean,
  decide: (fresh: readonly ImportRow<Input>[], unchanged: readonly ImportRow<Input>[]) => Promise<GroupDecision>,
): Promise<GroupOutcome> {
  const { books, now } = context.door;
  const keys = rows.map((row) => row.key);
  const done = await decideAgain(async (): Promise<GroupOutcome | 'conflict'> => {
    const sorted = sortReplays(rows, await knownContents(books, scope, keys));
    const decision = await decide(sorted.fresh, sorted.unchanged);
    const verdicts = verdictsOf(sorted, decision.results);
    const outcome = { verdicts, undone: [], due: decision.due };
    if (!write || decision.statements.length === 0) return outcome;
    const answers = sorted.fresh.flatMap((row, i) => {
      const result = decision.results[i];
      if (!result || result.verdict === 'refused') return [];
      const { subject, answer } = result;
      const { key, content_hash } = row;
      return [{ scope, key, content_hash, subject, status: 201, answer: JSON.stringify(answer), recorded_at: now }];
    });
    const statements = [...decision.statements, ...keepAnswers(books, answers), ...context.progress(verdicts)];
    return (await commit(books, decision.guards, statements)) === 'conflict' ? 'conflict' : outcome;
  });
  if (done.ok) return done.value;
  const busy = rows.map(({ row, id }): RowVerdict => ({ row, id, verdict: 'refused', code: 'busy' }));
  return { verdicts: busy, undone: [], due: 0 };
}

function verdictsOf<Input>(
  sorted: ReturnType<typeof sortReplays<ImportRow<Input>>>,
  results: readonly RowResult[],
): RowVerdict[] {
  const refused = new Map<string, VerdictCode>();
  const fresh = sorted.fresh.map(({ row, id, key }, i): RowVerdict => {
    const result = results[i] ?? { verdict: 'refused', code: 'busy' };
    if (result.verdict === 'refused') refused.set(key, result.code);
    return { row, id, verdict: result.verdict, ...('code' in result ? { code: result.code } : {}) };
  });
  const unchanged = sorted.unchanged.map(({ row, id, key }): RowVerdict => {
    // A second row of the file that says the same as one that was refused.
    const code = refused.get(key);
    return code === undefined ? { row, id, verdict: 'unchanged' } : { row, id, verdict: 'refused', code };
  });
  const conflicts = sorted.conflicts.map(({ row, id }): RowVerdict => ({
    row,
    id,
    verdict: 'refused',
    code: 'conflict',
  }));
  return [...fresh, ...unchanged, ...conflicts].toSorted((a, b) => a.row - b.row);
}
