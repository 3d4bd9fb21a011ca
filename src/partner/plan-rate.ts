import type { Refusal } from '../account/write.ts';
import { accountsOfPlanSince } from '../ledger/repost.repo.ts';
import { repostAccounts } from '../ledger/repost.ts';
import { auditStatement } from '../program/audit.repo.ts';
import type { Via } from '../program/audit.rules.ts';
import { guardQuery, guardsFrom, subjectOf, type Database } from '../program/commit.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { findPlanRate, insertPlanRate, planRateAt } from './plan-rate.repo.ts';

/** A plan's rate from an instant on. */
export interface PlanRateInput {
  plan: string;
  rate_bps: number;
  from_at: number;
  by: string;
  now: number;
  via?: Via | undefined;
}

/**
 * Files a plan's dated rate (C1), never for the past (`retroactive`). The same again writes nothing; another rate from the same instant
 * on is a `conflict`. Payments already told of that are dated later are booked anew; a replay does so again, in case the first was cut short.
 */
export async function setPlanRate(
  books: Database,
  { plan, rate_bps, from_at, by, now, via }: PlanRateInput,
): Promise<{ ok: true; first_time: boolean } | Refusal<'conflict' | 'retroactive' | 'busy'>> {
  const done = await writeOnce<{ first_time: boolean; told_until: number }, 'conflict' | 'retroactive'>(
    { books, now },
    null,
    async () => {
      const subjects = [subjectOf('plan', plan)];
      const guards = guardsFrom(subjects, await guardQuery(books, subjects));
      const known = await findPlanRate(books, plan, from_at);
      if (known) {
        if (known.rate_bps !== rate_bps) return { ok: false, reason: 'conflict' };
        return { ok: true, guards: [], statements: [], answer: { first_time: false, told_until: known.recorded_at } };
      }
      if (from_at < now) return { ok: false, reason: 'retroactive' };
      const log = auditStatement(books, {
        at: now,
        actor: by,
        via,
        action: 'plan.rate',
        subject: subjects[0] ?? '',
        details: { from_at },
        before: { rate_bps: (await planRateAt(books, plan, from_at))?.rate_bps ?? null },
        after: { rate_bps },
      });
      return {
        ok: true,
        guards,
        statements: [insertPlanRate(books, { plan, from_at, rate_bps, by, recorded_at: now }), log],
        answer: { first_time: true, told_until: now },
      };
    },
  );
  if (!done.ok) return done;
  const { first_time, told_until } = done.answer;
  // Payments told after the rate was filed were booked with it: their doors rest on the plan's version. A minute covers clocks that differ.
  await repostAccounts(
    books,
    await accountsOfPlanSince(books, { plan, from_at, told_until: told_until + 60_000 }),
    now,
  );
  return { ok: true, first_time };
}
