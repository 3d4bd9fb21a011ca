import { env } from 'cloudflare:workers';
import { expect } from 'vitest';

import { runDue } from '../../../src/payout/advance.ts';
import type { SendContext } from '../../../src/payout/make-send.ts';
import type { Progress } from '../../../src/payout/send.rules.ts';
import { advanceSend } from '../../../src/payout/send.ts';
import type { WitnessBucket } from '../../../src/payout/witness.ts';
import { paypalClient } from '../../../src/paypal/client.ts';
import type { Fetch, TokenCache } from '../../../src/paypal/token.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { apiRoutes } from '../../../workers/paypal-simulator/api.routes.ts';
import { FaultBody } from '../../../workers/paypal-simulator/fault.rules.ts';
import { ledgerAt } from '../../../workers/paypal-simulator/ledger.rules.ts';
import { State } from '../../../workers/paypal-simulator/state.ts';
import { overridden } from '../../../workers/paypal-simulator/timeline.rules.ts';
import { at, book, type Books, freshBooks, FRIDAY, rows, seedPartners } from './play.ts';

/** A Durable Object's storage, in memory. */
function memory(map: Map<string, unknown>): DurableObjectStorage {
  const kv = {
    get: (key: string) => map.get(key),
    put: (key: string, value: unknown) => void map.set(key, structuredClone(value)),
    delete: (key: string) => map.delete(key),
    list: ({ prefix }: { prefix: string }) => [...map].filter(([key]) => key.startsWith(prefix)),
  };
  const storage = { kv, transactionSync: (run: () => void) => run(), deleteAll: async () => map.clear() };
  return storage as unknown as DurableObjectStorage;
}

/** PayPal by the simulator's own rules, asked without a network. */
export class Paypal {
  /** Its storage. */
  readonly kept: Map<string, unknown>;
  readonly state: State;
  readonly fetch: Fetch;

  constructor(kept: Map<string, unknown> = new Map()) {
    this.kept = kept;
    this.state = new State(memory(kept));
    const app = apiRoutes(this.state, { SIMULATOR_CLIENT_ID: 'id', SIMULATOR_CLIENT_SECRET: 'secret' });
    this.fetch = async (url, init) => app.fetch(new Request(url, init));
  }

  fault(fault: Parameters<typeof FaultBody.parse>[0]): void {
    this.state.putFaults([...this.state.world.faults, FaultBody.parse(fault)]);
  }
  /** Something happens to the item of a receiver. */
  event(receiver: string, status: string, when: number): void {
    for (const item of this.state.world.items.values()) {
      if (item.receiver !== receiver) continue;
      this.state.putItem({ ...item, timeline: overridden(item.timeline, { at: when, status }) });
    }
  }
  ledger(now: number) {
    return ledgerAt(this.state.world.items.values(), this.state.world.settings, now);
  }
  /** What receivers have, by address. */
  paid(now: number): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { receiver, amount, whereabouts } of this.ledger(now).entries) {
      if (whereabouts === 'receiver') sums[receiver] = (sums[receiver] ?? 0) + amount;
    }
    return sums;
  }
  /** The ids under which creates were asked for. */
  posts(): string[] {
    return this.state.world.asked.flatMap((it) =>
      it.method === 'POST' && it.sender_batch_id !== null ? [it.sender_batch_id] : [],
    );
  }
}

export const DAY = '2026-11-20';
export const RUN = at('2026-11-20T17:00:00Z');
export const MINUTE = 60_000;
export const DAY_MS = 86_400_000;

export interface Play {
  books: Books;
  paypal: Paypal;
  /** Wraps what a test wants to fail. */
  bucket: WitnessBucket;
  fetch: Fetch;
  chunk_payouts: number;
  page_size: number;
  /** Access tokens, kept as an isolate keeps them. */
  tokens?: TokenCache;
}

/** Partners by the local part of their address, with something due to each: a frozen Friday on the PayPal rail. */
export async function frozenFriday(
  receivers: readonly string[],
  options: { amount?: (i: number) => number; approval?: 'none' | 'manual' } = {},
): Promise<Play> {
  const books = await freshBooks();
  const ids = receivers.map((_, i) => `p${String(i).padStart(4, '0')}`);
  await seedPartners(
    books,
    receivers.map((name, i) => ({ partner_id: ids[i]!, paypal: `${name}@example.com` })),
  );
  const amount = options.amount ?? ((i: number) => 12_000 + i);
  await book(
    books,
    ids.map((partner_id, i) => ({ partner_id, payable_at: at('2026-11-10T20:00:00Z'), amount: amount(i) })),
  );
  const paypal = new Paypal();
  const play = { books, paypal, bucket: env.WITNESS, fetch: paypal.fetch, chunk_payouts: 500, page_size: 1000 };
  await freeze(play, RUN, options.approval);
  return play;
}

/** A Friday whose first answer will be lost, and whose duplicate's answer names no batch. */
export async function answerLost(receivers: readonly string[]): Promise<Play> {
  const play = await frozenFriday(receivers);
  play.paypal.state.settle({ duplicate_link: false });
  play.paypal.fault({ when: 'after', answer: 'garbage' });
  return play;
}

/** The same once it has been sent: a person is needed. */
export async function unlinked(receivers: readonly string[]): Promise<Play> {
  const play = await answerLost(receivers);
  expect(await advanceUntil(play, RUN, RUN + 60 * MINUTE)).toBe('attention');
  return play;
}

export async function freeze({ books }: Play, now: number, approval: 'none' | 'manual' = 'none'): Promise<void> {
  await runDue(books.db, { cron: FRIDAY, now, rail: 'paypal', approval });
}

export async function contextOf(play: Play, now: number): Promise<SendContext> {
  const { books, bucket, fetch, chunk_payouts, page_size, paypal } = play;
  paypal.state.settle({ now });
  const { program_id } = await readProgram(openDatabase(env.BOOKS));
  const options = {
    base: 'http://paypal.example',
    client_id: 'id',
    client_secret: 'secret',
    now,
    tokens: (play.tokens ??= new Map()),
  };
  const client = paypalClient({ ...options, fetch });
  return { db: books.db, program_id, witness: bucket, paypal: client, poll_ms: MINUTE, chunk_payouts, page_size };
}

/** Advances a Friday until there is nothing to do at that instant. */
export async function advanceAll(play: Play, now: number, pay_date = DAY): Promise<Progress> {
  const context = await contextOf(play, now);
  for (let i = 0; i < 100; i++) {
    const progress = await advanceSend(context, pay_date, now);
    if (progress !== 'again') return progress;
  }
  throw new Error('it does not come to rest');
}

/** Advances as the Workflow does, sleeping what it is told to, up to an instant. */
export async function advanceUntil(play: Play, from: number, until: number, pay_date = DAY): Promise<Progress> {
  for (let now = from; ;) {
    const progress = await advanceAll(play, now, pay_date);
    if (typeof progress !== 'object') return progress;
    if (now + progress.wait_ms > until) return progress;
    now += progress.wait_ms;
  }
}

export interface PayoutLook {
  partner_id: string;
  payout_id: string;
  status: string;
  amount: number;
  reason: string | null;
  fault: string | null;
}

/** Payouts of a Friday by the local part of their address. */
export async function payoutsBy({ books }: Play, pay_date = DAY): Promise<Record<string, PayoutLook>> {
  const found = await rows<PayoutLook & { email: string | null }>(
    books,
    'SELECT p.*, e.email FROM payouts AS p LEFT JOIN people AS e USING (person_id) WHERE pay_date = ? ORDER BY partner_id',
    pay_date,
  );
  return Object.fromEntries(found.map((row) => [row.email?.split('@')[0] ?? row.partner_id, row]));
}

/** Statuses of a Friday's payouts by the local part of their address. */
export async function statusesBy(play: Play, pay_date = DAY): Promise<Record<string, string>> {
  return Object.fromEntries(Object.entries(await payoutsBy(play, pay_date)).map(([name, row]) => [name, row.status]));
}

export async function sendsOf({ books }: Play) {
  return rows<{
    sender_batch_id: string;
    chunk: number;
    attempt: number;
    status: string;
    attention: string | null;
    reason: string | null;
    provider_batch_id: string | null;
    tries: number;
  }>(books, 'SELECT * FROM sends ORDER BY pay_date, chunk, attempt');
}

export async function batchStatus({ books }: Play, pay_date = DAY): Promise<string | undefined> {
  const [row] = await rows<{ status: string }>(books, 'SELECT status FROM batches WHERE pay_date = ?', pay_date);
  return row?.status;
}
