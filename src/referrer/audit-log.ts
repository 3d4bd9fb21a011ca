import { movedInto } from '../account/family.repo.ts';
import type { ClicksDatabase } from '../archive/open.ts';
import { recordedClicks } from '../archive/recorded.ts';
import { lastClick, type CandidateClick, type ConsideredClick } from '../attribution/last-click.rules.ts';
import { readLinkHistory } from '../attribution/standing.repo.ts';
import { addCalendarDays } from '../calendar/zone.rules.ts';
import type { PolicyFields } from '../policy/policy.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { clicksOfAccounts } from '../signup/evidence.repo.ts';
import { endOfSecond } from '../signup/gather.ts';

/** What the recorded clicks say about a signup (R4). */
export interface AuditLog {
  /** Whether a visitor's token came with the trusted record that opened the account. */
  visitors_known: boolean;
  /** Whose link carried the last click that counts; null: none counts. */
  found: string | null;
  considered: ConsideredClick[];
}

/** Stands where there is nothing to ask for, so that asking costs the same. */
const NOTHING = '-';

/**
 * Runs L1 again over what is recorded, up to the signup, of the visitors whose token came with the trusted record that opened the account
 * (or with a form that this record took in); what a form posts later adds none. A token's own click counts as it was recorded, and as a
 * person's where its row was lost. Always the same reads, whatever there is to find.
 */
export async function readAuditLog(
  { books, clicks }: { books: Database; clicks: ClicksDatabase },
  account: { account_id: string; signed_up_at: number },
  policy: Pick<PolicyFields, 'click_lifetime_days' | 'timezone'>,
): Promise<AuditLog> {
  const { account_id, signed_up_at } = account;
  const oldest_at = addCalendarDays(signed_up_at, -policy.click_lifetime_days, policy.timezone);
  // What was merged into the account or handed over to it brought its own.
  const members = await movedInto(books, account_id);
  const own = await clicksOfAccounts(books, [account_id, ...members.map((member) => member.account_id)]);
  const visitors = own.length === 0 ? [NOTHING] : [...new Set(own.map((click) => click.visitor_id))];
  const recorded = await recordedClicks(clicks, visitors, oldest_at, endOfSecond(signed_up_at));
  const byId = new Map<string, CandidateClick>();
  for (const { click_id, visitor_id, code, clicked_at } of own)
    byId.set(click_id, { click_id, visitor_id, code, clicked_at, class: 'person' });
  for (const { click_id, visitor_id, code, clicked_at, class: recordedAs } of recorded)
    byId.set(click_id, { click_id, visitor_id, code, clicked_at, class: recordedAs });
  const candidates = [...byId.values()];
  const codes = candidates.length === 0 ? [NOTHING] : candidates.map((click) => click.code);
  const history = await readLinkHistory(books, codes);
  const { winner, considered } = lastClick(candidates, (click) => history.at(click.code, click.clicked_at), {
    signed_up_at,
    oldest_at,
  });
  return { visitors_known: own.length > 0, found: winner?.partner_id ?? null, considered };
}
