import { sha256 } from '../people/hash.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit, type Database, type Guard } from '../program/commit.repo.ts';
import { advance } from './advance.ts';
import { RUN_QUERIES, spend, type Budget } from './budget.ts';
import { payDay } from './due.rules.ts';
import { readBatchState } from './freeze.repo.ts';
import { partnerGuards, type PayoutTransfer } from './outcome.repo.ts';
import type { BatchRow } from './payout.schema.ts';
import { replaySends } from './replay-sends.ts';
import {
  beginReplay,
  bringBack,
  finishReplay,
  formerPayouts,
  isNext,
  readOpenLines,
  writeReplayedChunk,
} from './replay.repo.ts';
import { AGAIN, claimAgain, type Manifest, type ManifestItem, type Refused } from './replay.rules.ts';
import type { RpcAnswer, Speaker } from './rpc.ts';
import type { RunContext } from './run.ts';
import { byTwoPeople } from './two-people.ts';
import type { WitnessWord } from './witness-word.rules.ts';
import { readLostWords, replayWords } from './witness-words.ts';
import { witnessKeys, type WitnessBatch, type WitnessChunk, type WitnessLine } from './witness.rules.ts';
import { booksBehind, type WitnessBucket } from './witness.ts';

/** Null: done. A refusal says what a person has to know. */
export type Outcome = Refused | null;
/** Goes on with a replay where an invocation has used up its queries: in one of its own. */
export type Onward = (pay_date: string, now: number) => Promise<Outcome>;

/** Invocations that one call takes for what one cannot do; called again it goes on. */
const TURNS = 20;

const refused = (reason: Refused['reason'], detail: string): Refused => ({ ok: false, reason, detail });
const NOT_WHOLE = refused('invalid', 'The witness does not hold this batch whole.');
/** The proposal of two people and what is asked before and after it. */
const REPLAY_QUERIES = RUN_QUERIES - 20;
/** Where the batch stands, and what of a chunk is read before it is written. */
const STEP_QUERIES = 10;

/** A batch as the witness keeps it, but for its chunks, which are read one by one: all of them are more than a Worker holds. */
interface Witnessed {
  manifest: Manifest;
  manifest_sha256: string;
  more: WitnessBatch;
  /** A chunk by its number, from 1; null where the witness does not have it whole. */
  chunk(n: number): Promise<WitnessChunk | null>;
}

async function readWitnessed(bucket: WitnessBucket, program_id: string, pay_date: string): Promise<Witnessed | null> {
  const keys = witnessKeys(program_id);
  const found = await bucket.get(keys.manifest(pay_date));
  if (!found) return null;
  const text = await found.text();
  const manifest: Manifest = JSON.parse(text);
  const more: WitnessBatch = JSON.parse(found.customMetadata?.['batch'] ?? '{}');
  const chunk = async (n: number): Promise<WitnessChunk | null> => {
    const hash = manifest.chunks[n - 1] ?? '';
    const kept = await bucket.get(keys.chunk(pay_date, n, hash));
    if (!kept) return null;
    const read: WitnessChunk = JSON.parse(await kept.text());
    return (await sha256(read.manifest)) === hash ? read : null;
  };
  return { manifest, manifest_sha256: await sha256(text), more, chunk };
}

/** How many lines a batch had claimed; null where the witness does not have all of its chunks. */
async function claimedBy({ manifest, chunk }: Witnessed): Promise<number | null> {
  let lines = 0;
  for (let n = 1; n <= manifest.chunks.length; n++) {
    const read = await chunk(n);
    if (!read) return null;
    lines += read.lines.length;
  }
  return lines;
}

/**
 * P7: brings one batch, the oldest that is missing, back into books that were restored to an earlier moment: chunks, payouts, claimed lines,
 * money, its sendings with PayPal's ids, and what people had said of them. What PayPal says is polled anew. Two people. Safe to repeat after
 * it died; what one invocation cannot do goes `onward`.
 */
export async function replayBatch(
  context: RunContext,
  { pay_date, by, now, via }: { pay_date: string } & Speaker,
  onward: Onward = (day, at) => replayOn(context, day, at),
): Promise<RpcAnswer> {
  const { db, witness, program_id } = context;
  const subject = `batch:${pay_date}`;
  // Keyed by what is missing: a replay of another loss is another proposal.
  const missing = await booksBehind(db, witness, program_id);
  const [oldest] = missing.map((it) => it.pay_date).toSorted();
  const own = missing.filter((it) => it.pay_date === pay_date).map((it) => it.key);
  const call = { operation: 'payouts.replay', subject, content: own, by, now };
  return byTwoPeople(
    db,
    call,
    async () => {
      if (own.length === 0) return refused('batch_state', `The books are not behind in what they know of ${pay_date}.`);
      if (oldest !== pay_date) return refused('batch_state', `Replay the batch of ${oldest} first.`);
      return {
        ok: true,
        guards: [],
        statements: [
          auditStatement(db, {
            at: now,
            actor: by,
            via,
            action: 'payouts.replay',
            subject,
            details: {},
            before: { missing: own.length },
            after: { missing: 0 },
          }),
        ],
      };
    },
    async () => {
      let outcome = await replayOn(context, pay_date, now);
      for (let turn = 1; outcome?.reason === 'busy' && turn < TURNS; turn++) outcome = await onward(pay_date, now);
      return outcome;
    },
  );
}

/** Replays a batch as far as the queries of one invocation go, from wherever an earlier one has ended: `busy` where something is left. */
export async function replayOn(
  { db, witness, program_id }: RunContext,
  pay_date: string,
  now: number,
  budget: Budget = { left: REPLAY_QUERIES },
): Promise<Outcome> {
  const kept = await readWitnessed(witness, program_id, pay_date);
  if (!kept) return NOT_WHOLE;
  const history = await readPolicy(db);
  for (let i = 0; ; i++) {
    if (!spend(budget, STEP_QUERIES)) return AGAIN;
    const { batch, guard, next_chunk: n } = await readBatchState(db, pay_date);
    if (batch && !isSame(batch, kept)) {
      return refused('conflict', `The books hold another batch of ${pay_date}: restore them to an earlier moment.`);
    }
    if (batch && batch.status !== 'freezing') break;
    if (i > kept.manifest.chunks.length + 2) return AGAIN;
    if (!batch) {
      const before = await begin(db, kept, payDay(history, pay_date), guard, now);
      if (before) return before;
      continue;
    }
    const left = n <= kept.manifest.chunks.length;
    const chunk = left ? await kept.chunk(n) : null;
    if (left && !chunk) return NOT_WHOLE;
    const written = chunk ? replayChunk(db, batch, guard, chunk, now, budget) : finish(db, batch, guard, kept);
    if ((await written) === 'conflict') return AGAIN;
  }
  const run = { now, rail: kept.manifest.rail, approval: kept.more.approval };
  const closed = await advance(db, { program_id, history }, pay_date, run, budget);
  if (closed === 'unfinished') return AGAIN;
  const place = { db, witness, program_id };
  const words = await readLostWords(place, pay_date);
  // What was withheld is in no sending, and all else that people say comes after one.
  const [before, after] = [words.filter(isBeforeSends), words.filter((word) => !isBeforeSends(word))];
  return (
    (await replayWords(db, before, now, budget)) ??
    (await replaySends(place, pay_date, now, budget)) ??
    replayWords(db, after, now, budget)
  );
}

const isBeforeSends = ({ what }: WitnessWord): boolean => what === 'withheld';

/** Whether a batch of the books can be the one that the witness knows. */
function isSame(batch: BatchRow, { manifest, manifest_sha256 }: Witnessed): boolean {
  if (batch.manifest_sha256 !== null) return batch.manifest_sha256 === manifest_sha256;
  return batch.frozen_at === manifest.frozen_at && batch.policy_version === manifest.policy_version;
}

async function begin(
  db: Database,
  kept: Witnessed,
  { week, pay_date }: ReturnType<typeof payDay>,
  guard: Guard,
  now: number,
): Promise<Outcome> {
  if (!(await isNext(db, pay_date))) {
    return refused('conflict', 'The books have gone on past this batch: restore them to an earlier moment.');
  }
  const claimed = await claimedBy(kept);
  if (claimed === null) return NOT_WHOLE;
  const { manifest, more } = kept;
  const { frozen_at, rail, policy_version, currency } = manifest;
  const row = { pay_date, week_start_on: week.start_on, week_end_on: week.end_on, week_ends_at: week.ends_at };
  const all = { ...row, frozen_at, rail, policy_version, currency, approval: more.approval };
  return (await commit(db, [guard], [beginReplay(db, all, claimed, now)])) === 'conflict' ? AGAIN : null;
}

async function replayChunk(
  db: Database,
  batch: BatchRow,
  guard: Guard,
  chunk: WitnessChunk,
  now: number,
  budget: Budget,
): Promise<'committed' | 'conflict'> {
  const { items }: { items: ManifestItem[] } = JSON.parse(chunk.manifest);
  const partner_ids = items.map((item) => item.partner_id);
  const { open, last_seq } = await readOpenLines(db, partner_ids);
  const claimed = claimAgain(open, chunk.lines);
  const back = await backAgain(db, claimed.missing);
  const guards = [guard, ...(await partnerGuards(db, partner_ids))];
  const statements = [
    ...writeReplayedChunk(db, batch, chunk, items, claimed, last_seq, now),
    ...bringBack(db, back, now),
  ];
  return spend(budget, 1 + statements.length) ? commit(db, guards, statements) : 'conflict';
}

/** A `returned` line that the books have lost says that its payout had come back: so it has, in these books too. */
async function backAgain(db: Database, missing: readonly WitnessLine[]): Promise<PayoutTransfer[]> {
  const returned = missing.filter((line) => line.kind === 'returned');
  const former = await formerPayouts(
    db,
    returned.map((line) => line.cause_id),
  );
  return returned.flatMap((line): PayoutTransfer[] => {
    const known = former.find(({ payout }) => payout.payout_id === line.cause_id);
    if (!known) return [];
    const { payout_id, partner_id } = known.payout;
    const { kinds } = known;
    const move = (kind: PayoutTransfer['kind']) => ({ kind, payout_id, partner_id, amount: line.amount, at: line.at });
    if (kinds.includes('returned') || kinds.includes('reinstated')) return [];
    if (!kinds.includes('paid')) return [move('returned')];
    return kinds.includes('came_back') ? [move('reinstated')] : [move('came_back'), move('reinstated')];
  });
}

async function finish(
  db: Database,
  { pay_date, frozen_at }: BatchRow,
  guard: Guard,
  { manifest, manifest_sha256, more }: Witnessed,
): Promise<'committed' | 'conflict'> {
  const { payouts, amount, skipped } = manifest.totals;
  const empty = payouts === 0;
  const totals = { payout_count: payouts, payout_amount: amount, skipped_count: skipped };
  const status = empty ? ('settled' as const) : ('frozen' as const);
  const finished = { status, manifest_sha256, ...totals, settled_at: empty ? frozen_at : null };
  return commit(db, [guard], [finishReplay(db, pay_date, more, finished)]);
}
