/** A D1 database as far as it is read out whole. */
interface Readable {
  prepare(sql: string): { all<T>(): Promise<{ results: T[] }> };
}

interface Made {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

type Cell = string | number | null;

/** SQL on one line, without its comments. */
function oneLine(sql: string): string {
  return sql
    .replace(/--[^\n]*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function literal(cell: Cell): string {
  if (cell === null) return 'NULL';
  return typeof cell === 'number' ? String(cell) : `'${cell.replaceAll("'", "''")}'`;
}

const IN_ORDER = ['table', 'index', 'view', 'trigger'];

/**
 * A database as SQL text, one statement a line and each ended by `;`: tables, rows, indexes, triggers, and which migrations made it. No
 * text in it holds a line break.
 */
export async function dump(db: Readable): Promise<string> {
  const all = async <T>(sql: string): Promise<T[]> => (await db.prepare(sql).all<T>()).results;
  const made = await all<Made>(
    "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
  );
  const statements = IN_ORDER.map((type) =>
    made.filter((one) => one.type === type).map((one) => `${oneLine(one.sql)};`),
  );
  const rows: string[] = [];
  for (const { name } of made.filter(({ type }) => type === 'table')) {
    for (const row of await all<Record<string, Cell>>(`SELECT * FROM ${name}`))
      rows.push(`INSERT INTO ${name} VALUES (${Object.values(row).map(literal).join(', ')});`);
  }
  const [tables = [], indexes = [], views = [], triggers = []] = statements;
  return [...tables, ...rows, ...indexes, ...views, ...triggers, ''].join('\n');
}
