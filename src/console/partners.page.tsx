import { More, Table } from '../pages/parts.tsx';
import { at, None } from './common.tsx';
import type { FoundPartner } from './partners.repo.ts';
import { PARTNER_WORDS } from './words.ts';

/** A form that looks for something; it changes nothing, so it is a GET. */
export function SearchForm({
  action,
  label,
  value,
  hint,
}: {
  action: string;
  label: string;
  value: string;
  hint: string;
}) {
  return (
    <form method="get" action={action} role="search" class="row">
      <div class="wide">
        <label for="q">{label}</label>
        <input id="q" name="q" type="search" value={value} maxlength={254} aria-describedby="q-hint" />
        <p class="hint" id="q-hint">
          {hint}
        </p>
      </div>
      <button type="submit">Find</button>
    </form>
  );
}

/** Partners, all or those looked for. */
export function PartnersBody(props: { rows: readonly FoundPartner[]; more: string | null; q: string }) {
  const { rows, more, q } = props;
  return (
    <>
      <h1>Partners</h1>
      <SearchForm
        action="/console/partners"
        label="Find a partner"
        value={q}
        hint="By the beginning of the id, a part of the name, or a whole address."
      />
      {rows.length === 0 ? (
        <None>No partner fits.</None>
      ) : (
        <Table
          caption={q === '' ? 'Partners by id' : `Partners that fit “${q}”`}
          head={['Id', 'Name', 'Email', 'Status']}
        >
          {rows.map(({ partner_id, name, email, status }) => (
            <tr>
              <td>
                <a href={at.partner(partner_id)}>{partner_id}</a>
              </td>
              <td>{name ?? '–'}</td>
              <td>{email ?? '–'}</td>
              <td>{PARTNER_WORDS[status]}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} text="More" />
    </>
  );
}
