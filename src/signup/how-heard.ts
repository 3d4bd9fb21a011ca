import { addressesIn } from '../attribution/how-heard.rules.ts';
import { activeAt, registeredAt } from '../partner/signal.rules.ts';
import type { Hasher } from '../people/hash.ts';
import type { Database } from '../program/commit.repo.ts';
import { partnersByContact, partnerSignals } from './evidence.repo.ts';

/** L3: the partners active at an instant whose registered address an answer holds, each once. One of them is a referrer; more are none. */
export async function partnersNamed(
  db: Database,
  hasher: Hasher,
  answer: string | null,
  at: number,
): Promise<string[]> {
  if (answer === null) return [];
  const hashes = await Promise.all(addressesIn(answer).map((address) => hasher.address(address)));
  const partner_ids = await partnersByContact(db, hashes);
  const signals = await partnerSignals(db, partner_ids);
  return partner_ids.filter(
    (partner_id) => activeAt(signals, partner_id, at) && registeredAt(signals, partner_id, hashes, at),
  );
}
