import type { ConsideredClick } from '../attribution/last-click.rules.ts';
import { longDay, type Letter } from '../letter/letter.rules.ts';
import { More, Notice, Table, Tag } from '../pages/parts.tsx';
import { standingOf, waitsForClient, type ClaimRecord } from '../referrer/claim-view.rules.ts';
import type { ClaimStory } from './claims.repo.ts';
import { ClickTable } from './click-table.tsx';
import { ageText, at, Facts, None, When, type Words } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { History, type AuditRow } from './history.tsx';
import { CLAIM_WORDS } from './words.ts';

const KINDS: Record<ClaimRecord['kind'], string> = { claim: 'Claim', audit: 'Audit' };

/** Claims and audits, those that wait or all. */
export function ClaimsBody(props: { rows: readonly ClaimRecord[]; all: boolean; more: string | null; words: Words }) {
  const { rows, all, more, words } = props;
  return (
    <>
      <h1>Claims and audits</h1>
      <p>
        {all ? (
          <a href="/console/claims">Only those that wait</a>
        ) : (
          <a href="/console/claims?status=all">All of them</a>
        )}
      </p>
      {rows.length === 0 ? (
        <None>{all ? 'None was filed.' : 'None waits.'}</None>
      ) : (
        <Table caption="The latest first" head={['Claim', 'Partner', 'Account', 'Filed', 'Age', 'Stands', 'Clause']}>
          {rows.map((claim) => {
            const { claim_id, partner_id, account_id, filed_at, kind } = claim;
            const { outcome, clause } = standingOf(claim, words.now);
            return (
              <tr>
                <td>
                  <a href={at.claim(claim_id)}>{`${KINDS[kind]} ${claim_id}`}</a>
                </td>
                <td>
                  <a href={at.partner(partner_id)}>{partner_id}</a>
                </td>
                <td>{account_id === null ? 'no account had it' : <a href={at.account(account_id)}>{account_id}</a>}</td>
                <td>{words.day(filed_at)}</td>
                <td>{ageText(filed_at, words.now)}</td>
                <td>{CLAIM_WORDS[outcome]}</td>
                <td>{clause}</td>
              </tr>
            );
          })}
        </Table>
      )}
      <More href={more} />
    </>
  );
}

/** What the page of one claim shows. */
export interface ClaimSeen {
  claim: ClaimRecord;
  story: ClaimStory;
  letter: Letter | null;
  /** The clicks that an audit goes by; null for a claim. */
  clicks: readonly ConsideredClick[] | null;
  history: readonly AuditRow[];
}

function Asked({ seen: { claim, story }, words }: { seen: ClaimSeen; words: Words }) {
  const { outcome, clause, detail, earns_from, decision_id } = standingOf(claim, words.now);
  const text = (kind: string) => story.texts.findLast((one) => one.kind === kind);
  const { question } = story;
  return (
    <Facts
      facts={[
        ['Stands', <Tag>{CLAIM_WORDS[outcome]}</Tag>],
        ['Because', `${detail} (${clause})`],
        ['Partner', <a href={at.partner(claim.partner_id)}>{claim.partner_id}</a>],
        [
          'Account',
          claim.account_id === null ? (
            'no account had the address'
          ) : (
            <a href={at.account(claim.account_id)}>{claim.account_id}</a>
          ),
        ],
        ['Named by', claim.named_by === 'account_id' ? 'its id' : 'its address'],
        ['Filed', <When at={claim.filed_at} words={words} />],
        ['The client can answer up to', <When at={claim.expires_at} words={words} />],
        ['The client was asked', question === null ? 'no' : <When at={question.asked_at} words={words} />],
        ['The client said', claim.answer ?? 'nothing yet'],
        ['Told by', claim.answered_by ?? '–'],
        ['Earns from', earns_from === null ? '–' : <When at={earns_from} words={words} />],
        ['Receipt', decision_id === null ? '–' : <code>{decision_id}</code>],
        ['The partner’s note', text('note')?.body ?? '–'],
        ['Evidence', text('evidence')?.body ?? '–'],
      ]}
    />
  );
}

function LetterText({ letter }: { letter: Letter | null }) {
  if (letter === null) return <None>The partner is told nothing yet.</None>;
  return (
    <blockquote>
      <p class="soft">{longDay(letter.dated_on)}</p>
      <p>
        <strong>{letter.subject}</strong>
      </p>
      {letter.paragraphs.map((paragraph) => (
        <p>{paragraph}</p>
      ))}
    </blockquote>
  );
}

/** One claim or audit: what was asked, what shows it, what it came to, and what the partner is told. */
export function ClaimBody({ seen, words, done }: { seen: ClaimSeen; words: Words; done: string | undefined }) {
  const { claim, story, letter, clicks, history } = seen;
  const waits =
    waitsForClient(claim, words.now) || (claim.asked && claim.answer === null && words.now <= claim.expires_at);
  return (
    <>
      <h1>{`${KINDS[claim.kind]} ${claim.claim_id}`}</h1>
      <DoneNotice code={done} />
      {waits && (
        <Notice>
          <p>It waits for the client’s own word. Support can record it, with what shows it.</p>
          <p>
            <a class="button" href={`${at.claim(claim.claim_id)}/confirmation`}>
              Record the client’s word
            </a>
          </p>
        </Notice>
      )}
      <Asked seen={seen} words={words} />
      <h2>What it came to</h2>
      <Table caption="Outcomes, in order" head={['When', 'Outcome', 'Why', 'Clause', 'By']}>
        {story.outcomes.map(({ at: when, outcome, reason, clause, by }) => (
          <tr>
            <td>
              <When at={when} words={words} />
            </td>
            <td>{CLAIM_WORDS[outcome]}</td>
            <td>{reason.replaceAll('_', ' ')}</td>
            <td>{clause}</td>
            <td>{by}</td>
          </tr>
        ))}
      </Table>
      <h2>What the partner is told</h2>
      <LetterText letter={letter} />
      {clicks !== null && (
        <>
          <h2>The recorded clicks</h2>
          <ClickTable clicks={clicks} words={words} />
        </>
      )}
      <History subject={`claim:${claim.claim_id}`} rows={history} words={words} />
    </>
  );
}
