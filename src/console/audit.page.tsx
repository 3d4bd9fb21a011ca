import { Field, More, Select, Table } from '../pages/parts.tsx';
import type { Via } from '../program/audit.rules.ts';
import { None, When, type Words } from './common.tsx';
import type { AuditRow } from './history.tsx';

/** Doors as operators read them. */
export const VIA_WORDS: Record<Via, string> = {
  api: 'API',
  console: 'console',
  center: 'Partner Center',
  mail_link: 'link in a mail',
  form: 'form of the site',
  stripe: 'Stripe',
  cron: 'clock of the program',
};

/** What the log was searched for, as typed. */
export interface AuditAsked {
  actor: string;
  action: string;
  subject: string;
  via: string;
  from: string;
  until: string;
}

/** What an entry tells, a field a line. */
function Told({ json }: { json: string | null }) {
  const told = json === null ? [] : Object.entries(JSON.parse(json) as Record<string, unknown>);
  if (told.length === 0) return <>–</>;
  return (
    <>
      {told.map(([name, value], i) => (
        <>
          {i > 0 && <br />}
          {`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`}
        </>
      ))}
    </>
  );
}

/** Where the page of a subject is, where it has one in the console. */
function subjectPath(subject: string): string | null {
  const [kind = '', ...rest] = subject.split(':');
  const id = encodeURIComponent(rest.join(':'));
  const places: Readonly<Record<string, string>> = {
    partner: `/console/partners/${id}`,
    account: `/console/accounts/${id}`,
    batch: `/console/batches/${id}`,
    payout: `/console/payouts/${id}`,
    claim: `/console/claims/${id}`,
    hold: `/console/holds/${id}`,
    operator: '/console/operators',
    mail: '/console/mails',
    policy: '/console/policy',
    terms: `/console/terms/${id}`,
  };
  return places[kind] ?? null;
}

/** A subject, which leads to its page where it has one. */
export function Subject({ subject }: { subject: string }) {
  const path = subjectPath(subject);
  return path === null ? <>{subject}</> : <a href={path}>{subject}</a>;
}

function Search({ asked }: { asked: AuditAsked }) {
  return (
    <form method="get" action="/console/audit" class="stack">
      <Field name="actor" label="Who" type="search" value={asked.actor} required={false} maxlength={160} />
      <Field
        name="action"
        label="What"
        type="search"
        value={asked.action}
        required={false}
        maxlength={60}
        hint="partner.change, or all of partner"
      />
      <Field
        name="subject"
        label="To what"
        type="search"
        value={asked.subject}
        required={false}
        maxlength={160}
        hint="partner:p_1a2b, batch:2026-11-20, policy:versions"
      />
      <Select
        name="via"
        label="From where"
        empty="Anywhere"
        choices={Object.entries(VIA_WORDS).map(([value, text]) => ({ value, text }))}
        value={asked.via}
      />
      <Field name="from" label="From (day)" type="date" value={asked.from} required={false} />
      <Field name="until" label="Up to and including (day)" type="date" value={asked.until} required={false} />
      <div class="row">
        <button type="submit">Search</button>
        <a class="button plain" href="/console/audit">
          All
        </a>
      </div>
    </form>
  );
}

/** The audit log: who did what, to what, from where, and what it changed. */
export function AuditBody(props: { rows: readonly AuditRow[]; more: string | null; asked: AuditAsked; words: Words }) {
  const { rows, more, asked, words } = props;
  const searched = Object.values(asked).some((text) => text !== '');
  return (
    <>
      <h1>Audit log</h1>
      <p>
        What people did, newest first. Entries are only ever added. Of personal data it tells that it changed, no more.
      </p>
      <details open={searched}>
        <summary>Search</summary>
        <Search asked={asked} />
      </details>
      {rows.length === 0 ? (
        <None>Nothing fits.</None>
      ) : (
        <Table
          caption="Who did what, newest first"
          head={['When', 'Who', 'What', 'To what', 'Before', 'After', 'From where', 'Details']}
        >
          {rows.map(({ at, actor, action, subject, before, after, via, details }) => (
            <tr>
              <td>
                <When at={at} words={words} />
              </td>
              <td>{actor}</td>
              <td>{action}</td>
              <td>
                <Subject subject={subject} />
              </td>
              <td>
                <Told json={before} />
              </td>
              <td>
                <Told json={after} />
              </td>
              <td>{via === null ? '–' : VIA_WORDS[via]}</td>
              <td>
                <Told json={details} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} />
    </>
  );
}
