import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  ADDRESS_WAIT_MS,
  partnerAt,
  type PartnerFact,
  type PartnerHold,
  type PartnerRecord,
  payoutAddressAt,
  residencyGate,
  residencyOutcome,
} from '../../../src/partner/facts.rules.ts';

const HOUR = 60 * 60 * 1000;

/** A record from facts told in order: field, value, instant. An address is told by its name; its person and hash follow from it. */
function recordOf(
  facts: [PartnerFact['field'], string | null, number][],
  rest: Partial<PartnerRecord> = {},
): PartnerRecord {
  return {
    facts: facts.map(([field, value, at], i) => {
      const address = field === 'paypal' && value !== null;
      return {
        n: i + 1,
        field,
        value: address ? `per_${value}` : value,
        at,
        address_hash: address ? `hash_${value}` : null,
      };
    }),
    holds: [],
    came_back: [],
    ...rest,
  };
}

function hold(kind: PartnerHold['kind'], address: string | null, rest: Partial<PartnerHold> = {}): PartnerHold {
  const subject = { person_id: address && `per_${address}`, address_hash: address && `hash_${address}` };
  return { kind, ...subject, opened_at: 0, decision: null, decided_at: null, ...rest };
}

const back = (address: string, at: number) => ({ person_id: `per_${address}`, address_hash: `hash_${address}`, at });

/** The address that serves, or why none does. */
function serving(record: PartnerRecord, at: number): string {
  const gate = payoutAddressAt(record, at);
  return gate.open ? gate.person_id.slice('per_'.length) : gate.reason;
}

describe('partner facts', () => {
  it('of each field the last one filed holds; the first holds for all earlier instants too', () => {
    const record = recordOf([
      ['status', 'applied', 100],
      ['rate_bps', '3000', 100],
      ['status', 'active', 200],
      ['rate_bps', null, 300],
    ]);
    expect(partnerAt(record, 0)).toMatchObject({ status: 'applied', rate_bps: 3000, country: null });
    expect(partnerAt(record, 199).status).toBe('applied');
    expect(partnerAt(record, 200)).toMatchObject({ status: 'active', rate_bps: 3000 });
    expect(partnerAt(record, 300).rate_bps).toBeNull();
  });

  it('what is filed last stands, even by a clock that is behind', () => {
    const record = recordOf([
      ['status', 'suspended', 200],
      ['status', 'active', 199],
    ]);
    expect(partnerAt(record, 500).status).toBe('active');
  });
});

describe('P3: the PayPal address that serves', () => {
  const replaced = 1000 * HOUR;
  it.each([
    ['no address', recordOf([]), 0, 'none'],
    ['the first serves at once', recordOf([['paypal', 'a', 100]]), 100, 'a'],
    ['the first holds for earlier instants', recordOf([['paypal', 'a', 100]]), 0, 'a'],
    [
      'the former serves until 72 hours are over',
      recordOf([
        ['paypal', 'a', 0],
        ['paypal', 'b', replaced],
      ]),
      replaced + ADDRESS_WAIT_MS - 1,
      'a',
    ],
    [
      'the new one serves after exactly 72 hours',
      recordOf([
        ['paypal', 'a', 0],
        ['paypal', 'b', replaced],
      ]),
      replaced + ADDRESS_WAIT_MS,
      'b',
    ],
    [
      'clearing stops at once',
      recordOf([
        ['paypal', 'a', 0],
        ['paypal', null, 50],
      ]),
      50,
      'none',
    ],
    [
      'another one after none waits, and the cleared one does not come back',
      recordOf([
        ['paypal', 'a', 0],
        ['paypal', null, 50],
        ['paypal', 'b', 60],
      ]),
      60,
      'waiting',
    ],
    [
      'the same one after none serves at once',
      recordOf([
        ['paypal', 'a', 0],
        ['paypal', null, 50],
        ['paypal', 'a', 60],
      ]),
      60,
      'a',
    ],
    [
      'to set the waiting one again does not start its wait anew',
      recordOf([
        ['paypal', 'a', 0],
        ['paypal', 'b', HOUR],
        ['paypal', 'b', 2 * HOUR],
      ]),
      HOUR + ADDRESS_WAIT_MS,
      'b',
    ],
    [
      'a replacement that is taken back never serves',
      recordOf([
        ['paypal', 'a', 0],
        ['paypal', 'thief', HOUR],
        ['paypal', 'a', 2 * HOUR],
      ]),
      500 * HOUR,
      'a',
    ],
    [
      'a replacement that is replaced before it served never serves',
      recordOf([
        ['paypal', 'a', 0],
        ['paypal', 'b', HOUR],
        ['paypal', 'c', 10 * HOUR],
      ]),
      HOUR + ADDRESS_WAIT_MS,
      'a',
    ],
  ])('%s', (_, record, at, expected) => {
    expect(serving(record, at)).toBe(expected);
  });

  it('says when the waiting one serves', () => {
    const record = recordOf([
      ['paypal', 'a', 0],
      ['paypal', null, 50],
      ['paypal', 'b', 60],
    ]);
    expect(payoutAddressAt(record, 61)).toEqual({ open: false, reason: 'waiting', opens_at: 60 + ADDRESS_WAIT_MS });
  });

  it.each([
    ['open', hold('address_in_use', 'a'), 'in_use'],
    ['denied', hold('address_in_use', 'a', { decision: 'deny', decided_at: 10 }), 'in_use'],
    ['released', hold('address_in_use', 'a', { decision: 'release', decided_at: 10 }), 'a'],
    ['released later', hold('address_in_use', 'a', { decision: 'release', decided_at: 101 }), 'in_use'],
    ['of another address', hold('address_in_use', 'z'), 'a'],
    ['of the same address under another row', { ...hold('address_in_use', 'a'), person_id: 'per_other' }, 'in_use'],
  ])('an address under a hold that is %s', (_, held, expected) => {
    expect(serving(recordOf([['paypal', 'a', 0]], { holds: [held] }), 100)).toBe(expected);
  });

  it('a hold opened with a first address holds for earlier instants as the address does', () => {
    const holds = [hold('address_in_use', 'a', { opened_at: 100 })];
    expect(serving(recordOf([['paypal', 'a', 100]], { holds }), 50)).toBe('in_use');
  });

  it('a payout that came back shuts the gate until the same address is set again', () => {
    const came_back = [back('a', 500)];
    expect(serving(recordOf([['paypal', 'a', 0]], { came_back }), 499)).toBe('a');
    expect(serving(recordOf([['paypal', 'a', 0]], { came_back }), 500)).toBe('came_back');
    const again = recordOf(
      [
        ['paypal', 'a', 0],
        ['paypal', 'a', 600],
      ],
      { came_back },
    );
    expect(serving(again, 599)).toBe('came_back');
    expect(serving(again, 600)).toBe('a');
  });

  it('a payout that came back shuts the gate until another address serves', () => {
    const record = recordOf(
      [
        ['paypal', 'a', 0],
        ['paypal', 'b', 600],
      ],
      { came_back: [back('a', 500)] },
    );
    expect(serving(record, 601)).toBe('waiting');
    expect(serving(record, 600 + ADDRESS_WAIT_MS)).toBe('b');
  });

  it('whatever is set and cleared, an address serves only if it was set, and not before 72 hours unless nothing else had served', () => {
    const fact = fc.tuple(
      fc.constant('paypal' as const),
      fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null, freq: 4 }),
      fc.integer({ min: 0, max: 300 }).map((hours) => hours * HOUR),
    );
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 8 }), fc.integer({ min: 0, max: 400 }), (facts, hours) => {
        const ordered = facts.toSorted((a, b) => a[2] - b[2]);
        const at = hours * HOUR;
        const now = serving(recordOf(ordered), at);
        if (!['a', 'b', 'c'].includes(now)) return;
        const told = ordered.filter(([, , when]) => when <= at);
        const own = told.filter(([, value]) => value === now);
        const first = ordered.find(([, value]) => value !== null)?.[1];
        const waited = own.some(([, , when]) => at - when >= ADDRESS_WAIT_MS);
        expect(waited || now === first).toBe(true);
        if (told.length > 0) expect(told.at(-1)?.[1]).not.toBeNull();
      }),
    );
  });
});

const answers = (citizen: boolean, card: boolean, days: boolean, worked: boolean) => ({
  us_citizen: citizen,
  us_green_card: card,
  us_over_183_days: days,
  us_worked_last_year: worked,
});

describe('P4: residency', () => {
  it.each([
    [answers(true, false, true, true), 'w9'],
    [answers(false, true, true, true), 'w9'],
    [answers(false, false, true, true), 'manual'],
    [answers(false, false, false, true), 'w8ben_review'],
    [answers(false, false, false, false), 'w8ben'],
  ] as const)('%o asks for %s', (given, form) => {
    expect(residencyOutcome(given)).toBe(form);
  });

  const abroad = (...given: [ReturnType<typeof answers>, number][]) =>
    recordOf([
      ['country', 'DE', 0],
      ...given.map(([value, at]) => ['residency', JSON.stringify(value), at] as ['residency', string, number]),
    ]);
  const manual = answers(false, false, true, false);
  const plain = answers(false, false, false, false);
  const released = (decided_at: number) => hold('residency', null, { decision: 'release', decided_at });

  it('the United States needs no answers, any other country does', () => {
    expect(residencyGate(recordOf([['country', 'US', 0]]), 1)).toEqual({ open: true, form: null });
    expect(residencyGate(abroad(), 1)).toEqual({ open: false, reason: 'unanswered' });
    expect(residencyGate(recordOf([]), 1)).toEqual({ open: false, reason: 'unanswered' });
    expect(residencyGate(abroad([plain, 5]), 6)).toEqual({ open: true, form: 'w8ben' });
  });

  it('manual keeps the gate shut whatever is answered later, until an operator releases it', () => {
    const record = abroad([manual, 5], [plain, 10]);
    expect(residencyGate(record, 20)).toEqual({ open: false, reason: 'manual' });
    expect(residencyGate({ ...record, holds: [hold('residency', null)] }, 20)).toEqual({
      open: false,
      reason: 'manual',
    });
    expect(residencyGate({ ...record, holds: [released(15)] }, 14)).toEqual({ open: false, reason: 'manual' });
    expect(residencyGate({ ...record, holds: [released(15)] }, 15)).toEqual({ open: true, form: 'w8ben' });
    const denied = hold('residency', null, { decision: 'deny', decided_at: 15 });
    expect(residencyGate({ ...record, holds: [denied] }, 20)).toEqual({ open: false, reason: 'manual' });
  });

  it('manual given again after a release shuts it again', () => {
    const record = { ...abroad([manual, 5], [manual, 20]), holds: [released(15)] };
    expect(residencyGate(record, 19)).toEqual({ open: true, form: 'w8ben_review' });
    expect(residencyGate(record, 20)).toEqual({ open: false, reason: 'manual' });
  });

  it('of two manual answers each waits for a word of its own', () => {
    const record = {
      ...abroad([manual, 5], [manual, 20]),
      holds: [released(30), hold('residency', null, { opened_at: 20 })],
    };
    expect(residencyGate(record, 31)).toEqual({ open: false, reason: 'manual' });
  });

  it('a partner’s own change to the US shuts the gate until an operator has seen it', () => {
    const moved = recordOf([
      ['country', 'DE', 0],
      ['country', 'US', 10],
    ]);
    const seen = hold('country_change', null, { opened_at: 10, decision: 'release', decided_at: 20 });
    expect(residencyGate({ ...moved, holds: [seen] }, 19)).toEqual({ open: false, reason: 'country_change' });
    expect(residencyGate({ ...moved, holds: [seen] }, 20)).toEqual({ open: true, form: null });
    const denied = { ...seen, decision: 'deny' as const };
    expect(residencyGate({ ...moved, holds: [denied] }, 99)).toEqual({ open: false, reason: 'country_change' });
  });
});
