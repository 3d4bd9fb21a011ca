import type { ListRow } from '../expected/expected.repo.ts';
import { LISTS_A_DAY, MAX_ROWS, type Received } from '../expected/list.rules.ts';
import { dayText, daysText } from '../letter/letter.rules.ts';
import { FieldWords, Instant, More, Notice, Table, Tag } from '../pages/parts.tsx';
import { TextArea } from '../pages/text-area.tsx';
import { listState, RECEIVED_WORDS } from './expected.rules.ts';

type Texts = Readonly<Record<string, string>>;

/** When a page is read, and in which zone. */
interface ReadAt {
  now: number;
  timezone: string;
}

function listHref(list_id: string): string {
  return `/partners/expected-clients/${encodeURIComponent(list_id)}`;
}

function State({ list, at }: { list: ListRow; at: ReadAt }) {
  const until = list.accepted_until === null ? '' : dayText(list.accepted_until, at.timezone);
  switch (listState(list, at.now)) {
    case 'waiting':
      return <Tag>waits for us to look at it</Tag>;
    case 'accepted':
      return <Tag tone="good">accepted until {until}</Tag>;
    case 'over':
      return <Tag tone="warn">was accepted until {until}</Tag>;
  }
}

function HandIn({ faults, lines }: { faults: Texts; lines: string }) {
  return (
    <form class="stack" method="post" action="/partners/expected-clients" enctype="multipart/form-data">
      <div>
        <label for="file">A CSV file</label>
        <input
          id="file"
          name="file"
          type="file"
          accept=".csv,text/csv,text/plain"
          aria-describedby="file-hint"
          {...(faults['file'] ? { 'aria-invalid': 'true' } : {})}
        />
        <FieldWords
          name="file"
          hint={`Its first line names the columns, separated by commas: email, and name and company if you like. At most ${MAX_ROWS.toLocaleString('en')} rows and 2 MiB.`}
          fault={faults['file']}
        />
      </div>
      <TextArea
        name="lines"
        label="Or lines to paste"
        value={lines}
        hint="One client a line: address, name, company. The address is enough."
        fault={faults['lines']}
        required={false}
      />
      <div>
        <button type="submit">Hand it in</button>
      </div>
    </form>
  );
}

/** Where lists are handed in, and those of before. */
export function ExpectedPage(props: {
  lists: readonly ListRow[];
  at: ReadAt;
  window_days: number;
  older: string | null;
  faults?: Texts;
  lines?: string;
  notice?: string | undefined;
}) {
  const { lists, at, window_days, older, faults = {}, lines = '', notice } = props;
  return (
    <>
      <h1>Expected clients</h1>
      {notice !== undefined && <Notice tone="bad">{notice}</Notice>}
      <p>
        Hand in whom you expect to sign up. Once we have accepted the list, a sign-up by an address on it within{' '}
        {daysText(window_days)} is yours, unless a tracked click, a promotion code or the client’s own answer names
        somebody (B1). We tell you of each row whether it could be read, and no more: who is a client of ours is
        nobody’s business.
      </p>
      <HandIn faults={faults} lines={lines} />
      <p class="soft">At most {LISTS_A_DAY} lists a day.</p>
      <h2>Lists of before</h2>
      {lists.length === 0 ? (
        <p>There is none.</p>
      ) : (
        <Table
          caption="Your lists, the latest first"
          head={['Handed in', 'Rows', 'Received', 'Malformed', 'Duplicate', 'State']}
        >
          {lists.map((list) => (
            <tr>
              <th scope="row">
                <a href={listHref(list.list_id)}>
                  <Instant at={list.received_at} text={dayText(list.received_at, at.timezone)} />
                </a>
              </th>
              <td>{list.row_count}</td>
              <td>{list.row_count - list.malformed_count - list.duplicate_count}</td>
              <td>{list.malformed_count}</td>
              <td>{list.duplicate_count}</td>
              <td>
                <State list={list} at={at} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More href={older} />
    </>
  );
}

/** One list: each row received, malformed or duplicate. */
export function ListPage(props: {
  list: ListRow;
  rows: readonly { row: number; received: Received }[];
  at: ReadAt;
  more: string | null;
  done: string | undefined;
}) {
  const { list, rows, at, more, done } = props;
  const received = list.row_count - list.malformed_count - list.duplicate_count;
  return (
    <>
      <h1>List of {dayText(list.received_at, at.timezone)}</h1>
      {done !== undefined && <Notice tone="good">{done}</Notice>}
      <p>
        <State list={list} at={at} />
      </p>
      <p>
        {list.row_count} rows: {received} received, {list.malformed_count} malformed, {list.duplicate_count} duplicate.
        A malformed row has no address that can be read, or other cells than the first line names; a duplicate repeats
        the address of a row before it.
      </p>
      <Table caption="Rows in their order" head={['Row', 'What became of it']}>
        {rows.map(({ row, received: word }) => (
          <tr>
            <th scope="row">{row}</th>
            <td>
              <Tag tone={RECEIVED_WORDS[word].tone}>{RECEIVED_WORDS[word].word}</Tag>
            </td>
          </tr>
        ))}
      </Table>
      <More href={more} text="More rows" />
      <p>
        <a href="/partners/expected-clients">All lists</a>
      </p>
    </>
  );
}
