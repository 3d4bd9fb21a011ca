import type { Invariant } from './invariants.ts';
import type { Query, Sim } from './sim.ts';

interface Close {
  pay_date: string;
  line_seq: number;
  transfer_seq: number;
  at: number;
  hash: string;
}

type Row = Record<string, unknown>;

/** JSON with its keys in order: written anew here, so that the chain is not held against the code that made it. */
function inOrder(row: Row): string {
  const fields = Object.keys(row).toSorted();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${JSON.stringify(row[field])}`).join(',')}}`;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function chained(hash: string, rows: readonly Row[]): Promise<string> {
  let next = hash;
  for (let i = 0; i < rows.length; i += 1000) {
    next = await sha256([next, ...rows.slice(i, i + 1000).map(inOrder)].join('\n'));
  }
  return next;
}

/** Recomputes the hash chain of the closed weeks from the rows that they cover. */
export async function historyIsChained(sim: Sim): Promise<void> {
  const closes = await sim.rows<Close>('SELECT * FROM closes ORDER BY pay_date');
  let former: Close = { pay_date: '', line_seq: 0, transfer_seq: 0, at: 0, hash: '' };
  for (const close of closes) {
    const { pay_date, line_seq, transfer_seq, at } = close;
    const lines = await sim.rows<Row>(
      'SELECT * FROM lines WHERE seq > ? AND seq <= ? ORDER BY seq',
      former.line_seq,
      line_seq,
    );
    const moves = await sim.rows<Row>(
      'SELECT * FROM transfers WHERE seq > ? AND seq <= ? ORDER BY seq',
      former.transfer_seq,
      transfer_seq,
    );
    const unmarked = lines.map(({ payout_id: _, ...line }) => line);
    const opened = await chained(former.hash, [{ pay_date, line_seq, transfer_seq, at }]);
    const hash = await chained(await chained(opened, unmarked), moves);
    if (hash !== close.hash) throw new Error(`historyUnchanged: the close of ${pay_date} is not what its rows say`);
    former = close;
  }
}

interface Sums {
  closes: string;
  lines: string;
  transfers: string;
  payouts: string;
  facts: string;
}

/** What the past comes to, up to bounds; without any, up to where the rows go now. */
const SUMS = `WITH b AS (SELECT coalesce(?1, (SELECT max(pay_date) FROM closes), '') AS day,
    coalesce(?2, (SELECT max(seq) FROM lines), 0) AS line, coalesce(?3, (SELECT max(seq) FROM transfers), 0) AS move, ?4 AS until)
  SELECT b.day, b.line, b.move, b.until,
  (SELECT group_concat(hash) FROM (SELECT hash FROM closes WHERE pay_date <= b.day ORDER BY pay_date)) AS closes,
  (SELECT count(*) || ' ' || total(amount * (1 + seq % 991)) || ' ' || total((at + payable_at) % 100003) FROM lines WHERE seq <= b.line) AS lines,
  (SELECT count(*) || ' ' || total(amount * (1 + seq % 991)) FROM transfers WHERE seq <= b.move) AS transfers,
  (SELECT count(*) || ' ' || total(amount) || ' ' || group_concat(payout_id) FROM payouts WHERE pay_date <= b.day) AS payouts,
  (SELECT count(*) || ' ' || total(n * (at % 100003)) FROM partner_facts WHERE at <= b.until) AS facts FROM b`;

interface Sums {
  day: string;
  line: number;
  move: number;
  until: number;
}

/** Rows of the past stay as they were from step to step. A restore brings older books, and their history begins anew. */
export function makeHistoryUnchanged(): Invariant {
  let known: { sums: Sums; restores: number } | null = null;
  const again = (sim: Sim) => known === null || known.restores !== (sim.counts['restores'] ?? 0);
  return {
    ask: (sim) => {
      if (sim.behind) return [];
      const now: Query = [SUMS, null, null, null, sim.now - 1];
      if (known === null || again(sim)) return [now];
      const { day, line, move, until } = known.sums;
      return [now, [SUMS, day, line, move, until]];
    },
    judge: (sim, [now, then]) => {
      if (!now) return;
      if (then && known && JSON.stringify(then[0]) !== JSON.stringify(known.sums)) {
        throw new Error(`historyUnchanged: ${JSON.stringify({ was: known.sums, is: then[0] })}`);
      }
      known = { sums: now[0] as Sums, restores: sim.counts['restores'] ?? 0 };
    },
  };
}
