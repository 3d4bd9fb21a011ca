import { formatInstant } from '../clock.ts';
import { dayText, longDay } from '../letter/letter.rules.ts';
import { Instant, More, Notice, Table, Tag } from '../pages/parts.tsx';
import { CLAUSES, type Clause } from '../policy/clauses.ts';
import type { ReferralView } from '../referral/referral.rules.ts';
import type { DecisionTold, ReferralDetail } from '../referral/referral.ts';
import { accountHref } from './earnings-words.rules.ts';
import { GateList } from './gates.page.tsx';
import {
  CLASS_WORDS,
  DECISION_KINDS,
  REFERRAL_WORDS,
  sourceText,
  UNEARNING_WORDS,
  VERDICT_WORDS,
  vestingDay,
  WHOSE_WORDS,
} from './referrals.rules.ts';

/** When a page is read, and in which zone. */
export interface ReadAt {
  now: number;
  timezone: string;
}

function VestingDay({ view, at }: { view: ReferralView; at: ReadAt }) {
  const vesting = vestingDay(view, at.now, at.timezone);
  if (vesting === null || view.vests_at === null) return null;
  const { day, of } = vesting;
  return (
    <>
      day {day} of {of}, vests on {dayText(view.vests_at, at.timezone)}
    </>
  );
}

/** Accounts tracked to a partner, recognisable and no more. */
export function ReferralsPage(props: { referrals: readonly ReferralView[]; at: ReadAt; more: string | null }) {
  const { referrals, at, more } = props;
  return (
    <>
      <h1>Referrals</h1>
      <p>
        <a href="/partners/referrals/missing">I am missing as the referrer</a> ·{' '}
        <a href="/partners/claims">My claims</a>
      </p>
      {referrals.length === 0 ? (
        <p>
          No account is tracked to you yet. <a href="/partners/links">Share your link</a>: who signs up after following
          it is your referral.
        </p>
      ) : (
        <Table
          caption="Accounts that you referred"
          head={['Account', 'Client', 'Signed up', 'How it stands', 'Vesting']}
        >
          {referrals.map((view) => {
            const { word, tone } = REFERRAL_WORDS[view.status];
            return (
              <tr>
                <th scope="row">
                  <a href={accountHref(view.account_id)}>{view.account_id}</a>
                </th>
                <td>
                  {view.company}
                  {view.company !== null && view.email !== null && <br />}
                  {view.email}
                </td>
                <td>
                  <Instant at={view.signed_up_at} text={dayText(view.signed_up_at, at.timezone)} />
                </td>
                <td>
                  <Tag tone={tone}>{word}</Tag>
                </td>
                <td>
                  <VestingDay view={view} at={at} />
                </td>
              </tr>
            );
          })}
        </Table>
      )}
      <More href={more} text="More accounts" />
    </>
  );
}

function clauseText(clause: string): string | undefined {
  return Object.hasOwn(CLAUSES, clause) ? CLAUSES[clause as Clause] : undefined;
}

function Decision({ told, at }: { told: DecisionTold; at: ReadAt }) {
  const { kind, clause, referrer, policy_version, decision_id, timeline } = told;
  const says = clauseText(clause);
  return (
    <>
      <h3>
        {DECISION_KINDS[kind]}, {dayText(told.at, at.timezone)}
      </h3>
      <p>
        {referrer === null ? 'It changed nothing.' : `Recorded as the referrer: ${WHOSE_WORDS[referrer]}.`}
        {says !== undefined && ` ${says}`} ({clause}, version {policy_version} of the policy)
      </p>
      {timeline.length > 0 && (
        <Table
          caption="The clicks that were looked at, the latest first"
          head={['Clicked', 'By', 'On the link of', 'Why it counts or not']}
        >
          {timeline.map((click) => (
            <tr>
              <th scope="row">
                <Instant at={click.clicked_at} text={instantText(click.clicked_at)} />
              </th>
              <td>{CLASS_WORDS[click.class]}</td>
              <td>
                {WHOSE_WORDS[click.whose]}
                {click.code !== null && (
                  <>
                    {' '}
                    (<code>{click.code}</code>)
                  </>
                )}
              </td>
              <td>{VERDICT_WORDS[click.verdict]}</td>
            </tr>
          ))}
        </Table>
      )}
      <p>
        <a href={`/partners/receipts/${encodeURIComponent(decision_id)}`}>Signed receipt of this decision</a>
      </p>
    </>
  );
}

/** A click's second, which decides: `2026-01-10 19:59:00 UTC`. */
function instantText(at: number): string {
  return `${formatInstant(at).slice(0, 19).replace('T', ' ')} UTC`;
}

function Facts({ detail, at }: { detail: ReferralDetail; at: ReadAt }) {
  const { company, email, source, signed_up_at } = detail;
  const found = sourceText(source);
  return (
    <dl class="facts">
      {company !== null && (
        <>
          <dt>Company</dt>
          <dd>{company}</dd>
        </>
      )}
      {email !== null && (
        <>
          <dt>Client</dt>
          <dd>{email}</dd>
        </>
      )}
      <dt>Signed up</dt>
      <dd>
        <Instant at={signed_up_at} text={dayText(signed_up_at, at.timezone)} />
      </dd>
      <dt>Referrer</dt>
      <dd>{detail.status === 'not_referrer' ? 'not you' : `you${found === null ? '' : `: ${found}`}`}</dd>
      {detail.vests_at !== null && (
        <>
          <dt>Vesting</dt>
          <dd>
            {vestingDay(detail, at.now, at.timezone) === null ? (
              `vests or vested on ${dayText(detail.vests_at, at.timezone)}`
            ) : (
              <VestingDay view={detail} at={at} />
            )}
          </dd>
        </>
      )}
    </dl>
  );
}

/** One account: who is the referrer, its gates in order, and the clicks that decided without another's identity (R6). */
export function ReferralPage({ detail, at, keys_url }: { detail: ReferralDetail; at: ReadAt; keys_url: string }) {
  const { account_id, gates, first_pay_date, earning_nothing, decisions, status } = detail;
  const { tone, meaning } = REFERRAL_WORDS[status];
  return (
    <>
      <h1>Account {account_id}</h1>
      <Notice tone={tone}>{meaning}</Notice>
      <Facts detail={detail} at={at} />
      <h2>Why it was paid, or not</h2>
      {first_pay_date !== null && <p>Something of it can be paid on {longDay(first_pay_date)} at the earliest.</p>}
      <GateList gates={gates} referred />
      {earning_nothing.length > 0 && (
        <>
          <h2>Payments that earn nothing</h2>
          <ul>
            {earning_nothing.map(({ payment_id, paid_at, reason }) => (
              <li>
                {payment_id}, {dayText(paid_at, at.timezone)}: {UNEARNING_WORDS[reason]}
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>How it was decided who is the referrer</h2>
      {decisions.map((told) => (
        <Decision told={told} at={at} />
      ))}
      <details>
        <summary>How to check a receipt</summary>
        <p>
          A receipt is a compact JWS (RFC 7515) signed with EdDSA. Any JOSE library checks it with the program’s public
          keys at <a href={keys_url}>{keys_url}</a>. It names you and nobody else.
        </p>
      </details>
      <p>
        <a href="/partners/referrals">All referrals</a>
        {status === 'not_referrer' && (
          <>
            {' '}
            ·{' '}
            <a href={`/partners/referrals/missing?account_id=${encodeURIComponent(account_id)}`}>
              I am missing as the referrer
            </a>
          </>
        )}
      </p>
    </>
  );
}
