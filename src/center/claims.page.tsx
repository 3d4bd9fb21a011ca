import { dayText, daysText, type Letter } from '../letter/letter.rules.ts';
import { Field, FieldWords, Instant, More, Notice, Table, Tag } from '../pages/parts.tsx';
import { TextArea } from '../pages/text-area.tsx';
import type { PolicyFields } from '../policy/policy.rules.ts';
import type { ClaimRecord, ClaimStanding } from '../referrer/claim-view.rules.ts';
import { CLAIM_KINDS, OUTCOME_WORDS, toneOf } from './claims.rules.ts';
import { accountHref } from './earnings-words.rules.ts';
import { LetterBody } from './letter.page.tsx';

type Texts = Readonly<Record<string, string>>;

/** The rules that claims and audits filed now go by. */
export type ClaimPolicy = Pick<PolicyFields, 'referrer_window_days' | 'late_claims' | 'audit_correction'>;

const LATE: Readonly<Record<ClaimPolicy['late_claims'], (days: string) => string>> = {
  forward: (days) => `later, it earns you those made from ${days} before you filed it on (R5)`,
  closed: () => 'later, it is refused (R2)',
};
const FINDING: Readonly<Record<ClaimPolicy['audit_correction'], string>> = {
  automatic: 'you become the referrer',
  operator: 'that is a finding, on which a person decides',
};

function WhichIsWhich({ policy }: { policy: ClaimPolicy }) {
  const days = daysText(policy.referrer_window_days);
  return (
    <>
      <h2>Claim or audit?</h2>
      <dl>
        <dt>
          <strong>A claim</strong>, if you brought the client and nobody is recorded
        </dt>
        <dd>
          We ask the client by mail. Without the client’s own yes no claim is granted (R3). Filed within {days} of the
          account’s opening it earns you all payments; {LATE[policy.late_claims](days)}. If another partner is recorded
          already, no claim takes the account away from them, as none takes yours away from you (R1).
        </dd>
        <dt>
          <strong>An audit</strong>, if you believe that the record itself is wrong
        </dt>
        <dd>
          We read the recorded clicks of the browser that signed up once more. If the last one that counts was on your
          link, {FINDING[policy.audit_correction]} (R4, L1). It can be asked for up to {days} after the client’s first
          purchase, or after the opening while there is none. The client need not do anything if you know the account’s
          number.
        </dd>
      </dl>
      <p>
        By the client’s address you get the same answer whether or not we know the address, and are told the outcome
        only once the client has confirmed: who is a client of ours is nobody’s business.
      </p>
    </>
  );
}

function Kinds({ kind, fault }: { kind: string | undefined; fault: string | undefined }) {
  return (
    <fieldset>
      <legend>What do you ask for?</legend>
      <label class="choice">
        <input type="radio" name="kind" value="claim" checked={kind !== 'audit'} />
        Claim: I brought this client
      </label>
      <label class="choice">
        <input type="radio" name="kind" value="audit" checked={kind === 'audit'} />
        Audit: look at the recorded clicks again
      </label>
      <FieldWords name="kind" hint={undefined} fault={fault} />
    </fieldset>
  );
}

/** Where a partner who is missing as the referrer files a claim or an audit. */
export function MissingPage(props: { policy: ClaimPolicy; sent?: Texts; faults?: Texts; notice?: string | undefined }) {
  const { policy, sent = {}, faults = {}, notice } = props;
  return (
    <>
      <h1>I am missing as the referrer</h1>
      {notice !== undefined && <Notice tone="bad">{notice}</Notice>}
      <form class="stack" method="post" action="/partners/referrals/missing">
        <Kinds kind={sent['kind']} fault={faults['kind']} />
        <Field
          name="account_id"
          label="Account number"
          value={sent['account_id']}
          hint="Leave it empty if you do not know it."
          fault={faults['account_id']}
          required={false}
          maxlength={128}
        />
        <Field
          name="account_email"
          label="Or the client’s email address"
          type="email"
          value={sent['account_email']}
          hint="The address with which the client signed up. One of the two is enough, not both."
          fault={faults['account_email']}
          required={false}
          maxlength={254}
        />
        <TextArea
          name="note"
          label="Anything that we should know"
          value={sent['note']}
          fault={faults['note']}
          required={false}
          maxlength={2000}
        />
        <div>
          <button type="submit">File it</button>
        </div>
      </form>
      <WhichIsWhich policy={policy} />
      <p>
        <a href="/partners/claims">My claims</a> · <a href="/partners/referrals">My referrals</a>
      </p>
    </>
  );
}

/** A claim as its own partner may see it; the account's id only where the partner named it. */
export interface OwnClaim {
  claim: Pick<ClaimRecord, 'claim_id' | 'kind' | 'filed_at' | 'expires_at'>;
  account_id: string | null;
  stands: ClaimStanding;
}

/** A partner's claims and audits, the latest first. */
export function ClaimsPage(props: { claims: readonly OwnClaim[]; timezone: string; older: string | null }) {
  const { claims, timezone, older } = props;
  return (
    <>
      <h1>Claims and audits</h1>
      <p>
        <a href="/partners/referrals/missing">I am missing as the referrer</a>
      </p>
      {claims.length === 0 ? (
        <p>You have filed none.</p>
      ) : (
        <Table
          caption="What you have filed, the latest first"
          head={['Filed', 'What', 'Account', 'How it stands', 'Since']}
        >
          {claims.map(({ claim, account_id, stands }) => (
            <tr>
              <th scope="row">
                <a href={`/partners/claims/${encodeURIComponent(claim.claim_id)}`}>
                  {dayText(claim.filed_at, timezone)}
                </a>
              </th>
              <td>{CLAIM_KINDS[claim.kind]}</td>
              <td>{account_id ?? 'by address'}</td>
              <td>
                <Tag tone={toneOf(stands)}>{OUTCOME_WORDS[stands.outcome].word}</Tag>
              </td>
              <td>{dayText(stands.at, timezone)}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={older} />
    </>
  );
}

/** What a claim or an audit has come to, and the letter about it. */
export function ClaimPage(props: { own: OwnClaim; letter: Letter | null; timezone: string; done: string | undefined }) {
  const { own, letter, timezone, done } = props;
  const { claim, account_id, stands } = own;
  const day = (at: number) => <Instant at={at} text={dayText(at, timezone)} />;
  return (
    <>
      <h1>
        {CLAIM_KINDS[claim.kind]} of {dayText(claim.filed_at, timezone)}
      </h1>
      {done !== undefined && <Notice tone="good">{done}</Notice>}
      <Notice tone={toneOf(stands)}>
        <strong>{OUTCOME_WORDS[stands.outcome].word}</strong>: {stands.detail} ({stands.clause})
      </Notice>
      <dl class="facts">
        <dt>Account</dt>
        <dd>
          {account_id === null ? (
            'the client whom you named by address'
          ) : (
            <a href={accountHref(account_id)}>{account_id}</a>
          )}
        </dd>
        <dt>Filed on</dt>
        <dd>{day(claim.filed_at)}</dd>
        <dt>It stands so since</dt>
        <dd>{day(stands.at)}</dd>
        {stands.outcome === 'needs_client_confirmation' && (
          <>
            <dt>The client can confirm up to</dt>
            <dd>{day(claim.expires_at)}</dd>
          </>
        )}
        {stands.earns_from !== null && (
          <>
            <dt>Payments earn from</dt>
            <dd>{day(stands.earns_from)}</dd>
          </>
        )}
      </dl>
      {stands.decision_id !== null && (
        <p>
          <a href={`/partners/receipts/${encodeURIComponent(stands.decision_id)}`}>Signed receipt of the decision</a>
        </p>
      )}
      {letter === null ? (
        <p>There is nothing to tell yet. We write to you once there is.</p>
      ) : (
        <LetterBody letter={letter} whole={false} />
      )}
      <p>
        <a href="/partners/claims">All claims</a>
      </p>
    </>
  );
}
