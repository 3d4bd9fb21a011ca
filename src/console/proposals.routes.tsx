import { page } from '../http/cursor.ts';
import { Act, More, Table } from '../pages/parts.tsx';
import { PROPOSAL_LIFE_MS } from '../program/proposal.rules.ts';
import { agreementTo } from './agreement.rules.ts';
import { createConsolePages } from './app.ts';
import {
  ageText,
  cursorKey,
  None,
  PAGE_ROWS,
  show,
  When,
  withQuery,
  wordsOf,
  type ConsoleContext,
  type Words,
} from './common.tsx';
import { DoneNotice } from './done.tsx';
import { lapsedProposals, waitingProposals, type OpenProposal, type ProposalKey } from './proposals.repo.ts';
import { operationWord } from './words.ts';

/** What one person has proposed and another has to say as well. */
export const proposalPages = createConsolePages();

const PATH = '/console/proposals';
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

function Agree({ row, reader }: { row: OpenProposal; reader: string }) {
  if (row.proposed_by === reader) return <>You proposed it: another person has to say the same.</>;
  const agreement = agreementTo(row);
  if (!agreement) return <>–</>;
  return <Act {...agreement} text="Say the same" label={`Say the same: ${operationWord(row.operation)}`} />;
}

/** Leads to the form where it is said, filled in: nothing is said for anybody by this. */
function Anew({ row }: { row: OpenProposal }) {
  const agreement = agreementTo(row);
  if (!agreement) return <>–</>;
  return <a href={withQuery(agreement.action, agreement.fields)}>{`Propose anew: ${operationWord(row.operation)}`}</a>;
}

/** What a proposal says, by whom and since when: the first cells of its row. */
function Said({ row, words }: { row: OpenProposal; words: Words }) {
  return (
    <>
      <td>{operationWord(row.operation)}</td>
      <td>{row.subject}</td>
      <td>
        <Content content={row.content} />
      </td>
      <td>{row.proposed_by}</td>
      <td>
        <When at={row.proposed_at} words={words} /> {`(${ageText(row.proposed_at, words.now)})`}
      </td>
    </>
  );
}

const SAID = ['What', 'To', 'It says', 'Who', 'When'] as const;

interface Listed {
  rows: readonly OpenProposal[];
  more: string | null;
}

function Waiting({ listed, reader, words }: { listed: Listed; reader: string; words: Words }) {
  if (listed.rows.length === 0) return <None>Nothing waits for a second person.</None>;
  return (
    <>
      <Table caption="Proposals, the oldest first" head={[...SAID, 'Until', 'Agree']}>
        {listed.rows.map((row) => (
          <tr>
            <Said row={row} words={words} />
            <td>
              lapses after <When at={row.proposed_at + PROPOSAL_LIFE_MS} words={words} />
            </td>
            <td>
              <Agree row={row} reader={reader} />
            </td>
          </tr>
        ))}
      </Table>
      <More href={listed.more} text="Later ones" />
    </>
  );
}

function Lapsed({ listed, words }: { listed: Listed; words: Words }) {
  if (listed.rows.length === 0) return null;
  return (
    <section>
      <h2>Lapsed</h2>
      <p>Nobody said the same in time, and nothing was done. What is still wanted is proposed anew.</p>
      <Table caption="Lapsed proposals, the latest first" head={[...SAID, 'Anew']}>
        {listed.rows.map((row) => (
          <tr>
            <Said row={row} words={words} />
            <td>
              <Anew row={row} />
            </td>
          </tr>
        ))}
      </Table>
      <More href={listed.more} text="Earlier ones" />
    </section>
  );
}

function keyOf(c: ConsoleContext, name: string): ProposalKey | null {
  const [, proposed_at, proposal_id] = CURSOR.exec(cursorKey(c, name) ?? '') ?? [];
  return proposed_at === undefined || proposal_id === undefined
    ? null
    : { proposed_at: Number(proposed_at), proposal_id };
}

function listOf(name: string, found: readonly OpenProposal[]): Listed {
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => `${row.proposed_at}:${row.proposal_id}`);
  return { rows: data, more: next_cursor === null ? null : withQuery(PATH, { [name]: next_cursor }) };
}

proposalPages.get('/proposals', async (c) => {
  const { books, now } = c.var;
  const [words, waiting, lapsed] = await Promise.all([
    wordsOf(c),
    waitingProposals(books, now, keyOf(c, 'cursor'), PAGE_ROWS),
    lapsedProposals(books, now, keyOf(c, 'lapsed'), PAGE_ROWS),
  ]);
  const reader = c.var.person.operator_name;
  return show(c, '/console', {
    title: 'Proposals',
    body: (
      <>
        <h1>Proposals</h1>
        <DoneNotice code={c.req.query('done')} />
        <p>
          What needs two people is done once another person says the same, within 14 days. You are asked once more
          before anything is done.
        </p>
        <Waiting listed={listOf('cursor', waiting)} reader={reader} words={words} />
        <Lapsed listed={listOf('lapsed', lapsed)} words={words} />
      </>
    ),
  });
});
