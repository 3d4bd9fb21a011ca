import { describe, expect, it } from 'vitest';

import { closuresByPartner } from '../../../src/account/state.rules.ts';
import { target } from '../../../src/commission/target.rules.ts';
import { at, factsOfLife, lifeOf, netOf } from '../../support/life.ts';
import type { LifeEvent } from '../../support/oracle.ts';

const paid = (payment_id: string, when: string): LifeEvent => ({
  type: 'payment',
  payment_id,
  at: at(when),
  amount: 7900,
  tax_amount: 0,
  currency: 'USD',
  plan: null,
  converted_amount: null,
});

const closedOn = (when: string, reopened?: string) =>
  closuresByPartner([
    { partner_id: 'ada', at: at('2026-01-01T00:00:00Z'), value: 'active' },
    { partner_id: 'ada', at: at(when), value: 'closed' },
    ...(reopened === undefined ? [] : [{ partner_id: 'ada', at: at(reopened), value: 'active' }]),
  ]);

describe('P6: a closed partner', () => {
  const facts = factsOfLife(lifeOf([paid('p1', '2026-02-01T00:00:00Z'), paid('p2', '2026-03-01T00:00:00Z')]));

  it('earns nothing on payments made from the closing on, and keeps what was earned before', () => {
    const entries = target({ ...facts, partner_closures: closedOn('2026-03-01T00:00:00Z') });
    expect([netOf(entries, { payment: 'p1' }), netOf(entries, { payment: 'p2' })]).toEqual([1975, 0]);
    const later = target({ ...facts, partner_closures: closedOn('2026-03-01T00:00:01Z') });
    expect(netOf(later, { payment: 'p2' })).toBe(1975);
  });

  it('earns again once active again', () => {
    const entries = target({ ...facts, partner_closures: closedOn('2026-02-10T00:00:00Z', '2026-02-20T00:00:00Z') });
    expect(netOf(entries)).toBe(3950);
  });

  it('suspension stops no earning', () => {
    const suspended = closuresByPartner([{ partner_id: 'ada', at: 0, value: 'suspended' }]);
    expect(netOf(target({ ...facts, partner_closures: suspended }))).toBe(3950);
  });

  it('what is recorded first of a status holds for all earlier instants', () => {
    const closed = closuresByPartner([{ partner_id: 'ada', at: at('2026-06-01T00:00:00Z'), value: 'closed' }]);
    expect(netOf(target({ ...facts, partner_closures: closed }))).toBe(0);
  });
});
