import type { Gate } from '../explain/gate.ts';
import type { lines } from '../ledger/ledger.schema.ts';
import { dayText, longDay } from '../letter/letter.rules.ts';
import { moneyText } from '../money/currency.rules.ts';
import { Instant, More, Notice, Table, Tag } from '../pages/parts.tsx';
import type { PartnerPayout } from '../payout/batch.repo.ts';
import { accountHref, paymentHref } from './earnings-words.rules.ts';
import { GateList } from './gates.page.tsx';
import { PAYOUT_WORDS } from './payout-words.rules.ts';

/** A payout as its list shows it. */
export type ListedPayout = Pick<
  PartnerPayout,
  'payout_id' | 'pay_date' | 'week_start_on' | 'week_end_on' | 'amount' | 'currency' | 'status' | 'status_at'
>;

/** What a line of a payout's receipt is. */
const LINE_KINDS: Readonly<Record<(typeof lines.$inferSelect)['kind'], string>> = {
  commission: 'Commission',
  refund: 'Refund or lost dispute',
  refund_reversal: 'Refund that failed, or dispute that was won',
  forfeit: 'Account ended before it had vested',
  reactivation: 'Account came back in time',
  referrer: 'Referrer corrected',
  self_referral: 'Self-referral, or cleared of it',
  adjustment: 'Adjustment',
  returned: 'Payout that came back, due anew',
};

/** Kinds whose cause has a name that partners know: a refund, an adjustment, a payout. */
const NAMED: ReadonlySet<keyof typeof LINE_KINDS> = new Set(['refund', 'refund_reversal', 'adjustment', 'returned']);

/** A line of a payout's receipt. */
export type ReceiptLine = Pick<
  typeof lines.$inferSelect,
  'seq' | 'account_id' | 'payment_id' | 'kind' | 'cause_id' | 'at' | 'amount'
>;

/** A partner's payouts, the latest first. */
export function PayoutsPage(props: { payouts: readonly ListedPayout[]; timezone: string; older: string | null }) {
  const { payouts, timezone, older } = props;
  return (
    <>
      <h1>Payouts</h1>
      {payouts.length === 0 ? (
        <p>
          Nothing has been paid yet. <a href="/partners">Home</a> says what the next pay day will pay, and why not more.
        </p>
      ) : (
        <Table caption="Payouts, the latest first" head={['Pay day', 'Amount', 'How it stands', 'Since', 'Week']}>
          {payouts.map((payout) => {
            const { word, tone, meaning } = PAYOUT_WORDS[payout.status];
            return (
              <tr>
                <th scope="row">
                  <a href={`/partners/payouts/${encodeURIComponent(payout.payout_id)}`}>{longDay(payout.pay_date)}</a>
                </th>
                <td class="num">{moneyText(payout.amount, payout.currency)}</td>
                <td>
                  <Tag tone={tone}>{word}</Tag>
                  <br />
                  <small>{meaning}</small>
                </td>
                <td>
                  <Instant at={payout.status_at} text={dayText(payout.status_at, timezone)} />
                </td>
                <td>
                  {longDay(payout.week_start_on)} to {longDay(payout.week_end_on)}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      <More href={older} />
      <p>
        <a href="/partners/earnings">All earnings</a>
      </p>
    </>
  );
}

function Receipt({
  lines: own,
  currency,
  timezone,
}: {
  lines: readonly ReceiptLine[];
  currency: string;
  timezone: string;
}) {
  return (
    <Table
      caption="What it consists of, the latest booked first"
      head={['Day', 'What', 'Payment', 'Account', 'Amount']}
    >
      {own.map(({ at, kind, cause_id, payment_id, account_id, amount }) => (
        <tr>
          <th scope="row">
            <Instant at={at} text={dayText(at, timezone)} />
          </th>
          <td>
            {LINE_KINDS[kind]}
            {NAMED.has(kind) && <small> ({cause_id})</small>}
          </td>
          <td>
            {payment_id !== null && account_id !== null && (
              <a href={paymentHref({ account_id, payment_id })}>{payment_id}</a>
            )}
          </td>
          <td>{account_id !== null && <a href={accountHref(account_id)}>{account_id}</a>}</td>
          <td class="num">{moneyText(amount, currency)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** One payout: how it stands, its last gates, and its receipt. */
export function PayoutPage(props: {
  payout: ListedPayout & { line_count: number; reason: string | null };
  gates: readonly Gate[];
  lines: readonly ReceiptLine[];
  timezone: string;
  more: string | null;
}) {
  const { payout, gates, lines: own, timezone, more } = props;
  const { tone, meaning } = PAYOUT_WORDS[payout.status];
  const { currency } = payout;
  return (
    <>
      <h1>Payout of {longDay(payout.pay_date)}</h1>
      <Notice tone={tone}>
        <strong>{moneyText(payout.amount, currency)}</strong>. {meaning}
      </Notice>
      <dl class="facts">
        <dt>Number</dt>
        <dd class="mono">{payout.payout_id}</dd>
        <dt>Week that it pays</dt>
        <dd>
          {longDay(payout.week_start_on)} to {longDay(payout.week_end_on)}, and what was still open from before
        </dd>
        <dt>It stands so since</dt>
        <dd>
          <Instant at={payout.status_at} text={dayText(payout.status_at, timezone)} />
        </dd>
        {payout.reason !== null && (
          <>
            <dt>Reason</dt>
            <dd>{payout.reason}</dd>
          </>
        )}
        <dt>Lines</dt>
        <dd>{payout.line_count}</dd>
      </dl>
      <h2>On its way</h2>
      <GateList gates={gates} referred />
      <h2>Receipt</h2>
      <Receipt lines={own} currency={currency} timezone={timezone} />
      <More href={more} text="More lines" />
      <p>
        <a href="/partners/payouts">All payouts</a>
      </p>
    </>
  );
}
