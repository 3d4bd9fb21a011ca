import { and, asc, eq, gt, inArray } from 'drizzle-orm';

import { people } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { ON_THE_WAY } from './outcome.rules.ts';
import { payouts } from './payout.schema.ts';

const PAGE = 5000;

/** A payout on the way with the address that it goes to; null where that has been erased. */
export interface ExportRow {
  payout_id: string;
  partner_id: string;
  amount: number;
  email: string | null;
}

/** A batch's payouts of which no outcome is known yet, with their addresses, in the partners' order. */
export async function payoutsOnTheWay(db: Database, pay_date: string): Promise<ExportRow[]> {
  const all: ExportRow[] = [];
  for (let after = ''; ;) {
    const page = await db
      .select({
        payout_id: payouts.payout_id,
        partner_id: payouts.partner_id,
        amount: payouts.amount,
        email: people.email,
      })
      .from(payouts)
      .leftJoin(people, eq(people.person_id, payouts.person_id))
      .where(
        and(eq(payouts.pay_date, pay_date), gt(payouts.partner_id, after), inArray(payouts.status, [...ON_THE_WAY])),
      )
      .orderBy(asc(payouts.partner_id))
      .limit(PAGE);
    all.push(...page);
    const last = page.at(-1);
    if (!last || page.length < PAGE) return all;
    after = last.partner_id;
  }
}
