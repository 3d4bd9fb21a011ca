import type { Door, Refusal } from '../account/write.ts';
import { addCalendarDays } from '../calendar/zone.rules.ts';
import { tellListAccepted } from '../mail/letters.ts';
import { ownMatches } from '../partner/signal.rules.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyAt } from '../policy/policy.rules.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { guardQuery, guardsFrom, subjectOf, type Database } from '../program/commit.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { partnerSignals } from '../signup/evidence.repo.ts';
import { acceptStatements, factsOfRows, findList, keptVerdicts, type ListRow } from './expected.repo.ts';
import { countVerdicts, verdictOf, type Verdict } from './list.rules.ts';

/** The verdicts of a list's received rows by row, and lists of others that wait and had an address before. */
export interface ListVerdicts {
  verdicts: Map<number, Verdict>;
  earlier: Map<number, string>;
}

/** B1: the verdicts as they were kept at the acceptance; before it, as they would be now. Three queries at most. */
export async function verdictsOfList(db: Database, list: ListRow, now: number): Promise<ListVerdicts> {
  if (list.accepted_at !== null) return { verdicts: await keptVerdicts(db, list.list_id), earlier: new Map() };
  const own = new Set(ownMatches(await partnerSignals(db, [list.partner_id]), list.partner_id));
  const facts = await factsOfRows(db, list, now);
  return {
    verdicts: new Map(facts.map((row) => [row.row, verdictOf({ ...row, own: own.has(row.match_hash) })])),
    earlier: new Map(
      facts.flatMap(({ row, earlier_list_id }) => (earlier_list_id === null ? [] : [[row, earlier_list_id]])),
    ),
  };
}

/** An accepted list: from when until when its accepted rows attribute a signup. */
export interface Accepted {
  list_id: string;
  accepted_at: number;
  accepted_until: number;
  verdicts: Record<Verdict, number>;
}

/**
 * Accepts a list (B1): each row's verdict is kept as it is now, and accepted rows attribute signups for `referrer_window_days` from now on.
 * No account that is open already is looked at again. The same words again change nothing; others are `already_decided`.
 */
export async function acceptList(
  { books, now, by, via }: Door,
  { list_id, reason }: { list_id: string; reason: string },
): Promise<{ ok: true; first_time: boolean; answer: Accepted } | Refusal<'not_found' | 'already_decided' | 'busy'>> {
  const done = await writeOnce<{ first_time: boolean; answer: Accepted }, 'not_found' | 'already_decided'>(
    { books, now },
    null,
    async () => {
      // One acceptance after the other: the later one sees the rows that the former has accepted.
      const subjects = [subjectOf('list', 'accepted')];
      const guards = guardsFrom(subjects, await guardQuery(books, subjects));
      const list = await findList(books, list_id);
      if (!list) return { ok: false, reason: 'not_found' };
      const { verdicts } = await verdictsOfList(books, list, now);
      const counts = countVerdicts(verdicts.values());
      if (list.accepted_at !== null && list.accepted_until !== null) {
        if (list.reason !== reason) return { ok: false, reason: 'already_decided' };
        const { accepted_at, accepted_until } = list;
        const answer = { list_id, accepted_at, accepted_until, verdicts: counts };
        return { ok: true, guards: [], statements: [], answer: { first_time: false, answer } };
      }
      const { referrer_window_days, timezone } = policyAt(await readPolicy(books), now);
      const until = addCalendarDays(now, referrer_window_days, timezone);
      const log = auditStatement(books, {
        at: now,
        actor: by,
        via,
        action: 'expected.accept',
        subject: subjectOf('partner', list.partner_id),
        details: { list_id },
        before: { accepted_until: null },
        after: { accepted_until: until, accepted: counts.accepted },
      });
      const letter = tellListAccepted(books, { ...list, accepted_until: until }, now);
      const statements = [...acceptStatements(books, list_id, verdicts, { at: now, until, by, reason }), log, letter];
      const answer = { list_id, accepted_at: now, accepted_until: until, verdicts: counts };
      return { ok: true, guards, statements, answer: { first_time: true, answer } };
    },
  );
  if (!done.ok) return done.reason === 'conflict' ? { ok: false, reason: 'busy' } : { ok: false, reason: done.reason };
  return { ok: true, ...done.answer };
}
