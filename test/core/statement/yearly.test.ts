import { describe, expect, it } from 'vitest';

import { aboveThresholds, thresholdsOf } from '../../../src/statement/thresholds.rules.ts';
import {
  partnerCsv,
  partnerYear,
  taxFormAt,
  taxYear,
  yearCsvHeading,
  yearFrame,
  type MethodYear,
} from '../../../src/statement/yearly.rules.ts';

const ZONE = 'America/Los_Angeles';
const USD = { currency: 'USD', timezone: ZONE };
const NOW = Date.parse('2026-11-20T00:00:00Z');
const ANSWERS = { us_citizen: false, us_green_card: false, us_over_183_days: false, us_worked_last_year: false };

function record(country: string | null, answers: Partial<typeof ANSWERS> | null = null) {
  const fact = (n: number, field: 'country' | 'residency', value: string | null) => ({
    n,
    field,
    value,
    at: 0,
    address_hash: null,
  });
  const residency = answers === null ? null : JSON.stringify({ ...ANSWERS, ...answers });
  return { facts: [fact(1, 'country', country), fact(2, 'residency', residency)], holds: [], came_back: [] };
}
const method = (paid: number, more: Partial<MethodYear> = {}): MethodYear => ({
  method: 'paypal',
  paid,
  came_back: 0,
  payouts: 1,
  ...more,
});

describe('thresholds of a year', () => {
  it('are data by year: $600 up to 2025 and $2,000 in 2026 for the payer, $20,000 and 200 payments for the network', () => {
    expect(thresholdsOf(2025)?.form_1099_nec).toEqual({ amount_from: 60_000 });
    expect(thresholdsOf(2026)?.form_1099_nec).toEqual({ amount_from: 200_000 });
    expect(thresholdsOf(2024)?.form_1099_k).toEqual({ amount_over: 500_000, payments_over: null });
    for (const year of [2022, 2023, 2025, 2026]) {
      expect(thresholdsOf(year)?.form_1099_k).toEqual({ amount_over: 2_000_000, payments_over: 200 });
    }
  });

  it('are not guessed for another year', () => {
    expect(thresholdsOf(2021)).toBeNull();
    expect(thresholdsOf(2027)).toBeNull();
    expect(yearFrame(taxYear(2027, ZONE), USD, NOW)).toMatchObject({
      thresholds: null,
      thresholds_missing: 'unknown_year',
    });
    expect(yearFrame(taxYear(2026, ZONE), { ...USD, currency: 'EUR' }, NOW)).toMatchObject({
      thresholds: null,
      thresholds_missing: 'other_currency',
    });
  });

  it('the payer’s is reached, the network’s is exceeded in both', () => {
    const in2026 = thresholdsOf(2026)!;
    const above = (paid: number, net: number, payouts: number) => aboveThresholds({ paid, net, payouts }, in2026);
    expect(above(199_999, 199_999, 1)).toEqual({ form_1099_k: false, form_1099_nec: false });
    expect(above(200_000, 200_000, 1)).toEqual({ form_1099_k: false, form_1099_nec: true });
    expect(above(2_000_000, 0, 201)).toEqual({ form_1099_k: false, form_1099_nec: false });
    expect(above(2_000_001, 0, 200)).toEqual({ form_1099_k: false, form_1099_nec: false });
    expect(above(2_000_001, 0, 201)).toEqual({ form_1099_k: true, form_1099_nec: false });
    expect(aboveThresholds({ paid: 500_001, net: 1, payouts: 1 }, thresholdsOf(2024)!).form_1099_k).toBe(true);
  });
});

describe('a partner’s year', () => {
  it('P4: asks for the form that country and answers name', () => {
    expect(taxFormAt(record('US'), NOW)).toBe('W-9');
    expect(taxFormAt(record('FR'), NOW)).toBeNull();
    expect(taxFormAt(record(null), NOW)).toBeNull();
    expect(taxFormAt(record('FR', {}), NOW)).toBe('W-8BEN');
    expect(taxFormAt(record('FR', { us_worked_last_year: true }), NOW)).toBe('W-8BEN with review');
    expect(taxFormAt(record('FR', { us_over_183_days: true }), NOW)).toBe('manual');
    expect(taxFormAt(record('FR', { us_green_card: true, us_over_183_days: true }), NOW)).toBe('W-9');
  });

  it('adds up its methods; what came back counts against it', () => {
    const frame = yearFrame(taxYear(2026, ZONE), USD, NOW);
    const methods = [method(150_000, { came_back: 20_000 }), method(80_000, { method: 'export', payouts: 2 })];
    expect(partnerYear('ann', methods, record('US'), frame, NOW)).toEqual({
      partner_id: 'ann',
      country: 'US',
      tax_form: 'W-9',
      paid: 230_000,
      came_back: 20_000,
      net: 210_000,
      payouts: 3,
      methods: [
        { method: 'paypal', paid: 150_000, came_back: 20_000, net: 130_000, payouts: 1 },
        { method: 'export', paid: 80_000, came_back: 0, net: 80_000, payouts: 2 },
      ],
      above_threshold: { form_1099_k: false, form_1099_nec: true },
    });
  });

  it('says nothing of thresholds where they are not known or do not concern the partner', () => {
    const unknown = yearFrame(taxYear(2030, ZONE), USD, NOW);
    expect(partnerYear('ann', [method(1)], record('US'), unknown, NOW).above_threshold).toBeNull();
    const known = yearFrame(taxYear(2026, ZONE), USD, NOW);
    expect(partnerYear('ann', [method(999_999)], record('FR', {}), known, NOW).above_threshold).toBeNull();
  });

  it('is the calendar year of the program’s zone, over when it is over', () => {
    const year = taxYear(2026, ZONE);
    expect([year.starts_at, year.ends_at]).toEqual([
      Date.parse('2026-01-01T08:00:00Z'),
      Date.parse('2027-01-01T08:00:00Z'),
    ]);
    expect(yearFrame(year, USD, year.ends_at - 1).complete).toBe(false);
    expect(yearFrame(year, USD, year.ends_at).complete).toBe(true);
  });

  it('as CSV has a row a method, amounts in decimals, and no formula', () => {
    const frame = yearFrame(taxYear(2026, ZONE), USD, NOW);
    expect(yearCsvHeading()).toBe(
      'year,partner_id,country,tax_form,method,currency,paid,came_back,net,payouts,partner_above_1099_k,partner_above_1099_nec\r\n',
    );
    const methods = [method(5, { came_back: 30 }), method(200_000, { method: 'export' })];
    expect(partnerCsv(partnerYear('-cmd', methods, record('US'), frame, NOW), frame)).toBe(
      "2026,'-cmd,US,W-9,paypal,USD,0.05,0.30,-0.25,1,no,no\r\n2026,'-cmd,US,W-9,export,USD,2000.00,0.00,2000.00,1,no,no\r\n",
    );
    const abroad = partnerYear('bob', [method(1)], record('FR', { us_worked_last_year: true }), frame, NOW);
    expect(partnerCsv(abroad, frame)).toBe(
      '2026,bob,FR,W-8BEN with review,paypal,USD,0.01,0.00,0.01,1,unknown,unknown\r\n',
    );
  });
});
