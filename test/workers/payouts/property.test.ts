import fc from 'fast-check';
import { expect, it } from 'vitest';

import { lines } from '../../../src/ledger/ledger.schema.ts';
import { decideCameBack } from '../../../src/payout/came-back.ts';
import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import { insertRows, runBatch } from '../../../src/program/commit.repo.ts';
import { checkLaws, dump } from './laws.ts';
import { at, type Books, DAILY, fact, freshBooks, FRIDAY, payment, rows, run, seedPartners } from './play.ts';

const HOUR = 3_600_000;
/** Each run plays some months on a real D1. */
const RUNS = 20;
const PARTNERS = ['p1', 'p2', 'p3'];

type Row = typeof lines.$inferInsert;

/** One payment's lines as the law of the books would post them. */
interface Payment {
  partner_id: string;
  account_id: string;
  payment_id: string;
  posted: Row[];
  forfeited: boolean;
}

interface World {
  books: Books;
  now: number;
  payments: Payment[];
  serial: number;
}

type Op = { type: string; a: number; b: number; hours: number };

const op: fc.Arbitrary<Op> = fc.record({
  type: fc.constantFrom(
    'pay',
    'pay',
    'pay',
    'refund',
    'forfeit',
    'reactivate',
    'move',
    'adjust',
    'hold',
    'release',
    'suspend',
    'activate',
    'friday',
    'friday',
    'friday',
    'daily',
    'paid',
    'failed',
    'returned',
    'decide',
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
  hours: fc.nat(60),
});

async function post({ books: { db }, now }: World, posted: Row[]): Promise<void> {
  await runBatch(db, [
    insertRows(
      db,
      lines,
      posted.map((row) => ({ ...row, recorded_at: now })),
    ),
  ]);
}

const sum = (posted: readonly Row[]) => posted.reduce((total, row) => total + row.amount, 0);

async function append(world: World, own: Payment, entries: Row[]): Promise<void> {
  const real = entries.filter((row) => row.amount !== 0);
  own.posted.push(...real);
  await post(world, real);
}

/** Facts of payments: dated up to two days before or after they are told. */
async function tellPayment(world: World, { type, a, b }: Op): Promise<void> {
  const when = world.now + ((b % 97) - 48) * HOUR;
  if (type === 'pay') {
    world.serial += 1;
    const account_id = `acc${a % 5}`;
    const ids = { partner_id: PARTNERS[a % 3]!, account_id, payment_id: `pay${world.serial}` };
    const payable_at = when + (b % 3) * 13 * 24 * HOUR;
    const made: Payment = { ...ids, posted: [], forfeited: false };
    world.payments.push(made);
    const amount = 1000 + (a % 7) * 1975;
    await payment(world.books, ids.payment_id, account_id);
    return append(world, made, [
      { ...ids, kind: 'commission', cause_id: ids.payment_id, at: when, payable_at, amount, recorded_at: 0 },
    ]);
  }
  const own = world.payments[a % Math.max(1, world.payments.length)];
  if (!own) return;
  const last = own.posted.at(-1)!;
  const entry = (kind: Row['kind'], amount: number): Row => ({
    ...last,
    kind,
    amount,
    cause_id: `${kind}${b}`,
    at: when,
  });
  const left = sum(own.posted);
  if (type === 'refund' && !own.forfeited) await append(world, own, [entry('refund', -Math.min(left, 500 + b))]);
  if (type === 'forfeit' && !own.forfeited && left > 0) {
    own.forfeited = true;
    await append(world, own, [entry('forfeit', -left)]);
  }
  if (type === 'reactivate' && own.forfeited) {
    own.forfeited = false;
    const taken = -sum(own.posted.filter((row) => row.kind === 'forfeit' || row.kind === 'reactivation'));
    await append(world, own, [entry('reactivation', taken)]);
  }
  if (type === 'move') {
    // A late fact moves vesting: everything is taken back under its old key and posted under the new.
    const byKey = Map.groupBy(own.posted, (row) => JSON.stringify([row.kind, row.cause_id, row.at, row.payable_at]));
    const undo = [...byKey.values()].map((rowsOfKey) => ({ ...rowsOfKey[0]!, amount: -sum(rowsOfKey) }));
    const payable_at = world.now + ((b % 41) - 20) * 24 * HOUR;
    await append(world, own, [...undo, ...undo.map((row) => ({ ...row, payable_at, amount: -row.amount }))]);
  }
}

async function decide(world: World, { type, a, b }: Op): Promise<void> {
  const { books, now } = world;
  const partner_id = PARTNERS[a % 3]!;
  if (type === 'adjust') {
    const adjustment = {
      partner_id,
      account_id: null,
      payment_id: null,
      kind: 'adjustment' as const,
      cause_id: `adj${a}`,
    };
    await post(world, [
      { ...adjustment, at: now, payable_at: now, amount: b % 2 ? 3000 + b : -3000 - b, recorded_at: now },
    ]);
  }
  if (type === 'hold') {
    const own = world.payments[a % Math.max(1, world.payments.length)];
    if (!own) return;
    const kind = ['self_referral', 'form_join', 'dispute'][b % 3]!;
    const dispute = kind === 'dispute';
    await books.d1
      .prepare(
        "INSERT OR IGNORE INTO holds (hold_id, kind, partner_id, account_id, payment_id, clause, facts, opened_at) VALUES (?, ?, ?, ?, ?, 'S3', '{}', ?)",
      )
      .bind(
        `h_${kind}_${a}`,
        kind,
        dispute ? null : own.partner_id,
        dispute ? null : own.account_id,
        dispute ? own.payment_id : null,
        now,
      )
      .run();
  }
  if (type === 'release') {
    await books.d1
      .prepare(
        "UPDATE holds SET decision = 'release', decided_at = ?1 WHERE hold_id = (SELECT hold_id FROM holds WHERE decision IS NULL AND kind <> 'came_back' ORDER BY hold_id LIMIT 1)",
      )
      .bind(now)
      .run();
  }
  if (type === 'suspend') await fact(books, partner_id, 'status', 'suspended', now);
  if (type === 'activate') await fact(books, partner_id, 'status', 'active', now);
}

/** A Friday at its scheduled time, then again, which writes nothing. */
async function friday(world: World): Promise<void> {
  const week = 7 * 24 * HOUR;
  const first = at('2026-01-09T17:00:00Z');
  world.now = first + Math.ceil((world.now - first) / week) * week;
  await run(world.books, FRIDAY, world.now, { chunk: 2, lines: 3 });
  const before = await dump(world.books);
  await run(world.books, FRIDAY, world.now, { chunk: 2, lines: 3 });
  await run(world.books, DAILY, world.now + HOUR / 2, { chunk: 2, lines: 3 });
  expect(await dump(world.books)).toEqual(before);
}

async function settle(world: World, { type, a }: Op): Promise<void> {
  const { books, now } = world;
  if (type === 'decide') {
    const [hold] = await rows<{ hold_id: string }>(
      books,
      "SELECT hold_id FROM holds WHERE kind = 'came_back' AND decision IS NULL",
    );
    if (!hold) return;
    const word = {
      hold_id: hold.hold_id,
      decision: a % 2 ? ('release' as const) : ('deny' as const),
      reason: 'seen',
      by: 'ana',
      now,
    };
    expect(await decideCameBack(books.db, word)).toEqual({ ok: true, first_time: true });
    expect(await decideCameBack(books.db, word)).toEqual({ ok: true, first_time: false });
    return;
  }
  const open = await rows<{ payout_id: string; pay_date: string }>(
    books,
    'SELECT payout_id, pay_date FROM payouts ORDER BY payout_id',
  );
  const payout = open[a % Math.max(1, open.length)];
  if (!payout) return;
  const status = type as 'paid' | 'failed' | 'returned';
  const outcome = { pay_date: payout.pay_date, items: [{ payout_id: payout.payout_id, status }], by: 'ana', now };
  const before = await dump(books);
  const answer = await recordOutcomes(books.db, outcome);
  if (!answer.ok) expect(await dump(books)).toEqual(before);
  else expect(await recordOutcomes(books.db, outcome)).toEqual({ ok: true, first_time: false });
}

async function play(ops: readonly Op[]): Promise<void> {
  const books = await freshBooks();
  await seedPartners(
    books,
    PARTNERS.map((partner_id) => ({ partner_id })),
  );
  const world: World = { books, now: at('2026-01-05T12:00:00Z'), payments: [], serial: 0 };
  let closed: { closes: unknown[]; close_balances: unknown[] } = { closes: [], close_balances: [] };
  for (const step of ops) {
    world.now += step.hours * HOUR;
    if (step.type === 'friday') await friday(world);
    else if (step.type === 'daily') await run(books, DAILY, world.now, { chunk: 2, lines: 3 });
    else if (['paid', 'failed', 'returned', 'decide'].includes(step.type)) await settle(world, step);
    else if (['pay', 'refund', 'forfeit', 'reactivate', 'move'].includes(step.type)) await tellPayment(world, step);
    else await decide(world, step);
    const now = await dump(books);
    // A close never changes: what was kept is kept, later ones come after it.
    expect(now['closes']!.slice(0, closed.closes.length)).toEqual(closed.closes);
    expect(now['close_balances']).toEqual(expect.arrayContaining(closed.close_balances));
    closed = { closes: now['closes']!, close_balances: now['close_balances']! };
  }
  await checkLaws(books, world.now);
}

it(
  'whatever happens in whatever order: books balance, claims keep to P1–P8, the present equals the history',
  { timeout: 120_000 },
  async () => {
    await fc.assert(fc.asyncProperty(fc.array(op, { minLength: 15, maxLength: 45 }), play), { numRuns: RUNS });
  },
);
