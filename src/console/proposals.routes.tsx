import { page } from '../http/cursor.ts';
import { Act, More, Table } from '../pages/parts.tsx';
import { agreementTo } from './agreement.rules.ts';
import { createConsolePages } from './app.ts';
import { ageText, cursorKey, None, PAGE_ROWS, show, When, withQuery, wordsOf, type Words } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { waitingProposals, type WaitingProposal } from './proposals.repo.ts';
import { operationWord } from './words.ts';

/** What one person has proposed and another has to say as well. */
export const proposalPages = createConsolePages();

const CURSOR = /^(\d{1,15}):([A-Za-z0-9_-]{1,64})$/;

function Content({ content }: { content: string | null }) {
  if (content === null) return <>is not kept: say the same where it was said</>;
  const said: unknown = JSON.parse(content);
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return <>–</>;
  return (
    <>
      {Object.entries(said).map(([name, value]) => (
        <p>{`${name.replaceAll('_', ' ')}: ${typeof value === 'string' ? value : JSON.stringify(value)}`}</p>
      ))}
    </>
  );
}

function Agree({ row, reader }: { row: WaitingProposal; reader: string }) {
  if (row.proposed_by === reader) return <>You proposed it: another person has to say the same.</>;
  const agreement = agreementTo(row);
  if (!agreement) return <>–</>;
  return <Act {...agreement} text="Say the same" label={`Say the same: ${operationWord(row.operation)}`} />;
}

function ProposalsBody(props: {
  rows: readonly WaitingProposal[];
  more: string | null;
  reader: string;
  words: Words;
  done: string | undefined;
}) {
  const { rows, more, reader, words, done } = props;
  return (
    <>
      <h1>Proposals</h1>
      <DoneNotice code={done} />
      <p>
        What needs two people is done once another person says the same. You are asked once more before anything is
        done.
      </p>
      {rows.length === 0 ? (
        <None>Nothing waits for a second person.</None>
      ) : (
        <Table caption="Proposals, the oldest first" head={['What', 'To', 'It says', 'Who', 'When', 'Agree']}>
          {rows.map((row) => (
            <tr>
              <td>{operationWord(row.operation)}</td>
              <td>{row.subject}</td>
              <td>
                <Content content={row.content} />
              </td>
              <td>{row.proposed_by}</td>
              <td>
                <When at={row.proposed_at} words={words} /> {`(${ageText(row.proposed_at, words.now)})`}
              </td>
              <td>
                <Agree row={row} reader={reader} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} text="Later ones" />
    </>
  );
}

proposalPages.get('/proposals', async (c) => {
  const [, proposed_at, proposal_id] = CURSOR.exec(cursorKey(c) ?? '') ?? [];
  const after =
    proposed_at === undefined || proposal_id === undefined ? null : { proposed_at: Number(proposed_at), proposal_id };
  const [words, found] = await Promise.all([wordsOf(c), waitingProposals(c.var.books, after, PAGE_ROWS)]);
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => `${row.proposed_at}:${row.proposal_id}`);
  const more = next_cursor === null ? null : withQuery('/console/proposals', { cursor: next_cursor });
  const reader = c.var.person.operator_name;
  return show(c, '/console', {
    title: 'Proposals',
    body: <ProposalsBody rows={data} more={more} reader={reader} words={words} done={c.req.query('done')} />,
  });
});
