import type { ApplicationSeen } from '../application/application.repo.ts';
import { More, Table, Tag } from '../pages/parts.tsx';
import { countries } from '../partner/country.rules.ts';
import type { Acceptance } from '../terms/terms.repo.ts';
import { ageText, at, Facts, None, When, type Words } from './common.tsx';

/** Where one application is read. */
export const applicationPath = (partner_id: string) => `/console/applications/${partner_id}`;

const DECISIONS = { approved: 'approved', declined: 'declined' } as const;

/** A country's name; the code where it has none. */
export function countryName(code: string | null): string {
  if (code === null) return '–';
  return countries().find(({ value }) => value === code)?.text ?? code;
}

/** Applications that wait, the longest waiting first. */
export function ApplicationsBody(props: { rows: readonly ApplicationSeen[]; more: string | null; words: Words }) {
  const { rows, more, words } = props;
  return (
    <>
      <h1>Applications</h1>
      {rows.length === 0 ? (
        <None>None waits.</None>
      ) : (
        <Table caption="Applications that wait, the longest first" head={['Applicant', 'Country', 'Applied', 'Waits']}>
          {rows.map(({ partner_id, name, email, country, applied_at }) => (
            <tr>
              <td>
                <a href={applicationPath(partner_id)}>{name ?? partner_id}</a>
                <br />
                {email ?? 'address erased'}
              </td>
              <td>{countryName(country)}</td>
              <td>
                <When at={applied_at} words={words} />
              </td>
              <td>{ageText(applied_at, words.now)}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} text="Later ones" />
    </>
  );
}

/** One application as it was sent, and what was decided of it. */
export function ApplicationBody(props: {
  application: ApplicationSeen;
  accepted: readonly Acceptance[];
  words: Words;
}) {
  const { application, accepted, words } = props;
  const { partner_id, name, email, country, text, applied_at, decision, decided_at, decided_by, reason } = application;
  return (
    <>
      <h1>{`Application of ${name ?? partner_id}`}</h1>
      <Facts
        facts={[
          ['State', decision === null ? <Tag tone="warn">waits</Tag> : <Tag>{DECISIONS[decision]}</Tag>],
          ['Name', name ?? '–'],
          ['Email', email ?? '–'],
          ['Country', countryName(country)],
          ['Applied', <When at={applied_at} words={words} />],
          [
            'Terms accepted',
            accepted.length === 0 ? 'none' : accepted.map(({ version }) => `version ${version}`).join(', '),
          ],
          ['Partner', <a href={at.partner(partner_id)}>{partner_id}</a>],
          ...(decided_at === null
            ? []
            : ([
                ['Decided', <When at={decided_at} words={words} />],
                ['By', decided_by ?? '–'],
                ['Reason', reason ?? '–'],
              ] as const)),
        ]}
      />
      <h2>How they will tell people</h2>
      {text === null ? <None>The text has been erased.</None> : <pre>{text}</pre>}
      {decision === null && (
        <div class="row">
          <a class="button" href={`${applicationPath(partner_id)}/approval`}>
            Approve
          </a>
          <a class="button plain" href={`${applicationPath(partner_id)}/decline`}>
            Decline
          </a>
        </div>
      )}
    </>
  );
}
