import type { PayDay } from '../explain/gates.rules.ts';
import { closeBatch } from '../ledger/close.ts';
import { sha256 } from '../people/hash.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyOf, type PolicyHistory } from '../policy/policy.rules.ts';
import { commit, type Database, type Guard } from '../program/commit.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { latestBatches } from './batch.repo.ts';
import { RUN_QUERIES, spend, type Budget } from './budget.ts';
import { approvalReasons, GROWTH_BATCHES } from './ceilings.rules.ts';
import { dueDates, payDay } from './due.rules.ts';
import {
  beginBatch,
  chunkStatements,
  finishBatch,
  readBatchState,
  readChunkPartners,
  readChunkTotals,
  readDues,
  type BatchState,
  type FreezeRun,
} from './freeze.repo.ts';
import { decideChunk, fitting, type Pay } from './freeze.rules.ts';
import { readExactGrounds, readGrounds } from './grounds.repo.ts';
import { batchManifest, batchTotals, chunkManifest, type IdentifiedPay } from './manifest.rules.ts';
import type { BatchRow } from './payout.schema.ts';

/** What a chunk holds at the most. */
export interface ChunkSize {
  partners: number;
  /** Lines due, unless its only partner has more: what is marked by one statement, and what the witness holds of it in one object. */
  lines: number;
}

const CHUNK: ChunkSize = { partners: 1000, lines: 20_000 };

/** What advancing needs to know of the program besides the books' state. */
export interface Program {
  program_id: string;
  history: PolicyHistory;
}

/** A partner's payout of a pay day has one id, whatever is run how often (P7). */
export async function payoutIdOf(program_id: string, pay_date: string, partner_id: string): Promise<string> {
  return `po_${(await sha256(`${program_id}|${pay_date}|${partner_id}`)).slice(0, 24)}`;
}

/** A step of a freeze: something was written or found changed, so look again; or the run's queries are used up. */
type Step = 'again' | 'out_of_queries';

/**
 * Brings one pay day as far as it goes: begins its batch, freezes it chunk by chunk, ends the freeze, takes the week's close. Each write is
 * atomic and says how far it came, so a run that dies anywhere is taken up by the next one with the same outcome, and another run of
 * a finished pay day writes nothing. `size` is for tests.
 */
export async function advance(
  db: Database,
  program: Program,
  pay_date: string,
  run: FreezeRun,
  budget: Budget,
  size: ChunkSize = CHUNK,
): Promise<'done' | 'unfinished'> {
  for (let begun = false; ;) {
    if (!spend(budget, 7)) return 'unfinished';
    const state = await readBatchState(db, pay_date);
    if (state.batch === null) {
      // Begun by nobody though this run tried: a run of an earlier pay day is still at work, and takes this one next.
      if (begun) return 'unfinished';
      begun = true;
      await beginBatch(db, payDay(program.history, pay_date), run);
    } else if (state.batch.status !== 'freezing' && state.closed) {
      return 'done';
    } else if ((await proceed(db, program, state, state.batch, budget, size)) === 'out_of_queries') {
      return 'unfinished';
    }
  }
}

async function proceed(
  db: Database,
  program: Program,
  state: BatchState,
  batch: BatchRow,
  budget: Budget,
  size: ChunkSize,
): Promise<Step> {
  if (batch.status !== 'freezing') return closeBatch(db, program, batch, budget);
  const { history } = program;
  const policy = policyOf(history, batch.policy_version);
  const day = { ...payDay(history, batch.pay_date), policy };
  const { guard, next_chunk: n, through } = state;
  return freeze(db, program, day, { batch, guard, n, through }, budget, size);
}

/** Where a freeze stands. */
interface Position {
  batch: BatchRow;
  guard: Guard;
  n: number;
  through: string;
}

async function freeze(
  db: Database,
  program: Program,
  day: PayDay,
  start: Position,
  budget: Budget,
  size: ChunkSize,
): Promise<Step> {
  let limit = size.partners;
  for (let position = start, exact = false; ;) {
    const step = await freezeChunk(db, program, day, position, budget, { limit, lines: size.lines, exact });
    if (step === 'out_of_queries') return step;
    if (step === 'conflict') {
      // Somebody else's change, most likely of what this chunk does not rest on. Once more, and closely; then from the beginning.
      if (exact) return 'again';
      exact = true;
      continue;
    }
    if (step.through === null) return finish(db, program, day, position, budget);
    exact = false;
    limit = Math.min(size.partners, step.limit);
    const guard = { subject: position.guard.subject, n: position.guard.n + 1 };
    position = { ...position, guard, n: position.n + 1, through: step.through };
    if (step.last) return finish(db, program, day, position, budget);
  }
}

/**
 * What became of one chunk. `through` is the partner that it has dealt with up to, null where there was nobody left; `last`: nobody can be;
 * `limit`: so many partners the next one reads.
 */
type ChunkStep = { through: string | null; last: boolean; limit: number } | 'conflict' | 'out_of_queries';

async function freezeChunk(
  db: Database,
  program: Program,
  day: PayDay,
  { batch, guard, n, through: after }: Position,
  budget: Budget,
  { limit, lines, exact }: { limit: number; lines: number; exact: boolean },
): Promise<ChunkStep> {
  if (!spend(budget, 5)) return 'out_of_queries';
  const before = await readGrounds(db);
  const read = await readDues(db, batch, after, limit);
  const dues = fitting(read, lines);
  const through = dues.at(-1)?.partner_id;
  if (through === undefined) return { through: null, last: true, limit };
  const positive = dues.filter(({ due }) => due > 0);
  if (exact && !spend(budget, 1)) return 'out_of_queries';
  const grounds = exact
    ? await readExactGrounds(
        db,
        positive.map(({ partner_id }) => partner_id),
      )
    : before;
  const records = await readChunkPartners(db, positive);
  const { pays, skips } = decideChunk(day, batch.frozen_at, dues, records);
  const identified = await identify(program.program_id, batch.pay_date, pays);
  const manifest = chunkManifest(batch.pay_date, n, identified);
  const chunk = { n, through, manifest, sha256: await sha256(manifest), pays: identified, skips };
  const statements = chunkStatements(db, batch, grounds, chunk);
  if (!spend(budget, 1 + statements.length)) return 'out_of_queries';
  const outcome = await commit(db, [guard], statements);
  if (outcome === 'conflict') return outcome;
  const all = dues.length === read.length;
  // Where the partners have many lines each, the next chunk does not read most of them in vain.
  return { through, last: all && read.length < limit, limit: all ? 2 * limit : dues.length + 1 + (dues.length >> 2) };
}

async function identify(program_id: string, pay_date: string, pays: readonly Pay[]): Promise<IdentifiedPay[]> {
  const ids = await Promise.all(pays.map((pay) => payoutIdOf(program_id, pay_date, pay.partner_id)));
  return pays.map((pay, i) => ({ ...pay, payout_id: ids[i] ?? '' }));
}

async function finish(
  db: Database,
  { program_id }: Program,
  { policy }: PayDay,
  { batch, guard }: Position,
  budget: Budget,
): Promise<Step> {
  if (!spend(budget, 4)) return 'out_of_queries';
  const { chunks, former } = await readChunkTotals(db, batch.pay_date, GROWTH_BATCHES);
  const { payout_count, payout_amount, largest_payout, skipped_count } = batchTotals(chunks);
  const { approval, frozen_at } = batch;
  const empty = payout_count === 0;
  const reasons = empty ? [] : approvalReasons({ policy, approval, payout_amount, largest_payout, former });
  await finishBatch(db, guard, batch.pay_date, {
    status: empty ? 'settled' : reasons.length > 0 ? 'awaiting_approval' : 'frozen',
    approval_reasons: JSON.stringify(reasons),
    manifest_sha256: await sha256(batchManifest(program_id, batch, chunks)),
    payout_count,
    payout_amount,
    skipped_count,
    settled_at: empty ? frozen_at : null,
  });
  return 'again';
}

/** What a run came to: the pay days it brought to their end, and whether something is left for the next run. */
export interface RunReport {
  done: string[];
  unfinished: string | null;
}

/**
 * What a cron does: everything due at its scheduled time, oldest week first, each week a batch of its own (api.md "Clock"). A batch that
 * an earlier run has begun is brought to its end first. Safe twice, late, and after missed weeks.
 */
export async function runDue(
  db: Database,
  run: FreezeRun & { cron: string },
  size: ChunkSize = CHUNK,
): Promise<RunReport> {
  const [{ program_id }, history, latest] = await Promise.all([readProgram(db), readPolicy(db), latestBatches(db)]);
  const program = { program_id, history };
  const due = dueDates({ history, cron: run.cron, scheduled_at: run.now, latest: latest.begun });
  const open = latest.begun !== null && latest.begun !== latest.closed ? [latest.begun] : [];
  const budget = { left: RUN_QUERIES };
  const done: string[] = [];
  for (const pay_date of [...open, ...due]) {
    if ((await advance(db, program, pay_date, run, budget, size)) === 'unfinished') {
      return { done, unfinished: pay_date };
    }
    done.push(pay_date);
  }
  return { done, unfinished: null };
}
