import type { PolicyVersion } from '../policy/policy.rules.ts';

/** A successful payment as it was told. A voided one is not among the facts. */
export interface PaymentFact {
  payment_id: string;
  /** What was paid, tax included, in minor units of `currency`. */
  amount: number;
  tax_amount: number;
  currency: string;
  plan: string | null;
  paid_at: number;
  /** The base an operator gave for a payment in another currency; null: none yet. */
  converted_amount: number | null;
  /** When a former program paid its commission: it then makes no line here. Null or left out: it earns as any other. */
  paid_elsewhere_at?: number | null;
}

/** A refund or lost dispute; `reversed_at` when it failed or the dispute was won after all. */
export interface RefundFact {
  refund_id: string;
  payment_id: string;
  amount: number;
  refunded_at: number;
  reversed_at: number | null;
}

/** A decision that says who the referrer is from `at` on. `n` is its place in the account's decisions. */
export interface ReferrerFact {
  n: number;
  decision_id: string;
  at: number;
  partner_id: string | null;
  /** R5: payments made before it earn nothing; null: all earn. */
  earns_from: number | null;
  /** S3: shown, and earns nothing. */
  blocked: boolean;
}

/** A dated rate; null ends an override. */
export interface RateFact {
  at: number;
  rate_bps: number | null;
}

/** A dated change of whether a partner is closed (P6). */
export interface ClosureFact {
  at: number;
  closed: boolean;
}

/** Everything known of one opened account that bears on what its payments make due. */
export interface AccountFacts {
  account_id: string;
  signed_up_at: number;
  /** The version in force at the signup: it governs the account for life. */
  policy: PolicyVersion;
  payments: readonly PaymentFact[];
  refunds: readonly RefundFact[];
  /** Instants at which the account's last subscription ended. */
  ends: readonly number[];
  referrers: readonly ReferrerFact[];
  partner_rates: Readonly<Record<string, readonly RateFact[]>>;
  plan_rates: Readonly<Record<string, readonly RateFact[]>>;
  /** Of partners that were ever closed; the others need none. */
  partner_closures: ReadonlyMap<string, readonly ClosureFact[]>;
}
