import { asc, eq, sql } from 'drizzle-orm';

import { holdIdOf } from '../hold/hold-id.ts';
import { decideHoldRow, openHolds } from '../hold/hold.repo.ts';
import { openedHold, type HoldRow } from '../hold/hold.rules.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { moveMoney, returnLines, settleBatch, type PayoutTransfer } from './outcome.repo.ts';
import { payouts, type PayoutRow } from './payout.schema.ts';
import { settleSend } from './send.repo.ts';
import type { WitnessWord, WordItem, WordPayout, WordTransfer } from './witness-word.rules.ts';
import { payoutWords, type PayoutWordRow } from './witness-word.schema.ts';

/** The statement that keeps a word in the books; one that is there stays. */
export function insertWord(db: Database, row: PayoutWordRow): Statement {
  return insertRows(db, payoutWords, [row], 'ignore');
}

/** Words that the witness may not have yet. */
export async function unwitnessedWords(db: Database, limit: number): Promise<PayoutWordRow[]> {
  return db
    .select()
    .from(payoutWords)
    .where(eq(payoutWords.witnessed, 0))
    .orderBy(asc(payoutWords.pay_date), asc(payoutWords.word_id))
    .limit(limit);
}

/** The statement that notes that the witness has a word. */
export function markWitnessed(db: Database, word_id: string): Statement {
  return db.update(payoutWords).set({ witnessed: 1 }).where(eq(payoutWords.word_id, word_id));
}

/** The words of one day that the books know. */
export async function wordsOfDay(db: Database, pay_date: string): Promise<Set<string>> {
  const rows = await db
    .select({ word_id: payoutWords.word_id })
    .from(payoutWords)
    .where(eq(payoutWords.pay_date, pay_date));
  return new Set(rows.map((row) => row.word_id));
}

/** A payout's movements and the items of its last sending, as they stand. */
export interface PayoutHistory {
  payout: PayoutRow;
  transfers: WordTransfer[];
  items: WordItem[];
  sender_batch_id: string | null;
}

/** What the books know of payouts, for words about them. Three queries. */
export async function readHistories(db: Database, payout_ids: readonly string[]): Promise<Map<string, PayoutHistory>> {
  const ids = JSON.stringify(payout_ids);
  const rows = await db
    .select()
    .from(payouts)
    .where(sql`${payouts.payout_id} IN (SELECT value FROM json_each(${ids}))`);
  const moves = await db.all<{
    payout_id: string;
    kind: PayoutTransfer['kind'];
    ref: string;
    amount: number;
    at: number;
  }>(
    sql`SELECT payout_id, kind, ref, amount, at FROM (
        SELECT t.seq, t.payout_id, t.kind, t.ref, t.amount, t.at FROM json_each(${ids}) AS j CROSS JOIN payouts AS p CROSS JOIN moves AS t INDEXED BY moves_partner
        WHERE p.payout_id = j.value AND t.partner_id = p.partner_id AND t.payout_id = p.payout_id
        UNION ALL SELECT p.freeze_seq, p.payout_id, 'freeze', p.payout_id || ':freeze', p.amount, b.frozen_at
        FROM json_each(${ids}) AS j CROSS JOIN payouts AS p CROSS JOIN batches AS b
        WHERE p.payout_id = j.value AND p.freeze_seq IS NOT NULL AND b.pay_date = p.pay_date
      ) ORDER BY seq`,
  );
  const items = await db.all<{
    payout_id: string;
    sender_batch_id: string;
    part: number;
    outcome: WordItem[1];
    provider_item_id: string | null;
    provider_status: string | null;
  }>(sql`SELECT i.payout_id, i.sender_batch_id, i.part, i.outcome, i.provider_item_id, i.provider_status
    FROM json_each(${ids}) AS j CROSS JOIN send_items AS i CROSS JOIN sends AS s
    WHERE i.payout_id = j.value AND s.sender_batch_id = i.sender_batch_id AND NOT EXISTS (SELECT 1 FROM sends AS o
      WHERE o.pay_date = s.pay_date AND o.chunk = s.chunk AND o.attempt > s.attempt) ORDER BY i.part`);
  return new Map(
    rows.map((payout): [string, PayoutHistory] => {
      const own = items.filter((item) => item.payout_id === payout.payout_id);
      const of = moves.filter((move) => move.payout_id === payout.payout_id);
      return [
        payout.payout_id,
        {
          payout,
          transfers: of.map(({ kind, ref, amount, at }) => [kind, partOf(ref), amount, at]),
          items: own.map((it) => [it.part, it.outcome, it.provider_item_id, it.provider_status]),
          sender_batch_id: own[0]?.sender_batch_id ?? null,
        },
      ];
    }),
  );
}

/** The part that a movement's name tells: `{payout_id}.{part}:{kind}`. */
function partOf(ref: string): number | null {
  const part = /\.(\d+):/.exec(ref)?.[1];
  return part === undefined ? null : Number(part);
}

/** One payout of a replayed word, with what the books lack of it. */
export interface Regained {
  told: WordPayout;
  left: readonly WordTransfer[];
  sender_batch_id: string | null;
}

/** The statements that book again what a word left: movements, lines due anew, holds, items, statuses. `now` is when they are recorded. */
export async function regainStatements(
  db: Database,
  { what, pay_date, at }: WitnessWord,
  regained: readonly Regained[],
  now: number,
): Promise<Statement[]> {
  const moves = regained.flatMap(({ told, left }) =>
    left.map(([kind, part, amount, when]): PayoutTransfer => {
      const { payout_id, partner_id } = told;
      return { kind, payout_id, partner_id, amount, at: when, ...(part === null ? {} : { part }) };
    }),
  );
  const back = moves.filter(({ kind }) => kind === 'returned' || kind === 'reinstated');
  const values = regained.map(({ told, left }) => {
    const { payout_id, status, fault, reference } = told;
    return { payout_id, status, fault, reference, at: left.at(-1)?.[3] ?? at };
  });
  const sendings = new Set(regained.flatMap((it) => it.sender_batch_id ?? []));
  return [
    ...(moves.length > 0 ? [moveMoney(db, moves, now)] : []),
    ...(back.length > 0 ? [returnLines(db, back, now)] : []),
    // What was written off at once, by two people, opened no hold.
    ...(what === 'resolved' ? [] : await holdsAgain(db, moves, regained)),
    db.run(sql`UPDATE payouts SET status = v.value ->> '$.status', status_at = max(status_at, v.value ->> '$.at'), fault = v.value ->> '$.fault',
      reference = coalesce(v.value ->> '$.reference', reference), reason = 'replayed'
      FROM json_each(${JSON.stringify(values)}) AS v WHERE payouts.payout_id = v.value ->> '$.payout_id'`),
    itemsAgain(db, regained),
    ...[...sendings].map((id) => settleSend(db, id, at)),
    settleBatch(db, pay_date, at, what === 'withheld'),
  ];
}

/** Holds on what came back, with the decisions that were made of them. */
async function holdsAgain(
  db: Database,
  moves: readonly PayoutTransfer[],
  regained: readonly Regained[],
): Promise<Statement[]> {
  const [opened, decided]: [HoldRow[], Statement[]] = [[], []];
  for (const { told } of regained) {
    const { payout_id, partner_id, transfers } = told;
    for (const [kind, part, amount, at] of transfers) {
      if (kind !== 'came_back') continue;
      const hold_id = await holdIdOf(['came_back', payout_id, ...(part === null ? [] : [String(part)])]);
      const facts = { amount, ...(part === null ? {} : { part }) };
      opened.push(openedHold('came_back', hold_id, { partner_id, payout_id }, facts, at));
      const word = transfers.find(([it, of]) => of === part && (it === 'reinstated' || it === 'written_off'));
      if (!word || !moves.some((move) => move.payout_id === payout_id && move.kind === word[0])) continue;
      const decision = word[0] === 'reinstated' ? 'release' : 'deny';
      decided.push(decideHoldRow(db, hold_id, decision, { by: 'replay', now: word[3] }, 'replayed'));
    }
  }
  return opened.length > 0 ? [openHolds(db, opened), ...decided] : decided;
}

function itemsAgain(db: Database, regained: readonly Regained[]): Statement {
  const items = regained.flatMap(({ told, sender_batch_id }) =>
    sender_batch_id === null ? [] : told.items.map((item) => [sender_batch_id, told.payout_id, ...item]),
  );
  return db.run(sql`UPDATE send_items SET outcome = v.value ->> 3, provider_item_id = coalesce(v.value ->> 4, provider_item_id),
    provider_status = coalesce(v.value ->> 5, provider_status)
    FROM json_each(${JSON.stringify(items)}) AS v WHERE send_items.sender_batch_id = v.value ->> 0
    AND send_items.payout_id = v.value ->> 1 AND send_items.part = v.value ->> 2
      AND send_items.outcome NOT IN ('ended', 'came_back') AND (send_items.outcome <> 'paid' OR v.value ->> 3 = 'came_back')`);
}
