import type { Door, Refusal } from '../account/write.ts';
import { leaveApplication } from '../application/leave.ts';
import { holdIdOf } from '../hold/hold-id.ts';
import { openHolds } from '../hold/hold.repo.ts';
import { moveUserOf } from '../identity/user.repo.ts';
import { accountsPaidSince } from '../ledger/repost.repo.ts';
import { repostAccounts } from '../ledger/repost.ts';
import { tellMoved } from '../mail/letters.ts';
import type { Hasher } from '../people/hash.ts';
import { insertPeople, makePerson } from '../people/people.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { subjectOf, type Statement } from '../program/commit.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { rereadReferred } from '../referrer/self-referral-reread.ts';
import type { PartnerIdentity } from '../referrer/self-referral.rules.ts';
import { callOffAll } from './email-change.repo.ts';
import { partnerAt, type PartnerStatus, type ResidencyAnswers } from './facts.rules.ts';
import { addressTaken, insertFacts, readPartner, settleCountryHolds } from './partner.repo.ts';
import {
  decideChange,
  onFile,
  toldOfPartner,
  type PartnerChange,
  type PartnerWrites,
  type StoredPartner,
} from './partner.rules.ts';
import { tellAddressChange, tellContactOfAddress } from './tell-address.ts';
import { partnerView, type PartnerView } from './view.ts';

/** Fields to change, as sent: `undefined` leaves one as it is, `null` clears it. */
export interface PartnerPatch {
  name?: string | undefined;
  email?: string | undefined;
  country?: string | undefined;
  paypal_email?: string | null | undefined;
  rate_bps?: number | null | undefined;
  status?: PartnerStatus | undefined;
  residency?: ResidencyAnswers | undefined;
  reason?: string | undefined;
  withhold_reason?: string | undefined;
}

type Changed =
  | { ok: true; partner: PartnerView; fields: string[] }
  | Refusal<'not_found' | 'address_taken' | 'withhold_needs_close' | 'conflict' | 'busy'>;

/**
 * Changes a partner's dated facts at the door's clock. `asked` says who asks: to an operator a PayPal address of another partner is
 * `address_taken`; a partner is not told, but the address does not serve until an operator decides (P3). A country set to the US by the
 * partner, and *manual* answers, wait for an operator (P4). New addresses are held against the accounts that the partner refers (S3).
 * A rate counts from now on, for payments already told of that are dated later too (C1). The same change again writes nothing; what `also`
 * gives is written with it in any case.
 */
export async function changePartner(
  door: Door,
  hasher: Hasher,
  asked: 'partner' | 'operator',
  partner_id: string,
  patch: PartnerPatch,
  also: readonly Statement[] = [],
): Promise<Changed> {
  const made = await makeAddresses(hasher, patch);
  const done = await writeOnce(door, null, () => decide(door, hasher, asked, partner_id, patch, made, also));
  if (!done.ok) return done;
  // What is dated from now on may bear on payments that were told as future ones.
  if (patch.rate_bps !== undefined || patch.status !== undefined)
    await repostAccounts(door.books, await accountsPaidSince(door.books, { partner_id, from_at: door.now }), door.now);
  const { partner } = await readPartner(door.books, partner_id);
  return partner
    ? { ok: true, partner: partnerView(partner, door.now), fields: done.answer }
    : { ok: false, reason: 'not_found' };
}

interface Made {
  /** Hashes of a contact's new address. */
  email: Awaited<ReturnType<typeof makePerson>> | null;
  paypal: Awaited<ReturnType<typeof makePerson>> | null;
}

async function makeAddresses(hasher: Hasher, patch: PartnerPatch): Promise<Made> {
  return {
    email: patch.email === undefined ? null : await makePerson(hasher, { email: patch.email }),
    paypal: patch.paypal_email == null ? null : await makePerson(hasher, { email: patch.paypal_email }),
  };
}

/** The contact as it will be; undefined where neither name nor address changes. */
function contactOf(partner: StoredPartner, patch: PartnerPatch, made: Made): PartnerChange['contact'] {
  const former = onFile(partner, 'contact');
  const email = patch.email ?? former?.email ?? null;
  const name = patch.name ?? former?.name ?? null;
  if (email === (former?.email ?? null) && name === (former?.name ?? null)) return undefined;
  if (made.email) return { ...made.email, name };
  if (!former || former.email === null) return undefined;
  return {
    person_id: `per_${crypto.randomUUID().replaceAll('-', '')}`,
    email: former.email,
    name,
    company: null,
    address_hash: former.address_hash,
    match_hash: former.match_hash,
    erased_at: null,
  };
}

async function decide(
  { books, now, by, via }: Door,
  hasher: Hasher,
  asked: 'partner' | 'operator',
  partner_id: string,
  patch: PartnerPatch,
  made: Made,
  also: readonly Statement[],
) {
  const address_hash = made.paypal?.address_hash ?? null;
  const subject = subjectOf('partner', partner_id);
  const { partner, guards } = await readPartner(
    books,
    partner_id,
    address_hash === null ? [subject] : [subject, subjectOf('address', address_hash)],
  );
  if (!partner) return { ok: false, reason: 'not_found' } as const;
  const change: PartnerChange = {
    ...patch,
    contact: contactOf(partner, patch, made),
    paypal: patch.paypal_email === null ? null : (made.paypal ?? undefined),
  };
  const address_taken = address_hash !== null && (await addressTaken(books, partner_id, address_hash));
  const decided = decideChange(partner, change, { asked, by, now, address_taken });
  if (!decided.ok) return decided;
  const fields = [...new Set(decided.writes.facts.map((fact) => fact.field as string))];
  const statements = await statementsOf({ books, now, by }, partner_id, decided.writes);
  statements.push(...tellAddressChange(books, partner, decided.writes, now));
  statements.push(...tellContactOfAddress({ books, now, by, via }, partner, decided.writes));
  statements.push(...tellFormer({ books, now }, partner, change, asked));
  const identities = changedIdentity(partner, decided.writes);
  if (identities) {
    const reread = await rereadReferred(books, hasher, { partner_id, ...identities, at: now });
    statements.unshift(...reread.statements);
  }
  if (made.email && fields.includes('contact'))
    statements.push(...moveUserOf(books, partner_id, made.email.email, now));
  const writes = fields.length > 0 || decided.writes.country_seen;
  if (writes)
    statements.push(
      auditStatement(books, {
        at: now,
        actor: by,
        via,
        action: 'partner.change',
        subject,
        details: { fields },
        ...toldOfPartner(partnerAt(partner, now), decided.writes),
      }),
    );
  statements.push(...also);
  // A change that waits was asked for from the former address: whoever reads that one confirms nothing any more.
  if (made.email && fields.includes('contact')) statements.push(...callOffAll(books, partner_id, now));
  if (fields.includes('status') && patch.status !== undefined)
    statements.push(
      ...leaveApplication(books, {
        partner_id,
        contact: change.contact ?? onFile(partner, 'contact'),
        status: { from: partnerAt(partner, now).status, to: patch.status },
        by,
        now,
      }),
    );
  return { ok: true, guards: writes ? guards : [], statements, answer: fields } as const;
}

/** The former address is told of a new one that it has not confirmed itself; an applicant's is perhaps nobody's. */
function tellFormer(
  { books, now }: Pick<Door, 'books' | 'now'>,
  partner: StoredPartner,
  { contact: next }: PartnerChange,
  asked: 'partner' | 'operator',
): Statement[] {
  const former = onFile(partner, 'contact');
  if (asked !== 'operator' || !next || former?.value == null || former.address_hash === next.address_hash) return [];
  if (partnerAt(partner, now).status === 'applied') return [];
  return [tellMoved(books, { partner_id: partner.partner_id, former: former.value, next: next.person_id }, now)];
}

/** A partner's name and addresses before and after a change that gives it another name or address; null for any other (S3). */
function changedIdentity(
  partner: StoredPartner,
  { facts, people }: PartnerWrites,
): { before: PartnerIdentity; after: PartnerIdentity } | null {
  const none = { email: null, name: null, match_hash: null };
  const before = { contact: onFile(partner, 'contact') ?? none, paypal: onFile(partner, 'paypal'), former_matches: [] };
  const known = [...people, ...partner.facts.map((fact) => ({ ...fact, person_id: fact.value }))];
  const personOf = (field: 'contact' | 'paypal') => {
    const person_id = facts.findLast((fact) => fact.field === field)?.value ?? null;
    return known.find((person) => person_id !== null && person.person_id === person_id);
  };
  const contact = personOf('contact');
  const paypal = personOf('paypal');
  if (!contact && !paypal) return null;
  return { before, after: { ...before, contact: contact ?? before.contact, paypal: paypal ?? before.paypal } };
}

async function statementsOf({ books, now, by }: Door, partner_id: string, writes: PartnerWrites): Promise<Statement[]> {
  const statements: Statement[] = [];
  const held = await Promise.all(
    writes.holds.map(async ({ cause, hold }) => ({ ...hold, hold_id: await holdIdOf(cause) })),
  );
  if (writes.people.length > 0) statements.push(insertPeople(books, writes.people));
  if (writes.facts.length > 0) statements.push(insertFacts(books, writes.facts));
  if (held.length > 0) statements.push(openHolds(books, held));
  if (writes.country_seen) statements.push(settleCountryHolds(books, partner_id, { by, now }));
  return statements;
}
