import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';

import { findList, pageOfLists } from '../expected/expected.repo.ts';
import type { SentRow } from '../expected/expected.schemas.ts';
import { LISTS_A_DAY, MAX_ROWS } from '../expected/list.rules.ts';
import { readCsv } from '../expected/read-csv.ts';
import { receiveList } from '../expected/receive.ts';
import { page } from '../http/cursor.ts';
import { failurePage } from '../pages/app.tsx';
import type { CenterPages } from '../pages/context.ts';
import { bodyOf } from '../pages/form.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyAt } from '../policy/policy.rules.ts';
import { readProgram } from '../program/program.repo.ts';
import { centerPage, createCenterPages } from './app.ts';
import { keyAt } from './cursor.ts';
import { partnerDoor } from './door.ts';
import { ExpectedPage, ListPage } from './expected.page.tsx';
import { receivedRows } from './expected.repo.ts';
import { pastedCsv } from './expected.rules.ts';
import { shownFailure } from './failure.ts';

/** Lists of clients that a partner expects (B1). */
export const expectedPages = createCenterPages();

type At<Path extends string> = Context<CenterPages, Path>;

const MAX_LIST_BYTES = 2 * 1024 * 1024;
/** What a form puts around a file: names, boundaries, and an empty field. */
const FORM_BYTES = 16 * 1024;
const A_PAGE = 20;
const CURSOR = /^(\d{1,15}):([A-Za-z0-9_-]{1,64})$/;

type Shown = Pick<Parameters<typeof ExpectedPage>[0], 'faults' | 'lines' | 'notice'>;

async function expectedPage<Path extends string>(c: At<Path>, shown: Shown, status: 200 | 413 | 422 | 429 | 503) {
  const { books, now, config, person } = c.var;
  const [, received_at, list_id] = CURSOR.exec(keyAt(c.req.query('cursor')) ?? '') ?? [];
  const before =
    received_at === undefined || list_id === undefined ? null : { received_at: Number(received_at), list_id };
  const history = await readPolicy(books);
  const query = { partner_id: person.partner_id, status: undefined, before, limit: A_PAGE + 1 };
  const { data, next_cursor } = page(
    await pageOfLists(books, query),
    A_PAGE,
    (list) => `${list.received_at}:${list.list_id}`,
  );
  const body = (
    <ExpectedPage
      lists={data}
      at={{ now, timezone: history[0].timezone }}
      window_days={policyAt(history, now).referrer_window_days}
      older={next_cursor === null ? null : `/partners/expected-clients?cursor=${next_cursor}`}
      {...shown}
    />
  );
  return centerPage(config.program_name, '/partners/expected-clients', { title: 'Expected clients', body, status });
}

expectedPages.get('/expected-clients', (c) => expectedPage(c, {}, 200));

const TOO_LARGE = 'A list has at most 2 MiB.';

const limit = bodyLimit({
  maxSize: MAX_LIST_BYTES + FORM_BYTES,
  onError: (c) => expectedPage(c as unknown as At<string>, { faults: { file: TOO_LARGE } }, 413),
});

const CSV_FAULTS = {
  not_csv: 'it is not CSV: a quote is not closed',
  no_email: 'the first line has to name the columns, separated by commas, and one of them is email',
  column: 'the columns are email, name and company, each once',
} as const;

/** The list that a form brought: a file, or pasted lines. */
async function handedIn<Path extends string>(
  c: At<Path>,
): Promise<
  | { ok: true; rows: SentRow[]; field: string; lines: string }
  | { ok: false; faults: Record<string, string>; lines: string }
> {
  const form = await bodyOf(c);
  const file = form['file'];
  const text = typeof form['lines'] === 'string' ? form['lines'] : '';
  const given = file instanceof File && file.size > 0 ? file : null;
  const pasted = text.trim() !== '';
  const lines = pasted && text.length < FORM_BYTES ? text : '';
  if (given !== null && pasted) return { ok: false, faults: { lines: 'either a file or lines, not both' }, lines };
  if (given === null && !pasted) return { ok: false, faults: { file: 'choose a file, or paste lines below' }, lines };
  if (given !== null && given.size > MAX_LIST_BYTES) return { ok: false, faults: { file: TOO_LARGE }, lines };
  const field = given === null ? 'lines' : 'file';
  const read = await readCsv(given === null ? pastedCsv(text) : await given.text());
  if (!read.ok) return { ok: false, faults: { [field]: CSV_FAULTS[read.reason] }, lines };
  return { ok: true, rows: read.rows, field, lines };
}

expectedPages.post('/expected-clients', limit, async (c) => {
  const sent = await handedIn(c);
  if (!sent.ok) return expectedPage(c, { faults: sent.faults, lines: sent.lines }, 422);
  const { rows, field, lines } = sent;
  const { hasher } = await readProgram(c.var.books);
  const list = { rows, idempotency_key: null };
  const done = await receiveList(partnerDoor(c), hasher, c.var.person.partner_id, list);
  if (done.ok)
    return c.redirect(
      `/partners/expected-clients/${done.answer.list_id}?done=${done.first_time ? 'received' : 'before'}`,
      303,
    );
  switch (done.reason) {
    case 'no_rows':
      return expectedPage(c, { faults: { [field]: 'the list has no rows' }, lines }, 422);
    case 'too_many_rows':
      return expectedPage(c, { faults: { [field]: `at most ${MAX_ROWS} rows a list` }, lines }, 422);
    case 'too_many_lists':
      return expectedPage(c, { notice: `At most ${LISTS_A_DAY} lists a day. Please go on tomorrow.`, lines }, 429);
    case 'conflict':
    case 'busy':
      return expectedPage(c, { notice: 'It could not be kept just now. Please send it again.', lines }, 503);
  }
});

const DONE = new Map(
  Object.entries({
    received: 'Your list is kept. It does nothing until we have accepted it.',
    before: 'You had handed in the same list before: here it is.',
  }),
);
const ROWS_A_PAGE = 500;

expectedPages.get('/expected-clients/:list_id', async (c) => {
  const { books, now, config, person } = c.var;
  const list = await findList(books, c.req.param('list_id'));
  if (!list || list.partner_id !== person.partner_id) return failurePage(shownFailure(c), 404);
  const [{ timezone }] = await readPolicy(books);
  const after = /^\d{1,6}$/.test(c.req.query('after') ?? '') ? Number(c.req.query('after')) : 0;
  const rows = await receivedRows(books, list.list_id, after, ROWS_A_PAGE);
  const last = rows.at(-1)?.row ?? list.row_count;
  const body = (
    <ListPage
      list={list}
      rows={rows}
      at={{ now, timezone }}
      more={last < list.row_count ? `?after=${last}` : null}
      done={DONE.get(c.req.query('done') ?? '')}
    />
  );
  return centerPage(config.program_name, '/partners/expected-clients', { title: 'List of expected clients', body });
});
