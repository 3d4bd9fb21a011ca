import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/**
 * `node scripts/import.ts <kind> <file> [--format f] [--dry-run] [--expect-due n] [--country CC]`: sends a file to an import and goes on
 * where an answer stops, until every row has a verdict. `differences` compares instead (`--from`, `--until`). LASTCLICK_URL and OPERATOR_KEY
 * come from the environment. Prints each row that was not taken, and the summary; ends with 1 where rows were refused.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    format: { type: 'string', default: 'plain' },
    'dry-run': { type: 'boolean', default: false },
    'expect-due': { type: 'string' },
    country: { type: 'string' },
    from: { type: 'string' },
    until: { type: 'string' },
  },
});
const [kind, path] = positionals;
const { LASTCLICK_URL = 'http://localhost:8787', OPERATOR_KEY } = process.env;
if (kind === undefined || path === undefined || OPERATOR_KEY === undefined) {
  console.error(
    'OPERATOR_KEY=… node scripts/import.ts <partners|signups|payments|refunds|expected-clients|differences> <file>',
  );
  process.exit(2);
}

const comparing = kind === 'differences';
const query = new URLSearchParams({ format: values.format });
if (values['dry-run']) query.set('dry_run', 'true');
if (values['expect-due'] !== undefined) query.set('expect_due', values['expect-due']);
for (const name of ['country', 'from', 'until'] as const) if (values[name] !== undefined) query.set(name, values[name]);
const url = `${LASTCLICK_URL}/v1/${comparing ? 'import/differences' : `${kind}/import`}?${query.toString()}`;
const file = await readFile(path);
const type = /\.(ndjson|jsonl)$/.test(path) ? 'application/x-ndjson' : 'text/csv';

interface Line {
  row?: number;
  verdict?: string;
  next?: number | null;
  refused?: number;
}

/** Sends the file once; the last line, or null where the answer broke off. */
async function send(shown: Set<number>): Promise<Line | null> {
  const headers = { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': type };
  const response = await fetch(url, { method: 'POST', headers, body: file });
  if (response.status !== 200) {
    console.error(await response.text());
    process.exit(1);
  }
  let rest = '';
  let last: Line | null = null;
  let rows = 0;
  const decoder = new TextDecoder();
  try {
    for await (const piece of response.body ?? []) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        const line = JSON.parse(text) as Line;
        last = line;
        rows += 1;
        const tell = comparing || line.verdict === 'refused' || line.verdict === 'parked';
        if (line.row !== undefined && tell && !shown.has(line.row)) {
          shown.add(line.row);
          console.log(text);
        }
        if (rows % 5000 === 0) console.error(`${rows} rows`);
      }
    }
  } catch {
    return null;
  }
  return last && 'next' in last ? last : null;
}

const TRIES = 100;
const PAUSE_MS = 2000;
const shown = new Set<number>();
let before = 0;
for (let attempt = 0; attempt < TRIES; attempt++) {
  const summary = await send(shown);
  if (summary?.next === null || (summary && comparing)) {
    console.log(JSON.stringify(summary));
    process.exit((summary.refused ?? 0) > 0 ? 1 : 0);
  }
  const reached = summary?.next ?? before;
  console.error(`goes on from row ${reached}`);
  // Without progress the other side needs a moment.
  if (reached <= before) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  before = reached;
}
console.error('the import does not come to its end: see its last lines');
process.exit(1);
