import type { Hasher } from '../people/hash.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import { contactOfPartner, partnersReachedAt, type Contact } from './contact.repo.ts';
import { passwordMail } from './password-mail.repo.ts';
import { insertUser } from './user.repo.ts';

const userOf = ({ partner_id, email, name }: Contact) =>
  ({ email, name: name ?? partner_id, role: 'partner', partner_id }) as const;

/**
 * Lets whoever is the contact of one partner alone sign in by that address, however the partner came: by an operator, an import, or before
 * there was anything to sign in to. Who can already is left as they are; an address of two partners opens neither.
 */
export async function admitContact(db: Database, hasher: Hasher, email: string, machine_now: number): Promise<void> {
  const [one, another] = await partnersReachedAt(db, await hasher.address(email));
  if (one && !another) await insertUser(db, userOf(one), machine_now);
}

/** The statements that invite a partner's contact to set a password; null where the partner has none, or is an applicant still. */
export async function invitePartner(
  db: Database,
  partner_id: string,
  times: { machine_now: number; now: number },
): Promise<Statement[] | null> {
  const contact = await contactOfPartner(db, partner_id);
  if (!contact) return null;
  return [insertUser(db, userOf(contact), times.machine_now), passwordMail(db, { partner_id }, 'reset', times.now)];
}
