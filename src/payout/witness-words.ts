import { sha256 } from '../people/hash.ts';
import { commit, decideAgain, type Database, type Guard, type Statement } from '../program/commit.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { spend, type Budget } from './budget.ts';
import { partnerGuards, type PayoutTransfer } from './outcome.repo.ts';
import type { PayoutRow, PayoutStatus } from './payout.schema.ts';
import { AGAIN, type Refused } from './replay.rules.ts';
import { acceptPayouts, changeSend, isAdoptedElsewhere, readSendState, settlementStatements } from './send.repo.ts';
import {
  insertWord,
  markWitnessed,
  readHistories,
  regainStatements,
  unwitnessedWords,
  wordsOfDay,
  type Regained,
} from './witness-word.repo.ts';
import {
  idAtMost,
  inOrder,
  standingOf,
  transfersLeft,
  wordText,
  type WitnessWord,
  type WordKind,
  type WordPayout,
  type WordTransfer,
} from './witness-word.rules.ts';
import { readKey, witnessKeys } from './witness.rules.ts';
import { heldUnder, keepOnce, witnessBatch, type WitnessBucket } from './witness.ts';

interface Place {
  db: Database;
  witness: WitnessBucket;
  program_id: string;
}

/** Words kept at once: a query each, of those that a run leaves for what goes before it. */
const AT_ONCE = 25;

/** What a word does to one payout. `to` is null where its movements say how it stands then (money that had come back). */
export interface WordMove {
  payout_id: string;
  partner_id: string;
  to: PayoutStatus | null;
  fault: PayoutRow['fault'];
  reference: string | null;
  transfers: readonly PayoutTransfer[];
}

/** What somebody said. */
export interface Said {
  what: WordKind;
  pay_date: string;
  at: number;
  by: string;
  moves?: readonly WordMove[];
  adopted?: WitnessWord['adopted'];
}

async function wordId(text: string): Promise<string> {
  return (await sha256(text)).slice(0, 32);
}

/**
 * The statement that keeps a word in the books, for the batch that does it: each payout with its movements up to there, from which a replay
 * books what is missing. `keepWords` hands it to the witness afterwards. Rests on the guards of the write around it.
 */
export async function wordStatements(db: Database, said: Said): Promise<Statement[]> {
  const { what, pay_date, at, by, moves = [], adopted = null } = said;
  const { hasher } = await readProgram(db);
  const before = await readHistories(
    db,
    moves.map((move) => move.payout_id),
  );
  const payouts = moves.map((move): WordPayout => {
    const { payout_id, partner_id, to, fault, reference } = move;
    const history = before.get(payout_id);
    const made = move.transfers.map((it): WordTransfer => [it.kind, it.part ?? null, it.amount, it.at]);
    const transfers = [...(history?.transfers ?? []), ...made];
    const status = to ?? standingOf(transfers);
    return {
      payout_id,
      partner_id,
      status,
      fault,
      reference: idAtMost(reference),
      transfers,
      items: history?.items ?? [],
    };
  });
  const word: WitnessWord = { version: 1, what, pay_date, at, by: await hasher.text('name', by), payouts, adopted };
  const content = wordText(word);
  // In a list: a statement by itself would be run by the `await` of it.
  return [insertWord(db, { word_id: await wordId(content), pay_date, content, witnessed: 0 })];
}

/**
 * Whether a word may go to the witness: not before its batch, without which nobody could replay it, and the books would stay behind for
 * ever. What became of items of a file was told, so the file was handed out: its batch goes first. What was withheld of a batch of which
 * nothing has been sent waits: books restored to before it know neither, and nobody was paid.
 */
async function mayKeep({ db, witness, program_id }: Place, pay_date: string, content: string): Promise<boolean> {
  const { what }: Pick<WitnessWord, 'what'> = JSON.parse(content);
  if (what !== 'outcomes') return (await witness.head(witnessKeys(program_id).manifest(pay_date))) !== null;
  for (;;) {
    const kept = await witnessBatch(db, witness, program_id, pay_date);
    if (kept !== 'again') return kept === 'kept';
  }
}

/** Hands the witness what people said that it does not have yet. A word that it cannot be given now is given by the next run. */
export async function keepWords(place: Place): Promise<void> {
  const { db, witness, program_id } = place;
  for (const { word_id, pay_date, content } of await unwitnessedWords(db, AT_ONCE)) {
    if (!(await mayKeep(place, pay_date, content))) continue;
    await keepOnce(witness, witnessKeys(program_id).word(pay_date, word_id), content);
    await commit(db, [], [markWitnessed(db, word_id)]);
  }
}

/** The words of a day that the witness has and the books have lost, by their keys. */
export async function wordsLost({ db, witness, program_id }: Place, pay_date: string): Promise<string[]> {
  const held = await heldUnder(witness, witnessKeys(program_id).words(pay_date));
  if (held.length === 0) return [];
  const known = await wordsOfDay(db, pay_date);
  return held.flatMap(({ key }) => {
    const named = readKey(key);
    return named?.kind === 'word' && !known.has(named.word_id) ? [key] : [];
  });
}

/** The words of a day that the books have lost, in the order in which they were said. */
export async function readLostWords(place: Place, pay_date: string): Promise<WitnessWord[]> {
  const words: WitnessWord[] = [];
  for (const key of await wordsLost(place, pay_date)) {
    const found = await place.witness.get(key);
    if (found) words.push(JSON.parse(await found.text()));
  }
  return inOrder(words);
}

/** Does again what people had said of a day's payouts and sendings. Null: done. */
export async function replayWords(
  db: Database,
  words: readonly WitnessWord[],
  now: number,
  budget: Budget,
): Promise<Refused | null> {
  for (const word of words) {
    if (!spend(budget, WORD_QUERIES)) return AGAIN;
    const done = await decideAgain(async () => replayWord(db, word, now));
    if (!done.ok) return AGAIN;
    if (done.value !== 'committed') return done.value;
  }
  return null;
}

/** What a word's way back into the books asks, at the most. */
const WORD_QUERIES = 25;

const otherHistory = (what: string): Refused => ({
  ok: false,
  reason: 'conflict',
  detail: `The books say something else of ${what} than was said before: restore them to an earlier moment.`,
});

async function replayWord(db: Database, word: WitnessWord, now: number): Promise<'committed' | 'conflict' | Refused> {
  const { pay_date, payouts, adopted } = word;
  const { guard, sends } = await readSendState(db, pay_date);
  const content = wordText(word);
  const kept = insertWord(db, { word_id: await wordId(content), pay_date, content, witnessed: 1 });
  if (adopted) {
    const send = sends.find((it) => it.sender_batch_id === adopted.sender_batch_id);
    if (!send || (await isAdoptedElsewhere(db, adopted.sender_batch_id, adopted.payout_batch_id))) {
      return otherHistory(adopted.sender_batch_id);
    }
    const open = send.provider_batch_id !== adopted.payout_batch_id && send.status !== 'settled';
    const statements = open ? await adoptAgain(db, pay_date, adopted, now) : [];
    return commit(db, [guard], [...statements, kept]);
  }
  const histories = await readHistories(
    db,
    payouts.map((it) => it.payout_id),
  );
  const regained: Regained[] = [];
  for (const told of payouts) {
    const history = histories.get(told.payout_id);
    const left = history ? transfersLeft(history.transfers, told.transfers) : null;
    if (!history || left === null) return otherHistory(told.payout_id);
    if (left.length > 0) regained.push({ told, left, sender_batch_id: history.sender_batch_id });
  }
  const guards: Guard[] = [
    guard,
    ...(await partnerGuards(
      db,
      regained.map(({ told }) => told.partner_id),
    )),
  ];
  return commit(db, guards, [...(await regainStatements(db, word, regained, now)), kept]);
}

async function adoptAgain(
  db: Database,
  pay_date: string,
  { sender_batch_id, payout_batch_id }: NonNullable<WitnessWord['adopted']>,
  now: number,
): Promise<Statement[]> {
  const adopted = { status: 'accepted', attention: null, checked_at: null, reason: 'replayed' } as const;
  return [
    changeSend(db, sender_batch_id, { ...adopted, provider_batch_id: payout_batch_id }),
    acceptPayouts(db, sender_batch_id, now),
    ...(await settlementStatements(db, pay_date, [], now)),
  ];
}
