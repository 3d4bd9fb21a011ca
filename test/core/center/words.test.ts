import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';

import { CSV_HEAD, csvLine } from '../../../src/center/earnings-csv.rules.ts';
import { causeOf, reasonText } from '../../../src/center/earnings-words.rules.ts';
import { vestingDay } from '../../../src/center/referrals.rules.ts';
import { COMMISSION_REASONS, type CommissionEntry } from '../../../src/earnings/commissions.rules.ts';
import { at } from '../../support/life.ts';

const ZONE = 'America/Los_Angeles';
const line: CommissionEntry = {
  anchor: 7,
  payment_id: 'pay1',
  account_id: 'acme',
  kind: 'clawback',
  cause_id: 'r1',
  at: at('2026-07-01T00:00:00Z'),
  paid_at: at('2026-01-05T20:00:00Z'),
  amount: -1975,
  rate_bps: 2500,
  vests_at: at('2026-04-05T19:00:00Z'),
  status: 'payable',
  payout_id: null,
  reason: 'refund',
};

describe('causes of lines', () => {
  it('C3: every reason of a line that changes another is told, with the way to what it changes', () => {
    for (const reason of Object.keys(COMMISSION_REASONS)) {
      const cause = causeOf({ ...line, reason });
      expect(cause?.text).toMatch(/^[A-Z]/);
      expect(cause?.link?.href).toBe('/partners/earnings/acme/pay1');
    }
  });

  it('P7: a payout that came back leads to it; a plain commission and an adjustment have no cause of the list', () => {
    const returned = {
      ...line,
      kind: 'returned',
      payment_id: null,
      account_id: null,
      cause_id: 'po_1',
      reason: 'returned',
    } as const;
    expect(causeOf(returned)?.link?.href).toBe('/partners/payouts/po_1');
    expect(causeOf({ ...line, kind: 'commission', reason: null })).toBeNull();
    // An operator's words are not taken for a reason of the list, whatever they say.
    expect(causeOf({ ...line, kind: 'adjustment', reason: 'refund' })).toBeNull();
    expect(reasonText({ kind: 'adjustment', reason: 'toString' })).toBe('toString');
    expect(reasonText({ kind: 'commission', reason: 'toString' })).toBeNull();
  });
});

describe('the CSV file', () => {
  it('has a cell for each column, the amount as a signed decimal of the currency', () => {
    const [head = [], cells = []]: string[][] = parse(CSV_HEAD + csvLine(line, 'USD'));
    expect(cells).toHaveLength(head.length);
    expect(cells.slice(0, 5)).toEqual(['2026-07-01T00:00:00Z', 'clawback', 'payable', '-19.75', 'USD']);
    expect(cells.at(-1)).toBe(COMMISSION_REASONS.refund);
    expect(csvLine(line, 'JPY')).toContain(',-1975,JPY,');
  });

  it('what begins like a formula is none, and quotes and line ends stay within their cell', () => {
    for (const sign of ['=', '+', '-', '@']) {
      const text = csvLine(
        { ...line, account_id: `${sign}cmd`, kind: 'adjustment', reason: `${sign}1, "x"\r\nrow` },
        'USD',
      );
      expect(text).toContain(`,'${sign}cmd,`);
      expect(text).toContain(`,"'${sign}1, ""x""\r\nrow"\r\n`);
    }
  });
});

describe('the day of vesting', () => {
  const view = { status: 'vesting', vests_at: at('2026-08-30T17:00:00Z'), vesting_days: 90 } as const;
  const dayAt = (when: string) => vestingDay(view, at(when), ZONE)?.day;

  it('V1: the first day is 1, the day of vesting up to its hour the last', () => {
    expect(dayAt('2026-06-01T17:00:00Z')).toBe(1);
    expect(dayAt('2026-07-31T17:00:00Z')).toBe(61);
    expect(dayAt('2026-08-29T17:00:00Z')).toBe(90);
    expect(dayAt('2026-08-30T16:59:59Z')).toBe(90);
    expect(dayAt('2026-08-30T17:00:00Z')).toBeUndefined();
  });

  it('an account that has not paid, or is out, is in no day', () => {
    expect(vestingDay({ ...view, vests_at: null }, 0, ZONE)).toBeNull();
    expect(vestingDay({ ...view, status: 'forfeited' }, at('2026-07-01T00:00:00Z'), ZONE)).toBeNull();
  });
});
