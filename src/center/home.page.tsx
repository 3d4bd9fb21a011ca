import { longDay } from '../letter/letter.rules.ts';
import { moneyText } from '../money/currency.rules.ts';
import { Notice, Table } from '../pages/parts.tsx';
import { GateList } from './gates.page.tsx';
import { CHART, chartBars, type Bar } from './home.rules.ts';
import { PAYOUT_WORDS } from './payout-words.rules.ts';
import type { Home } from './read-home.ts';

type Money = (amount: number) => string;

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A day as it stands below a bar: `20 Nov`. */
function shortDay(day: string): string {
  const [, month = '', date = ''] = day.split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1] ?? month}`;
}

function Totals({ home, money }: { home: Home; money: Money }) {
  const { paid, in_flight, payable, pending, owed_back, forfeited } = home.earnings.totals;
  const cards = [
    ['Paid', paid, 'what arrived'],
    ['On its way', in_flight, 'taken into a payout that has not arrived yet'],
    ['Payable', payable, 'vested, and not paid yet'],
    ['Pending', pending, 'earned, and not vested yet or held'],
    ...(owed_back > 0 ? [['To be earned back', owed_back, 'paid before, and taken back since (C3)'] as const] : []),
    ...(forfeited > 0 ? [['Forfeited', forfeited, 'of accounts that ended before they vested (V2)'] as const] : []),
  ] as const;
  return (
    <ul class="cards">
      {cards.map(([name, amount, meaning]) => (
        <li class="card">
          <h3>{name}</h3>
          <div class="figure">{money(amount)}</div>
          <small>{meaning}</small>
        </li>
      ))}
    </ul>
  );
}

function NextPayout({ home, money }: { home: Home; money: Money }) {
  const { day, amount, will_pay, gates } = home.earnings.next_payout;
  const on = longDay(day.pay_date);
  const shut = gates.filter((gate) => !gate.passed).length;
  return (
    <>
      <h2>What the next pay day will pay</h2>
      {will_pay ? (
        <Notice tone="good">
          <strong>{money(amount)}</strong> will be paid on {on}.
        </Notice>
      ) : (
        <Notice tone="warn">
          Nothing will be paid on {on}, as far as is known today.
          {amount > 0 && (
            <>
              {' '}
              <strong>{money(amount)}</strong> is due by then and carries over.
            </>
          )}
          {` ${shut === 1 ? 'One gate is' : `${shut} gates are`} shut:`} the list says which, and what to do.
        </Notice>
      )}
      <p class="soft">
        It pays what became payable up to the end of the week of {longDay(day.week.start_on)} to{' '}
        {longDay(day.week.end_on)} (P1).
      </p>
      <GateList gates={gates} referred={home.referred} />
    </>
  );
}

function Bars({ bars, described }: { bars: readonly Bar[]; described: string }) {
  const { width, height, base } = CHART;
  const now = bars.find(({ kind }) => kind === 'coming')?.x ?? 0;
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${height}`} role="img" aria-labelledby="chart-title chart-desc">
      <title id="chart-title">What past pay days paid, and what coming ones could pay</title>
      <desc id="chart-desc">{described}</desc>
      <line x1="0" y1={base} x2={width} y2={base} />
      {now > 0 && <line x1={now - 4} y1="8" x2={now - 4} y2={base} stroke-dasharray="3 3" />}
      {now > 0 && (
        <text x={now} y="16">
          coming
        </text>
      )}
      {bars.map((bar) => (
        <>
          {bar.height > 0 && (
            <rect
              class={bar.kind === 'past' ? 'past' : 'bar'}
              x={bar.x}
              y={bar.y}
              width={bar.width}
              height={bar.height}
            />
          )}
          {bar.labelled && (
            <text x={bar.x} y={base + 16}>
              {shortDay(bar.pay_date)}
            </text>
          )}
        </>
      ))}
    </svg>
  );
}

function PayDays({ home, money }: { home: Home; money: Money }) {
  const { past, coming } = home;
  // A payout counts as paid once it has arrived.
  const paid = past.map(({ pay_date, amount, status }) => ({ pay_date, amount: status === 'paid' ? amount : 0 }));
  const bars = chartBars(paid, coming.days);
  const [first] = coming.days;
  const described = `${past.length} past and ${coming.days.length} coming pay days. Paid so far on these days: ${money(
    paid.reduce((sum, { amount }) => sum + amount, 0),
  )}. Could be paid on ${first ? longDay(first.pay_date) : 'the next one'}: ${money(first?.amount ?? 0)}. The table below has each of them.`;
  return (
    <>
      <h2>Pay days</h2>
      <Bars bars={bars} described={described} />
      {coming.later !== 0 && <p>{money(coming.later)} becomes payable after these days.</p>}
      <p class="soft">
        A coming pay day shows what becomes payable in time for it. It is paid if the gates are open then, and if the
        accounts are still clients.
      </p>
      <details>
        <summary>The same as a table</summary>
        <Table caption="Pay days, the oldest first" head={['Pay day', 'Amount', 'How it stands']}>
          {past.map(({ pay_date, amount, status }) => (
            <tr>
              <th scope="row">{longDay(pay_date)}</th>
              <td class="num">{status === null ? '–' : money(amount)}</td>
              <td>{status === null ? 'nothing paid' : PAYOUT_WORDS[status].word}</td>
            </tr>
          ))}
          {coming.days.map(({ pay_date, amount }) => (
            <tr>
              <th scope="row">{longDay(pay_date)}</th>
              <td class="num">{money(amount)}</td>
              <td>to come</td>
            </tr>
          ))}
        </Table>
      </details>
    </>
  );
}

/** The partner's first page: what was earned, what the next pay day pays and why not more, and pay days past and to come. */
export function HomePage({ home }: { home: Home }) {
  const money: Money = (amount) => moneyText(amount, home.earnings.currency);
  return (
    <>
      <h1>Home</h1>
      <h2>What you have earned</h2>
      <Totals home={home} money={money} />
      <p>
        <a href="/partners/earnings">All earnings</a> · <a href="/partners/payouts">All payouts</a> ·{' '}
        <a href="/partners/letters">Letters</a>
      </p>
      <NextPayout home={home} money={money} />
      <PayDays home={home} money={money} />
    </>
  );
}
