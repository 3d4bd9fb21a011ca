import * as z from 'zod';

import { addCalendarDays } from '../calendar/zone.rules.ts';
import { acceptList, verdictsOfList } from '../expected/accept.ts';
import { findList, pageOfClients, pageOfLists, type ListRow } from '../expected/expected.repo.ts';
import { countVerdicts } from '../expected/list.rules.ts';
import { page } from '../http/cursor.ts';
import { policyAt } from '../policy/policy.rules.ts';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import {
  asked,
  at,
  consoleDoor,
  cursorKey,
  missing,
  PAGE_ROWS,
  pathPart,
  show,
  withQuery,
  wordsOf,
} from './common.tsx';
import { ListBody, ListsBody, VERDICT_WORDS } from './expected.page.tsx';
import { ReasonField } from './fields.ts';
import { ReasonArea } from './reason-area.tsx';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';

/** Lists of expected clients (B1): what each row would come to, and their acceptance. */
export const expectedPages = createConsolePages();

const CURSOR = /^(\d{1,15}):([A-Za-z0-9_-]{1,64})$/;

expectedPages.get('/expected', async (c) => {
  const all = asked(c, 'status') === 'all';
  const [, received_at, list_id] = CURSOR.exec(cursorKey(c) ?? '') ?? [];
  const before =
    received_at === undefined || list_id === undefined ? null : { received_at: Number(received_at), list_id };
  const status = all ? undefined : 'waiting';
  const [words, found] = await Promise.all([
    wordsOf(c),
    pageOfLists(c.var.books, { partner_id: null, status, before, limit: PAGE_ROWS + 1 }),
  ]);
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => `${row.received_at}:${row.list_id}`);
  const more =
    next_cursor === null ? null : withQuery('/console/expected', { status: all ? 'all' : null, cursor: next_cursor });
  return show(c, '/console', {
    title: 'Lists of expected clients',
    body: <ListsBody rows={data} all={all} more={more} words={words} />,
  });
});

expectedPages.get('/expected/:list_id', async (c) => {
  const { books, now } = c.var;
  const list = await findList(books, pathPart(c, 'list_id'));
  if (!list) return missing(c);
  const after = Number(/^\d{1,6}$/.exec(cursorKey(c) ?? '')?.[0] ?? 0);
  const [words, verdicts, found] = await Promise.all([
    wordsOf(c),
    verdictsOfList(books, list, now),
    pageOfClients(books, list.list_id, after, PAGE_ROWS + 1),
  ]);
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => row.row);
  const more = next_cursor === null ? null : withQuery(at.list(list.list_id), { cursor: next_cursor });
  return show(c, '/console', {
    title: `List ${list.list_id}`,
    body: <ListBody list={list} verdicts={verdicts} rows={data} more={more} words={words} done={c.req.query('done')} />,
  });
});

const AcceptanceSchema = z.object({ reason: ReasonField });

const acceptance: Action<typeof AcceptanceSchema, ListRow> = {
  path: '/expected/:list_id/acceptance',
  place: '/console',
  title: ({ partner_id }) => `Accept a list of ${partner_id}`,
  about: () =>
    'Rows that are accepted attribute a signup by that address, after every other source. The verdicts are kept as they are at the acceptance (B1).',
  schema: AcceptanceSchema,
  fields: ({ sent, faults }) => <ReasonArea sent={sent} faults={faults} />,
  go: 'Accept',
  find: (c) => findList(c.var.books, pathPart(c, 'list_id')),
  ask: async (c, list) => {
    if (list.accepted_at !== null) return refusal(COMMON_REFUSALS, 'already_decided');
    const { books, now } = c.var;
    const words = await wordsOf(c);
    const { referrer_window_days, timezone } = policyAt(words.history, now);
    const until = addCalendarDays(now, referrer_window_days, timezone);
    const counts = countVerdicts((await verdictsOfList(books, list, now)).verdicts.values());
    const others = (['existing_account', 'tracked_to_another', 'listed_by_another', 'self_referral'] as const).flatMap(
      (verdict) => (counts[verdict] === 0 ? [] : [`${counts[verdict]} ${VERDICT_WORDS[verdict]}`]),
    );
    return {
      ok: true,
      says: [
        `${counts.accepted} rows are accepted, and attribute signups to ${list.partner_id} up to ${words.day(until)}.`,
        others.length === 0 ? 'No row is left out.' : `Left out: ${others.join('; ')}.`,
        'No account that is open already changes: 0 is booked.',
      ],
      yes: `Accept ${counts.accepted} rows`,
    };
  },
  act: async (c, { list_id }, { reason }) => {
    const done = await acceptList(consoleDoor(c), { list_id, reason });
    if (!done.ok) return refusal(COMMON_REFUSALS, done.reason);
    return { ok: true, done: done.first_time ? 'accepted' : 'done_before', to: at.list(list_id) };
  },
  back: ({ list_id }) => at.list(list_id),
};

addAction(expectedPages, acceptance);
