import { addDays, dayOf, startOfDay } from '../calendar/zone.rules.ts';
import { currencyDigits } from '../money/currency.rules.ts';
import { decimalString, sumAmounts } from '../money/money.rules.ts';
import { accountOf, CHART, clearingAccount, partnerAccount } from './chart.rules.ts';

/** How a journal is written: its one commodity, and the program day of an instant. */
export interface JournalFormat {
  currency: string;
  digits: number;
  dayOf: (at: number) => string;
}

/** The format of a program's journal. Days once met are kept, since most instants share a few. */
export function journalFormat(currency: string, timezone: string): JournalFormat {
  return { currency, digits: currencyDigits(currency), dayOf: dayFinder(timezone) };
}

const DAY_MS = 86_400_000;

function dayFinder(timezone: string): (at: number) => string {
  const met = new Map<number, { day: string; starts_at: number; ends_at: number }[]>();
  return (at) => {
    const utc = Math.floor(at / DAY_MS);
    const days = met.get(utc) ?? [];
    const known = days.find(({ starts_at, ends_at }) => starts_at <= at && at < ends_at);
    if (known) return known.day;
    const day = dayOf(at, timezone);
    const found = { day, starts_at: startOfDay(day, timezone), ends_at: startOfDay(addDays(day, 1), timezone) };
    met.set(utc, [...days, found]);
    return day;
  };
}

/**
 * The stretch of the booking order between two closes: the days of the former one and of its own, null where there is none. What is
 * booked in it is dated within these days, whatever its fact's own day is: so a close holds for all rows dated up to it.
 */
export interface Period {
  since: string | null;
  until: string | null;
}

/** The day that a row is booked on: its fact's own, or the nearest one that its period has. */
export function bookedOn(fact_on: string, { since, until }: Period): string {
  if (since !== null && fact_on < since) return since;
  return until !== null && fact_on > until ? until : fact_on;
}

/** A line of the books as a transaction needs it. */
export interface JournalLine {
  seq: number;
  partner_id: string;
  account_id: string | null;
  payment_id: string | null;
  kind: string;
  cause_id: string;
  at: number;
  amount: number;
}

/** A transfer of the books with the pay day of its payout, and what PayPal kept for it: minor units, 0 where nothing. */
export interface JournalTransfer {
  seq: number;
  debit: string;
  credit: string;
  kind: string;
  partner_id: string;
  payout_id: string;
  pay_date: string;
  at: number;
  amount: number;
  fee: number;
}

/** A posting: a positive amount is a debit. `balance` is what the account, with its subaccounts where `inclusive`, must have come to. */
export interface Posting {
  account: string;
  amount: number;
  balance?: number;
  inclusive?: boolean;
}

/** One transaction of the journal. */
export interface Transaction {
  date: string;
  code: string;
  description: string;
  tags: Readonly<Record<string, string>>;
  postings: readonly Posting[];
}

/** A line's transaction; null for one of kind `returned`, whose money is booked by the transfer that brings it back. */
export function lineTransaction(line: JournalLine, period: Period, format: JournalFormat): Transaction | null {
  const { seq, partner_id, account_id, payment_id, kind, cause_id, amount } = line;
  if (kind === 'returned') return null;
  const fact_on = format.dayOf(line.at);
  const expense = kind === 'adjustment' ? CHART.adjustments : CHART.commissions;
  return {
    date: bookedOn(fact_on, period),
    code: `L${seq}`,
    description: `${partner_id} | ${kind} ${word(cause_id)}`,
    tags: { fact_on, ...(account_id === null ? {} : { account_id }), ...(payment_id === null ? {} : { payment_id }) },
    postings: [
      { account: expense, amount },
      { account: partnerAccount(partner_id), amount: -amount },
    ],
  };
}

/** A transfer's transaction, with the provider's fee where there is one: what is sent and the fee leave PayPal together. */
export function transferTransaction(transfer: JournalTransfer, period: Period, format: JournalFormat): Transaction {
  const { seq, debit, credit, kind, partner_id, payout_id, pay_date, amount, fee } = transfer;
  const fact_on = format.dayOf(transfer.at);
  const money: Posting[] = [
    { account: accountOf(debit, transfer), amount },
    { account: accountOf(credit, transfer), amount: -amount },
  ];
  const fees: Posting[] = [
    { account: CHART.fees, amount: fee },
    { account: CHART.paypal, amount: -fee },
  ];
  return {
    date: bookedOn(fact_on, period),
    code: `T${seq}`,
    description: `${partner_id} | ${kind} ${word(payout_id)}`,
    tags: { fact_on, payout_id, pay_date },
    postings: fee === 0 ? money : [...money, ...fees],
  };
}

/** What a close says, as far as the journal asserts it. Minor units; `open` is what a partner is owed, negative where it owes. */
export interface ClosedWeek {
  pay_date: string;
  hash: string;
  partners: readonly { partner_id: string; open: number }[];
  in_flight: number;
  came_back: number;
}

/** A close's assertions on the day it was taken: every partner whose rows changed in it, and the money between the program and them. */
export function closeTransaction(date: string, close: ClosedWeek): Transaction {
  const { pay_date, hash, partners, in_flight, came_back } = close;
  return {
    date,
    code: `C${pay_date}`,
    description: `close of ${pay_date}`,
    tags: { hash },
    postings: [
      ...partners.map(({ partner_id, open }) => ({ account: partnerAccount(partner_id), amount: 0, balance: -open })),
      { account: CHART.clearing, amount: 0, balance: -in_flight, inclusive: true },
      { account: CHART.came_back, amount: 0, balance: -came_back },
    ],
  };
}

/** Where the books stand before the journal's first day. Minor units; `open` as in a close. */
export interface OpeningBalances {
  partners: readonly { partner_id: string; open: number }[];
  /** By the account that transfers name and, for clearing, the pay day: a positive amount is a debit. */
  accounts: readonly { account: string; pay_date: string; amount: number }[];
}

/** The transaction that a journal from a day on begins with: what is owed and held, without former income and expenses. */
export function openingTransaction(date: string, { partners, accounts }: OpeningBalances): Transaction {
  const kept = accounts.filter(({ account }) => account !== 'partner' && account !== 'written_off');
  const postings: Posting[] = [
    ...partners.map(({ partner_id, open }) => ({ account: partnerAccount(partner_id), amount: -open })),
    ...kept.map(({ account, pay_date, amount }) => ({
      account: accountOf(account, { partner_id: '', pay_date }),
      amount,
    })),
  ].filter(({ amount }) => amount !== 0);
  const rest = -sumAmounts(postings.map(({ amount }) => amount));
  return {
    date,
    code: 'O',
    description: 'opening balances',
    tags: {},
    postings: [...postings, { account: CHART.opening, amount: rest }],
  };
}

/** Ids come from elsewhere: whatever hledger could read as syntax becomes `_`. */
function word(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.:-]/g, '_');
}

/** A transaction as hledger reads it, with an empty line after it. */
export function render({ date, code, description, tags, postings }: Transaction, format: JournalFormat): string {
  const money = (amount: number) => `${decimalString(amount, format.digits)} ${format.currency}`;
  const head = `${date} (${code}) ${description}`;
  const notes = Object.entries(tags).map(([name, value]) => `${name}:${word(value)}`);
  const rows = postings.map(({ account, amount, balance, inclusive }) => {
    const assertion = balance === undefined ? '' : ` ${inclusive ? '=*' : '='} ${money(balance)}`;
    return `    ${account}  ${money(amount)}${assertion}`;
  });
  return [head, ...(notes.length > 0 ? [`    ; ${notes.join(', ')}`] : []), ...rows, '', ''].join('\n');
}

/** What a journal begins with: how it is to be read, its commodity, and the accounts that are always there. */
export function journalHeader(
  { currency, digits }: JournalFormat,
  window: { from: string | null; until: string | null },
): string {
  const of = `${window.from ?? 'the beginning'} to ${window.until ?? 'the latest row'}`;
  return [
    `; Lastclick: the books, ${of}`,
    '; Dated by booking: what is told after a close is dated on or after it. The day of the fact is in the tag fact_on.',
    'decimal-mark .',
    `commodity 1000.${'0'.repeat(digits)} ${currency}`,
    '',
    ...Object.values(CHART).map((account) => `account ${account}`),
    '',
    '',
  ].join('\n');
}

/** Declarations of accounts, as strict checks need them. */
export function partnerDirectives(partner_ids: readonly string[]): string {
  return partner_ids.map((partner_id) => `account ${partnerAccount(partner_id)}\n`).join('');
}

/** Declarations of the clearing accounts of pay days. */
export function clearingDirectives(pay_dates: readonly string[]): string {
  return `${pay_dates.map((pay_date) => `account ${clearingAccount(pay_date)}\n`).join('')}\n`;
}

/** The last line of a whole journal: a file without it was cut off. */
export function journalEnd(transactions: number): string {
  return `; end of journal, ${transactions} transactions\n`;
}
