import { z } from '@hono/zod-openapi';

import { Currency, Day, Id } from '../http/schema.ts';
import { RAILS } from '../payout/payout.schema.ts';
import { TAX_FORMS } from './yearly.rules.ts';

const Money = z.int().openapi({ description: 'minor units' });

/** The window of a journal: program days, both included. */
export const JournalQuery = z.strictObject({ from: Day.optional(), until: Day.optional() });

export const YearParam = z.object({
  year: z
    .string()
    .regex(/^20\d\d$/, 'a year, 2000 to 2099')
    .openapi({ example: '2026' }),
});

const Totals = {
  paid: Money,
  came_back: Money.openapi({ description: 'minor units that came back in the year, whenever they had been paid' }),
  net: Money.openapi({ description: 'paid less came_back; negative where more came back' }),
  payouts: z.int().openapi({ description: 'payouts that succeeded in the year' }),
};

export const PartnerYearOut = z
  .object({
    partner_id: Id,
    country: z.string().nullable(),
    tax_form: z.enum(TAX_FORMS).nullable().openapi({ description: 'the form asked for (P4); null: not answered' }),
    ...Totals,
    methods: z.array(z.object({ method: z.enum(RAILS), ...Totals })),
    above_threshold: z
      .object({ form_1099_k: z.boolean(), form_1099_nec: z.boolean() })
      .nullable()
      .openapi({ description: 'by what this program paid; null where it cannot be said' }),
  })
  .openapi('PartnerYear');

export const YearOut = z
  .object({
    year: z.int(),
    timezone: z.string(),
    currency: Currency,
    complete: z.boolean().openapi({ description: 'whether the year is over' }),
    thresholds: z
      .object({
        form_1099_k: z.object({ amount_over: Money, payments_over: z.int().nullable() }),
        form_1099_nec: z.object({ amount_from: Money }),
      })
      .nullable()
      .openapi({ description: 'from when on a year is reported: US cents' }),
    thresholds_missing: z.enum(['unknown_year', 'other_currency']).nullable(),
    data: z.array(PartnerYearOut),
    next_cursor: z.string().nullable(),
  })
  .openapi('YearStatement');
