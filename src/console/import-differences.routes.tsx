import * as z from 'zod';

import { addDays, isDay, startOfDay } from '../calendar/zone.rules.ts';
import { queryBudget } from '../import/budget.ts';
import { findDifferences, type DifferenceLine } from '../import/differences.ts';
import { FORMAT_NAMES } from '../import/formats/formats.rules.ts';
import { commissionReading } from '../import/reading.ts';
import { IMPORT_QUERIES } from '../import/run.ts';
import { openSource } from '../import/source.ts';
import { readProgram } from '../program/program.repo.ts';
import { createConsolePages } from './app.ts';
import { show, wordsOf, type ConsoleContext } from './common.tsx';
import { DifferencesBody, type Compared } from './import-differences.page.tsx';
import { fileLimit, handedIn } from './import.routes.tsx';

/** What a former program says that it owes, beside what stands here. */
export const differencesPages = createConsolePages();

const PLACE = '/console/import';
/** Lines that a page shows. */
const MOST_LINES = 500;

differencesPages.use('/import/differences', fileLimit);

const Form = z
  .object({
    format: z.enum(FORMAT_NAMES, 'Whose export is it?'),
    from: z.string().refine(isDay, 'A day').optional(),
    until: z.string().refine(isDay, 'A day').optional(),
  })
  .refine(({ from, until }) => (from === undefined) === (until === undefined), {
    path: ['until'],
    message: 'Both days, or neither',
  });

type Texts = Record<string, string>;

async function form(c: ConsoleContext, sent: Texts, faults: Texts, compared: Compared | null = null, status = 200) {
  const words = await wordsOf(c);
  return show(c, PLACE, {
    title: 'Compare with a former program',
    status,
    body: <DifferencesBody sent={sent} faults={faults} compared={compared} words={words} />,
  });
}

async function collect(lines: ReturnType<typeof findDifferences>): Promise<Compared | null> {
  const shown: DifferenceLine[] = [];
  let found = 0;
  for await (const portion of lines)
    for (const line of portion) {
      if ('next' in line) return { summary: line, lines: shown, found };
      found += 1;
      if (shown.length < MOST_LINES) shown.push(line);
    }
  return null;
}

differencesPages.get('/import/differences', (c) => form(c, {}, {}));

differencesPages.post('/import/differences', async (c) => {
  const { sent, file } = await handedIn(c);
  const read = Form.safeParse(sent);
  const faults: Texts = file === null ? { file: 'A file is needed' } : {};
  for (const { path, message } of read.error?.issues ?? []) faults[String(path[0])] ??= message;
  if (!read.success || file === null) return form(c, sent, faults, null, 400);
  const { format, from, until } = read.data;
  const opened = await openSource(new Blob([file.bytes]).stream(), commissionReading(format, file.content_type));
  if (!opened.ok) {
    const columns = opened.columns.slice(0, 20).join(', ').slice(0, 400);
    const say = columns === '' ? 'This is no text of rows' : `Columns are unknown, or missing: ${columns}`;
    return form(c, sent, { file: say }, null, 422);
  }
  const [{ timezone }, { hasher }] = await Promise.all([wordsOf(c), readProgram(c.var.books)]);
  const period =
    from === undefined || until === undefined
      ? null
      : { from: startOfDay(from, timezone), until: startOfDay(addDays(until, 1), timezone) };
  const { budget, counted } = queryBudget(IMPORT_QUERIES);
  const compared = await collect(findDifferences({ books: counted(c.var.books), hasher, budget }, opened.rows, period));
  return form(c, sent, {}, compared);
});
