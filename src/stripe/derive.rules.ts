import { compareText } from '../commission/term.rules.ts';
import type { Fact, FactOf } from './fact.ts';
import { placed, uninvoiced, type KnownPayment } from './placed.rules.ts';
import { factsOfKind, type WantedDispute, type WantedRefund } from './refunds.rules.ts';

/** What an account's signup rests on, as far as Stripe knows it. */
export interface WantedSignup {
  signed_up_at: number;
  tokens: string[];
  signup_ref: string | null;
  /** The address it was opened with, and the one it has now: ids in `people`. */
  first_person_id: string | null;
  person_id: string | null;
  /** All addresses that the customer itself ever had. */
  known_person_ids: string[];
  codes: { code: string; used_at: number }[];
}

/** A paid invoice as a payment. */
export interface WantedPayment {
  payment_id: string;
  amount: number;
  tax_amount: number;
  currency: string;
  plan: string | null;
  paid_at: number;
}

/** All that accumulated facts say of one account. */
export interface WantedAccount {
  account_id: string;
  /** Ids that its customers were known by before their metadata named the account. */
  aliases: string[];
  signup: WantedSignup;
  payments: WantedPayment[];
  refunds: WantedRefund[];
  disputes: WantedDispute[];
  /** When its last subscription ended (V2). */
  ends: number[];
  /** When any subscription ended: an end among these that is none of the account is void. */
  all_ends: number[];
}

/** What cannot be told yet, and why. */
export interface Waiting {
  object_id: string;
  /**
   * `unknown_payment`: no payment is known that it belongs to. `no_invoice`, `no_customer`: money that was collected, and nothing says for
   * what or of whom. `two_accounts`: its metadata has named two. The others: what a door said when it was told.
   */
  reason: 'unknown_payment' | 'no_invoice' | 'no_customer' | 'two_accounts' | 'conflict' | 'account_held';
}

/** The object behind an id made from it. */
const objectOf = (id: string): string => id.split(':')[0] ?? id;

const unknown = (id: string): Waiting => ({ object_id: objectOf(id), reason: 'unknown_payment' });

/** What is to stand of payments that the books have and no event told of. */
export type WantedElsewhere = Pick<WantedAccount, 'account_id' | 'refunds' | 'disputes'>;

/** What facts come to. */
export interface Derived {
  accounts: WantedAccount[];
  elsewhere: WantedElsewhere[];
  waiting: Waiting[];
}

const byValue = (a: Fact, b: Fact) => a.at - b.at || compareText(JSON.stringify(a.value), JSON.stringify(b.value));

/** The account of each customer: what its own metadata names, else what another object's does, else the customer's id. */
function accountsOf(facts: readonly Fact[]): Map<string, string> {
  const named = factsOfKind(facts, 'account').toSorted(
    (a, b) => Number(a.value.of === 'other') - Number(b.value.of === 'other') || byValue(a, b),
  );
  const customers = new Set(
    facts.filter((fact) => fact.kind === 'customer' || fact.kind === 'seen').map((fact) => fact.object_id),
  );
  return new Map([...customers].map((id) => [id, named.find((fact) => fact.object_id === id)?.value.account_id ?? id]));
}

function signupOf(facts: readonly Fact[], customers: ReadonlySet<string>): WantedSignup {
  const own = facts.filter((fact) => customers.has(fact.object_id));
  const created = factsOfKind(own, 'customer').map((fact) => fact.at);
  const seen = factsOfKind(own, 'seen').map((fact) => fact.at);
  const typed = new Map(factsOfKind(facts, 'promotion').map((fact) => [fact.object_id, fact.value.code]));
  const given = factsOfKind(own, 'address').toSorted(byValue);
  const addresses = given.filter((fact) => fact.value.of === 'customer');
  const [other] = given;
  const codes = factsOfKind(own, 'code').toSorted(byValue);
  return {
    signed_up_at: Math.min(...(created.length > 0 ? created : seen)),
    tokens: [
      ...new Set(
        factsOfKind(own, 'token')
          .toSorted(byValue)
          .map((fact) => fact.value.token),
      ),
    ],
    signup_ref: factsOfKind(own, 'signup_ref').toSorted(byValue)[0]?.value.signup_ref ?? null,
    first_person_id: (addresses[0] ?? other)?.value.person_id ?? null,
    person_id: (addresses.at(-1) ?? other)?.value.person_id ?? null,
    known_person_ids: [...new Set((addresses.length > 0 ? addresses : given).map((fact) => fact.value.person_id))],
    codes: codes.flatMap(({ at, value: { code } }) =>
      [code, typed.get(code)].flatMap((name) => (name === undefined ? [] : [{ code: name, used_at: at }])),
    ),
  };
}

/** A subscription by when it began and ended. */
interface Interval {
  from_at: number;
  until_at: number;
}

function intervalsOf(facts: readonly Fact[], customers: ReadonlySet<string>): Interval[] {
  const intervals = new Map<string, Interval>();
  const ended = factsOfKind(facts, 'subscription_ended');
  for (const { object_id, at, value } of factsOfKind(facts, 'subscription')) {
    if (!customers.has(value.customer)) continue;
    const from_at = Math.min(at, intervals.get(object_id)?.from_at ?? at);
    const ends = ended.filter((fact) => fact.object_id === object_id).map((fact) => fact.at);
    intervals.set(object_id, { from_at, until_at: Math.min(...ends, Number.POSITIVE_INFINITY) });
  }
  return [...intervals.values()];
}

/** V2: an account ends when a subscription ends and no other one is left: the union of their stretches has an end there. */
export function endsOf(intervals: readonly Interval[]): { ends: number[]; all_ends: number[] } {
  const all_ends = [...new Set(intervals.map((one) => one.until_at))].filter(Number.isFinite).toSorted((a, b) => a - b);
  const ends = all_ends.filter((at) => !intervals.some((one) => one.from_at <= at && one.until_at > at));
  return { ends, all_ends };
}

/** Of several tellings of one invoice the first: each event of it says the same. */
function paymentsOf(facts: readonly Fact[], customers: ReadonlySet<string>): WantedPayment[] {
  const byId = new Map<string, FactOf<'invoice'>>();
  for (const fact of factsOfKind(facts, 'invoice').toSorted(byValue))
    if (customers.has(fact.value.customer) && !byId.has(fact.object_id)) byId.set(fact.object_id, fact);
  return [...byId.values()].map(({ object_id, at, value }) => ({
    payment_id: object_id,
    amount: value.amount,
    tax_amount: value.tax,
    currency: value.currency,
    plan: value.plan,
    paid_at: at,
  }));
}

/** Customers whose own metadata has named more than one account: what was told of the one stays there. */
function ambiguous(facts: readonly Fact[]): string[] {
  const own = factsOfKind(facts, 'account').filter((fact) => fact.value.of === 'customer');
  return [...Map.groupBy(own, (fact) => fact.object_id)].flatMap(([id, rows]) =>
    new Set(rows.map((row) => row.value.account_id)).size > 1 ? [id] : [],
  );
}

/**
 * What the accumulated facts of customers say (L1, L3, C1, C2, V2): pure, and the same for the same set of facts, in whatever order and how
 * often they were told. What hangs on nothing known yet waits. `known` are payments that the books have under these ids.
 */
export function derive(facts: readonly Fact[], known: readonly KnownPayment[] = []): Derived {
  const accountOf = accountsOf(facts);
  const invoices = paymentsOf(facts, new Set(accountOf.keys()));
  const amounts = new Map([...invoices, ...known].map((payment) => [payment.payment_id, payment.amount]));
  const { refunds, disputes, unplaced } = placed(facts, amounts);
  const ownerOf = new Map(factsOfKind(facts, 'invoice').map((fact) => [fact.object_id, fact.value.customer]));
  const waiting: Waiting[] = [
    ...unplaced.map(unknown),
    ...uninvoiced(facts, new Set(amounts.keys())),
    ...ambiguous(facts).map((object_id) => ({ object_id, reason: 'two_accounts' as const })),
  ];
  const accounts = [...new Set(accountOf.values())].toSorted(compareText).map((account_id): WantedAccount => {
    const customers = new Set([...accountOf].flatMap(([id, account]) => (account === account_id ? [id] : [])));
    const ours = (row: { payment_id: string }) => customers.has(ownerOf.get(row.payment_id) ?? '');
    return {
      account_id,
      aliases: [...customers].filter((id) => id !== account_id),
      signup: signupOf(facts, customers),
      payments: paymentsOf(facts, customers),
      refunds: refunds.filter(ours),
      disputes: disputes.filter(ours),
      ...endsOf(intervalsOf(facts, customers)),
    };
  });
  const elsewhere = known
    .filter(({ payment_id }) => !ownerOf.has(payment_id))
    .map(({ payment_id, account_id }): WantedElsewhere => {
      const ours = (row: { payment_id: string }) => row.payment_id === payment_id;
      return { account_id, refunds: refunds.filter(ours), disputes: disputes.filter(ours) };
    })
    .filter((one) => one.refunds.length + one.disputes.length > 0);
  return { accounts, elsewhere, waiting };
}
