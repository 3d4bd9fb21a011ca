import { startOfDay } from '../calendar/zone.rules.ts';
import { currencyDigits } from '../money/currency.rules.ts';
import { decimalString, sumAmounts } from '../money/money.rules.ts';
import { partnerAt, residencyOutcome, type PartnerRecord } from '../partner/facts.rules.ts';
import { textCell } from '../payout/export.rules.ts';
import type { RailName } from '../payout/payout.schema.ts';
import { aboveThresholds, thresholdsOf, type AboveThreshold, type ReportingThresholds } from './thresholds.rules.ts';

/** A calendar year in the program's zone as instants, `ends_at` excluded. */
export interface TaxYear {
  year: number;
  starts_at: number;
  ends_at: number;
}

/** The bounds of a calendar year in a zone. */
export function taxYear(year: number, timezone: string): TaxYear {
  return {
    year,
    starts_at: startOfDay(`${year}-01-01`, timezone),
    ends_at: startOfDay(`${year + 1}-01-01`, timezone),
  };
}

/** What went one way in a year, in minor units: payouts that succeeded in it, and what came back in it, whenever it had been paid. */
export interface MethodYear {
  method: RailName;
  paid: number;
  came_back: number;
  payouts: number;
}

/** P4: the forms that a partner may be asked for. */
export const TAX_FORMS = ['W-9', 'W-8BEN', 'W-8BEN with review', 'manual'] as const;
export type TaxForm = (typeof TAX_FORMS)[number];

const FORM_OF = { w9: 'W-9', manual: 'manual', w8ben_review: 'W-8BEN with review', w8ben: 'W-8BEN' } as const;

/** The form that a partner is asked for at an instant: W-9 in the United States, else what the answers ask for (P4); null: not answered. */
export function taxFormAt(record: PartnerRecord, at: number): TaxForm | null {
  const { country, residency } = partnerAt(record, at);
  if (country === 'US') return 'W-9';
  return residency === null ? null : FORM_OF[residencyOutcome(residency)];
}

/** A partner's year. `net` is negative where more came back than was paid. */
export interface PartnerYear {
  partner_id: string;
  country: string | null;
  tax_form: TaxForm | null;
  paid: number;
  came_back: number;
  net: number;
  payouts: number;
  methods: (MethodYear & { net: number })[];
  /** null where it cannot be said: no thresholds known of that year, another currency than theirs, or a partner not asked for a W-9. */
  above_threshold: AboveThreshold | null;
}

/** What a year's statement says of all partners alike. Thresholds are US cents; null with the reason where there are none. */
export interface YearFrame {
  year: number;
  currency: string;
  timezone: string;
  /** Whether the year is over. */
  complete: boolean;
  thresholds: ReportingThresholds | null;
  thresholds_missing: 'unknown_year' | 'other_currency' | null;
}

/** The frame of a year's statement, asked for at an instant. */
export function yearFrame(
  { year, ends_at }: TaxYear,
  program: { currency: string; timezone: string },
  now: number,
): YearFrame {
  const { currency, timezone } = program;
  const known = thresholdsOf(year);
  const missing = known === null ? 'unknown_year' : currency === 'USD' ? null : 'other_currency';
  const thresholds = missing === null ? known : null;
  return { year, currency, timezone, complete: now >= ends_at, thresholds, thresholds_missing: missing };
}

/** A partner's year from its methods; `at` is the instant whose facts count (the last of the year, or now). */
export function partnerYear(
  partner_id: string,
  methods: readonly MethodYear[],
  record: PartnerRecord,
  { thresholds }: Pick<YearFrame, 'thresholds'>,
  at: number,
): PartnerYear {
  const total = (field: 'paid' | 'came_back' | 'payouts') => sumAmounts(methods.map((method) => method[field]));
  const [paid, came_back, payouts] = [total('paid'), total('came_back'), total('payouts')];
  const net = paid - came_back;
  const tax_form = taxFormAt(record, at);
  const asked = thresholds !== null && tax_form === 'W-9';
  return {
    partner_id,
    country: partnerAt(record, at).country,
    tax_form,
    paid,
    came_back,
    net,
    payouts,
    methods: methods.map((method) => ({ ...method, net: method.paid - method.came_back })),
    above_threshold: asked ? aboveThresholds({ paid, net, payouts }, thresholds) : null,
  };
}

const COLUMNS = [
  'year',
  'partner_id',
  'country',
  'tax_form',
  'method',
  'currency',
  'paid',
  'came_back',
  'net',
  'payouts',
  'partner_above_1099_k',
  'partner_above_1099_nec',
];

const csvRow = (cells: readonly string[]) => `${cells.map(textCell).join(',')}\r\n`;

/** The heading of the year's table. */
export function yearCsvHeading(): string {
  return csvRow(COLUMNS);
}

const said = (value: boolean | undefined) => (value === undefined ? 'unknown' : value ? 'yes' : 'no');

/** A partner's rows of the year's table, one a method; amounts in decimals, `unknown` where nothing can be said of a threshold. */
export function partnerCsv(partner: PartnerYear, { year, currency }: Pick<YearFrame, 'year' | 'currency'>): string {
  const { partner_id, country, tax_form, methods, above_threshold: above } = partner;
  const digits = currencyDigits(currency);
  const rows = methods.map(({ method, paid, came_back, net, payouts }) => {
    const words = [String(year), partner_id, country ?? '', tax_form ?? '', method, currency].map(textCell);
    // Not text: a negative amount keeps its sign, and is made of digits alone.
    const amounts = [paid, came_back, net].map((amount) => decimalString(amount, digits));
    const told = [String(payouts), said(above?.form_1099_k), said(above?.form_1099_nec)];
    return `${[...words, ...amounts, ...told].join(',')}\r\n`;
  });
  return rows.join('');
}
