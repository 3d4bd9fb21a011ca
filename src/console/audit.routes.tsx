import { addDays, isDay, startOfDay } from '../calendar/zone.rules.ts';
import { page } from '../http/cursor.ts';
import { readAuditLog, type AuditSearch } from '../program/audit.repo.ts';
import { VIAS } from '../program/audit.rules.ts';
import { createConsolePages } from './app.ts';
import { AuditBody, type AuditAsked } from './audit.page.tsx';
import { asked, cursorKey, PAGE_ROWS, show, withQuery, wordsOf, type ConsoleContext } from './common.tsx';

/** The audit log, to search and to read. */
export const auditPages = createConsolePages();

const PLACE = '/console/audit';

function askedOf(c: ConsoleContext): AuditAsked {
  const [actor, action, subject, via, from, until] = (
    ['actor', 'action', 'subject', 'via', 'from', 'until'] as const
  ).map((name) => asked(c, name));
  return {
    actor: actor ?? '',
    action: action ?? '',
    subject: subject ?? '',
    via: via ?? '',
    from: from ?? '',
    until: until ?? '',
  };
}

const text = (typed: string) => (typed === '' ? undefined : typed);

/** What was typed as a search; days are the program's, both included. What is no day, or no door, takes everything. */
function searchOf({ actor, action, subject, via, from, until }: AuditAsked, timezone: string): AuditSearch {
  return {
    actor: text(actor),
    action: text(action),
    subject: text(subject),
    via: VIAS.find((door) => door === via),
    from: isDay(from) ? startOfDay(from, timezone) : undefined,
    until: isDay(until) ? startOfDay(addDays(until, 1), timezone) : undefined,
  };
}

auditPages.get('/audit', async (c) => {
  const typed = askedOf(c);
  const words = await wordsOf(c);
  const key = cursorKey(c);
  const before = key !== null && /^\d{1,15}$/.test(key) ? Number(key) : null;
  const search = searchOf(typed, words.timezone);
  const found = await readAuditLog(c.var.books, { ...search, before, limit: PAGE_ROWS + 1 });
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => row.seq);
  const more = next_cursor === null ? null : withQuery(PLACE, { ...typed, cursor: next_cursor });
  return show(c, PLACE, {
    title: 'Audit log',
    body: <AuditBody rows={data} more={more} asked={typed} words={words} />,
  });
});
