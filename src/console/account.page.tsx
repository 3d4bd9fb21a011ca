import { moneyText } from '../money/currency.rules.ts';
import { Table, Tag } from '../pages/parts.tsx';
import { CLAUSES, type Clause } from '../policy/clauses.ts';
import { standingOf } from '../referrer/claim-view.rules.ts';
import { sentenceOf } from '../signals/signal.rules.ts';
import { ClickTable } from './click-table.tsx';
import { at, Facts, None, When, type Words } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { History } from './history.tsx';
import { HoldTable } from './hold-table.tsx';
import { LineTable } from './line-table.tsx';
import { MOST_LINES, type AccountSeen } from './read-account.ts';
import { CLAIM_WORDS } from './words.ts';

interface Props {
  seen: AccountSeen;
  words: Words;
}

const OPENED_BY = {
  server: 'the site’s server',
  form: 'a form alone',
  stripe: 'Stripe',
  import: 'an import',
} as const;

function Standing({ seen: { state, people, referrer, holds, moved }, words }: Props) {
  const { account, account_id } = state;
  const open = holds.filter((hold) => hold.decision === null).map((hold) => hold.kind.replaceAll('_', ' '));
  const flags: string[] = JSON.parse(state.decisions.findLast((row) => row.sets_referrer === 1)?.flags ?? '[]');
  const who =
    referrer === null || referrer.partner_id === null ? (
      'nobody'
    ) : (
      <>
        <a href={at.partner(referrer.partner_id)}>{referrer.partner_id}</a>
        {` by ${referrer.source?.replaceAll('_', ' ') ?? 'nothing'}`}
        {referrer.blocked === 1 && ', earning nothing'}
      </>
    );
  return (
    <Facts
      facts={[
        ['Account', <code>{account_id}</code>],
        ['Referrer', who],
        ['Flags', [...new Set([...flags, ...open])].map((flag) => <Tag tone="warn">{flag}</Tag>)],
        ['Opened', <When at={account.signed_up_at} words={words} />],
        ['Opened by', OPENED_BY[account.opened_by]],
        ['Policy version', String(account.policy_version)],
        [
          'People',
          people.length === 0
            ? '–'
            : people.map(({ role, email, name, company }) => (
                <p>{[role === 'admin' ? 'holder' : 'user', name, email, company].filter(Boolean).join(', ')}</p>
              )),
        ],
        [
          'Part of it',
          moved.length === 0
            ? 'no other account'
            : moved.map(({ account_id: former, kind, by, reason }) => (
                <p>{`${former}, ${kind.replaceAll('_', ' ')} by ${by}: ${reason}`}</p>
              )),
        ],
      ]}
    />
  );
}

function Actions({ seen: { state } }: Props) {
  const path = at.account(state.account_id);
  return (
    <div class="row">
      <a class="button plain" href={`${path}/exception`}>
        Overrule a clause
      </a>
      <a class="button plain" href={`${path}/move`}>
        Merge or hand over
      </a>
    </div>
  );
}

function Decisions({ seen: { state }, words }: Props) {
  return (
    <section>
      <h2>Decisions</h2>
      {state.decisions.length === 0 ? (
        <None>None yet.</None>
      ) : (
        <Table
          caption="Decisions on the referrer, in order"
          head={['When', 'What', 'Outcome', 'Referrer', 'Clause', 'Asked by', 'Receipt', 'Facts']}
        >
          {state.decisions.map((row) => (
            <tr>
              <td>
                <When at={row.at} words={words} />
              </td>
              <td>{row.kind}</td>
              <td>{row.outcome.replaceAll('_', ' ')}</td>
              <td>
                {row.sets_referrer === 0
                  ? 'as before'
                  : row.partner_id === null
                    ? 'nobody'
                    : `${row.partner_id} (${row.source?.replaceAll('_', ' ') ?? '–'})`}
              </td>
              <td>
                <abbr title={CLAUSES[row.clause as Clause] ?? ''}>{row.clause}</abbr>
                {`, version ${row.policy_version}`}
              </td>
              <td>{row.asked_by}</td>
              <td>
                <code>{row.decision_id}</code>
              </td>
              <td>
                <details>
                  <summary>Facts</summary>
                  <pre>{JSON.stringify(JSON.parse(row.facts), null, 2)}</pre>
                </details>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

const REASONS: Readonly<Record<string, string>> = {
  no_referrer: 'nobody referred it',
  zero_amount: 'nothing was paid',
  self_referral: 'self-referral',
  before_claim: 'paid before the late claim counts',
  partner_closed: 'the partner was closed',
  paid_elsewhere: 'a former program has paid it',
  foreign_currency: 'another currency: give the amount',
  voided: 'voided',
};

function Payments({ seen: { state, standing }, words }: Props) {
  const rows = state.payments.toSorted((a, b) => a.paid_at - b.paid_at);
  if (rows.length === 0) return <None>No payment was told.</None>;
  return (
    <Table
      caption="Payments, in order"
      head={['Payment', 'Paid', 'Amount', 'Tax', 'Plan', 'Commission', 'Why none', 'Vests', 'To do']}
    >
      {rows.map(({ payment_id, amount, tax_amount, currency, plan, paid_at, voided_reason, converted_amount }) => {
        const { commission, reason } = standing(payment_id);
        const path = `/console/payments/${encodeURIComponent(payment_id)}`;
        const foreign = currency !== words.currency && converted_amount === null && voided_reason === null;
        return (
          <tr>
            <td>{payment_id}</td>
            <td>
              <When at={paid_at} words={words} />
            </td>
            <td class="num">{moneyText(amount, currency)}</td>
            <td class="num">{moneyText(tax_amount, currency)}</td>
            <td>{plan ?? '–'}</td>
            <td class="num">{commission === null ? '–' : `${words.money(commission.amount)}`}</td>
            <td>{voided_reason ?? (reason === undefined ? '–' : (REASONS[reason] ?? reason.replaceAll('_', ' ')))}</td>
            <td>{commission === null ? '–' : commission.vests_at.slice(0, 10)}</td>
            <td>
              {voided_reason === null && <a href={`${path}/void`}>{`Void ${payment_id}`}</a>}{' '}
              {foreign && <a href={`${path}/conversion`}>{`Convert ${payment_id}`}</a>}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

function Refunds({ seen: { state }, words }: Props) {
  if (state.refunds.length === 0) return null;
  const reversed = new Map(state.reversals.map((row) => [row.refund_id, row]));
  const currencies = new Map(state.payments.map((row) => [row.payment_id, row.currency]));
  return (
    <Table caption="Refunds" head={['Refund', 'Of', 'Amount', 'When', 'State', 'To do']}>
      {state.refunds.map(({ refund_id, payment_id, amount, refunded_at, voided_reason, parked_reason }) => (
        <tr>
          <td>{refund_id}</td>
          <td>{payment_id}</td>
          <td class="num">{moneyText(amount, currencies.get(payment_id) ?? words.currency)}</td>
          <td>
            <When at={refunded_at} words={words} />
          </td>
          <td>
            {voided_reason !== null
              ? `voided: ${voided_reason}`
              : parked_reason !== null
                ? `parked: ${parked_reason.replaceAll('_', ' ')}`
                : reversed.has(refund_id)
                  ? 'undone'
                  : 'stands'}
          </td>
          <td>
            {voided_reason === null && (
              <a href={`/console/refunds/${encodeURIComponent(refund_id)}/void`}>{`Void ${refund_id}`}</a>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Ends({ seen: { state }, words }: Props) {
  if (state.cancellations.length === 0) return null;
  return (
    <Table caption="Ends of the account" head={['Ended', 'State', 'To do']}>
      {state.cancellations.map(({ account_id, cancelled_at, voided_reason }) => (
        <tr>
          <td>
            <When at={cancelled_at} words={words} />
          </td>
          <td>{voided_reason === null ? 'stands' : `voided: ${voided_reason}`}</td>
          <td>
            {voided_reason === null && (
              <a href={`${at.account(account_id)}/ends/${cancelled_at}/void`}>
                {`Void the end of ${words.day(cancelled_at)}`}
              </a>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Claims({ seen: { claims }, words }: Props) {
  return (
    <section>
      <h2>Claims and audits</h2>
      {claims.length === 0 ? (
        <None>None.</None>
      ) : (
        <ul>
          {claims.map((claim) => (
            <li>
              <a href={at.claim(claim.claim_id)}>
                {`${claim.kind === 'claim' ? 'Claim' : 'Audit'} of ${claim.partner_id}`}
              </a>
              {`, filed ${words.day(claim.filed_at)}: ${CLAIM_WORDS[standingOf(claim, words.now).outcome]}`}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** One account, wholly: whose it is, by what, and what it has earned for whom. */
export function AccountBody({ seen, words, done }: Props & { done: string | undefined }) {
  const { state, lines, holds, signals, clicks, history } = seen;
  return (
    <>
      <h1>{`Account ${state.account_id}`}</h1>
      <DoneNotice code={done} />
      <Standing seen={seen} words={words} />
      <Actions seen={seen} words={words} />
      <Decisions seen={seen} words={words} />
      <section>
        <h2>Payments and refunds</h2>
        <Payments seen={seen} words={words} />
        <Refunds seen={seen} words={words} />
        <Ends seen={seen} words={words} />
        <h3>Lines</h3>
        {lines.length === MOST_LINES && <p class="soft">{`The latest ${MOST_LINES} of them.`}</p>}
        <LineTable lines={lines} words={words} caption="Lines of the books, the latest first" />
      </section>
      <section>
        <h2>Holds and signals</h2>
        {holds.length === 0 ? <None>Nothing is held.</None> : <HoldTable rows={holds} words={words} caption="Holds" />}
        <ul>
          {signals.map((signal) => (
            <li>{sentenceOf(signal)}</li>
          ))}
        </ul>
      </section>
      <Claims seen={seen} words={words} />
      <section>
        <h2>Clicks</h2>
        <ClickTable clicks={clicks.considered} words={words} />
      </section>
      <History subject={`account:${state.account_id}`} rows={history} words={words} />
    </>
  );
}
