import { describe, expect, it } from 'vitest';

import { paidElsewhere, target } from '../../../src/commission/target.rules.ts';
import { compareCommissions, type Ours } from '../../../src/import/differences.rules.ts';
import { columnName, instantText, mapRow, minorUnits, type Mapping } from '../../../src/import/formats/format.rules.ts';
import { FORMATS } from '../../../src/import/formats/formats.rules.ts';
import { groupsBySubject, sortReplays } from '../../../src/import/import.rules.ts';
import { PaymentRow } from '../../../src/import/import.schemas.ts';
import { factsOfLife, lifeOf, payment, refund } from '../../support/life.ts';

const PAID = Date.parse('2026-01-12T10:00:00Z');
const DAY = 86_400_000;

describe('commissions that a former program has paid', () => {
  const elsewhere = { ...payment('p1', PAID), paid_elsewhere_at: PAID + 20 * DAY };
  const later = payment('p2', PAID + 30 * DAY);

  it('make no line, whatever happens later, and start the term all the same (V1)', () => {
    const alone = target(factsOfLife(lifeOf([payment('p1', PAID), later])));
    const facts = factsOfLife(lifeOf([elsewhere, later, refund('r1', 'p1', PAID + 40 * DAY, 7900)]));
    expect(target(facts)).toEqual(alone.filter((entry) => entry.payment_id === 'p2'));
  });

  it('are shown as they stood when they were paid: a refund before counts, one after does not', () => {
    const shown = (...events: Parameters<typeof lifeOf>[0]) =>
      paidElsewhere(factsOfLife(lifeOf([elsewhere, ...events])));
    expect(shown()).toMatchObject([{ payment_id: 'p1', amount: 1975, rate_bps: 2500 }]);
    expect(shown(refund('r1', 'p1', PAID + 40 * DAY, 7900))).toMatchObject([{ amount: 1975 }]);
    expect(shown(refund('r1', 'p1', PAID + 5 * DAY, 3950))).toMatchObject([{ amount: 988 }]);
    expect(shown(refund('r1', 'p1', PAID + 5 * DAY, 7900))).toEqual([]);
  });
});

describe('cells of an export', () => {
  it.each([
    ['79.00', 2, 7900],
    ['79', 2, 7900],
    ['$1,234.5', 2, 123_450],
    ['0.015', 2, null],
    ['1.50', 0, null],
    ['150.00', 0, 150],
    ['1.2.3', 2, null],
    ['-3.10', 2, -310],
    ['12,50', 2, null],
    ['1.200,00', 2, null],
    ['1.200', 2, null],
    ['1,2,3', 2, null],
    ['1,234,567.00', 2, 123_456_700],
    ['79.0000', 2, 7900],
    ['1.234', 3, 1234],
    ['', 2, null],
  ])('money %s with %i decimals is %s minor units, without a float', (text, digits, amount) => {
    expect(minorUnits(text, digits)).toBe(amount);
  });

  it.each([
    ['2026-01-12', '2026-01-12T00:00:00Z'],
    ['2026-01-12 10:00', '2026-01-12T10:00:00Z'],
    ['2026-01-12 10:00:05 UTC', '2026-01-12T10:00:05Z'],
    ['2026-01-12T10:00:05.123Z', '2026-01-12T10:00:05.123Z'],
    ['2026-01-12T10:00:05+0200', '2026-01-12T10:00:05+02:00'],
    ['12/01/2026', null],
  ])('the date %s is %s', (text, instant) => {
    expect(instantText(text)).toBe(instant);
  });

  it('columns are one regardless of case and of what stands between words', () => {
    expect(columnName(' Sale: Charge Amount (cents) ')).toBe('sale_charge_amount_cents');
  });

  it('what cannot be read stays as it was written, so that the row is refused by its own schema', () => {
    const mapping: Mapping = {
      needs: [],
      fields: { amount: [{ from: ['x'], as: 'money' }], at: [{ from: ['y'], as: 'instant' }] },
    };
    expect(mapRow(mapping, { x: 'a lot', y: 'soon' }, () => 2)).toEqual({
      ok: true,
      body: { amount: 'a lot', at: 'soon' },
    });
  });

  it.each([
    ['rewardful', { state: 'paid', paid_at: '' }],
    ['firstpromoter', { is_paid: 'TRUE', paid_at: '' }],
    ['tapfiliate', { commission_status: 'paid', commission_paid_at: '' }],
  ] as const)(
    'P7: %s: a commission that is called paid without saying when is refused, never taken for one that is due',
    (name, cells) => {
      const { kinds, commissions } = FORMATS[name];
      for (const [mapping, field] of [
        [kinds.payments, 'paid_elsewhere_at'],
        [commissions, 'paid_at'],
      ] as const) {
        if (!mapping) throw new Error(name);
        const mapped = mapRow(mapping, cells, () => 2);
        if (!mapped.ok) throw new Error(mapped.reason);
        expect(mapped.body[field]).toBe('');
        expect(PaymentRow.shape.paid_elsewhere_at.safeParse('').success).toBe(false);
        const unpaid = mapRow(
          mapping,
          { state: 'due', is_paid: 'false', commission_status: 'approved', paid_at: '2026-01-01' },
          () => 2,
        );
        expect(unpaid.ok && field in unpaid.body).toBe(false);
      }
    },
  );

  it('every format names the fields that its kinds cannot do without', () => {
    const needed = {
      partners: ['partner_id', 'name', 'email', 'country'],
      signups: ['account_id', 'email'],
      payments: ['payment_id', 'account_id', 'amount', 'currency', 'paid_at'],
      refunds: ['refund_id', 'payment_id', 'amount', 'refunded_at'],
      'expected-clients': ['partner_id'],
    };
    for (const format of Object.values(FORMATS))
      for (const [kind, mapping] of Object.entries(format.kinds))
        expect(Object.keys(mapping.fields)).toEqual(expect.arrayContaining(needed[kind as keyof typeof needed]));
  });
});

describe('rows of one run', () => {
  it('are worked on by subject, each whole and in groups of a bounded size', () => {
    const rows = ['a', 'b', 'a', 'c', 'b', 'a', 'd', 'd', 'd', 'd'].map((subject, row) => ({ subject, row }));
    const groups = groupsBySubject(rows, 4).map((group) => group.map((row) => row.subject).join(''));
    expect(groups).toEqual(['aaa', 'bbc', 'dddd']);
    expect(groupsBySubject(rows, 3).every((group) => group.length <= 3)).toBe(true);
  });

  it('are replays of what was told before, in the books or earlier in the file, or conflicts with it', () => {
    const row = (key: string, content_hash: string) => ({ key, content_hash });
    const sorted = sortReplays(
      [row('a', '1'), row('b', '1'), row('b', '1'), row('b', '2'), row('c', '3')],
      new Map([
        ['a', '1'],
        ['c', '4'],
      ]),
    );
    expect(sorted).toEqual({
      fresh: [row('b', '1')],
      unchanged: [row('a', '1'), row('b', '1')],
      conflicts: [row('b', '2'), row('c', '3')],
    });
  });
});

describe('the report of the differences', () => {
  const ours: Ours = {
    payment: {
      payment_id: 'p1',
      amount: 11_900,
      tax_amount: 1900,
      currency: 'USD',
      plan: null,
      paid_at: PAID,
      converted_amount: null,
    },
    partner_id: 'ann',
    amount: 2500,
    rate_bps: 2500,
    refunded: false,
    forfeited: false,
    paid_elsewhere: false,
  };
  const ann = { known: true, partner_id: 'ann' };

  it.each([
    ['the same', { amount: 2500, paid: false, partner: ann }, ours, []],
    ['no partner named', { amount: 2500, paid: false, partner: null }, ours, []],
    ['the tax as well', { amount: 2975, paid: false, partner: ann }, ours, ['tax']],
    ['a minor unit', { amount: 2501, paid: false, partner: ann }, ours, ['rounding']],
    ['another rate', { amount: 2000, paid: false, partner: ann }, ours, ['rate']],
    [
      'another partner',
      { amount: 2500, paid: false, partner: { known: true, partner_id: 'bob' } },
      ours,
      ['other_partner'],
    ],
    [
      'a stranger',
      { amount: 2500, paid: false, partner: { known: false, partner_id: 'x' } },
      ours,
      ['unknown_partner'],
    ],
    [
      'a refund here',
      { amount: 2500, paid: false, partner: ann },
      { ...ours, amount: 0, refunded: true },
      ['refunded'],
    ],
    [
      'a forfeit here',
      { amount: 2500, paid: false, partner: ann },
      { ...ours, amount: 0, forfeited: true },
      ['forfeited'],
    ],
    ['paid there and due here', { amount: 2500, paid: true, partner: ann }, ours, ['paid_there_due_here']],
    [
      'unpaid there',
      { amount: 2500, paid: false, partner: ann },
      { ...ours, paid_elsewhere: true },
      ['unpaid_there_paid_here'],
    ],
  ] as const)('names %s', (_, theirs, here, reasons) => {
    expect(compareCommissions(theirs, here)).toEqual(reasons);
  });
});
