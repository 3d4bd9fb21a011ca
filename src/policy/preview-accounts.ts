import type { Database } from '../program/commit.repo.ts';
import { policyAt, type PolicyFields, type PolicyHistory, type PolicyVersion } from './policy.rules.ts';
import { TOP_PARTNERS } from './preview-pay-days.ts';
import { pageOfFacts } from './preview.repo.ts';
import { illustrate, notReplayed, topChanges, type AccountOutcome, type Both } from './preview.rules.ts';

/** Accounts read at once, and pages that one preview looks at. */
const PAGE_ACCOUNTS = 200;
const MAX_PAGES = 25;

/** What one partner's accounts come to. `accounts` are those that change. */
export interface IllustratedPartner {
  partner_id: string;
  accounts: number;
  commission: Both<number>;
  payable: Both<number>;
}

/** Present accounts had the proposed version governed them. */
export interface Illustration {
  accounts: number;
  commission: Both<number>;
  payable: Both<number>;
  first_pay_dates: { earlier: number; later: number; gained: number; lost: number };
  partners_changed: number;
  partners: IllustratedPartner[];
  not_replayed: { fields: string[]; accounts: number };
  /** The account to go on after; null where all have been looked at. */
  next: string | null;
}

const changesOf = ({ commission, payable }: IllustratedPartner) => [
  commission.proposed - commission.as_is,
  payable.proposed - payable.as_is,
];

class Tally {
  accounts = 0;
  readonly partners = new Map<string, IllustratedPartner>();
  readonly first_pay_dates = { earlier: 0, later: 0, gained: 0, lost: 0 };
  readonly fields = new Set<keyof PolicyFields>();
  unreplayed = 0;

  add({ as_is, proposed }: Both<AccountOutcome>, unreplayed: readonly (keyof PolicyFields)[]): void {
    this.accounts += 1;
    if (unreplayed.length > 0) this.unreplayed += 1;
    for (const field of unreplayed) this.fields.add(field);
    this.addDates(as_is.first_pay_date, proposed.first_pay_date);
    const ids = new Set([...as_is.shares, ...proposed.shares].map((share) => share.partner_id));
    for (const partner_id of ids) {
      const none = { commission: 0, payable: 0 };
      const now = as_is.shares.find((share) => share.partner_id === partner_id) ?? none;
      const then = proposed.shares.find((share) => share.partner_id === partner_id) ?? none;
      const row = this.partners.get(partner_id) ?? {
        partner_id,
        accounts: 0,
        commission: { as_is: 0, proposed: 0 },
        payable: { as_is: 0, proposed: 0 },
      };
      if (now.commission !== then.commission || now.payable !== then.payable) row.accounts += 1;
      row.commission.as_is += now.commission;
      row.commission.proposed += then.commission;
      row.payable.as_is += now.payable;
      row.payable.proposed += then.payable;
      this.partners.set(partner_id, row);
    }
  }

  private addDates(as_is: string | null, proposed: string | null): void {
    if (as_is === proposed) return;
    if (as_is === null) this.first_pay_dates.gained += 1;
    else if (proposed === null) this.first_pay_dates.lost += 1;
    else if (proposed < as_is) this.first_pay_dates.earlier += 1;
    else this.first_pay_dates.later += 1;
  }
}

/**
 * What present accounts would have earned by now had the proposed version governed them all along: an illustration, since no version does that
 * (it governs who signs up from its instant on). 5,000 accounts from behind `after` on, 250 queries at most.
 */
export async function previewAccounts(
  db: Database,
  history: PolicyHistory,
  proposed: PolicyVersion,
  query: { now: number; after: string; pages?: number },
): Promise<Illustration> {
  const { now } = query;
  const versions = { in_force: policyAt(history, now), proposed };
  const tally = new Tally();
  let after = query.after;
  let next: string | null = null;
  for (let page = 0; page < (query.pages ?? MAX_PAGES); page++) {
    const { last, accounts } = await pageOfFacts(db, history, after, PAGE_ACCOUNTS);
    for (const facts of accounts) tally.add(illustrate(facts, versions, now), notReplayed(facts.policy, proposed));
    next = last;
    if (last === null) break;
    after = last;
  }
  const partners = [...tally.partners.values()];
  const sum = (of: 'commission' | 'payable'): Both<number> => ({
    as_is: partners.reduce((amount, row) => amount + row[of].as_is, 0),
    proposed: partners.reduce((amount, row) => amount + row[of].proposed, 0),
  });
  const changed = partners.filter((row) => row.accounts > 0);
  return {
    accounts: tally.accounts,
    commission: sum('commission'),
    payable: sum('payable'),
    first_pay_dates: tally.first_pay_dates,
    partners_changed: changed.length,
    partners: topChanges(changed, changesOf, TOP_PARTNERS),
    not_replayed: { fields: [...tally.fields].toSorted(), accounts: tally.unreplayed },
    next,
  };
}
