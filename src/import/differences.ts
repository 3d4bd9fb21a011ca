import type { z } from '@hono/zod-openapi';

import { factsOf, withParkedReasons, type AccountState } from '../account/state.rules.ts';
import { readAccountStates, STATES_QUERIES, type AccountStates } from '../account/states.repo.ts';
import { paymentStandings } from '../billing/answers.rules.ts';
import { rateOf } from '../commission/rate.rules.ts';
import { paidElsewhere, target } from '../commission/target.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';
import type { Hasher } from '../people/hash.ts';
import type { Database } from '../program/commit.repo.ts';
import type { QueryBudget } from './budget.ts';
import { compareCommissions, type Difference, type Ours, type Theirs } from './differences.rules.ts';
import { accountsOfPayments, contactsAmong, knownPartners, paymentsBetween } from './import.repo.ts';
import { CommissionRow } from './import.schemas.ts';
import { NotReadable, type SourceRow } from './source.ts';

/** One difference, or several of one payment. `row` is null for a payment that the file does not have. */
export interface DifferenceLine {
  row: number | null;
  payment_id: string | null;
  account_id: string | null;
  reasons: (Difference | 'malformed' | 'skipped')[];
  detail?: string;
  theirs: { amount: number; partner: string | null; paid: boolean } | null;
  ours: { amount: number; partner_id: string; paid_elsewhere: boolean } | null;
}

/** The last line: sums over the rows that both have, in minor units. */
export interface DifferenceSummary {
  rows: number;
  same: number;
  different: number;
  theirs_total: number;
  ours_total: number;
  /** The first row that was not compared; null: all were. */
  next: number | null;
}

type Row = { row: number; told: z.infer<typeof CommissionRow> };
type Context = { books: Database; hasher: Hasher; budget: QueryBudget };

/** Rows that are compared at once. */
const ROWS = 4000;

/** What stands here for every payment of an account, commissions that a former program has paid included. */
function oursOf(state: AccountState): Map<string, Ours> {
  const facts = factsOf(state);
  if (!facts) return new Map();
  const entries = Map.groupBy(target(facts), (entry) => entry.payment_id);
  const elsewhere = new Map(paidElsewhere(facts).map((found) => [found.payment_id, found]));
  const ours = facts.payments.flatMap((payment): [string, Ours][] => {
    const { payment_id } = payment;
    const paid = elsewhere.get(payment_id);
    const partner_id = paid?.partner_id ?? facts.referrers.at(-1)?.partner_id ?? null;
    if (partner_id === null) return [];
    const own = (entries.get(payment_id) ?? []).filter((entry) => entry.partner_id === partner_id);
    const net = (...kinds: string[]) =>
      sumAmounts(own.flatMap((entry) => (kinds.includes(entry.kind) ? [entry.amount] : [])));
    return [
      [
        payment_id,
        {
          payment,
          partner_id,
          amount: paid?.amount ?? sumAmounts(own.map((entry) => entry.amount)),
          rate_bps: paid?.rate_bps ?? rateOf(facts, payment, partner_id),
          refunded: net('refund', 'refund_reversal') < 0,
          forfeited: net('forfeit', 'reactivation') < 0,
          paid_elsewhere: payment.paid_elsewhere_at != null,
        },
      ],
    ];
  });
  return new Map(ours);
}

async function whoseOf({ books, hasher }: Context, rows: readonly Row[]): Promise<(row: Row) => Theirs['partner']> {
  const ids = await knownPartners(
    books,
    rows.flatMap(({ told }) => told.partner_id ?? []),
  );
  const hashes = new Map<string, string>();
  for (const { told } of rows) {
    const email = told.partner_email;
    if (email !== undefined && !hashes.has(email)) hashes.set(email, await hasher.address(email));
  }
  const contacts = new Map(
    (await contactsAmong(books, [...hashes.values()])).map((found) => [found.address_hash, found.partner_id]),
  );
  return ({ told }) => {
    if (told.partner_id !== undefined && ids.has(told.partner_id)) return { known: true, partner_id: told.partner_id };
    const named = told.partner_email ?? told.partner_id;
    if (named === undefined) return null;
    const partner_id = contacts.get(hashes.get(named) ?? '');
    return { known: partner_id !== undefined, partner_id: partner_id ?? named };
  };
}

interface Compared {
  lines: DifferenceLine[];
  same: number;
  theirs: number[];
  ours: number[];
}

async function compareRows(context: Context, rows: readonly Row[]): Promise<Compared> {
  const owners = await accountsOfPayments(
    context.books,
    rows.map(({ told }) => told.payment_id),
  );
  const { states } = await readAccountStates(context.books, { account_ids: [...owners.values()] });
  const known = new Map([...states.values()].map((state) => [state.account_id, oursOf(state)]));
  const whose = await whoseOf(context, rows);
  const compared: Compared = { lines: [], same: 0, theirs: [], ours: [] };
  for (const row of rows) {
    const { payment_id, amount } = row.told;
    const account_id = owners.get(payment_id) ?? null;
    const state = account_id === null ? undefined : states.get(account_id);
    const partner = whose(row);
    const theirs: Theirs = { amount, paid: row.told.paid_at !== undefined, partner };
    const ours = state && known.get(state.account_id)?.get(payment_id);
    const { reasons, detail } = reasonsOf(state, payment_id, theirs, ours);
    compared.theirs.push(amount);
    compared.ours.push(ours?.amount ?? 0);
    if (reasons.length === 0) compared.same += 1;
    else
      compared.lines.push({
        row: row.row,
        payment_id,
        account_id: account_id ?? row.told.account_id ?? null,
        reasons,
        ...(detail === undefined ? {} : { detail }),
        theirs: { amount, partner: partner?.partner_id ?? null, paid: theirs.paid },
        ours: ours ? { amount: ours.amount, partner_id: ours.partner_id, paid_elsewhere: ours.paid_elsewhere } : null,
      });
  }
  return compared;
}

function reasonsOf(
  state: AccountState | undefined,
  payment_id: string,
  theirs: Theirs,
  ours: Ours | undefined,
): { reasons: Difference[]; detail?: string } {
  if (!state) return { reasons: ['unknown_payment'] };
  const standing = paymentStandings(withParkedReasons(state))(payment_id);
  if (standing.status === 'parked') return { reasons: ['parked'] };
  if (standing.reason === 'no_referrer' || !ours) return { reasons: theirs.amount === 0 ? [] : ['no_referrer'] };
  if (standing.reason !== undefined && standing.reason !== 'paid_elsewhere')
    return theirs.amount === 0 ? { reasons: [] } : { reasons: ['earns_nothing'], detail: standing.reason };
  return { reasons: compareCommissions(theirs, ours) };
}

/** What `findDifferences` compares with, beside the file. */
export interface Period {
  from: number;
  until: number;
}

/**
 * Compares the commissions of a former program with what stands here, payment by payment, and says why they differ; a summary last. With a
 * period also names payments of it that earn here and that the file does not have. Writes nothing.
 */
export async function* findDifferences(
  context: Context,
  portions: AsyncIterable<SourceRow[]>,
  period: Period | null,
): AsyncGenerator<(DifferenceLine | DifferenceSummary)[]> {
  const sums = { rows: 0, same: 0, different: 0, theirs_total: 0, ours_total: 0 };
  const seen = new Set<string>();
  let next: number | null = null;
  let waiting: Row[] = [];
  const flush = async (): Promise<DifferenceLine[]> => {
    const [rows, first] = [waiting, waiting[0]];
    waiting = [];
    if (!first) return [];
    if (!context.budget.affords(STATES_QUERIES + 8)) {
      next ??= first.row;
      return [];
    }
    const compared = await compareRows(context, rows);
    sums.rows += rows.length;
    sums.same += compared.same;
    sums.different += compared.lines.length;
    sums.theirs_total += sumAmounts(compared.theirs);
    sums.ours_total += sumAmounts(compared.ours);
    return compared.lines;
  };
  let last = 0;
  try {
    for await (const portion of portions) {
      for (const source of portion) {
        last = source.row;
        const checked = 'body' in source ? CommissionRow.safeParse(source.body) : null;
        if (checked?.success) {
          seen.add(checked.data.payment_id);
          waiting.push({ row: source.row, told: checked.data });
        } else yield [blank(source.row, 'reason' in source ? source.reason : 'malformed')];
        if (waiting.length >= ROWS) yield await flush();
      }
    }
  } catch (error) {
    if (!(error instanceof NotReadable)) throw error;
    // No text from here on, as in an import: what came before is compared.
    yield [blank(last + 1, 'malformed')];
    next ??= last + 1;
  }
  yield await flush();
  if (period !== null && next === null)
    for await (const lines of missingThere(context, seen, period)) {
      sums.different += lines.length;
      yield lines;
    }
  yield [{ ...sums, next }];
}

function blank(row: number, reason: 'malformed' | 'skipped'): DifferenceLine {
  return { row, payment_id: null, account_id: null, reasons: [reason], theirs: null, ours: null };
}

async function* missingThere(
  { books, budget }: Context,
  seen: ReadonlySet<string>,
  period: Period,
): AsyncGenerator<DifferenceLine[]> {
  for (let after: string | null = ''; after !== null && budget.affords(STATES_QUERIES + 1);) {
    const page: { payment_id: string; account_id: string }[] = await paymentsBetween(books, period, after, ROWS);
    after = page.length < ROWS ? null : (page.at(-1)?.payment_id ?? null);
    const missing = page.filter((row) => !seen.has(row.payment_id));
    if (missing.length === 0) continue;
    const read: { states: AccountStates } = await readAccountStates(books, {
      account_ids: missing.map((row) => row.account_id),
    });
    const known = new Map([...read.states.values()].map((state) => [state.account_id, oursOf(state)]));
    yield missing.flatMap(({ payment_id, account_id }): DifferenceLine[] => {
      const head = read.states.get(account_id)?.account_id ?? account_id;
      const ours = known.get(head)?.get(payment_id);
      if (!ours || ours.amount === 0) return [];
      const { amount, partner_id, paid_elsewhere } = ours;
      return [
        {
          row: null,
          payment_id,
          account_id,
          reasons: ['missing_there'],
          theirs: null,
          ours: { amount, partner_id, paid_elsewhere },
        },
      ];
    });
  }
}
