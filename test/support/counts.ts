import { env } from 'cloudflare:workers';

const TABLES =
  "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_*' AND name NOT GLOB 'sqlite*' AND name <> 'd1_migrations'";

/** How many rows each table has, of both databases: what wrote nothing leaves it as it was. */
export async function rowCounts(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const database of [env.BOOKS, env.CLICKS]) {
    const names = (await database.prepare(TABLES).all<{ name: string }>()).results.map(({ name }) => name);
    const asked = names.map((name) => database.prepare(`SELECT count(*) AS n FROM "${name}"`));
    const answers = await database.batch<{ n: number }>(asked);
    for (const [i, name] of names.entries()) counts[name] = answers[i]?.results[0]?.n ?? -1;
  }
  return counts;
}
