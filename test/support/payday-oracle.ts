/**
 * Who is paid what on which Friday, worked out anew from the facts, straight from the policy (P1–P4, P6, P8, S3, C3). Like `oracle.ts` it
 * shares no code with `src/`: instead of lines it takes what each account is worth to a partner, and takes off what former Fridays took.
 */
import { dueOf, type Life } from './oracle.ts';
import { instantOf, wallOf } from './wall-clock.ts';

interface Dated {
  at: number;
}

/** What is known of one partner, each list in the order of filing; the first of a list holds for all earlier instants too. */
export interface PartnerLife {
  partner_id: string;
  statuses: (Dated & { status: string })[];
  /** P6: whether an operator keeps the balance of the closed partner back. */
  withheld: (Dated & { withheld: boolean })[];
  countries: (Dated & { country: string })[];
  answers: (Dated & { manual: boolean })[];
  addresses: (Dated & { address: string | null })[];
}

/** A question about a partner that only an operator's release settles. */
export interface PartnerQuestion {
  partner_id: string;
  kind: 'residency' | 'address_in_use' | 'country_change';
  address: string | null;
  opened_at: number;
  released_at: number | null;
}

/** A payout that came back for a reason on the receiver's side. */
export interface Refusal {
  partner_id: string;
  address: string;
  at: number;
}

/** S3, R3, C2: lines of an account, or of one payment, that are left out while it stands. */
export interface LineQuestion {
  partner_id: string | null;
  account_id: string | null;
  payment_id: string | null;
  opened_at: number;
  decided_at: number | null;
}

/** A line of a partner's own: an adjustment, or a payout's amount that came back. */
export interface OwnLine {
  partner_id: string;
  at: number;
  payable_at: number;
  amount: number;
}

/** The fields of the policy that decide a Friday, dated. */
export interface PaydayPolicy {
  effective_from: number;
  payout_threshold: number;
  max_payout: number | null;
  max_batch: number | null;
}

/** All that a Friday rests on. */
export interface Facts {
  timezone: string;
  policies: readonly PaydayPolicy[];
  accounts: readonly { account_id: string; life: Life }[];
  partners: readonly PartnerLife[];
  own: readonly OwnLine[];
  questions: readonly PartnerQuestion[];
  refusals: readonly Refusal[];
  held: readonly LineQuestion[];
}

const DAY = 86_400_000;
const LONGEST_ADDRESS_WAIT = 72 * 3_600_000;

const wallDay = (pay_date: string) => Date.parse(`${pay_date}T00:00:00Z`);

/** P1: the first instant after the Sunday–Saturday week that a pay day pays. */
export function weekEndOf(pay_date: string, timezone: string): number {
  const day = wallDay(pay_date);
  return instantOf(day - new Date(day).getUTCDay() * DAY, timezone);
}

/** P1: the Fridays after one day, up to another, both `YYYY-MM-DD`. */
export function fridaysAfter(after: string, until: string): string[] {
  const found: string[] = [];
  for (let day = wallDay(after) + DAY; day <= wallDay(until); day += DAY) {
    if (new Date(day).getUTCDay() === 5) found.push(new Date(day).toISOString().slice(0, 10));
  }
  return found;
}

/** Of dated facts, the one in force: what was filed first holds before it too. */
function last<T extends Dated>(filed: readonly T[], at: number): T | undefined {
  const told = filed.filter((one) => one.at <= at);
  return told.at(-1) ?? filed[0];
}

/** P2: the policy of a pay day is the one in force as its day begins. */
export function policyOn(facts: Pick<Facts, 'policies' | 'timezone'>, pay_date: string): PaydayPolicy {
  const began = instantOf(wallDay(pay_date), facts.timezone);
  const found = facts.policies.findLast((policy) => policy.effective_from <= began) ?? facts.policies[0];
  if (!found) throw new Error('there is no policy');
  return found;
}

const open = (question: PartnerQuestion, at: number) =>
  question.opened_at <= at && (question.released_at === null || question.released_at > at);

function residencyShut(facts: Facts, partner: PartnerLife, at: number): boolean {
  const own = facts.questions.filter((question) => question.partner_id === partner.partner_id);
  const home = last(partner.countries, at);
  if (home?.country === 'US') {
    return own.some((q) => q.kind === 'country_change' && q.opened_at >= home.at && open(q, at));
  }
  const told = partner.answers.filter((answer) => answer.at <= at);
  const answers = told.length > 0 ? told : partner.answers.slice(0, 1);
  if (answers.length === 0) return true;
  const asked = own.filter((q) => q.kind === 'residency');
  return answers.some(
    (answer) =>
      answer.manual &&
      (asked.some((q) => open(q, at)) ||
        !asked.some((q) => q.released_at !== null && q.released_at <= at && q.released_at >= answer.at)),
  );
}

/** P3: the address that serves at an instant, with the instant at which the partner last set it; null where none does. */
export function servingAddress(facts: Facts, partner: PartnerLife, at: number): string | null {
  const told = partner.addresses.filter((fact) => fact.at <= at);
  const filed = told.length > 0 ? told : partner.addresses.slice(0, 1);
  let serves: { address: string; set_at: number } | null = null;
  let former: string | null = null;
  let waits: { address: string; set_at: number; from: number } | null = null;
  const settle = (now: number) => {
    if (waits === null || waits.from > now) return;
    serves = { address: waits.address, set_at: waits.set_at };
    former = waits.address;
    waits = null;
  };
  for (const fact of filed) {
    settle(fact.at);
    if (fact.address === null) {
      serves = null;
      waits = null;
    } else if (former === null || former === fact.address) {
      serves = { address: fact.address, set_at: fact.at };
      former = fact.address;
      waits = null;
    } else {
      const since: number =
        waits !== null && waits.address === fact.address ? waits.from : fact.at + LONGEST_ADDRESS_WAIT;
      waits = { address: fact.address, set_at: fact.at, from: since };
    }
  }
  settle(at);
  if (serves === null) return null;
  const { address, set_at } = serves as { address: string; set_at: number };
  const mine = (other: { partner_id: string; address: string | null }) =>
    other.partner_id === partner.partner_id && other.address === address;
  const asked = facts.questions.some((q) => q.kind === 'address_in_use' && mine(q) && open(q, Math.max(at, set_at)));
  const refused = facts.refusals.some((refusal) => mine(refusal) && refusal.at <= at && refusal.at >= set_at);
  return asked || refused ? null : address;
}

/** P3, P4, P6: whether a partner may be paid at all at an instant, to which address, and whether the threshold counts. */
export function mayBePaid(facts: Facts, partner: PartnerLife, at: number): { address: string; closed: boolean } | null {
  const status = last(partner.statuses, at)?.status ?? 'active';
  const withheld = last(partner.withheld, at)?.withheld ?? false;
  const closed = status === 'closed';
  if (status !== 'active' && !(closed && !withheld)) return null;
  if (residencyShut(facts, partner, at)) return null;
  const address = servingAddress(facts, partner, at);
  return address === null ? null : { address, closed };
}

/** What one Friday took: by partner, by account (`''`: the partner's own lines). */
export type Taken = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What a Friday should be. */
export interface Payday {
  pays: Map<string, { amount: number; address: string }>;
  skips: Map<string, number>;
  taken: Map<string, Map<string, number>>;
  /** P8: whether it waits for an operator, as far as ceilings in amounts say. */
  above: boolean;
}

function isHeld(facts: Facts, account_id: string, payment_id: string, partner_id: string, at: number): boolean {
  return facts.held.some(
    (question) =>
      question.opened_at <= at &&
      (question.decided_at === null || question.decided_at > at) &&
      (question.partner_id === null || question.partner_id === partner_id) &&
      (question.account_id === account_id || (question.payment_id !== null && question.payment_id === payment_id)),
  );
}

/** What each partner's accounts, and lines of its own, came to by a week's end as the facts stood at the freeze. */
function worthAt(facts: Facts, week_end: number, at: number): Map<string, Map<string, number>> {
  const worth = new Map<string, Map<string, number>>();
  const add = (partner_id: string, key: string, amount: number) => {
    const own = worth.get(partner_id) ?? new Map<string, number>();
    own.set(key, (own.get(key) ?? 0) + amount);
    worth.set(partner_id, own);
  };
  for (const { account_id, life } of facts.accounts) {
    for (const due of dueOf(life, at)) {
      if (due.payable_at < week_end) add(due.partner_id, `${account_id} ${due.payment_id}`, due.amount);
    }
  }
  for (const line of facts.own) {
    if (line.at <= at && line.payable_at < week_end) add(line.partner_id, '', line.amount);
  }
  return worth;
}

/** P1, P2: what a pay day pays, and to whom, frozen at an instant after others have `taken` theirs. */
export function payday(facts: Facts, pay_date: string, frozen_at: number, taken: readonly Taken[]): Payday {
  const policy = policyOn(facts, pay_date);
  const worth = worthAt(facts, weekEndOf(pay_date, facts.timezone), frozen_at);
  const made: Payday = { pays: new Map(), skips: new Map(), taken: new Map(), above: false };
  for (const partner of facts.partners) {
    const { partner_id } = partner;
    const before = taken.map((one) => one.get(partner_id));
    const keys = new Set([worth.get(partner_id), ...before].flatMap((one) => [...(one?.keys() ?? [])]));
    const parts = new Map<string, number>();
    for (const key of keys) {
      const [account_id = '', payment_id = ''] = key.split(' ');
      if (key !== '' && isHeld(facts, account_id, payment_id, partner_id, frozen_at)) continue;
      const had = before.reduce((sum, one) => sum + (one?.get(key) ?? 0), 0);
      const amount = (worth.get(partner_id)?.get(key) ?? 0) - had;
      if (amount !== 0) parts.set(key, amount);
    }
    const due = [...parts.values()].reduce((sum, amount) => sum + amount, 0);
    if (due <= 0) continue;
    const may = mayBePaid(facts, partner, frozen_at);
    if (may && (may.closed || due >= policy.payout_threshold)) {
      made.pays.set(partner_id, { amount: due, address: may.address });
      made.taken.set(partner_id, parts);
    } else {
      made.skips.set(partner_id, due);
    }
  }
  const amounts = [...made.pays.values()].map(({ amount }) => amount);
  const whole = amounts.reduce((sum, amount) => sum + amount, 0);
  made.above =
    amounts.some((amount) => policy.max_payout !== null && amount > policy.max_payout) ||
    (policy.max_batch !== null && whole > policy.max_batch);
  return made;
}

/** The day that the program's wall shows. */
export function programDay(at: number, timezone: string): string {
  return new Date(wallOf(at, timezone)).toISOString().slice(0, 10);
}
