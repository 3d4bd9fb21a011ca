import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

/**
 * `node scripts/import.ts <kind> <file> [--format f] [--dry-run] [--expect-due n] [--country CC]`: sends a file to an import and goes on
 * where an answer stops, breaks off or does not come, until every row has a verdict. `differences` compares instead (`--from`, `--until`).
 * LASTCLICK_URL and OPERATOR_KEY come from the environment. Prints each row that was not taken, and the summary; ends with 1 where rows were
 * refused, or not compared.
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
  code?: string;
  next?: number | null;
  refused?: number;
}

/** One answer: its last line, null where it broke off or there was none, and whether a row met others who wrote at that moment. */
interface Answer {
  summary: Line | null;
  busy: boolean;
}

/** The answer to the file, or null where nobody answered, or for the moment nobody could. A file that is not taken ends the script. */
async function answerTo(): Promise<Response | null> {
  const headers = { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': type };
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', headers, body: file });
  } catch {
    return null;
  }
  if (response.status === 200) return response;
  const text = await response.text().catch(() => '');
  if (response.status >= 500 || response.status === 429) {
    console.error(`no answer for now: ${response.status}`);
    return null;
  }
  console.error(text);
  process.exit(1);
}

/** Sends the file once, and prints what was not taken. */
async function send(shown: Set<string>): Promise<Answer> {
  const answer: Answer = { summary: null, busy: false };
  const response = await answerTo();
  let rest = '';
  let rows = 0;
  const decoder = new TextDecoder();
  try {
    for await (const piece of response?.body ?? []) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        const line = JSON.parse(text) as Line;
        if ('next' in line) answer.summary = line;
        if (line.code === 'busy') answer.busy = true;
        rows += 1;
        const tell = comparing || line.verdict === 'refused' || line.verdict === 'parked';
        if (line.row !== undefined && tell && line.code !== 'busy' && !shown.has(text)) {
          shown.add(text);
          console.log(text);
        }
        if (rows % 5000 === 0) console.error(`${rows} rows`);
      }
    }
  } catch {
    return { ...answer, summary: null };
  }
  return answer;
}

/** So often in a row the file is sent without getting further, with a pause each time. */
const TRIES = 30;
const PAUSE_MS = 2000;
const shown = new Set<string>();
let before = 0;
for (let vain = 0; vain < TRIES;) {
  const { summary, busy } = await send(shown);
  if (summary && (comparing || (summary.next === null && !busy))) {
    console.log(JSON.stringify(summary));
    process.exit(summary.next !== null || (summary.refused ?? 0) > 0 ? 1 : 0);
  }
  const reached = summary?.next ?? before;
  console.error(`goes on from row ${reached}`);
  if (reached > before) vain = 0;
  else {
    // Without progress the other side needs a moment.
    vain += 1;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  before = reached;
}
console.error('the import does not come to its end: see its last lines');
process.exit(1);
