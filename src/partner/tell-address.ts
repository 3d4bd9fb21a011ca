import type { Door } from '../account/write.ts';
import { tellAccess, tellAddresses } from '../mail/letters.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import { ADDRESS_WAIT_MS, partnerAt, payoutAddressAt } from './facts.rules.ts';
import { onFile, type PartnerWrites, type StoredPartner } from './partner.rules.ts';

/**
 * P3: the statements that tell the former and the new PayPal address that one replaces the other; none where a first address is set, one
 * is cleared, or the one that served last is set again, since then nothing waits. Whether it serves another partner is told to neither.
 */
export function tellAddressChange(
  db: Database,
  partner: StoredPartner,
  { facts, people }: Pick<PartnerWrites, 'facts' | 'people'>,
  now: number,
): Statement[] {
  const set = facts.find((fact) => fact.field === 'paypal' && fact.value !== null);
  if (!set?.value) return [];
  const next = set.value;
  const hashOf = (person_id: string) =>
    people.find((person) => person.person_id === person_id)?.address_hash ??
    partner.facts.find((fact) => fact.field === 'paypal' && fact.value === person_id)?.address_hash ??
    null;
  const address_hash = hashOf(next);
  const after = { ...partner, facts: [...partner.facts, { ...set, address_hash }] };
  const serves = payoutAddressAt({ ...after, holds: [], came_back: [] }, now);
  if (serves.open && serves.person_id === next) return [];
  const before = payoutAddressAt({ ...partner, holds: [], came_back: [] }, now);
  const last = partner.facts.findLast(
    (fact) => fact.field === 'paypal' && fact.value !== null && fact.address_hash !== address_hash,
  );
  const former = before.open ? before.person_id : (last?.value ?? null);
  if (former === null || former === next) return [];
  const { partner_id } = partner;
  return tellAddresses(db, { partner_id, n: set.n, former, next, serves_from: now + ADDRESS_WAIT_MS }, now);
}

/**
 * P3: the statement that tells the partner's contact of an address that is set or cleared, whoever asks and whether or not anything waits. An
 * applicant's contact is perhaps nobody's: it is told nothing.
 */
export function tellContactOfAddress(
  { books, now, by, via }: Door,
  partner: StoredPartner,
  { facts }: Pick<PartnerWrites, 'facts'>,
): Statement[] {
  const set = facts.find((fact) => fact.field === 'paypal');
  if (!set || partnerAt(partner, now).status === 'applied') return [];
  const former = onFile(partner, 'paypal')?.value ?? null;
  const replaces = former !== null && former !== set.value;
  const news = set.value === null ? 'paypal_removed' : replaces ? 'paypal_changed' : 'paypal_set';
  const { partner_id } = partner;
  return [tellAccess(books, { partner_id, news, cause: set.n, by, via }, now)];
}
