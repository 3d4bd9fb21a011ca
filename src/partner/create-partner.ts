import type { Door, Refusal, Written } from '../account/write.ts';
import type { Hasher } from '../people/hash.ts';
import { makePerson, insertPeople, type PersonRow } from '../people/people.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import type { Json } from '../program/canonical.rules.ts';
import { guardQuery, guardsFrom, subjectOf, type Statement } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import type { PartnerStatus } from './facts.rules.ts';
import { findLink, insertLink } from './link.repo.ts';
import { linkRow, linkUrl } from './link.rules.ts';
import { mintCode, mintPartnerId } from './mint.ts';
import { addressTaken, insertFacts, insertPartner, partnerExists } from './partner.repo.ts';
import { firstFacts } from './partner.rules.ts';
import { firstView, type PartnerView } from './view.ts';

/** A partner as an operator gives it; what is left out is not set. */
export interface PartnerInput {
  partner_id?: string | undefined;
  name: string;
  email: string;
  country: string;
  paypal_email?: string | undefined;
  rate_bps?: number | undefined;
  status?: PartnerStatus | undefined;
}

/** Where first links lead, and how links are written. */
export interface LinkSetting {
  home_url: string;
  public_url: string;
}

/** A new partner, with its first link. */
export interface CreatedPartner extends PartnerView {
  link: { code: string; url: string };
}

/** What is first recorded of a partner, with the addresses as people about to be kept. */
export async function firstOf(hasher: Hasher, input: Omit<PartnerInput, 'partner_id'>) {
  return {
    status: input.status ?? ('active' as const),
    rate_bps: input.rate_bps ?? null,
    country: input.country,
    contact: await makePerson(hasher, { email: input.email, name: input.name }),
    paypal: input.paypal_email === undefined ? null : await makePerson(hasher, { email: input.paypal_email }),
  };
}

/**
 * Opens a partner with all first facts and a first link to the home page. Keyed by `partner_id`, else by the caller's idempotency key,
 * else always new. What `also` gives is written with it. `address_taken` where the PayPal address is another partner's (P3).
 */
export async function createPartner(
  door: Door,
  hasher: Hasher,
  setting: LinkSetting,
  input: PartnerInput,
  sent: { content: Json; idempotency_key: string | null },
  also: (partner_id: string, contact: PersonRow) => Statement[] = () => [],
): Promise<Written<CreatedPartner> | Refusal<'address_taken' | 'conflict' | 'busy'>> {
  const { books, now, by, via } = door;
  const partner_id = input.partner_id ?? mintPartnerId();
  const [scope, key] =
    input.partner_id === undefined
      ? (['partner:key', sent.idempotency_key] as const)
      : (['partner', input.partner_id] as const);
  const keyed =
    key === null ? null : await keyedWrite(hasher, scope, key, sent.content, subjectOf('partner', partner_id));
  const first = await firstOf(hasher, input);
  const { contact, paypal } = first;

  return writeOnce(door, keyed, async () => {
    const link = linkRow({
      code: mintCode(),
      partner_id,
      destination: setting.home_url,
      label: null,
      recorded_at: now,
    });
    const addresses = paypal?.address_hash ? [subjectOf('address', paypal.address_hash)] : [];
    const subjects = [subjectOf('partner', partner_id), subjectOf('link', link.code), ...addresses];
    const guards = guardsFrom(subjects, await guardQuery(books, subjects));
    if (await partnerExists(books, partner_id)) return { ok: false, reason: 'conflict' };
    if (await findLink(books, link.code)) return { ok: false, reason: 'busy' };
    if (paypal?.address_hash && (await addressTaken(books, partner_id, paypal.address_hash)))
      return { ok: false, reason: 'address_taken' };
    return {
      ok: true,
      guards,
      statements: [
        insertPeople(books, paypal ? [contact, paypal] : [contact]),
        insertPartner(books, partner_id, now),
        insertFacts(books, firstFacts(partner_id, first, by, now)),
        insertLink(books, link),
        ...also(partner_id, contact),
        auditStatement(books, {
          at: now,
          actor: by,
          via,
          action: 'partner.create',
          subject: subjectOf('partner', partner_id),
          details: { code: link.code },
          after: { status: first.status, rate_bps: first.rate_bps, country: first.country },
        }),
      ],
      answer: {
        ...firstView(partner_id, first, now),
        link: { code: link.shown_code, url: linkUrl(setting.public_url, link.shown_code) },
      },
    };
  });
}
