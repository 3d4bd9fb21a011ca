import { describe, expect, it } from 'vitest';

import { partnerAt, type PartnerStatus } from '../../../src/partner/facts.rules.ts';
import { toldOfPartner, type PartnerFactRow } from '../../../src/partner/partner.rules.ts';
import { changedOnly, toldChange } from '../../../src/program/audit.rules.ts';

const fact = (field: PartnerFactRow['field'], value: string | null, n = 1): PartnerFactRow => ({
  partner_id: 'pia',
  n,
  field,
  value,
  at: 0,
  by: 'ana',
  reason: null,
});

function former(status: PartnerStatus) {
  const stored = { address_hash: null, match_hash: null, email: null, name: null };
  const facts = [fact('status', status), fact('rate_bps', null, 2), fact('country', 'US', 3)];
  return partnerAt({ facts: facts.map((one) => ({ ...one, ...stored })), holds: [], came_back: [] }, 1);
}

describe('what the audit log tells', () => {
  it('only what is not the same, on both sides', () => {
    expect(toldChange({ a: 1, b: ['x'], c: null }, { a: 1, b: ['x', 'y'], c: 0 })).toEqual({
      before: { b: ['x'], c: null },
      after: { b: ['x', 'y'], c: 0 },
    });
    expect(toldChange({ a: [1] }, { a: [1] })).toBeNull();
    expect(changedOnly(['email', 'name'])).toEqual({ email: 'changed', name: 'changed' });
  });

  it('of a partner: status, rate and country as they were and are; addresses, answers and reasons never', () => {
    const facts = [
      fact('status', 'closed'),
      fact('rate_bps', '1250'),
      fact('withheld', 'a reason with a name in it'),
      fact('contact', 'per_secret'),
      fact('paypal', null),
      fact('residency', '{"us_citizen":true}'),
    ];
    expect(toldOfPartner(former('active'), { facts })).toEqual({
      before: { status: 'active', rate_bps: null, withheld: false },
      after: {
        status: 'closed',
        rate_bps: 1250,
        withheld: true,
        contact: 'changed',
        paypal: 'changed',
        residency: 'changed',
      },
    });
  });
});
