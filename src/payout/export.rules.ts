import { currencyDigits } from '../money/currency.rules.ts';
import { decimalString } from '../money/money.rules.ts';
import type { Handover, ItemProgress, Rail, RailBatch } from './rail.ts';

const FORMULA = /^[=+\-@\t\r]/;

/** A cell as RFC 4180 has it. */
function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A cell of free text that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it. */
export function textCell(text: string): string {
  return quoted(FORMULA.test(text) ? `'${text}` : text);
}

/**
 * An address's cell. An apostrophe would make it another mailbox, so one that begins like a formula gets a space before it instead: no
 * spreadsheet computes it, and the worst that PayPal can say of it is that it is malformed.
 */
export function addressCell(address: string): string {
  return quoted(FORMULA.test(address) ? ` ${address}` : address);
}

/** The mass-payment file: receiver, amount, currency, payout id, note; a row each, no heading, as PayPal's upload wants it. */
export function massPaymentCsv({ items, currency, note }: RailBatch): string {
  const digits = currencyDigits(currency);
  return items
    .map(({ receiver, amount, payout_id }) =>
      [addressCell(receiver), decimalString(amount, digits), currency, payout_id, textCell(note)].join(','),
    )
    .map((row) => `${row}\r\n`)
    .join('');
}

/** The rail that a person is: a file to upload, and outcomes told by an operator. */
export const exportRail: Rail = {
  name: 'export',
  async hand(batch: RailBatch): Promise<Handover> {
    return { state: 'handed_to_person', document: massPaymentCsv(batch) };
  },
  progress(word: string): ItemProgress {
    if (word === 'paid' || word === 'failed' || word === 'returned') return { final: true, status: word };
    return { final: false, status: 'in_flight', known: false };
  },
};
