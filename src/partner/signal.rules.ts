import { inForce } from './facts.rules.ts';

/** A dated fact of a partner as far as signals need it, with the hashes of the address it points to. */
interface Fact {
  partner_id: string;
  field: string;
  value: string | null;
  at: number;
  address_hash: string | null;
  match_hash: string | null;
}

/** The fact of a field in force at an instant. `facts` oldest first. */
function factAt<F extends Fact>(facts: readonly F[], partner_id: string, field: string, at: number): F | undefined {
  return inForce(
    facts.filter((fact) => fact.partner_id === partner_id && fact.field === field),
    at,
  );
}

/** Whether a partner was active at an instant (L1, L3). */
export function activeAt(facts: readonly Fact[], partner_id: string, at: number): boolean {
  return factAt(facts, partner_id, 'status', at)?.value === 'active';
}

/** Whether one of these addresses (keyed hashes) was a partner's registered one at an instant (L3). */
export function registeredAt(
  facts: readonly Fact[],
  partner_id: string,
  address_hashes: readonly string[],
  at: number,
): boolean {
  const hash = factAt(facts, partner_id, 'contact', at)?.address_hash;
  return hash != null && address_hashes.includes(hash);
}

/** The folded hashes of a partner's own addresses as they stand: its email and its PayPal address (S1). */
export function ownMatches(facts: readonly Fact[], partner_id: string): string[] {
  return ['contact', 'paypal'].flatMap(
    (field) => factAt(facts, partner_id, field, Number.POSITIVE_INFINITY)?.match_hash ?? [],
  );
}
