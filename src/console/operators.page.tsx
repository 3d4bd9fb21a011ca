import type { OperatorLogin, ProposedLogin } from '../identity/operator.repo.ts';
import { Table, Tag } from '../pages/parts.tsx';
import { None, When, withQuery, type Words } from './common.tsx';

/** What the page of operators shows. `keys`: names of the API's keys. */
export interface OperatorsSeen {
  own_name: string;
  logins: readonly OperatorLogin[];
  keys: readonly string[];
  proposed: readonly ProposedLogin[];
}

const removalPath = (name: string) => `/console/operators/${name}/removal`;

function Standing({ login }: { login: OperatorLogin }) {
  if (login.second_factor) return <Tag tone="good">second factor</Tag>;
  return <Tag tone="warn">{login.password_set ? 'no second factor yet' : 'no password yet'}</Tag>;
}

function Proposed({ row, own_name, words }: { row: ProposedLogin; own_name: string; words: Words }) {
  const { operation, name, email, proposed_by, proposed_at } = row;
  const what =
    operation === 'operators.add' ? `let ${name} sign in by ${email ?? '–'}` : `take the sign-in of ${name} away`;
  const path = operation === 'operators.add' ? withQuery('/console/operators/new', { name, email }) : removalPath(name);
  return (
    <li>
      {`${proposed_by} proposes to ${what}, `}
      <When at={proposed_at} words={words} />.{' '}
      {proposed_by === own_name ? 'Another operator has to say the same.' : <a href={path}>Look at it</a>}
    </li>
  );
}

/** Who may sign in to the console, and who has a key of the API alone. */
export function OperatorsBody({ seen, words }: { seen: OperatorsSeen; words: Words }) {
  const { own_name, logins, keys, proposed } = seen;
  const signing = new Set(logins.map((login) => login.operator_name));
  const keys_alone = keys.filter((name) => !signing.has(name));
  return (
    <>
      <h1>Operators</h1>
      <p>
        The name is the one that decisions and the audit log keep; a key of the API under the same name is the same
        person. To let another operator in, or to take their sign-in away, needs two people.
      </p>
      {proposed.length > 0 && (
        <section>
          <h2>Proposed</h2>
          <ul>
            {proposed.map((row) => (
              <Proposed row={row} own_name={own_name} words={words} />
            ))}
          </ul>
        </section>
      )}
      {logins.length === 0 ? (
        <None>Nobody signs in.</None>
      ) : (
        <Table caption="Who may sign in" head={['Name', 'Email', 'State', 'Since', 'Key of the API', 'Change']}>
          {logins.map((login) => (
            <tr>
              <td>{login.operator_name === own_name ? `${own_name} (you)` : login.operator_name}</td>
              <td>{login.email}</td>
              <td>
                <Standing login={login} />
              </td>
              <td>
                <When at={login.created_at} words={words} />
              </td>
              <td>{keys.includes(login.operator_name) ? 'yes' : 'no'}</td>
              <td>
                <a href={removalPath(login.operator_name)}>{`Remove ${login.operator_name}`}</a>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {keys_alone.length > 0 && <p>{`With a key of the API alone: ${keys_alone.join(', ')}.`}</p>}
      <p>
        <a class="button" href="/console/operators/new">
          Let an operator sign in
        </a>
      </p>
    </>
  );
}
