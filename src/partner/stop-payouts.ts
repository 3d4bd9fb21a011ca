import type { Door, Refusal } from '../account/write.ts';
import { holdIdOf } from '../hold/hold-id.ts';
import { findHold, openHolds } from '../hold/hold.repo.ts';
import { openedHold } from '../hold/hold.rules.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { subjectOf } from '../program/commit.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { readPartner } from './partner.repo.ts';
import type { StoredPartner } from './partner.rules.ts';

/** A PayPal address that a partner's letter told of, by the number of the fact that set it. */
export interface ToldAddress {
  partner_id: string;
  n: number;
}

const causeOf = (partner_id: string, person_id: string, n: number) =>
  holdIdOf(['address_in_use', partner_id, person_id, 'stop', String(n)]);

function setBy(partner: StoredPartner | null, n: number): string | null {
  return partner?.facts.find((fact) => fact.n === n && fact.field === 'paypal')?.value ?? null;
}

/** Whether payouts to such an address have been stopped: `open` while they have not, null where there is no such address. */
export async function stopStands(
  books: Door['books'],
  { partner_id, n }: ToldAddress,
): Promise<'open' | 'stopped' | null> {
  const { partner } = await readPartner(books, partner_id);
  const person_id = setBy(partner, n);
  if (person_id === null) return null;
  return (await findHold(books, await causeOf(partner_id, person_id, n))) ? 'stopped' : 'open';
}

/**
 * Stops payouts to a PayPal address, by whoever was told of it: it does not serve, or no longer, until an operator decides (P3: a hold like
 * that of an address in use). The former one goes on where it still serves. Again it changes nothing: one letter stops once.
 */
export async function stopPayouts(
  { books, now }: Pick<Door, 'books' | 'now'>,
  { partner_id, n }: ToldAddress,
): Promise<{ ok: true } | Refusal<'not_found' | 'conflict' | 'busy'>> {
  const subject = subjectOf('partner', partner_id);
  const done = await writeOnce<null, 'not_found'>({ books, now }, null, async () => {
    const { partner, guards } = await readPartner(books, partner_id, [subject]);
    const person_id = setBy(partner, n);
    if (person_id === null) return { ok: false, reason: 'not_found' };
    const hold_id = await causeOf(partner_id, person_id, n);
    if (await findHold(books, hold_id)) return { ok: true, guards: [], statements: [], answer: null };
    const hold = openedHold('address_in_use', hold_id, { partner_id, person_id }, { n, stopped: true }, now);
    const details = { hold_id, n };
    const log = auditStatement(books, {
      at: now,
      actor: 'letter',
      via: 'mail_link',
      action: 'payouts.stop',
      subject,
      details,
    });
    return { ok: true, guards, statements: [openHolds(books, [hold]), log], answer: null };
  });
  return done.ok ? { ok: true } : done;
}
