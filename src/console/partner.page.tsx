import { parseInstant } from '../clock.ts';
import { More, Table, Tag } from '../pages/parts.tsx';
import { cameBackSinceSet, type StoredFact } from '../partner/partner.rules.ts';
import { sentenceOf } from '../signals/signal.rules.ts';
import { PayoutTable } from './batches.page.tsx';
import { at, Day, Facts, None, When, type Words } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { percentText } from './fields.ts';
import { Gates } from './gates.tsx';
import { History } from './history.tsx';
import { HoldTable } from './hold-table.tsx';
import type { PartnerSeen } from './read-partner.ts';
import { PARTNER_WORDS } from './words.ts';

interface Props {
  seen: PartnerSeen;
  words: Words;
}

const SIGN_IN: Record<PartnerSeen['sign_in'], string> = {
  none: 'nobody can sign in yet',
  password: 'by password',
  second_factor: 'by password and a second factor',
};

function Actions({ seen: { partner, sign_in } }: Props) {
  const path = at.partner(partner.partner_id);
  return (
    <div class="row">
      <a class="button plain" href={`${path}/change`}>
        Change
      </a>
      {cameBackSinceSet(partner) && (
        <a class="button plain" href={`${path}/same-address`}>
          Set the PayPal address again
        </a>
      )}
      <a class="button plain" href={`${path}/adjustment`}>
        Adjust
      </a>
      <a class="button plain" href={`${path}/link`}>
        New link
      </a>
      <a class="button plain" href={`${path}/invitation`}>
        Invite to sign in
      </a>
      {sign_in === 'second_factor' && (
        <a class="button plain" href={`${path}/second-factor`}>
          Take away a lost second factor
        </a>
      )}
    </div>
  );
}

function OnFile({ seen: { view, partner, sign_in }, words }: Props) {
  const created = parseInstant(view.created_at);
  return (
    <Facts
      facts={[
        ['Id', <code>{partner.partner_id}</code>],
        ['Status', <Tag>{PARTNER_WORDS[view.status]}</Tag>],
        ['Name', view.name ?? '–'],
        ['Email', view.email ?? '–'],
        ['Country', view.country ?? '–'],
        ['PayPal address', view.paypal_email ?? 'none'],
        ['Rate', view.rate_bps === null ? 'the plan’s or the program’s' : `${percentText(view.rate_bps)} %`],
        ['Residency', view.residency === null ? 'not answered' : `asks for ${view.residency.form}`],
        ['Signs in', SIGN_IN[sign_in]],
        ['On file since', <When at={created} words={words} />],
      ]}
    />
  );
}

function Balance({ seen: { earnings }, words }: Props) {
  const { totals, next_payout } = earnings;
  const cards: [string, number][] = [
    ['Pending', totals.pending],
    ['Payable', totals.payable],
    ['In flight', totals.in_flight],
    ['Paid', totals.paid],
    ['Forfeited', totals.forfeited],
    ['Owed back', totals.owed_back],
  ];
  return (
    <section>
      <h2>Balance</h2>
      <ul class="cards">
        {cards.map(([name, amount]) => (
          <li class="card">
            <h3>{name}</h3>
            <p class="figure">{words.money(amount)}</p>
          </li>
        ))}
      </ul>
      <h2>
        Next pay day: <Day day={next_payout.day.pay_date} />
      </h2>
      <p>
        {next_payout.will_pay
          ? `${words.money(next_payout.amount)} will be paid.`
          : `${words.money(next_payout.amount)} would be due, and will not be paid.`}
      </p>
      <Gates gates={next_payout.gates} />
    </section>
  );
}

const FIELDS: Record<StoredFact['field'], string> = {
  status: 'Status',
  rate_bps: 'Rate',
  country: 'Country',
  contact: 'Contact',
  paypal: 'PayPal address',
  residency: 'Residency',
  withheld: 'Balance withheld',
};

function factText({ field, value, email, name }: StoredFact): string {
  if (value === null) return 'none';
  if (field === 'contact') return [name, email].filter((part) => part !== null).join(', ') || 'erased';
  if (field === 'paypal') return email ?? 'erased';
  if (field === 'rate_bps') return `${percentText(Number(value))} %`;
  if (field !== 'residency') return value;
  return Object.entries(JSON.parse(value) as Record<string, boolean>)
    .map(([question, yes]) => `${question.replaceAll('_', ' ')}: ${yes ? 'yes' : 'no'}`)
    .join('; ');
}

function FactHistory({ seen: { partner, sayers }, words }: Props) {
  return (
    <details open>
      <summary>What was on file, and since when</summary>
      <Table caption="Dated facts, the latest first" head={['Since', 'Field', 'Value', 'By', 'Reason']}>
        {partner.facts.toReversed().map((fact) => (
          <tr>
            <td>
              <When at={fact.at} words={words} />
            </td>
            <td>{FIELDS[fact.field]}</td>
            <td>{factText(fact)}</td>
            <td>{sayers.get(fact.n)?.by ?? '–'}</td>
            <td>{sayers.get(fact.n)?.reason ?? '–'}</td>
          </tr>
        ))}
      </Table>
    </details>
  );
}

function Accounts({ seen: { accounts }, words }: Props) {
  return (
    <section id="accounts">
      <h2>Accounts</h2>
      {accounts.rows.length === 0 ? (
        <None>No account has this partner as its referrer.</None>
      ) : (
        <Table caption="Accounts referred, by id" head={['Account', 'Holder', 'Company', 'Opened', 'By', 'Earns']}>
          {accounts.rows.map(({ account_id, email, company, signed_up_at, source, blocked }) => (
            <tr>
              <td>
                <a href={at.account(account_id)}>{account_id}</a>
              </td>
              <td>{email ?? '–'}</td>
              <td>{company ?? '–'}</td>
              <td>{words.day(signed_up_at)}</td>
              <td>{source?.replaceAll('_', ' ') ?? '–'}</td>
              <td>{blocked === 1 ? 'no: self-referral' : 'yes'}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={accounts.more} text="More accounts" />
    </section>
  );
}

function Payouts({ seen: { payouts }, words }: Props) {
  return (
    <section id="payouts">
      <h2>Payouts</h2>
      {payouts.rows.length === 0 ? (
        <None>Nothing was paid yet.</None>
      ) : (
        <PayoutTable rows={payouts.rows} words={words} caption="Payouts, the latest first" by="day" />
      )}
      <More href={payouts.more} text="Older payouts" />
    </section>
  );
}

function Links({ seen: { links } }: Props) {
  return (
    <section id="links">
      <h2>Links</h2>
      {links.rows.length === 0 ? (
        <None>No link.</None>
      ) : (
        <Table caption="Links by code" head={['Code', 'Leads to', 'Label', 'State']}>
          {links.rows.map(({ shown_code, destination, label, retired }) => (
            <tr>
              <td>
                <code>{shown_code}</code>
              </td>
              <td>{destination}</td>
              <td>{label ?? '–'}</td>
              <td>{retired ? 'retired' : 'live'}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={links.more} text="More links" />
    </section>
  );
}

function Tokens({ seen: { partner, tokens }, words }: Props) {
  return (
    <section id="tokens">
      <h2>API tokens</h2>
      {tokens.rows.length === 0 ? (
        <None>No token.</None>
      ) : (
        <Table caption="Tokens" head={['Token', 'Scope', 'Issued', 'By', 'Ends', 'Revoked']}>
          {tokens.rows.map(({ jti, scope, issued_at, issued_by, expires_at, revoked_at }) => (
            <tr>
              <td>
                <code>{jti}</code>
              </td>
              <td>{scope}</td>
              <td>
                <When at={issued_at} words={words} />
              </td>
              <td>{issued_by}</td>
              <td>
                <When at={expires_at} words={words} />
              </td>
              <td>
                {revoked_at === null ? (
                  <a href={`${at.partner(partner.partner_id)}/tokens/${jti}/revocation`}>{`Revoke ${jti}`}</a>
                ) : (
                  <When at={revoked_at} words={words} />
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More href={tokens.more} text="More tokens" />
    </section>
  );
}

function Doubts({ seen: { holds, signals }, words }: Props) {
  return (
    <section>
      <h2>Holds and signals</h2>
      {holds.length === 0 ? (
        <None>Nothing of this partner was ever held.</None>
      ) : (
        <HoldTable rows={holds} words={words} caption="Holds, the oldest first" />
      )}
      {signals.length === 0 ? (
        <None>Nothing was noticed.</None>
      ) : (
        <ul>
          {signals.map((signal) => (
            <li>
              {sentenceOf(signal)}{' '}
              {signal.account_id !== null && <a href={at.account(signal.account_id)}>{signal.account_id}</a>}{' '}
              <span class="soft">{words.day(signal.at)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** One partner, wholly: what is on file, what is due, and what was done. */
export function PartnerBody({ seen, words, done }: Props & { done: string | undefined }) {
  const { partner, view, history } = seen;
  return (
    <>
      <h1>{`Partner ${view.name ?? partner.partner_id}`}</h1>
      <DoneNotice code={done} />
      <OnFile seen={seen} words={words} />
      <Actions seen={seen} words={words} />
      <FactHistory seen={seen} words={words} />
      <Balance seen={seen} words={words} />
      <Payouts seen={seen} words={words} />
      <Accounts seen={seen} words={words} />
      <Links seen={seen} words={words} />
      <Tokens seen={seen} words={words} />
      <Doubts seen={seen} words={words} />
      <History subject={`partner:${partner.partner_id}`} rows={history} words={words} />
    </>
  );
}
