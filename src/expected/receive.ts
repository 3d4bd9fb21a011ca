import type { Door, Refusal, Written } from '../account/write.ts';
import { dayOf, startOfDay } from '../calendar/zone.rules.ts';
import type { Hasher } from '../people/hash.ts';
import { insertPeople, makePerson, type PersonRow } from '../people/people.repo.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { canonicalJson, type Json } from '../program/canonical.rules.ts';
import { guardQuery, guardsFrom, subjectOf, type Statement } from '../program/commit.repo.ts';
import { keyedWrite, type Keyed } from '../program/replay.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { insertClients, insertList, listsSince } from './expected.repo.ts';
import { personOf, type SentRow } from './expected.schemas.ts';
import { judgeRows, LISTS_A_DAY, MAX_ROWS, type JudgedRow } from './list.rules.ts';

/** People of one parameter: a statement's parameter ends at 2 MB. */
const PEOPLE_A_STATEMENT = 1000;

/**
 * Keeps a partner's list of expected clients (B1): at most 10,000 rows (`too_many_rows`), ten lists a program day (`too_many_lists`). It does
 * nothing until an operator accepts it, and reads nothing of who is a client. Keyed by the idempotency key, or else by what it says.
 */
export async function receiveList(
  door: Door,
  hasher: Hasher,
  partner_id: string,
  sent: { rows: readonly SentRow[]; idempotency_key: string | null },
): Promise<
  Written<{ list_id: string }> | Refusal<'no_rows' | 'too_many_rows' | 'too_many_lists' | 'conflict' | 'busy'>
> {
  const { books, now, by, via } = door;
  if (sent.rows.length === 0) return { ok: false, reason: 'no_rows' };
  if (sent.rows.length > MAX_ROWS) return { ok: false, reason: 'too_many_rows' };
  const keyed = await keyOf(hasher, partner_id, sent);
  const rows = judgeRows(sent.rows.map(personOf));
  return writeOnce<{ list_id: string }, 'too_many_lists'>(door, keyed, async () => {
    const subjects = [subjectOf('list', `of:${partner_id}`)];
    const guards = guardsFrom(subjects, await guardQuery(books, subjects));
    const [{ timezone }] = await readPolicy(books);
    const today = startOfDay(dayOf(now, timezone), timezone);
    if ((await listsSince(books, partner_id, today)) >= LISTS_A_DAY) return { ok: false, reason: 'too_many_lists' };
    const list_id = `lst_${crypto.randomUUID().replaceAll('-', '')}`;
    const counted = (received: JudgedRow['received']) => rows.filter((row) => row.received === received).length;
    const list = {
      list_id,
      partner_id,
      received_at: now,
      row_count: rows.length,
      malformed_count: counted('malformed'),
      duplicate_count: counted('duplicate'),
      accepted_at: null,
      accepted_by: null,
      reason: null,
      accepted_until: null,
    };
    const log = auditStatement(books, {
      at: now,
      actor: by,
      via,
      action: 'expected.receive',
      subject: subjectOf('partner', partner_id),
      details: { list_id },
      after: { rows: rows.length },
    });
    const statements = [insertList(books, list), ...(await rowStatements(door, hasher, list_id, rows)), log];
    return { ok: true, guards, statements, answer: { list_id } };
  });
}

async function keyOf(
  hasher: Hasher,
  partner_id: string,
  sent: { rows: readonly SentRow[]; idempotency_key: string | null },
): Promise<Keyed> {
  const content: Json = sent.rows.map(({ email, name, company }) => ({ email, name, company }));
  const key =
    sent.idempotency_key === null
      ? `content:${await hasher.text('expected', canonicalJson(content))}`
      : `key:${sent.idempotency_key}`;
  return keyedWrite(hasher, `expected:${partner_id}`, key, content, subjectOf('partner', partner_id));
}

async function rowStatements(
  { books }: Door,
  hasher: Hasher,
  list_id: string,
  rows: readonly JudgedRow[],
): Promise<Statement[]> {
  const persons = await Promise.all(rows.map(({ person }) => (person ? makePerson(hasher, person) : null)));
  const people = persons.filter((person): person is PersonRow => person !== null);
  const statements: Statement[] = [];
  for (let i = 0; i < people.length; i += PEOPLE_A_STATEMENT)
    statements.push(insertPeople(books, people.slice(i, i + PEOPLE_A_STATEMENT)));
  const clients = rows.map(({ row, received }, i) => {
    const { person_id = null, match_hash = null } = persons[i] ?? {};
    return { list_id, row, person_id, match_hash, received, verdict: null };
  });
  return [...statements, ...insertClients(books, clients)];
}
