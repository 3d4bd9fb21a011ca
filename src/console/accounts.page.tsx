import { More, Table } from '../pages/parts.tsx';
import type { FoundAccount } from './accounts.repo.ts';
import { at, None, type Words } from './common.tsx';
import { SearchForm } from './partners.page.tsx';

/** Accounts, all or those looked for. */
export function AccountsBody(props: { rows: readonly FoundAccount[]; more: string | null; q: string; words: Words }) {
  const { rows, more, q, words } = props;
  return (
    <>
      <h1>Accounts</h1>
      <SearchForm
        action="/console/accounts"
        label="Find an account"
        value={q}
        hint="By the beginning of its id, a whole address, or the id of a payment or refund."
      />
      {rows.length === 0 ? (
        <None>No account fits.</None>
      ) : (
        <Table
          caption={q === '' ? 'Accounts by id' : `Accounts that fit “${q}”`}
          head={['Account', 'Holder', 'Company', 'Opened', 'Referrer']}
        >
          {rows.map(({ account_id, email, company, signed_up_at, referrer, joined_to }) => (
            <tr>
              <td>
                <a href={at.account(account_id)}>{account_id}</a>
                {joined_to !== null && ` (part of ${joined_to})`}
              </td>
              <td>{email ?? '–'}</td>
              <td>{company ?? '–'}</td>
              <td>{words.day(signed_up_at)}</td>
              <td>{referrer === null ? 'nobody' : <a href={at.partner(referrer)}>{referrer}</a>}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} text="More" />
    </>
  );
}
