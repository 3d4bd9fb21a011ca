/** A dated fact of a partner, as `partner_facts` holds it. `contact` and `paypal` rows come with the address's keyed hash. */
export interface PartnerFact {
  n: number;
  field: 'status' | 'rate_bps' | 'country' | 'contact' | 'paypal' | 'residency' | 'withheld';
  value: string | null;
  at: number;
  address_hash: string | null;
}

/** A hold that concerns the partner (not an account's): the address in question with its hash, where it is about one. */
export interface PartnerHold {
  kind: 'residency' | 'address_in_use' | 'country_change';
  person_id: string | null;
  address_hash: string | null;
  opened_at: number;
  decision: 'release' | 'deny' | null;
  decided_at: number | null;
}

/** A payout that came back for a reason on the receiver's side: the address it went to, and when that became known. */
export interface CameBack {
  person_id: string;
  address_hash: string | null;
  at: number;
}

/** All that is known of one partner, facts in the order of `n`. */
export interface PartnerRecord {
  facts: readonly PartnerFact[];
  holds: readonly PartnerHold[];
  came_back: readonly CameBack[];
}

/** P6. */
export type PartnerStatus = 'applied' | 'active' | 'suspended' | 'closed';

/** P4: the four answers. */
export interface ResidencyAnswers {
  us_citizen: boolean;
  us_green_card: boolean;
  us_over_183_days: boolean;
  us_worked_last_year: boolean;
}

/** What holds of a partner at an instant. `contact` is a person_id; `withheld` is not null while an operator withholds a closed balance. */
export interface PartnerAt {
  status: PartnerStatus;
  rate_bps: number | null;
  country: string | null;
  contact: string | null;
  residency: ResidencyAnswers | null;
  withheld: string | null;
}

type Field = PartnerFact['field'];

/**
 * The facts of a field that count at an instant, in order. What is first recorded of a field holds for all earlier instants too, so
 * that there is one as soon as any is known.
 */
function factsOf(record: PartnerRecord, field: Field, at: number): PartnerFact[] {
  const all = record.facts.filter((fact) => fact.field === field);
  const told = all.filter((fact) => fact.at <= at);
  return told.length > 0 ? told : all.slice(0, 1);
}

/** The one of some dated facts, oldest first, that is in force at an instant; what is recorded first holds for all earlier instants too. */
export function inForce<Fact extends { at: number }>(facts: readonly Fact[], at: number): Fact | undefined {
  return facts.findLast((fact) => fact.at <= at) ?? facts[0];
}

function valueAt(record: PartnerRecord, field: Field, at: number): string | null {
  const own = record.facts.filter((fact) => fact.field === field);
  return inForce(own, at)?.value ?? null;
}

/** What holds of a partner at an instant: of each field the last fact filed up to then. A partner without a status is active. */
export function partnerAt(record: PartnerRecord, at: number): PartnerAt {
  const rate = valueAt(record, 'rate_bps', at);
  const answers = valueAt(record, 'residency', at);
  return {
    status: (valueAt(record, 'status', at) ?? 'active') as PartnerStatus,
    rate_bps: rate === null ? null : Number(rate),
    country: valueAt(record, 'country', at),
    contact: valueAt(record, 'contact', at),
    residency: answers === null ? null : (JSON.parse(answers) as ResidencyAnswers),
    withheld: valueAt(record, 'withheld', at),
  };
}

/** Whether a hold keeps its gate shut at an instant: open or denied; only a release opens it. */
function shuts(hold: PartnerHold, at: number): boolean {
  const released = hold.decision === 'release' && hold.decided_at !== null && hold.decided_at <= at;
  return hold.opened_at <= at && !released;
}

/** The form that the answers ask for (P4): the first that fits. */
export function residencyOutcome(answers: ResidencyAnswers): 'w9' | 'manual' | 'w8ben_review' | 'w8ben' {
  if (answers.us_citizen || answers.us_green_card) return 'w9';
  if (answers.us_over_183_days) return 'manual';
  return answers.us_worked_last_year ? 'w8ben_review' : 'w8ben';
}

/** Whether a partner may be paid for where they live (P4), and which form that asks for; null for a partner in the US. */
export type ResidencyGate =
  | { open: true; form: 'w9' | 'w8ben_review' | 'w8ben' | null }
  | { open: false; reason: 'country_change' | 'unanswered' | 'manual' };

/**
 * P4. A partner in the US passes, but not while a change to it by the partner waits for an operator (or was denied). Any other answers
 * four questions. *Manual*, once given, is opened only by the release of a `residency` hold decided after that answer.
 */
export function residencyGate(record: PartnerRecord, at: number): ResidencyGate {
  const { country } = partnerAt(record, at);
  if (country === 'US') {
    // A country that an operator sets later leaves the holds on former changes behind.
    const since = factsOf(record, 'country', at).at(-1)?.at ?? 0;
    const unseen = record.holds.some(
      (hold) => hold.kind === 'country_change' && hold.opened_at >= since && shuts(hold, at),
    );
    return unseen ? { open: false, reason: 'country_change' } : { open: true, form: null };
  }
  const given = factsOf(record, 'residency', at);
  const last = given.at(-1)?.value ?? null;
  if (last === null) return { open: false, reason: 'unanswered' };
  const holds = record.holds.filter((hold) => hold.kind === 'residency');
  const manual = given.filter((fact) => fact.value !== null && residencyOutcome(JSON.parse(fact.value)) === 'manual');
  const released = (answered_at: number) =>
    holds.some(
      (hold) => !shuts(hold, at) && hold.decided_at !== null && hold.decided_at <= at && hold.decided_at >= answered_at,
    );
  if (manual.some((fact) => holds.some((hold) => shuts(hold, at)) || !released(fact.at))) {
    return { open: false, reason: 'manual' };
  }
  const form = residencyOutcome(JSON.parse(last));
  // A manual answer that an operator has let pass asks for what is asked of any partner abroad, with review.
  return { open: true, form: form === 'manual' ? 'w8ben_review' : form };
}

/** P3: how long an address that replaces another waits. */
export const ADDRESS_WAIT_MS = 72 * 60 * 60 * 1000;

/** The PayPal address that payouts go to at an instant, or why there is none; `waiting` says when the next one serves. */
export type AddressGate =
  | { open: true; person_id: string; address_hash: string | null }
  | { open: false; reason: 'none' | 'waiting' | 'in_use' | 'came_back'; opens_at: number | null };

interface Address {
  identity: string;
  person_id: string;
  address_hash: string | null;
  /** When the partner last set it. */
  set_at: number;
}

interface Serving {
  current: Address | null;
  /** The one that served last, even if it was cleared since: to set it again replaces nothing. */
  last: string | null;
  next: (Address & { from_at: number }) | null;
}

function identityOf(address: { person_id: string | null; address_hash: string | null }): string {
  return address.address_hash ?? address.person_id ?? '';
}

/** Lets the address that waits take its place once its time has come. */
function promoted(serving: Serving, at: number): Serving {
  const { next } = serving;
  return next && next.from_at <= at ? { current: next, last: next.identity, next: null } : serving;
}

function afterFact(before: Serving, fact: PartnerFact): Serving {
  const serving = promoted(before, fact.at);
  if (fact.value === null) return { current: null, last: serving.last, next: null };
  const { value: person_id, address_hash } = fact;
  const address = {
    identity: identityOf({ person_id, address_hash }),
    person_id,
    address_hash,
    set_at: fact.at,
  };
  if (serving.last === null || serving.last === address.identity) {
    return { current: address, last: address.identity, next: null };
  }
  // To set the address that waits already does not start its wait anew.
  const waited = serving.next?.identity === address.identity ? serving.next.from_at : fact.at + ADDRESS_WAIT_MS;
  return { ...serving, next: { ...address, from_at: waited } };
}

/**
 * P3. The first address serves at once. One that replaces another serves 72 hours after it was set; until then the former serves,
 * unless it was cleared or a payout to it came back. Clearing stops at once. An address under an `address_in_use` hold does not serve
 * until that is released; one that a payout came back from, not until it is set again.
 */
export function payoutAddressAt(record: PartnerRecord, at: number): AddressGate {
  const told = factsOf(record, 'paypal', at);
  const start: Serving = { current: null, last: null, next: null };
  const { current, next } = promoted(told.reduce(afterFact, start), at);
  const waiting = next ? { reason: 'waiting' as const, opens_at: next.from_at } : null;
  if (!current) return { open: false, ...(waiting ?? { reason: 'none', opens_at: null }) };
  // A first address holds for earlier instants too, and so does what stands against it.
  const instant = Math.max(at, current.set_at);
  const same = (other: { person_id: string | null; address_hash: string | null }) =>
    identityOf(other) === current.identity || other.person_id === current.person_id;
  if (record.holds.some((hold) => hold.kind === 'address_in_use' && same(hold) && shuts(hold, instant))) {
    return { open: false, ...(waiting ?? { reason: 'in_use', opens_at: null }) };
  }
  if (record.came_back.some((back) => same(back) && back.at <= at && current.set_at <= back.at)) {
    return { open: false, ...(waiting ?? { reason: 'came_back', opens_at: null }) };
  }
  return { open: true, person_id: current.person_id, address_hash: current.address_hash };
}
