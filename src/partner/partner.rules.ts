import { openedHold, type HoldKind, type HoldRow } from '../hold/hold.rules.ts';
import type { PersonRow } from '../people/people.repo.ts';
import type { Told } from '../program/audit.rules.ts';
import type { Json } from '../program/canonical.rules.ts';
import {
  partnerAt,
  residencyGate,
  residencyOutcome,
  type PartnerAt,
  type PartnerFact,
  type PartnerRecord,
  type PartnerStatus,
  type ResidencyAnswers,
} from './facts.rules.ts';
import type { partnerFacts } from './partner.schema.ts';

export type PartnerFactRow = typeof partnerFacts.$inferSelect;

/** A dated fact with the person it points to, where it points to one. */
export interface StoredFact extends PartnerFact {
  match_hash: string | null;
  email: string | null;
  name: string | null;
}

/** One partner as read for a decision, facts in the order of `n`. */
export interface StoredPartner extends PartnerRecord {
  partner_id: string;
  recorded_at: number;
  facts: readonly StoredFact[];
}

/** What may change of a partner; `undefined` leaves a field as it is, `null` clears it. Contact and address are people made before. */
export interface PartnerChange {
  contact?: PersonRow | undefined;
  paypal?: PersonRow | null | undefined;
  country?: string | undefined;
  rate_bps?: number | null | undefined;
  status?: PartnerStatus | undefined;
  residency?: ResidencyAnswers | undefined;
  reason?: string | undefined;
  /** P6: why an operator who closes withholds the balance. */
  withhold_reason?: string | undefined;
}

/** Who asks, when, and what of the rest of the books the decision needs. */
export interface ChangeContext {
  /** The partner itself, or an operator. */
  asked: 'partner' | 'operator';
  by: string;
  now: number;
  /** Whether the new PayPal address serves, or has served, another partner (P3). */
  address_taken: boolean;
}

/** What a change writes. Ids of holds are made from `cause`: one cause opens one hold. */
export interface PartnerWrites {
  facts: PartnerFactRow[];
  people: PersonRow[];
  holds: { cause: readonly string[]; hold: Omit<HoldRow, 'hold_id'> }[];
  /** An operator has set the country: what waited for an operator's eye on it has been seen (P4). */
  country_seen: boolean;
}

type Decided = { ok: true; writes: PartnerWrites } | { ok: false; reason: 'address_taken' | 'withhold_needs_close' };
type Field = PartnerFactRow['field'];

/** The latest fact of a field, whatever its instant: what is on file. */
export function onFile(partner: Pick<StoredPartner, 'facts'>, field: Field): StoredFact | null {
  return partner.facts.findLast((fact) => fact.field === field) ?? null;
}

/** What a new partner's first facts say: every field once, so that what is first recorded holds for all earlier instants too. */
export function firstFacts(
  partner_id: string,
  change: Required<Pick<PartnerChange, 'status' | 'rate_bps' | 'country' | 'contact' | 'paypal'>>,
  by: string,
  at: number,
): PartnerFactRow[] {
  const values: [Field, string | null][] = [
    ['status', change.status ?? 'active'],
    ['rate_bps', change.rate_bps === null ? null : String(change.rate_bps)],
    ['country', change.country ?? null],
    ['contact', change.contact?.person_id ?? null],
    ['paypal', change.paypal?.person_id ?? null],
    ['residency', null],
  ];
  return values.map(([field, value], i) => ({ partner_id, n: i + 1, field, value, at, by, reason: null }));
}

/** Plain fields that change to another value. */
function changedValues(now: PartnerAt, change: PartnerChange): [Field, string | null][] {
  const changed: [Field, string | null][] = [];
  if (change.status !== undefined && change.status !== now.status) changed.push(['status', change.status]);
  if (change.rate_bps !== undefined && change.rate_bps !== now.rate_bps)
    changed.push(['rate_bps', change.rate_bps === null ? null : String(change.rate_bps)]);
  if (change.country !== undefined && change.country !== now.country) changed.push(['country', change.country]);
  const status = change.status ?? now.status;
  if (change.withhold_reason !== undefined && change.withhold_reason !== now.withheld)
    changed.push(['withheld', change.withhold_reason]);
  else if (status !== 'closed' && now.withheld !== null) changed.push(['withheld', null]);
  return changed;
}

/** P3: whether a payout to the PayPal address on file came back since it was set: to set it again says that it serves. */
export function cameBackSinceSet(partner: Pick<StoredPartner, 'facts' | 'came_back'>): boolean {
  const last = onFile(partner, 'paypal');
  if (last === null || last.value === null) return false;
  return partner.came_back.some((back) => back.address_hash === last.address_hash && back.at >= last.at);
}

/** Whether the PayPal address is set anew: another one, or the same one after a payout to it came back (P3). */
function setsAddress(partner: StoredPartner, paypal: PersonRow): boolean {
  const last = onFile(partner, 'paypal');
  if (last === null || last.value === null || last.address_hash !== paypal.address_hash) return true;
  return cameBackSinceSet(partner);
}

/** The person that stands for an address of this partner: the one it has had before, or a new one. */
function personFor(partner: StoredPartner, paypal: PersonRow): { person_id: string; is_new: boolean } {
  const known = partner.facts.findLast(
    (fact) => fact.field === 'paypal' && fact.value !== null && fact.address_hash === paypal.address_hash,
  );
  return known?.value ? { person_id: known.value, is_new: false } : { person_id: paypal.person_id, is_new: true };
}

/** Decides a change of a partner (P3, P4, P6) into dated facts, people and holds. Nothing changed writes nothing. */
export function decideChange(partner: StoredPartner, change: PartnerChange, context: ChangeContext): Decided {
  const current = partnerAt(partner, context.now);
  if (change.withhold_reason !== undefined && (change.status ?? current.status) !== 'closed')
    return { ok: false, reason: 'withhold_needs_close' };
  const writes: PartnerWrites = {
    facts: [],
    people: [],
    holds: [],
    country_seen: context.asked === 'operator' && change.country !== undefined && waitsForCountry(partner),
  };
  const { partner_id } = partner;
  const hold = (
    kind: HoldKind,
    cause: readonly string[],
    subjects: Parameters<typeof openedHold>[2],
    facts: Record<string, unknown>,
  ) => {
    const { hold_id: _, ...row } = openedHold(kind, '', { partner_id, ...subjects }, facts, context.now);
    writes.holds.push({ cause: [kind, ...cause], hold: row });
  };
  let n = partner.facts.at(-1)?.n ?? 0;
  const file = (field: Field, value: string | null) => {
    n += 1;
    writes.facts.push({ partner_id, n, field, value, at: context.now, by: context.by, reason: change.reason ?? null });
  };
  for (const [field, value] of changedValues(current, change)) {
    file(field, value);
    if (field === 'country' && value === 'US' && context.asked === 'partner')
      hold('country_change', [partner_id, String(n)], {}, { n, from: current.country });
  }
  if (change.contact !== undefined) {
    writes.people.push(change.contact);
    file('contact', change.contact.person_id);
  }
  if (change.paypal === null && onFile(partner, 'paypal')?.value != null) file('paypal', null);
  if (change.paypal && setsAddress(partner, change.paypal)) {
    if (context.address_taken && context.asked === 'operator') return { ok: false, reason: 'address_taken' };
    const { person_id, is_new } = personFor(partner, change.paypal);
    if (is_new) writes.people.push(change.paypal);
    file('paypal', person_id);
    if (context.address_taken) hold('address_in_use', [partner_id, person_id], { person_id }, { n });
  }
  if (change.residency !== undefined && !sameAnswers(current.residency, change.residency)) {
    file('residency', JSON.stringify(change.residency));
    const after = {
      ...partner,
      facts: [
        ...partner.facts,
        { ...blank, n, field: 'residency' as const, value: JSON.stringify(change.residency), at: context.now },
      ],
    };
    if (needsOperator(after, change.residency, context.now)) hold('residency', [partner_id, String(n)], {}, { n });
  }
  return { ok: true, writes };
}

/** What a change tells the audit log: status, rate and country with their values, whatever is personal only as `changed`. */
export function toldOfPartner(
  former: PartnerAt,
  { facts }: Pick<PartnerWrites, 'facts'>,
): { before: Told; after: Told } {
  const before: Told = {};
  const after: Told = {};
  const { status, rate_bps, country } = former;
  const known: Partial<Record<Field, Json>> = { status, rate_bps, country, withheld: former.withheld !== null };
  for (const { field, value } of facts) {
    const was = known[field];
    if (was !== undefined) before[field] = was;
    if (field === 'rate_bps') after[field] = value === null ? null : Number(value);
    else if (field === 'withheld') after[field] = value !== null;
    else after[field] = was === undefined ? 'changed' : value;
  }
  return { before, after };
}

/** Whether the partner's own change of country waits for an operator (P4). */
function waitsForCountry(partner: StoredPartner): boolean {
  return partner.holds.some((hold) => hold.kind === 'country_change' && hold.decision === null);
}

const blank = { address_hash: null, match_hash: null, email: null, name: null };

function sameAnswers(before: ResidencyAnswers | null, after: ResidencyAnswers): boolean {
  return (
    before !== null && (Object.keys(after) as (keyof ResidencyAnswers)[]).every((key) => before[key] === after[key])
  );
}

/** P4: once *manual* has been given, only an operator opens the gate; while no such question is open, one is put. */
function needsOperator(partner: StoredPartner, answers: ResidencyAnswers, at: number): boolean {
  if (partner.holds.some((hold) => hold.kind === 'residency' && hold.decision === null)) return false;
  if (residencyOutcome(answers) === 'manual') return true;
  const gate = residencyGate(partner, at);
  return !gate.open && gate.reason === 'manual';
}
