import { Act, FieldWords, Instant, More, Notice, Select, Table, Tag } from '../pages/parts.tsx';
import { SCOPES, type Scope } from '../partner/token.rules.ts';
import { ProofFields, type Faults } from './settings.page.tsx';

/** What each scope lets a token do. */
const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  read: 'Read earnings, referrals and payouts',
  links: 'Make and change links',
  claims: 'File claims and lists of expected clients',
  payout: 'Set PayPal address, country and residency (for a day at most)',
};

/** How long a token may hold, in days. */
export const TOKEN_DAYS = [1, 30, 90, 365] as const;

/** A token as its partner sees it. */
export interface TokenShown {
  jti: string;
  scope: string;
  issued_at: number;
  issued_on: string;
  expires_at: number;
  expires_on: string;
  by_support: boolean;
  state: 'holds' | 'expired' | 'revoked';
}

const STATES = { holds: ['good', 'holds'], expired: ['plain', 'expired'], revoked: ['plain', 'revoked'] } as const;

function Tokens({ tokens }: { tokens: readonly TokenShown[] }) {
  if (tokens.length === 0) return <p>There are none.</p>;
  return (
    <Table caption="Tokens" head={['Token', 'For', 'Issued', 'Expires', 'State', 'To do']}>
      {tokens.map((token) => {
        const [tone, state] = STATES[token.state];
        return (
          <tr>
            <td>
              <code>{token.jti}</code>
            </td>
            <td>{token.scope}</td>
            <td>
              <Instant at={token.issued_at} text={token.issued_on} />
              {token.by_support && ', by our support'}
            </td>
            <td>
              <Instant at={token.expires_at} text={token.expires_on} />
            </td>
            <td>
              <Tag tone={tone}>{state}</Tag>
            </td>
            <td>
              {token.state === 'holds' ? (
                <Act
                  action="/partners/settings/tokens/revoke"
                  text="Revoke"
                  tone="danger"
                  label={`Revoke ${token.jti}`}
                  fields={{ jti: token.jti }}
                />
              ) : (
                '–'
              )}
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

/** A partner's API tokens, and the form that issues one. */
export function TokensPage(props: {
  tokens: readonly TokenShown[];
  more: string | null;
  two_factor: boolean;
  revoked: boolean;
  faults: Faults;
}) {
  const { tokens, more, two_factor, revoked, faults } = props;
  return (
    <>
      <h1>API tokens</h1>
      {revoked && (
        <Notice tone="good">
          <p>The token opens nothing any more.</p>
        </Notice>
      )}
      <p>
        A token lets a program of yours use the API in your name. Treat it like a password. We write to you whenever one
        is issued.
      </p>
      <Tokens tokens={tokens} />
      <More href={more} text="More tokens" />
      <h2>A new token</h2>
      <form method="post" action="/partners/settings/tokens" class="stack">
        <fieldset>
          <legend>What it may do</legend>
          {SCOPES.map((scope) => (
            <label class="choice">
              <input type="checkbox" name={`scope_${scope}`} value="yes" checked={scope !== 'payout'} />{' '}
              {SCOPE_WORDS[scope]}
            </label>
          ))}
          <FieldWords name="scope" hint={undefined} fault={faults['scope']} />
        </fieldset>
        <Select
          name="days"
          label="How long it holds"
          choices={TOKEN_DAYS.map((days) => ({ value: String(days), text: days === 1 ? 'A day' : `${days} days` }))}
          value="90"
          fault={faults['days']}
        />
        <ProofFields two_factor={two_factor} faults={faults} />
        <button type="submit">Issue token</button>
      </form>
      <p>
        <a href="/partners/settings">Back to settings</a>
      </p>
    </>
  );
}

/** A token, shown this once. */
export function IssuedPage({
  token,
  scope,
  expires_at,
  expires_on,
}: {
  token: string;
  scope: string;
  expires_at: number;
  expires_on: string;
}) {
  return (
    <>
      <h1>Your new token</h1>
      <p>
        Copy it now: it is shown here and nowhere again. It may {scope.replaceAll(' ', ', ')}, and expires on{' '}
        <Instant at={expires_at} text={expires_on} />.
      </p>
      <pre tabindex={0}>{token}</pre>
      <p>
        <a class="button" href="/partners/settings/tokens">
          I have copied it
        </a>
      </p>
    </>
  );
}
