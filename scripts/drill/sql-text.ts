type Cell = string | number | null;

/** Characters of texts in one statement, which D1 takes up to 100 KB: a character is three bytes at most, or six as JSON writes it. */
const MOST_CHARACTERS = 15_000;

/** Texts too long for a statement are laid down in pieces, and put together where they belong. */
const PIECES = '"restore_pieces"';

/** What goes before all rows, and after them. */
export const BEFORE_ROWS = [
  `DROP TABLE IF EXISTS ${PIECES}`,
  `CREATE TABLE ${PIECES} (cell INTEGER, n INTEGER, piece TEXT)`,
];
export const AFTER_ROWS = [`DROP TABLE ${PIECES}`];

const inQuotes = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A text on one line: `wrangler d1 execute` splits files at line ends that it takes for ends of statements. */
function quoted(text: string): string {
  // What is escaped is one literal, however many lines it has: an expression may not grow deep.
  return /[\n\r\0]/.test(text) ? `(${inQuotes(JSON.stringify(text))} ->> '$')` : inQuotes(text);
}

function literal(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return 'NULL';
  return typeof cell === 'number' ? String(cell) : quoted(cell);
}

/** A text cut into pieces that fit a statement, no character in two. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + MOST_CHARACTERS);
    if (to < text.length && /[\uD800-\uDBFF]/.test(text.charAt(to - 1))) to -= 1;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return pieces;
}

/** The statements that insert a row: one, or several where its texts are more than one statement takes. */
export function insertsOf(
  table: string,
  columns: readonly string[],
  row: Readonly<Record<string, Cell | undefined>>,
): string[] {
  const into = `INSERT INTO "${table}" (${columns.map((column) => `"${column}"`).join(', ')}) VALUES`;
  const cells = columns.map((column) => row[column]);
  const length = cells.reduce((sum: number, cell) => sum + (typeof cell === 'string' ? cell.length : 0), 0);
  if (length <= MOST_CHARACTERS) return [`${into} (${cells.map(literal).join(', ')})`];
  const laid = cells.flatMap((cell, i) =>
    typeof cell === 'string'
      ? piecesOf(cell).map((piece, n) => `INSERT INTO ${PIECES} VALUES (${i}, ${n}, ${quoted(piece)})`)
      : [],
  );
  const joined = cells.map((cell, i) =>
    typeof cell === 'string' && cell !== ''
      ? `(SELECT group_concat(piece, '') FROM (SELECT piece FROM ${PIECES} WHERE cell = ${i} ORDER BY n))`
      : literal(cell),
  );
  return [`DELETE FROM ${PIECES}`, ...laid, `${into} (${joined.join(', ')})`];
}
