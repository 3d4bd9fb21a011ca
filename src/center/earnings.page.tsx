import { COMMISSION_KINDS, COMMISSION_STATUSES, type CommissionEntry } from '../earnings/commissions.rules.ts';
import { dayText } from '../letter/letter.rules.ts';
import { moneyText } from '../money/currency.rules.ts';
import { decimalString } from '../money/money.rules.ts';
import { Field, Instant, More, Select, Table, Tag } from '../pages/parts.tsx';
import { accountHref, causeOf, KIND_WORDS, LINE_WORDS, paymentHref, reasonText } from './earnings-words.rules.ts';
import type { LineFilter } from './read-lines.ts';

/** In whose zone and currency lines are told. */
export interface Told {
  timezone: string;
  currency: string;
}

function About({ entry }: { entry: CommissionEntry }) {
  const { account_id, payment_id } = entry;
  if (account_id === null || payment_id === null) return null;
  return (
    <>
      <br />
      payment <a href={paymentHref({ account_id, payment_id })}>{payment_id}</a> of{' '}
      <a href={accountHref(account_id)}>{account_id}</a>
    </>
  );
}

function Why({ entry }: { entry: CommissionEntry }) {
  const cause = causeOf(entry);
  const reason = reasonText(entry);
  return (
    <>
      {cause === null ? (
        reason
      ) : (
        <>
          {cause.text}
          {cause.link !== null && (
            <>
              {' '}
              – <a href={cause.link.href}>{cause.link.text}</a>
            </>
          )}
        </>
      )}
    </>
  );
}

function Line({ entry, told }: { entry: CommissionEntry; told: Told }) {
  const { word, tone, meaning } = LINE_WORDS[entry.status];
  const { vests_at, status, rate_bps, payout_id } = entry;
  return (
    <tr id={`line-${entry.anchor}-${entry.kind}`}>
      <th scope="row">
        <Instant at={entry.at} text={dayText(entry.at, told.timezone)} />
      </th>
      <td>
        {KIND_WORDS[entry.kind]}
        {entry.kind === 'commission' && rate_bps !== null && (
          <>
            {' '}
            at {decimalString(rate_bps, 2)}
            {'\u00a0%'}
          </>
        )}
        <About entry={entry} />
      </td>
      <td class="num">{moneyText(entry.amount, told.currency)}</td>
      <td>
        <Tag tone={tone}>{word}</Tag>
        <br />
        <small>
          {meaning}
          {status === 'pending' && vests_at !== null && <>; vests on {dayText(vests_at, told.timezone)}</>}
        </small>
        {payout_id !== null && (
          <>
            <br />
            <a href={`/partners/payouts/${encodeURIComponent(payout_id)}`}>its payout</a>
          </>
        )}
      </td>
      <td>
        <Why entry={entry} />
      </td>
    </tr>
  );
}

function Lines({ caption, entries, told }: { caption: string; entries: readonly CommissionEntry[]; told: Told }) {
  return (
    <Table caption={caption} head={['Day', 'What', 'Amount', 'How it stands', 'Why']}>
      {entries.map((entry) => (
        <Line entry={entry} told={told} />
      ))}
    </Table>
  );
}

function Filter({ filter, fault }: { filter: Readonly<Record<string, string>>; fault: string | undefined }) {
  const statuses = COMMISSION_STATUSES.map((value) => ({ value, text: LINE_WORDS[value].word }));
  const kinds = COMMISSION_KINDS.map((value) => ({ value, text: KIND_WORDS[value] }));
  return (
    <form method="get" action="/partners/earnings">
      <div class="row">
        <Select name="status" label="How it stands" choices={statuses} value={filter['status']} empty="All" />
        <Select name="kind" label="What" choices={kinds} value={filter['kind']} empty="All" />
        <Field
          name="month"
          label="Month (like 2026-04)"
          value={filter['month'] ?? ''}
          fault={fault}
          required={false}
          maxlength={7}
        />
        <button type="submit">Show</button>
      </div>
    </form>
  );
}

/** A partner's lines, newest booking first, and what they are narrowed to. */
export function EarningsPage(props: {
  entries: readonly CommissionEntry[];
  filter: Readonly<Record<string, string>>;
  fault?: string | undefined;
  older: string | null;
  told: Told;
}) {
  const { entries, filter, fault, older, told } = props;
  return (
    <>
      <h1>Earnings</h1>
      <p>
        <a href="/partners/payouts">Payouts</a> · <a href="/partners/earnings.csv">All lines as a CSV file</a>
      </p>
      <Filter filter={filter} fault={fault} />
      {entries.length === 0 ? (
        <p>There is no such line{older === null ? '' : ' among the latest ones'}.</p>
      ) : (
        <Lines caption="Lines, the latest first" entries={entries} told={told} />
      )}
      <More href={older} />
      <p class="soft">
        A commission that has been paid stays as it was. What takes it back, or gives it back, is a line of its own with
        its cause (C3).
      </p>
    </>
  );
}

/** All lines of one payment. */
export function PaymentPage(props: {
  payment_id: string;
  account_id: string;
  entries: readonly CommissionEntry[];
  told: Told;
}) {
  const { payment_id, account_id, entries, told } = props;
  const paid_at = entries.find((entry) => entry.paid_at !== null)?.paid_at ?? null;
  return (
    <>
      <h1>Payment {payment_id}</h1>
      <dl class="facts">
        <dt>Account</dt>
        <dd>
          <a href={accountHref(account_id)}>{account_id}</a>
        </dd>
        {paid_at !== null && (
          <>
            <dt>Paid by the client</dt>
            <dd>
              <Instant at={paid_at} text={dayText(paid_at, told.timezone)} />
            </dd>
          </>
        )}
      </dl>
      <Lines caption="Everything that this payment has come to, the latest first" entries={entries} told={told} />
      <p>
        <a href="/partners/earnings">All earnings</a>
      </p>
    </>
  );
}

/** The query of a filter, for links that keep it. */
export function filterQuery(filter: LineFilter, cursor: string): string {
  const kept = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  return new URLSearchParams([...kept, ['cursor', cursor]]).toString();
}
