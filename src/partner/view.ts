import { formatInstant } from '../clock.ts';
import type { PersonRow } from '../people/people.repo.ts';
import { partnerAt, residencyOutcome, type PartnerStatus, type ResidencyAnswers } from './facts.rules.ts';
import { onFile, type StoredPartner } from './partner.rules.ts';

/** P4: the form that the answers ask for, as its issuer names it. */
const FORMS = { w9: 'W-9', manual: 'manual', w8ben_review: 'W-8BEN with review', w8ben: 'W-8BEN' } as const;

/** The four answers, the form that they ask for, and when they were given. */
export interface ResidencyView extends ResidencyAnswers {
  form: (typeof FORMS)[keyof typeof FORMS];
  answered_at: string;
}

/** A partner as operators and the partner itself see it. Name and addresses are null once they have been erased. */
export interface PartnerView {
  partner_id: string;
  name: string | null;
  email: string | null;
  country: string | null;
  paypal_email: string | null;
  rate_bps: number | null;
  residency: ResidencyView | null;
  status: PartnerStatus;
  created_at: string;
}

/** What is on file of a partner at an instant; the PayPal address is the one set last, whether it serves yet or not. */
export function partnerView(partner: StoredPartner, now: number): PartnerView {
  const { status, rate_bps, country, residency } = partnerAt(partner, now);
  const contact = onFile(partner, 'contact');
  const answered = onFile(partner, 'residency');
  return {
    partner_id: partner.partner_id,
    name: contact?.name ?? null,
    email: contact?.email ?? null,
    country,
    paypal_email: onFile(partner, 'paypal')?.email ?? null,
    rate_bps,
    residency:
      residency && answered
        ? { ...residency, form: FORMS[residencyOutcome(residency)], answered_at: formatInstant(answered.at) }
        : null,
    status,
    created_at: formatInstant(partner.recorded_at),
  };
}

/** A partner that is being opened, as it will be seen. */
export function firstView(
  partner_id: string,
  first: {
    status: PartnerStatus;
    rate_bps: number | null;
    country: string;
    contact: PersonRow;
    paypal: PersonRow | null;
  },
  now: number,
): PartnerView {
  const { status, rate_bps, country, contact, paypal } = first;
  return {
    partner_id,
    name: contact.name,
    email: contact.email,
    country,
    paypal_email: paypal?.email ?? null,
    rate_bps,
    residency: null,
    status,
    created_at: formatInstant(now),
  };
}
