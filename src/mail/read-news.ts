import { readEarnings } from '../earnings/earnings.ts';
import { longMonth, type Letter, type Letterhead } from '../letter/letter.rules.ts';
import { gateLetter, statementLetter } from '../letter/news-letter.rules.ts';
import { moneyText } from '../money/currency.rules.ts';
import { readPartner } from '../partner/partner.repo.ts';
import { findSkip } from '../payout/batch.repo.ts';
import type { PolicyVersion } from '../policy/policy.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { monthSums } from './news.repo.ts';
import { gatesToTell, monthOf, opensItself } from './news.rules.ts';

/** The letter of a month of a partner, as the books stand now; what was told late of that month is in it. */
export async function readStatement(
  db: Database,
  head: Letterhead,
  partner_id: string,
  month_name: string,
  policy: Pick<PolicyVersion, 'currency' | 'timezone'>,
): Promise<Letter> {
  const month = monthOf(month_name, policy.timezone);
  const [sums, { totals }] = await Promise.all([
    monthSums(db, partner_id, month),
    readEarnings(db, partner_id, month.end_at - 1, head.dated_at),
  ]);
  const text = (amount: number) => moneyText(amount, policy.currency);
  return statementLetter(head, {
    month: longMonth(month_name),
    earned: text(sums.earned),
    taken_back: text(sums.taken_back),
    paid: text(sums.paid),
    pending: text(totals.pending),
    payable: text(totals.payable),
    owed_back: totals.owed_back > 0 ? text(totals.owed_back) : null,
  });
}

/**
 * The letter about what kept a partner from being paid on a pay day; null where nothing of it stands in the way any more, or what does is not
 * theirs to open.
 */
export async function readGateLetter(
  db: Database,
  head: Letterhead,
  skipped: { partner_id: string; pay_date: string },
  setting: { public_url: string; currency: string; now: number },
): Promise<Letter | null> {
  const [skip, { partner }] = await Promise.all([
    findSkip(db, skipped.pay_date, skipped.partner_id),
    readPartner(db, skipped.partner_id),
  ]);
  if (!skip || !partner) return null;
  const { shut, own } = opensItself(partner, setting.now);
  const gates = gatesToTell(skip).filter(({ gate }) => shut.has(gate));
  if (gates.length === 0 || !gates.every(({ gate }) => own.has(gate))) return null;
  return gateLetter(
    head,
    { pay_date: skipped.pay_date, amount: moneyText(skip.amount, setting.currency), gates },
    setting.public_url,
  );
}
