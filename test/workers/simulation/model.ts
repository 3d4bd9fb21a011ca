import type { Life, LifeEvent, OraclePolicy, OracleRate, OracleStatus } from '../../support/oracle.ts';
import type { PartnerLife, PaydayPolicy, Taken } from '../../support/payday-oracle.ts';

/** The policy's fields that the simulation changes, from an instant on. */
export type Policy = OraclePolicy & PaydayPolicy & { max_growth: number | null };

/** The first version, as the first migration writes it. */
export const FIRST_POLICY: Policy = {
  effective_from: 0,
  default_rate_bps: 2500,
  vesting_days: 90,
  reactivation_days: 30,
  client_since: 'first_payment',
  timezone: 'America/Los_Angeles',
  currency: 'USD',
  payout_threshold: 10_000,
  max_payout: 2_000_000,
  max_batch: null,
  max_growth: null,
};

/** A fact of an account that has been told; a voided one never was. */
export type Told = { voided: boolean } & LifeEvent;

/** An account of the simulated world, with what the books have been told of it. */
export interface Account {
  account_id: string;
  email: string;
  signed_up_at: number;
  /** Whether its signup has been told: until then its facts are parked. */
  opened: boolean;
  /** Whether it pays month by month. */
  pays: boolean;
  plan: string | null;
  price: number;
  told: Told[];
  /** The recorded clicks of the visitor whose token came with the signup; null: none came. */
  visitor: readonly VisitorClick[] | null;
  /** Partners to whom its client has said no, and claims that were filed. */
  said_no: string[];
  claims: { partner_id: string; filed_at: number; over: boolean }[];
}

/** A click as it is recorded. */
export interface VisitorClick {
  code: string;
  clicked_at: number;
  class: string;
}

/** A partner with what only the simulation needs. */
export interface Partner extends PartnerLife {
  email: string;
  codes: { code: string; retired_at: number | null }[];
}

/** What the simulation has told the books, and what they must make of it. */
export class Model {
  readonly accounts: Account[] = [];
  readonly partners: Partner[] = [];
  readonly policies: Policy[] = [FIRST_POLICY];
  readonly partner_rates: Record<string, OracleRate[]> = {};
  readonly partner_statuses: Record<string, OracleStatus[]> = {};
  readonly plan_rates: Record<string, OracleRate[]> = {};
  readonly adjustments: { partner_id: string; at: number; amount: number }[] = [];
  /** What each Friday took, by pay day. */
  readonly taken = new Map<string, Taken>();

  /** The policy that governs an account which signed up at an instant. */
  policyAt(at: number): Policy {
    return this.policies.findLast((policy) => policy.effective_from <= at) ?? FIRST_POLICY;
  }

  partner(partner_id: string): Partner {
    const found = this.partners.find((partner) => partner.partner_id === partner_id);
    if (!found) throw new Error(`no partner ${partner_id}`);
    return found;
  }

  account(account_id: string): Account {
    const found = this.accounts.find((account) => account.account_id === account_id);
    if (!found) throw new Error(`no account ${account_id}`);
    return found;
  }

  statusAt(partner: Partner, at: number): string {
    return (partner.statuses.findLast((fact) => fact.at <= at) ?? partner.statuses[0])?.status ?? 'active';
  }

  /** An opened account's life as the oracle reads it; null while its facts are parked. */
  life(account: Account): Life | null {
    if (!account.opened) return null;
    const { partner_rates, plan_rates, partner_statuses } = this;
    const policy = this.policyAt(account.signed_up_at);
    const events = account.told.filter((event) => !event.voided);
    return { signed_up_at: account.signed_up_at, policy, events, partner_rates, plan_rates, partner_statuses };
  }

  /** Of an account's facts of a type, those that stand. */
  standing<T extends LifeEvent['type']>(account: Account, type: T): Extract<Told, { type: T }>[] {
    return account.told.filter((event): event is Extract<Told, { type: T }> => event.type === type && !event.voided);
  }

  /** The partner that the latest decision on an account names. */
  referrer(account: Account): { partner_id: string | null; blocked: boolean } | null {
    return (
      this.standing(account, 'referrer')
        .toSorted((a, b) => a.n - b.n)
        .at(-1) ?? null
    );
  }
}
