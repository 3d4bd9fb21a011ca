import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod';

import type { Api } from '../http/context.ts';
import { cursorOf } from '../http/cursor.ts';
import { findCheck, findRun, verdictsOf } from '../import/check.repo.ts';
import { checkFile, checkIdOf, rowsAsChecked, runChecked, runIdOf } from '../import/check.ts';
import { importContext } from '../import/context.ts';
import { FORMAT_NAMES } from '../import/formats/formats.rules.ts';
import { listRuns } from '../import/import.repo.ts';
import { KINDS } from '../import/import.rules.ts';
import { failurePage } from '../pages/app.tsx';
import type { Pages } from '../pages/context.ts';
import { bodyOf } from '../pages/form.ts';
import { isCountry } from '../partner/country.rules.ts';
import { createConsolePages } from './app.ts';
import {
  asked,
  consoleDoor,
  cursorKey,
  missing,
  PAGE_ROWS,
  pathPart,
  show,
  withQuery,
  wordsOf,
  type ConsoleContext,
} from './common.tsx';
import { livePage } from './import-live.tsx';
import { CheckBody, checkPath, ImportBody, RunBody, runPath } from './import.page.tsx';

/** Importing files: a dry run of the whole first, then the run that is held to it. */
export const importPages = createConsolePages();

const PLACE = '/console/import';
const MOST_BYTES = 24 * 1024 * 1024;

/** Files come whole: longer ones go by the API, which streams. */
export const fileLimit = bodyLimit({
  maxSize: MOST_BYTES + 64 * 1024,
  onError: (c) => failurePage(c as unknown as Context<Pages>, 413, 'At most 24 MiB here; longer files go by the API.'),
});
importPages.use('/import/*', fileLimit);

const FileForm = z.object({
  kind: z.enum(KINDS, 'What is in the file?'),
  format: z.enum(FORMAT_NAMES, 'Whose export is it?'),
  country: z.string().toUpperCase().refine(isCountry, 'A country’s two letters').optional(),
});

/** The file and the texts of a form; a file is null where none, or an empty one, was chosen. */
export async function handedIn(c: ConsoleContext) {
  const body = await bodyOf(c);
  const { file, ...rest } = body;
  const sent = Object.fromEntries(
    Object.entries(rest).flatMap(([name, value]) => (typeof value === 'string' && value !== '' ? [[name, value]] : [])),
  );
  if (!(file instanceof File) || file.size === 0) return { sent, file: null };
  const is_json = /\.(?:ndjson|jsonl)$/i.test(file.name);
  const content_type = is_json ? ('application/x-ndjson' as const) : ('text/csv' as const);
  return { sent, file: { content_type, bytes: new Uint8Array(await file.arrayBuffer()) } };
}

const contextOf = (c: ConsoleContext) => importContext(c as unknown as Context<Api>, consoleDoor(c));

async function overview(
  c: ConsoleContext,
  form: { sent: Record<string, string>; faults: Record<string, string> },
  status = 200,
) {
  const [at = '', import_id = ''] = cursorKey(c)?.split(' ') ?? [];
  const before = /^\d{1,15}$/.test(at) ? { started_at: Number(at), import_id } : null;
  const [words, rows] = await Promise.all([wordsOf(c), listRuns(c.var.books, before, PAGE_ROWS + 1)]);
  const runs = rows.slice(0, PAGE_ROWS);
  const last = rows.length > PAGE_ROWS ? runs.at(-1) : undefined;
  const more = last ? withQuery(PLACE, { cursor: cursorOf(`${last.started_at} ${last.import_id}`) }) : null;
  return show(c, PLACE, {
    title: 'Import',
    status,
    body: <ImportBody {...form} runs={runs} more={more} words={words} />,
  });
}

importPages.get('/import', (c) => overview(c, { sent: {}, faults: {} }));

importPages.post('/import', async (c) => {
  const { sent, file } = await handedIn(c);
  const read = FileForm.safeParse(sent);
  const faults: Record<string, string> = file === null ? { file: 'A file is needed' } : {};
  for (const { path, message } of read.error?.issues ?? []) faults[String(path[0])] ??= message;
  if (!read.success || file === null) return overview(c, { sent, faults }, 400);
  const { kind, format, country = null } = read.data;
  const checked = await checkFile(await contextOf(c), { kind, format, country, ...file });
  if (!checked.ok) return overview(c, { sent, faults: { file: checked.say } }, 422);
  return c.redirect(checkPath(checked.check.check_id), 303);
});

/** Rows of a check or run that were not taken, a page of them. */
async function keptRows(c: ConsoleContext, run_id: string, path: string) {
  const [verdict, row = ''] = cursorKey(c)?.split(' ') ?? [];
  const known = (['refused', 'parked'] as const).find((one) => one === verdict);
  const after = known !== undefined && /^\d{1,9}$/.test(row) ? { verdict: known, row: Number(row) } : null;
  const found = await verdictsOf(c.var.books, run_id, after, PAGE_ROWS + 1);
  const rows = found.slice(0, PAGE_ROWS);
  const last = found.length > PAGE_ROWS ? rows.at(-1) : undefined;
  const cursor = last ? cursorOf(`${last.verdict} ${last.row}`) : null;
  return { rows, more: cursor === null ? null : withQuery(path, { cursor, still: '5' }) };
}

async function checkPage(c: ConsoleContext, wrong: string | null, status = 200) {
  const check = await findCheck(c.var.books, pathPart(c, 'check_id'));
  if (check === null) return missing(c);
  const [words, kept] = await Promise.all([wordsOf(c), keptRows(c, check.check_id, checkPath(check.check_id))]);
  return show(c, PLACE, {
    title: 'Import: dry run',
    status,
    body: <CheckBody check={check} {...kept} wrong={wrong} words={words} />,
  });
}

importPages.get('/import/checks/:check_id', (c) => checkPage(c, null));

importPages.post('/import/checks/:check_id/run', async (c) => {
  const check = await findCheck(c.var.books, pathPart(c, 'check_id'));
  if (check === null) return missing(c);
  const { file } = await handedIn(c);
  if (file === null) return checkPage(c, 'The same file is needed once more.', 400);
  const [context, words] = await Promise.all([contextOf(c), wordsOf(c)]);
  const read = await rowsAsChecked(context, check, file);
  if (!read.ok) {
    const now_due =
      read.due_total === undefined ? '' : ` Now it makes ${words.money(read.due_total)}: look at it anew.`;
    return checkPage(c, `${read.say}${now_due}`, 422);
  }
  const import_id = runIdOf(check);
  return livePage(c, runChecked(context, check, read.rows, import_id), { check, import_id, words });
});

/** So often the page loads itself again without the run getting further. */
const TRIES = 5;
const EVERY_S = 2;

importPages.get('/import/runs/:import_id', async (c) => {
  const import_id = pathPart(c, 'import_id');
  const run = await findRun(c.var.books, import_id);
  if (run === null) return missing(c);
  const path = runPath(import_id);
  const check_id = checkIdOf(import_id);
  const [words, check, kept] = await Promise.all([
    wordsOf(c),
    check_id === null ? null : findCheck(c.var.books, check_id),
    keptRows(c, import_id, path),
  ]);
  // A run that does not get further has stopped, or broke off: nothing says so but that.
  const still =
    asked(c, 'seen') === String(run.rows_done) || asked(c, 'still') === '5' ? Number(asked(c, 'still')) + 1 : 0;
  const live = run.ended === 0 && still < TRIES;
  const again = withQuery(path, { seen: String(run.rows_done), still: String(still) });
  return show(c, PLACE, {
    title: 'Import',
    body: <RunBody run={run} check={check} {...kept} live={live} words={words} />,
    headers: live ? { refresh: `${EVERY_S}; url=${again}` } : {},
  });
});
