import { dueOf } from '../../support/oracle.ts';
import { checkLaws } from '../payouts/laws.ts';
import type { Account } from './model.ts';
import type { Query, Sim } from './sim.ts';

/** An invariant: what it reads of the books, and the judgement, which throws where it does not hold. */
export interface Invariant {
  readonly ask: (sim: Sim) => Query[];
  readonly judge: (sim: Sim, read: readonly (readonly unknown[])[]) => void;
}

/** Checks invariants, all of them by one reading of the books. */
export async function check(sim: Sim, invariants: readonly Invariant[]): Promise<void> {
  const asked = invariants.map((invariant) => invariant.ask(sim));
  const read = await sim.read(asked.flat());
  let from = 0;
  invariants.forEach((invariant, i) => {
    const until = from + (asked[i]?.length ?? 0);
    invariant.judge(sim, read.slice(from, until));
    from = until;
  });
}

function wrong(name: string, details: unknown): never {
  throw new Error(`${name}: ${typeof details === 'string' ? details : JSON.stringify(details)}`);
}

/** The accounts of the books sum to zero, and each is what the payouts say; what is open is what came in less what left. */
const SUMS = `WITH moved AS (SELECT partner_id,
      sum(iif(credit = 'clearing', amount, 0) - iif(debit = 'clearing', amount, 0)) AS clearing,
      sum(iif(credit = 'paid', amount, 0) - iif(debit = 'paid', amount, 0)) AS paid,
      sum(iif(credit = 'came_back', amount, 0) - iif(debit = 'came_back', amount, 0)) AS came_back,
      sum(iif(credit = 'partner', amount, 0) - iif(debit = 'partner', amount, 0)) AS partner,
      sum(iif(credit = 'written_off', amount, 0)) AS written_off FROM transfers GROUP BY partner_id),
    said AS (SELECT partner_id,
      sum(iif(status IN ('frozen', 'sending', 'in_flight', 'unclaimed'), amount, 0)) AS on_the_way,
      sum(iif(status = 'paid', amount, 0)) AS paid, sum(iif(status = 'held', amount, 0)) AS held FROM payouts GROUP BY partner_id),
    booked AS (SELECT partner_id, sum(iif(payout_id IS NULL, amount, 0)) AS open,
      sum(iif(kind = 'returned', 0, amount)) AS earned FROM lines GROUP BY partner_id)
    SELECT b.partner_id, b.open, b.earned, m.*, s.* FROM booked AS b LEFT JOIN moved AS m USING (partner_id) LEFT JOIN said AS s USING (partner_id)
    WHERE b.open <> b.earned + coalesce(m.partner, 0)
      OR coalesce(m.clearing + m.paid + m.came_back + m.partner + m.written_off, 0) <> 0
      OR coalesce(m.clearing, 0) <> coalesce(s.on_the_way, 0) OR coalesce(m.paid, 0) <> coalesce(s.paid, 0)
      OR coalesce(m.came_back, 0) <> coalesce(s.held, 0)`;
export const booksSumToZero: Invariant = {
  ask: () => [[SUMS]],
  judge: (_sim, [off = []]) => {
    if (off.length > 0) wrong('booksSumToZero', off);
  },
};

interface Net {
  account_id: string;
  partner_id: string;
  payment_id: string;
  payable_at: number;
  amount: number;
}

const keyOf = (row: Omit<Net, 'account_id'>) =>
  `${row.payment_id} → ${row.partner_id} payable ${row.payable_at}: ${row.amount}`;

function expectLines(sim: Sim, account: Account, lines: readonly Net[], as_of: number): void {
  const life = sim.model.life(account);
  const want = life ? dueOf(life, as_of).filter((row) => row.amount !== 0) : [];
  const is = lines.map(keyOf).toSorted().join('; ');
  const should = want.map(keyOf).toSorted().join('; ');
  if (is !== should) {
    wrong('linesAreWhatFactsMakeDue', { account_id: account.account_id, as_of, is, should });
  }
}

const NETS = `SELECT account_id, partner_id, payment_id, payable_at, sum(amount) AS amount FROM lines
  WHERE account_id IN (SELECT value FROM json_each(?)) AND at <= ? GROUP BY 1, 2, 3, 4 HAVING sum(amount) <> 0`;

/** The lines of some accounts are what the oracle makes of their facts: as they stand now, and once all that is known has happened. */
function linesOf(of: (sim: Sim) => readonly Account[]): Invariant {
  const instants = (sim: Sim) => [sim.now, Number.MAX_SAFE_INTEGER];
  return {
    ask: (sim) => {
      const ids = of(sim).map((account) => account.account_id);
      return ids.length === 0 ? [] : instants(sim).map((as_of): Query => [NETS, JSON.stringify(ids), as_of]);
    },
    judge: (sim, read) => {
      instants(sim).forEach((as_of, i) => {
        const own = Map.groupBy((read[i] ?? []) as Net[], (net) => net.account_id);
        for (const account of of(sim)) expectLines(sim, account, own.get(account.account_id) ?? [], as_of);
      });
    },
  };
}

/** lines = target(facts), by the oracle: of the accounts that the step bears on. */
export const linesAreWhatFactsMakeDue = linesOf((sim) => [...sim.touched].map((id) => sim.model.account(id)));

/** The same of every account. */
export const allLinesAreWhatFactsMakeDue = linesOf((sim) => sim.model.accounts);

interface Moved {
  payout_id: string;
  partner_id: string;
  amount: number;
  clearing: number;
  paid: number;
}

/** What PayPal holds or has handed over of each payout, by the id that its items carry. */
function reallyOut(sim: Sim): Map<string, { out: number; received: number; items: Map<string, number> }> {
  const found = new Map<string, { out: number; received: number; items: Map<string, number> }>();
  for (const { sender_item_id, amount, whereabouts } of sim.paypal.ledger(sim.now).entries) {
    const payout_id = (sender_item_id ?? '').slice(0, 27);
    const own = found.get(payout_id) ?? { out: 0, received: 0, items: new Map<string, number>() };
    found.set(payout_id, own);
    if (whereabouts !== 'receiver' && whereabouts !== 'on_the_way') continue;
    own.out += amount;
    if (whereabouts === 'receiver') own.received += amount;
    own.items.set(sender_item_id ?? '', (own.items.get(sender_item_id ?? '') ?? 0) + 1);
  }
  return found;
}

const MOVED = `SELECT p.payout_id, p.partner_id, p.amount,
  coalesce(sum(iif(t.credit = 'clearing', t.amount, 0) - iif(t.debit = 'clearing', t.amount, 0)), 0) AS clearing,
  coalesce(sum(iif(t.credit = 'paid', t.amount, 0) - iif(t.debit = 'paid', t.amount, 0)), 0) AS paid
  FROM payouts AS p LEFT JOIN transfers AS t ON t.partner_id = p.partner_id AND t.payout_id = p.payout_id GROUP BY p.payout_id`;

/**
 * No payout is out at PayPal twice, and none that the books do not hold as in flight or paid: what the books say came back, failed or was
 * written off is with no receiver. Books that have been restored know less, until they are brought back.
 */
export const nothingLeavesUnbooked: Invariant = {
  ask: (sim) => (sim.behind ? [] : [[MOVED]]),
  judge: (sim, [moved]) => {
    if (moved) expectBooked(sim, moved as Moved[]);
  },
};

function expectBooked(sim: Sim, moved: readonly Moved[]): void {
  const out = reallyOut(sim);
  for (const { payout_id, partner_id, clearing, paid } of moved) {
    const own = out.get(payout_id);
    out.delete(payout_id);
    if (!own) continue;
    const twice = [...own.items].filter(([, times]) => times > 1);
    if (twice.length > 0) wrong('noLinePaidTwice', { payout_id, partner_id, items: Object.fromEntries(twice) });
    if (own.out > clearing + paid)
      wrong('nothingLeavesUnbooked', { payout_id, partner_id, out: own.out, clearing, paid });
  }
  const unknown = [...out].filter(([, own]) => own.out > 0);
  if (unknown.length > 0) wrong('nothingLeavesUnbooked', { unknown: unknown.map(([payout_id]) => payout_id) });
}

/** Once all is quiet: what each partner really received is what the books hold as paid, to the cent. */
export const reallyPaidIsBooked: Invariant = {
  ask: () => [[MOVED]],
  judge: (sim, [moved = []]) => {
    const out = reallyOut(sim);
    const sums = new Map<string, [received: number, paid: number]>();
    for (const { payout_id, partner_id, paid } of moved as Moved[]) {
      const [a, b] = sums.get(partner_id) ?? [0, 0];
      sums.set(partner_id, [a + (out.get(payout_id)?.received ?? 0), b + paid]);
    }
    const off = [...sums].filter(([, [received, paid]]) => received !== paid);
    if (off.length > 0) {
      const payouts = (moved as Moved[]).filter((row) => row.paid !== (out.get(row.payout_id)?.received ?? 0));
      wrong('reallyPaidIsBooked', { partners: Object.fromEntries(off), payouts });
    }
  },
};

/** Once all is quiet nothing is in flight, no sending needs anybody, and no Friday is unsettled. */
export const inFlightReturnsToZero: Invariant = {
  ask: () => [
    [
      "SELECT coalesce(sum(iif(credit = 'clearing', amount, 0) - iif(debit = 'clearing', amount, 0)), 0) AS clearing FROM transfers",
    ],
    ["SELECT pay_date, status FROM batches WHERE status <> 'settled'"],
    ["SELECT * FROM sends WHERE status NOT IN ('settled', 'refused')"],
  ],
  judge: (_sim, [sum, open = [], sends = []]) => {
    const [{ clearing }] = sum as [{ clearing: number }];
    if (clearing !== 0 || open.length > 0) wrong('inFlightReturnsToZero', { clearing, open, sends });
  },
};

/** A line is in one payout at most, a payout is the sum of its lines, and what came back is due anew once. */
export const noLinePaidTwice: Invariant = {
  ask: () => [
    [
      `SELECT p.payout_id, p.amount, p.line_count, count(l.seq) AS lines, sum(l.amount) AS sum
      FROM payouts AS p LEFT JOIN lines AS l ON l.payout_id = p.payout_id GROUP BY p.payout_id
      HAVING count(l.seq) <> p.line_count OR sum(l.amount) IS NOT p.amount`,
    ],
    [
      `SELECT l.cause_id, sum(l.amount) AS lines, (SELECT sum(t.amount) FROM transfers AS t
      WHERE t.partner_id = l.partner_id AND t.payout_id = l.cause_id AND t.credit = 'partner') AS moved FROM lines AS l
      WHERE l.kind = 'returned' GROUP BY l.cause_id HAVING lines IS NOT moved`,
    ],
  ],
  judge: (_sim, [off = [], back = []]) => {
    if (off.length + back.length > 0) wrong('noLinePaidTwice', { off, back });
  },
};

/** The totals that partners see, the claims of each Friday, and the present against the whole history: laws.ts. */
export async function lawsHold(sim: Sim): Promise<void> {
  await checkLaws(sim.books, sim.now).catch((error: unknown) => {
    const { message, actual, expected } = error as { message: string; actual?: unknown; expected?: unknown };
    wrong('lawsHold', { message, actual, expected });
  });
}
