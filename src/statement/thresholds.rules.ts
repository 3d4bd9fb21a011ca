/**
 * From when on payments of one calendar year are reported to the IRS, in US cents: a dated table, one row a year. A year that is not in it
 * has no known threshold, and statements say so instead of guessing.
 */
export interface ReportingThresholds {
  /**
   * Form 1099-K, filed by the payment network (PayPal) on everything that a payee receives through it: reported above the amount and, where
   * a count is set, above that many payments too. A payer does not report these payments again.
   */
  form_1099_k: { amount_over: number; payments_over: number | null };
  /** Form 1099-NEC, filed by the payer on what it pays in another way: reported from this amount on. */
  form_1099_nec: { amount_from: number };
}

/** More than $20,000 and more than 200 payments: 26 U.S.C. § 6050W(e), as restored from 2022 on by Pub. L. 119-21 § 70432 (July 4, 2025). */
const NETWORK = { amount_over: 20_000_00, payments_over: 200 };
/** $600 or more: 26 U.S.C. § 6041(a) for payments up to 2025. */
const PAYER_600 = { amount_from: 600_00 };

const BY_YEAR: Readonly<Record<number, ReportingThresholds>> = {
  2022: { form_1099_k: NETWORK, form_1099_nec: PAYER_600 },
  2023: { form_1099_k: NETWORK, form_1099_nec: PAYER_600 },
  // The forms of 2024 were filed under IRS Notice 2024-85: more than $5,000, whatever the count.
  2024: { form_1099_k: { amount_over: 5_000_00, payments_over: null }, form_1099_nec: PAYER_600 },
  2025: { form_1099_k: NETWORK, form_1099_nec: PAYER_600 },
  // $2,000 or more: § 6041(a) as amended by Pub. L. 119-21 § 70433, for payments after 2025; indexed each year from 2027 on.
  2026: { form_1099_k: NETWORK, form_1099_nec: { amount_from: 2_000_00 } },
};

/** The thresholds of a calendar year; null where they are not in the table. */
export function thresholdsOf(year: number): ReportingThresholds | null {
  return BY_YEAR[year] ?? null;
}

/** What a payee's year came to, in US cents: 1099-K counts gross payments, 1099-NEC what was paid in the end. */
export interface ReportedYear {
  paid: number;
  net: number;
  payouts: number;
}

/** Whether a payee's year is above each form's threshold, counting what this program paid and nothing else. */
export interface AboveThreshold {
  form_1099_k: boolean;
  form_1099_nec: boolean;
}

/** Compares a payee's year with the thresholds. */
export function aboveThresholds({ paid, net, payouts }: ReportedYear, thresholds: ReportingThresholds): AboveThreshold {
  const { amount_over, payments_over } = thresholds.form_1099_k;
  return {
    form_1099_k: paid > amount_over && (payments_over === null || payouts > payments_over),
    form_1099_nec: net >= thresholds.form_1099_nec.amount_from,
  };
}
