import type { Door } from '../account/write.ts';
import { createPartner, type LinkSetting } from '../partner/create-partner.ts';
import type { Hasher } from '../people/hash.ts';
import { keepDocument } from '../people/people.repo.ts';
import { acceptStatement, currentTerms } from '../terms/terms.repo.ts';
import { addressKnown, insertApplication } from './application.repo.ts';

/** What an applicant tells. `terms_version`: what they have read and accepted; null where none were shown. */
export interface ApplicationInput {
  name: string;
  email: string;
  country: string;
  /** How they will tell people of the program. */
  text: string;
  terms_version: number | null;
}

/**
 * Takes an application: a partner with the status `applied`, who earns and is paid nothing before an operator has approved it, with the
 * terms accepted and the text kept as an erasable document. `known`: somebody with that address has applied or is a partner already; nothing
 * is written. `terms_changed`: other terms are in force by now than were accepted.
 */
export async function apply(
  door: Omit<Door, 'by'>,
  hasher: Hasher,
  setting: LinkSetting,
  input: ApplicationInput,
): Promise<'applied' | 'known' | 'terms_changed' | 'busy'> {
  const { books, now } = door;
  const address_hash = await hasher.address(input.email);
  const [known, terms] = await Promise.all([
    addressKnown(books, { address_hash, email: input.email }),
    currentTerms(books),
  ]);
  // Terms first: else the answer to others than those in force would tell a known address from an unknown one.
  if ((terms?.version ?? null) !== input.terms_version) return 'terms_changed';
  if (known) return 'known';
  const { name, email, country, text } = input;
  const done = await createPartner(
    { ...door, by: 'applicant' },
    hasher,
    setting,
    { name, email, country, status: 'applied' },
    { content: null, idempotency_key: null },
    (partner_id) => [
      ...insertApplication(books, { partner_id, address_hash, applied_at: now }),
      keepDocument(books, {
        document_id: `application:${partner_id}`,
        subject: `partner:${partner_id}`,
        kind: 'application',
        body: text,
        recorded_at: now,
      }),
      ...(terms ? [acceptStatement(books, { partner_id, version: terms.version, at: now, by: 'applicant' })] : []),
    ],
  );
  if (done.ok) return 'applied';
  // Two at once with one address: the other one is known by now.
  return (await addressKnown(books, { address_hash, email })) ? 'known' : 'busy';
}
