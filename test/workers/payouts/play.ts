import { parseInstant } from '../../../src/clock.ts';
import { lines } from '../../../src/ledger/ledger.schema.ts';
import { partnerFacts, partners } from '../../../src/partner/partner.schema.ts';
import { runDue, type RunReport } from '../../../src/payout/advance.ts';
import { people } from '../../../src/people/people.schema.ts';
import { type Database, insertRows, openDatabase, runBatch } from '../../../src/program/commit.repo.ts';
import { freshDatabases } from '../../support/books.ts';

/** Epoch ms of an RFC 3339 instant. */
export function at(text: string): number {
  const instant = parseInstant(text);
  if (instant === null) throw new Error(`no instant: ${text}`);
  return instant;
}

export const FRIDAY = '0 17 * * FRI';
export const DAILY = '30 17 * * *';

/** Long before anything else. */
export const START = at('2026-01-01T00:00:00Z');

export interface Books {
  db: Database;
  d1: D1Database;
}

/** Empty, migrated books. */
export async function freshBooks(): Promise<Books> {
  const { books } = await freshDatabases();
  return { db: openDatabase(books), d1: books };
}

type Field = (typeof partnerFacts.$inferInsert)['field'];

/** Files a dated fact of a partner, the next in order. */
export async function fact(
  { d1 }: Books,
  partner_id: string,
  field: Field,
  value: string | null,
  when: number,
): Promise<void> {
  await d1
    .prepare(
      'INSERT INTO partner_facts SELECT ?1, coalesce(max(n), 0) + 1, ?2, ?3, ?4, ?5, NULL FROM partner_facts WHERE partner_id = ?1',
    )
    .bind(partner_id, field, value, when, 'test')
    .run();
}

/** A person row for an address; its hash stands for the address. */
export function personRow(person_id: string, email: string): typeof people.$inferInsert {
  return { person_id, email, address_hash: `hash-${email}`, match_hash: `match-${email}` };
}

export interface PartnerSeed {
  partner_id: string;
  status?: string;
  country?: string;
  /** null: none. */
  paypal?: string | null;
}

/** Active partners in the US with an address that serves, unless said otherwise. */
export async function seedPartners({ db }: Books, seeds: readonly PartnerSeed[]): Promise<void> {
  const facts: (typeof partnerFacts.$inferInsert)[] = [];
  const persons: (typeof people.$inferInsert)[] = [];
  for (const { partner_id, status = 'active', country = 'US', paypal } of seeds) {
    const of = (n: number, field: Field, value: string) => ({ partner_id, n, field, value, at: START, by: 'test' });
    facts.push(of(1, 'status', status), of(2, 'country', country));
    if (paypal === null) continue;
    const person_id = `per_${partner_id}`;
    persons.push(personRow(person_id, paypal ?? `${partner_id}@example.com`));
    facts.push(of(3, 'paypal', person_id));
  }
  await runBatch(db, [
    insertRows(
      db,
      partners,
      seeds.map(({ partner_id }) => ({ partner_id, recorded_at: START })),
    ),
    insertRows(db, people, persons),
    insertRows(db, partnerFacts, facts),
  ]);
}

let serial = 0;

export type LineSeed = Partial<typeof lines.$inferInsert> & { partner_id: string; payable_at: number; amount: number };

/** A line of an account of its own unless said otherwise; it counts from its payable instant on. */
export function line(seed: LineSeed): typeof lines.$inferInsert {
  serial += 1;
  const account_id = seed.account_id === undefined ? `a${serial}` : seed.account_id;
  const payment_id = account_id === null ? null : (seed.payment_id ?? `pay${serial}`);
  const base = { kind: 'commission' as const, cause_id: payment_id ?? `adj${serial}`, at: seed.payable_at };
  return { ...base, rate_bps: 2500, recorded_at: seed.payable_at, ...seed, account_id, payment_id };
}

/** Books lines as they are. */
export async function book({ db }: Books, seeds: readonly LineSeed[]): Promise<void> {
  await runBatch(db, [insertRows(db, lines, seeds.map(line))]);
}

/** A payment as it was told, for what looks it up by its id. */
export async function payment({ d1 }: Books, payment_id: string, account_id: string): Promise<void> {
  await d1
    .prepare(
      "INSERT INTO payments (payment_id, account_id, amount, tax_amount, currency, paid_at, recorded_at) VALUES (?, ?, 7900, 0, 'USD', 0, 0)",
    )
    .bind(payment_id, account_id)
    .run();
}

/** Wakes the payouts as a cron would. */
export async function run(
  { db }: Books,
  cron: string,
  scheduled: number | string,
  {
    chunk = 1000,
    lines: most_lines = 20_000,
    approval = 'none',
  }: { chunk?: number; lines?: number; approval?: 'none' | 'manual' } = {},
): Promise<RunReport> {
  const now = typeof scheduled === 'string' ? at(scheduled) : scheduled;
  return runDue(db, { cron, now, rail: 'export', approval }, { partners: chunk, lines: most_lines });
}

/** All rows of a query. */
export async function rows<Row = Record<string, unknown>>(
  { d1 }: Books,
  query: string,
  ...params: unknown[]
): Promise<Row[]> {
  const { results } = await d1
    .prepare(query)
    .bind(...params)
    .all<Row>();
  return results;
}
