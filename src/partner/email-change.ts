import type { Door, Refusal } from '../account/write.ts';
import { nobodyElse } from '../identity/user.repo.ts';
import { askEmailChange } from '../mail/letters.ts';
import type { Hasher } from '../people/hash.ts';
import { insertPeople, makePerson } from '../people/people.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit, subjectOf } from '../program/commit.repo.ts';
import { changePartner } from './change-partner.ts';
import {
  callOffAll,
  changesAskedSince,
  confirmSide,
  endAsDone,
  findEmailChange,
  insertEmailChange,
} from './email-change.repo.ts';
import { readPartner } from './partner.repo.ts';
import { onFile } from './partner.rules.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long both sides have to confirm. */
export const EMAIL_CHANGE_MS = 2 * DAY_MS;
/** How many changes a partner asks for in a day: each writes to an address that is perhaps not theirs. */
const A_DAY = 5;

/**
 * Asks for another address of a partner's contact, which is also what they sign in by: both addresses get a link, and nothing changes before
 * both have confirmed. One that waited is called off. `same`: it is the contact's already.
 */
export async function proposeEmail(
  door: Door,
  hasher: Hasher,
  partner_id: string,
  email: string,
): Promise<{ ok: true } | Refusal<'not_found' | 'same' | 'too_many'>> {
  const { books, now, by, via } = door;
  const { partner } = await readPartner(books, partner_id);
  const contact = partner ? onFile(partner, 'contact') : null;
  if (!contact || contact.value === null) return { ok: false, reason: 'not_found' };
  const person = await makePerson(hasher, { email });
  if (person.address_hash === contact.address_hash) return { ok: false, reason: 'same' };
  if ((await changesAskedSince(books, partner_id, now - DAY_MS)) >= A_DAY) return { ok: false, reason: 'too_many' };
  const change_id = `ech_${crypto.randomUUID().replaceAll('-', '')}`;
  const expires_at = now + EMAIL_CHANGE_MS;
  const waits = { former_confirmed_at: null, new_confirmed_at: null, ended_at: null, outcome: null };
  const change = { change_id, partner_id, person_id: person.person_id, asked_at: now, expires_at, ...waits };
  const subject = subjectOf('partner', partner_id);
  await commit(
    books,
    [],
    [
      ...callOffAll(books, partner_id, now),
      insertPeople(books, [person]),
      insertEmailChange(books, change),
      ...askEmailChange(
        books,
        { change_id, partner_id, expires_at, former: contact.value, next: person.person_id },
        now,
      ),
      auditStatement(books, { at: now, actor: by, via, action: 'email.ask', subject, details: { change_id } }),
    ],
  );
  return { ok: true };
}

/** How a change stands for who holds one of its links: `waits` for this side, `confirmed` by it and waiting for the other, or over. */
export type ChangeStands = 'waits' | 'confirmed' | 'done' | 'called_off' | 'lapsed';

/** How a change stands for one side at `now`; null where there is none. */
export async function changeStands(
  books: Door['books'],
  { change_id, side }: { change_id: string; side: 'former' | 'new' },
  now: number,
): Promise<ChangeStands | null> {
  const change = await findEmailChange(books, change_id);
  if (!change) return null;
  if (change.outcome !== null) return change.outcome;
  if (change.expires_at < now || change.email === null) return 'lapsed';
  return (side === 'former' ? change.former_confirmed_at : change.new_confirmed_at) === null ? 'waits' : 'confirmed';
}

/**
 * Confirms a change from one side. Once both have, the contact and what they sign in by move in one write. `taken`: somebody else signs in
 * by the new address by now, so nothing changes.
 */
export async function confirmEmail(
  books: Door['books'],
  hasher: Hasher,
  link: { change_id: string; side: 'former' | 'new' },
  now: number,
): Promise<{ ok: true; stands: ChangeStands } | Refusal<'not_found' | 'taken' | 'busy'>> {
  const { change_id, side } = link;
  await confirmSide(books, change_id, side, now);
  const change = await findEmailChange(books, change_id);
  if (!change) return { ok: false, reason: 'not_found' };
  const { partner_id, email, former_confirmed_at, new_confirmed_at, ended_at, expires_at } = change;
  const ready = ended_at === null && expires_at >= now && former_confirmed_at !== null && new_confirmed_at !== null;
  if (ready && email !== null) {
    if (!(await nobodyElse(books, partner_id, email))) {
      await commit(books, [], callOffAll(books, partner_id, now));
      return { ok: false, reason: 'taken' };
    }
    const door = { books, now, by: `partner:${partner_id}`, via: 'mail_link' } as const;
    const done = await changePartner(door, hasher, 'partner', partner_id, { email }, endAsDone(books, change_id, now));
    if (!done.ok) return { ok: false, reason: done.reason === 'not_found' ? 'not_found' : 'busy' };
  }
  return { ok: true, stands: (await changeStands(books, link, now)) ?? 'called_off' };
}

/** Calls off whatever change of a partner's address waits, by either side or by the partner. */
export async function callOffEmail(door: Door, partner_id: string): Promise<void> {
  const { books, now, by, via } = door;
  const subject = subjectOf('partner', partner_id);
  await commit(
    books,
    [],
    [
      ...callOffAll(books, partner_id, now),
      auditStatement(books, { at: now, actor: by, via, action: 'email.call_off', subject, details: {} }),
    ],
  );
}
