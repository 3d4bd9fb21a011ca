import type { Child } from 'hono/jsx';

import { longDay } from '../letter/letter.rules.ts';
import { Notice, Table, Tag } from '../pages/parts.tsx';
import { attentionOf } from '../payout/attention.rules.ts';
import type { BatchRow } from '../payout/payout.schema.ts';
import { sentenceOf } from '../signals/signal.rules.ts';
import { ageText, at, Day, None, When, type Words } from './common.tsx';
import type { Forecast } from './read-forecast.ts';
import type { Today } from './read-today.ts';
import { FEW } from './today.repo.ts';
import {
  BATCH_WORDS,
  CRON_STATES,
  CRON_WORDS,
  HOLD_WORDS,
  mailReason,
  mailWord,
  operationWord,
  PARKED_WORDS,
  parkedReason,
} from './words.ts';

interface Section {
  today: Today;
  words: Words;
}

/** A number with its unit: `1 partner`, `3 partners`. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** A part of the page: its heading leads to the whole list. */
function Part({
  title,
  href,
  empty,
  rows,
  children,
}: {
  title: string;
  href: string;
  empty: string;
  rows: number;
  children: Child;
}) {
  return (
    <section>
      <h2>
        <a href={href}>{title}</a>
        {rows > 0 && <> ({rows > FEW ? `${FEW} and more` : rows})</>}
      </h2>
      {rows === 0 ? <None>{empty}</None> : children}
    </section>
  );
}

function NextFriday({ forecast, words }: { forecast: Forecast; words: Words }) {
  const { day, partners, amount, skipped, skipped_amount, approval_reasons, overdue, complete } = forecast;
  const { week } = day;
  return (
    <section>
      <h2>
        Next pay day: <Day day={day.pay_date} />
      </h2>
      {overdue && (
        <Notice tone="bad">
          <p>This day has passed, and its batch has not been frozen.</p>
        </Notice>
      )}
      <ul class="cards">
        <li class="card">
          <h3>Would be paid</h3>
          <p class="figure">{words.money(amount)}</p>
          <p>{counted(partners, 'partner')}</p>
        </li>
        <li class="card">
          <h3>Kept back by a gate</h3>
          <p class="figure">{words.money(skipped_amount)}</p>
          <p>{counted(skipped, 'partner')}</p>
        </li>
      </ul>
      <p class="soft">
        {`Forecast by the gates of the freeze, as the books stand now, for the week of ${longDay(week.start_on)} to ${longDay(week.end_on)}.`}
        {!complete && ' There are more partners than were counted here.'}
      </p>
      {approval_reasons.length > 0 && (
        <Notice tone="warn">
          <p>This batch would wait for approval:</p>
          <ul>
            {approval_reasons.map((reason) => (
              <li>{reason}</li>
            ))}
          </ul>
        </Notice>
      )}
    </section>
  );
}

function LatestBatch({ batch, words }: { batch: BatchRow | null; words: Words }) {
  if (batch === null) return null;
  const { pay_date, payout_amount, payout_count, skipped_count, status } = batch;
  const tone = status === 'settled' ? 'good' : status === 'needs_attention' ? 'bad' : 'warn';
  return (
    <section>
      <h2>
        Latest batch:{' '}
        <a href={at.batch(pay_date)}>
          <Day day={pay_date} />
        </a>
      </h2>
      <p>
        <Tag tone={tone}>{BATCH_WORDS[status]}</Tag>{' '}
        {payout_amount !== null && payout_count !== null
          ? `${words.money(payout_amount)} to ${counted(payout_count, 'partner')}; ${counted(skipped_count ?? 0, 'partner')} not paid.`
          : ''}
      </p>
    </section>
  );
}

function NeedsPerson({ today, words }: Section) {
  const { approvals, sends, proposals, behind } = today;
  const nothing = approvals.length + sends.length + proposals.length === 0 && behind?.length === 0;
  return (
    <section>
      <h2>Needs a person</h2>
      {nothing && <None>Nothing just now.</None>}
      <p>
        <a href="/console/proposals">All proposals</a>
      </p>
      <ul>
        {behind === null && (
          <li class="bad">Whether the books are whole could not be asked: the payouts Worker does not answer.</li>
        )}
        {behind?.map((day) => (
          <li class="bad">
            <a
              href={at.batch(day)}
            >{`The witness knows more of the batch of ${longDay(day)} than the books: replay it.`}</a>
          </li>
        ))}
        {approvals.map(({ pay_date, payout_amount }) => (
          <li>
            <a href={at.batch(pay_date)}>
              {`The batch of ${longDay(pay_date)}, ${words.money(payout_amount ?? 0)}, waits for approval`}
            </a>
          </li>
        ))}
        {sends.slice(0, FEW).map((send) => (
          <li>
            <a href={at.batch(send.pay_date)}>{`Batch of ${longDay(send.pay_date)}, chunk ${send.chunk}`}</a>:{' '}
            {attentionOf(send)?.happened}
          </li>
        ))}
        {proposals.slice(0, FEW).map(({ operation, proposed_by, proposed_at }) => (
          <li>
            <a href="/console/proposals">{`${proposed_by} proposes to ${operationWord(operation)}`}</a>,{' '}
            {`${ageText(proposed_at, words.now)} ago`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Holds({ today, words }: Section) {
  const { holds } = today;
  return (
    <Part title="Holds" href="/console/holds" empty="Nothing is held." rows={holds.length}>
      <Table caption="Open holds by kind" head={['Kind', 'Open', 'Oldest']}>
        {holds.map(({ kind, count, oldest_at }) => (
          <tr>
            <td>
              <a href={`/console/holds?kind=${kind}`}>{HOLD_WORDS[kind]}</a>
            </td>
            <td class="num">{count}</td>
            <td>{ageText(oldest_at, words.now)}</td>
          </tr>
        ))}
      </Table>
    </Part>
  );
}

function FromPartners({ today, words }: Section) {
  const { claims, applications, lists } = today;
  return (
    <>
      <Part title="Claims waiting" href="/console/claims" empty="None." rows={claims.length}>
        <ul>
          {claims.slice(0, FEW).map(({ claim_id, kind, partner_id, filed_at }) => (
            <li>
              <a href={at.claim(claim_id)}>{`${kind === 'claim' ? 'Claim' : 'Audit'} of ${partner_id}`}</a>,{' '}
              {`filed ${words.day(filed_at)}`}
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Applications" href="/console/applications" empty="None waits." rows={applications.length}>
        <ul>
          {applications.slice(0, FEW).map(({ partner_id, applied_at }) => (
            <li>
              <a href={`/console/applications/${partner_id}`}>{partner_id}</a>, {`applied ${words.day(applied_at)}`}
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Lists of expected clients" href="/console/expected" empty="None waits." rows={lists.length}>
        <ul>
          {lists.slice(0, FEW).map(({ list_id, partner_id, row_count, received_at }) => (
            <li>
              <a href={at.list(list_id)}>{`${counted(row_count, 'row')} of ${partner_id}`}</a>,{' '}
              {`handed in ${words.day(received_at)}`}
            </li>
          ))}
        </ul>
      </Part>
    </>
  );
}

function Noticed({ today, words }: Section) {
  const { parked, signals, failed_mails } = today;
  return (
    <>
      <Part title="Parked" href="/console/parked" empty="Nothing is parked." rows={parked.length}>
        <ul>
          {parked.slice(0, FEW).map(({ kind, id, reason, since_at }) => (
            <li>{`${PARKED_WORDS[kind]} ${id}: ${parkedReason(reason)}, for ${ageText(since_at, words.now)}`}</li>
          ))}
        </ul>
      </Part>
      <Part title="Signals" href="/console/signals" empty="Nothing was noticed." rows={signals.length}>
        <ul>
          {signals.slice(0, FEW).map((signal) => (
            <li>
              <a href={at.partner(signal.partner_id)}>{signal.partner_id}</a>: {sentenceOf(signal)}{' '}
              <span class="soft">{words.day(signal.at)}</span>
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Mails that failed" href="/console/mails" empty="None." rows={failed_mails.length}>
        <ul>
          {failed_mails.slice(0, FEW).map(({ kind, subject, reason, queued_at }) => (
            <li>{`${mailWord(kind)}, about ${subject}, ${words.day(queued_at)}: ${mailReason(reason)}`}</li>
          ))}
        </ul>
      </Part>
    </>
  );
}

function Crons({ today, words }: Section) {
  return (
    <section>
      <h2>Clocks</h2>
      <Table caption="When each cron ran well last" head={['Cron', 'State', 'Last good run']}>
        {today.crons.map(({ name, state, well_at }) => (
          <tr>
            <td>{CRON_WORDS[name]}</td>
            <td>
              <Tag tone={state === 'well' ? 'good' : state === 'never' ? 'plain' : 'bad'}>{CRON_STATES[state]}</Tag>
            </td>
            <td>
              <When at={well_at} words={words} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

/** The console's first page: what is paid next, and what waits for a person. */
export function TodayBody({ today, words }: Section) {
  return (
    <>
      <h1>Today</h1>
      <NextFriday forecast={today.forecast} words={words} />
      <LatestBatch batch={today.latest} words={words} />
      <NeedsPerson today={today} words={words} />
      <Holds today={today} words={words} />
      <FromPartners today={today} words={words} />
      <Noticed today={today} words={words} />
      <Crons today={today} words={words} />
    </>
  );
}
