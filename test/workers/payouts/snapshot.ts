import { env } from 'cloudflare:workers';

import { openDatabase } from '../../../src/program/commit.repo.ts';
import { Paypal, type Play } from './simulated.ts';

type Rows = Record<string, Record<string, unknown>[]>;

interface Kept {
  key: string;
  etag: string;
  text: string;
  metadata: Record<string, string>;
}

/** All that outlives a process: the books, the witness, PayPal. */
export interface Snapshot {
  books: Rows;
  witness: Kept[];
  paypal: Map<string, unknown>;
  play: Play;
}

const OWN = "name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'";

async function named(d1: D1Database, type: 'table' | 'trigger'): Promise<{ name: string; sql: string }[]> {
  const { results } = await d1
    .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = ? AND ${OWN} ORDER BY name`)
    .bind(type)
    .all<{ name: string; sql: string }>();
  return results;
}

/** All rows of the books at a moment. */
export async function booksNow(d1: D1Database): Promise<Rows> {
  const names = (await named(d1, 'table')).map(({ name }) => name);
  const found = await d1.batch<Record<string, unknown>>(names.map((name) => d1.prepare(`SELECT * FROM ${name}`)));
  return Object.fromEntries(names.map((name, i) => [name, found[i]!.results]));
}

async function keysNow(): Promise<string[]> {
  return (await env.WITNESS.list()).objects.map(({ key, etag }) => `${key} ${etag}`);
}

async function witnessNow(): Promise<Kept[]> {
  const { objects } = await env.WITNESS.list({ include: ['customMetadata'] });
  return Promise.all(
    objects.map(async ({ key, etag, customMetadata }) => {
      const text = await (await env.WITNESS.get(key))!.text();
      return { key, etag, text, metadata: customMetadata ?? {} };
    }),
  );
}

export async function snapshot(play: Play): Promise<Snapshot> {
  const { books, witness } = { books: await booksNow(play.books.d1), witness: await witnessNow() };
  return { books, witness, paypal: structuredClone(play.paypal.kept), play };
}

/** Brings the books back to a moment, and nothing else. All at once; what guards their history steps aside for it. */
export async function restoreBooks(d1: D1Database, kept: Rows): Promise<void> {
  const triggers = await named(d1, 'trigger');
  const inserts = Object.entries(kept).flatMap(([name, rows]) => {
    const columns = Object.keys(rows[0] ?? {});
    if (columns.length === 0) return [];
    const values = columns.map((column) => `value ->> '$.${column}'`).join(', ');
    const names = columns.map((column) => `"${column}"`).join(', ');
    const text = `INSERT INTO ${name} (${names}) SELECT ${values} FROM json_each(?)`;
    return [d1.prepare(text).bind(JSON.stringify(rows))];
  });
  await d1.batch([
    ...triggers.map(({ name }) => d1.prepare(`DROP TRIGGER ${name}`)),
    ...(await named(d1, 'table')).map(({ name }) => d1.prepare(`DELETE FROM ${name}`)),
    ...inserts,
    ...triggers.map(({ sql }) => d1.prepare(sql)),
  ]);
}

/** Brings the witness back to a moment. */
async function restoreWitness(kept: readonly Kept[]): Promise<void> {
  const there = new Set(await keysNow());
  const wanted = new Set(kept.map(({ key, etag }) => `${key} ${etag}`));
  for (const name of there) if (!wanted.has(name)) await env.WITNESS.delete(name.split(' ')[0]!);
  for (const { key, etag, text, metadata } of kept) {
    if (!there.has(`${key} ${etag}`)) await env.WITNESS.put(key, text, { customMetadata: metadata });
  }
}

/** Everything as it was at a moment, in a process that remembers nothing. */
export async function revive({ books, witness, paypal, play }: Snapshot): Promise<Play> {
  const { d1 } = play.books;
  await restoreBooks(d1, books);
  await restoreWitness(witness);
  const again = new Paypal(structuredClone(paypal));
  return { ...play, books: { d1, db: openDatabase(d1) }, paypal: again, fetch: again.fetch, tokens: new Map() };
}

/** All that outlives a process, as one text; access tokens are let go. */
export async function fingerprint(play: Play): Promise<string> {
  return JSON.stringify([
    await booksNow(play.books.d1),
    await keysNow(),
    [...play.paypal.kept].filter(([key]) => !key.startsWith('token:')),
  ]);
}
