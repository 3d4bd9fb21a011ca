import type { ListVerdicts } from '../expected/accept.ts';
import type { ListRow, pageOfClients } from '../expected/expected.repo.ts';
import { countVerdicts, type Verdict } from '../expected/list.rules.ts';
import { More, Table } from '../pages/parts.tsx';
import { ageText, at, Facts, None, When, type Words } from './common.tsx';
import { DoneNotice } from './done.tsx';

type ClientRow = Awaited<ReturnType<typeof pageOfClients>>[number];

/** What a received row comes to, as operators read it. */
export const VERDICT_WORDS: Record<Verdict, string> = {
  accepted: 'accepted',
  existing_account: 'have an account already',
  tracked_to_another: 'are tracked to another partner',
  listed_by_another: 'were listed by another before',
  self_referral: 'are the partner’s own address',
};

/** Lists of expected clients, those that wait or all. */
export function ListsBody(props: { rows: readonly ListRow[]; all: boolean; more: string | null; words: Words }) {
  const { rows, all, more, words } = props;
  return (
    <>
      <h1>Lists of expected clients</h1>
      <p>
        {all ? (
          <a href="/console/expected">Only those that wait</a>
        ) : (
          <a href="/console/expected?status=all">All of them</a>
        )}
      </p>
      {rows.length === 0 ? (
        <None>{all ? 'None was handed in.' : 'None waits.'}</None>
      ) : (
        <Table caption="Lists, the latest first" head={['List', 'Partner', 'Rows', 'Handed in', 'Age', 'State']}>
          {rows.map(({ list_id, partner_id, row_count, received_at, accepted_at, accepted_by }) => (
            <tr>
              <td>
                <a href={at.list(list_id)}>{list_id}</a>
              </td>
              <td>
                <a href={at.partner(partner_id)}>{partner_id}</a>
              </td>
              <td class="num">{row_count}</td>
              <td>{words.day(received_at)}</td>
              <td>{ageText(received_at, words.now)}</td>
              <td>{accepted_at === null ? 'waits' : `accepted by ${accepted_by ?? '–'}`}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} />
    </>
  );
}

/** One list with the verdicts of its rows: as kept at the acceptance, before it as they would be now. */
export function ListBody(props: {
  list: ListRow;
  verdicts: ListVerdicts;
  rows: readonly ClientRow[];
  more: string | null;
  words: Words;
  done: string | undefined;
}) {
  const { list, verdicts, rows, more, words, done } = props;
  const counts = Object.entries(countVerdicts(verdicts.verdicts.values())) as [Verdict, number][];
  return (
    <>
      <h1>{`List ${list.list_id}`}</h1>
      <DoneNotice code={done} />
      <Facts
        facts={[
          ['Partner', <a href={at.partner(list.partner_id)}>{list.partner_id}</a>],
          ['Handed in', <When at={list.received_at} words={words} />],
          ['Rows', `${list.row_count}, of them ${list.malformed_count} malformed and ${list.duplicate_count} twice`],
          ...counts.map(([verdict, count]) => [VERDICT_WORDS[verdict], String(count)] as const),
          ['Accepted', <When at={list.accepted_at} words={words} />],
          ['By', list.accepted_by ?? '–'],
          ['Counts until', <When at={list.accepted_until} words={words} />],
          ['Reason', list.reason ?? '–'],
        ]}
      />
      {list.accepted_at === null && (
        <p>
          <a class="button" href={`${at.list(list.list_id)}/acceptance`}>
            Accept
          </a>
        </p>
      )}
      <Table caption="Rows" head={['Row', 'Email', 'Name', 'Company', 'Received', 'Comes to', 'Listed earlier']}>
        {rows.map(({ row, email, name, company, received }) => {
          const verdict = verdicts.verdicts.get(row);
          const earlier = verdicts.earlier.get(row);
          return (
            <tr>
              <td class="num">{row}</td>
              <td>{email ?? '–'}</td>
              <td>{name ?? '–'}</td>
              <td>{company ?? '–'}</td>
              <td>{received}</td>
              <td>{verdict === undefined ? '–' : VERDICT_WORDS[verdict]}</td>
              <td>{earlier === undefined ? '–' : <a href={at.list(earlier)}>{earlier}</a>}</td>
            </tr>
          );
        })}
      </Table>
      <More href={more} text="More rows" />
    </>
  );
}
