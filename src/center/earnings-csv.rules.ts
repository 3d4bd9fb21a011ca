import { formatInstant } from '../clock.ts';
import type { CommissionEntry } from '../earnings/commissions.rules.ts';
import { currencyDigits } from '../money/currency.rules.ts';
import { decimalString } from '../money/money.rules.ts';
import { textCell } from '../payout/export.rules.ts';
import { reasonText } from './earnings-words.rules.ts';

const COLUMNS = [
  'at',
  'kind',
  'status',
  'amount',
  'currency',
  'account_id',
  'payment_id',
  'paid_at',
  'rate_percent',
  'vests_at',
  'payout_id',
  'cause_id',
  'reason',
] as const;

/** The first line of the file: the names of its columns. */
export const CSV_HEAD = `${COLUMNS.join(',')}\r\n`;

const instant = (at: number | null): string => (at === null ? '' : formatInstant(at));
const text = (value: string | null): string => (value === null ? '' : textCell(value));

/**
 * A line of the file (RFC 4180): instants in UTC, the amount in units of the currency with its sign, the rate in percent. What comes from
 * others is never a formula to a spreadsheet; a negative amount is a number.
 */
export function csvLine(entry: CommissionEntry, currency: string): string {
  const cells: Record<(typeof COLUMNS)[number], string> = {
    at: instant(entry.at),
    kind: entry.kind,
    status: entry.status,
    amount: decimalString(entry.amount, currencyDigits(currency)),
    currency,
    account_id: text(entry.account_id),
    payment_id: text(entry.payment_id),
    paid_at: instant(entry.paid_at),
    rate_percent: entry.rate_bps === null ? '' : decimalString(entry.rate_bps, 2),
    vests_at: instant(entry.vests_at),
    payout_id: text(entry.payout_id),
    cause_id: text(entry.cause_id),
    reason: text(reasonText(entry)),
  };
  return `${COLUMNS.map((column) => cells[column]).join(',')}\r\n`;
}
