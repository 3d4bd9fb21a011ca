import { cron, DAILY } from './friday.ts';
import { DAY, HOUR, type Query, type Sim } from './sim.ts';

type Rows = Record<string, Record<string, unknown>[]>;

async function tables(sim: Sim): Promise<string[]> {
  const found = await sim.rows<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  );
  return found.map((row) => row.name).filter((name) => name !== 'd1_migrations');
}

/** The books as they are at a moment, and how much had been told by then. */
export interface Snapshot {
  rows: Rows;
  told: number;
}

/** Keeps the books as a restore would bring them back. */
export async function takeSnapshot(sim: Sim): Promise<Snapshot> {
  const kept: Rows = {};
  const names = await tables(sim);
  const read = await sim.read(names.map((name): Query => [`SELECT * FROM ${name}`]));
  names.forEach((name, i) => (kept[name] = (read[i] ?? []) as Rows[string]));
  return { rows: kept, told: sim.sent.length };
}

/** The statements that fill a table, 1,000 rows as one JSON array each. */
function fill(name: string, all: readonly Record<string, unknown>[]): Query[] {
  const [first] = all;
  if (!first) return [];
  const columns = Object.keys(first);
  const values = columns.map((_, i) => `value ->> ${i}`).join(', ');
  const text = `INSERT INTO ${name} (${columns.join(', ')}) SELECT ${values} FROM json_each(?)`;
  return Array.from({ length: Math.ceil(all.length / 1000) }, (_, n): Query => {
    const part = all.slice(n * 1000, (n + 1) * 1000).map((row) => columns.map((column) => row[column]));
    return [text, JSON.stringify(part)];
  });
}

/** Empties the books, whose triggers refuse that, and fills them with what was kept: as D1's own restore does, by other means. */
export async function bringBack(sim: Sim, { rows }: Snapshot): Promise<void> {
  const triggers = await sim.rows<{ name: string; sql: string }>(
    "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name",
  );
  await sim.read([
    ...triggers.map(({ name }): Query => [`DROP TRIGGER ${name}`]),
    ...(await tables(sim)).map((name): Query => [`DELETE FROM ${name}`]),
    ...Object.entries(rows).flatMap(([name, all]) => fill(name, all)),
    ...triggers.map(({ sql }): Query => [sql]),
  ]);
}

/**
 * The database is restored to a moment before: whatever the books were told since is lost, batches and sendings with it. The next cron
 * finds them behind and does nothing; two people replay what the witness holds, the oldest Friday first; the world's facts are told
 * again; and the program goes on.
 */
export async function restore(sim: Sim, kept: Snapshot): Promise<void> {
  await bringBack(sim, kept);
  sim.behind = true;
  sim.count('restores');
  const posts = sim.paypal.posts().length;
  const { missing } = await sim.operations().state();
  sim.note(`restored: ${missing.length} missing`);
  if (missing.length > 0) {
    await cron(sim, DAILY, sim.now);
    if (sim.paypal.posts().length > posts) throw new Error('books that are behind sent something');
    await replay(sim);
  }
  for (const ask of sim.sent.slice(kept.told)) {
    // A hold on money that came back opens again once PayPal is asked again, and is decided then.
    const ok = ask.path.startsWith('/v1/holds/') ? [404, 409] : [200];
    const { body } = await sim.ask({ ...ask, ok }, ask.at);
    if (ask.made !== undefined) sim.renamed.set(ask.made, String(body['claim_id']));
  }
  const known = new Set(
    (await sim.rows<{ pay_date: string }>('SELECT pay_date FROM batches')).map((row) => row.pay_date),
  );
  // A Friday of which nothing had been sent is not with the witness: it is frozen anew.
  for (const pay_date of sim.model.taken.keys()) if (!known.has(pay_date)) sim.model.taken.delete(pay_date);
  for (const account of sim.model.accounts) sim.touched.add(account.account_id);
  sim.behind = false;
}

async function replay(sim: Sim): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const { missing } = await sim.operations().state();
    const oldest = missing.map((one) => one.pay_date).toSorted()[0];
    if (oldest === undefined) return;
    sim.note(`missing ${JSON.stringify(missing)}`);
    const path = `/v1/payout-batches/${oldest}/replay`;
    for (const as of ['ana', 'ben'] as const) await sim.ask({ method: 'POST', path, as, body: {}, ok: [503] });
    sim.count('batches replayed');
  }
  throw new Error('the replay does not come to an end');
}

/** Now and then the books are kept, and some days later they are lost and brought back as they were kept. */
export async function planRestore(sim: Sim): Promise<void> {
  if (sim.snapshot !== null) return;
  const kept = await takeSnapshot(sim);
  sim.snapshot = kept;
  const at = sim.now + sim.random.between(2, 16) * DAY + 5 * HOUR;
  sim.plan(at, 'a restored database', async () => {
    sim.snapshot = null;
    if (sim.faults) await restore(sim, kept);
  });
}
