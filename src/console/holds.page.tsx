import { HOLD_CLAUSES, type HoldKind, type HoldRow } from '../hold/hold.rules.ts';
import { More, Notice, Select } from '../pages/parts.tsx';
import { at, Facts, None, When, type Words } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { History, type AuditRow } from './history.tsx';
import { HoldSubjects, HoldTable } from './hold-table.tsx';
import { HOLD_WORDS } from './words.ts';

/** Holds, open or decided, of one kind where asked for. */
export function HoldsBody(props: {
  rows: readonly HoldRow[];
  kind: HoldKind | undefined;
  decided: boolean;
  more: string | null;
  words: Words;
}) {
  const { rows, kind, decided, more, words } = props;
  const kinds = Object.keys(HOLD_CLAUSES) as HoldKind[];
  return (
    <>
      <h1>Holds</h1>
      <form method="get" action="/console/holds" class="row">
        <Select
          name="kind"
          label="Kind"
          choices={kinds.map((value) => ({ value, text: HOLD_WORDS[value] }))}
          value={kind}
          empty="All"
        />
        <Select
          name="status"
          label="State"
          choices={[
            { value: 'open', text: 'Open' },
            { value: 'decided', text: 'Decided' },
          ]}
          value={decided ? 'decided' : 'open'}
        />
        <button type="submit">Show</button>
      </form>
      {rows.length === 0 ? (
        <None>None.</None>
      ) : (
        <HoldTable rows={rows} words={words} caption={decided ? 'Decided holds' : 'Open holds'} />
      )}
      <More href={more} text="More" />
    </>
  );
}

/** One hold: what it is about, what it keeps back, and its decision. `held`: sentences. */
export function HoldBody(props: {
  hold: HoldRow;
  held: readonly string[];
  history: readonly AuditRow[];
  words: Words;
  done: string | undefined;
}) {
  const { hold, held, history, words, done } = props;
  return (
    <>
      <h1>{`Hold: ${HOLD_WORDS[hold.kind]}`}</h1>
      <DoneNotice code={done} />
      <Facts
        facts={[
          ['About', <HoldSubjects hold={hold} />],
          ['Clause', hold.clause],
          ['Since', <When at={hold.opened_at} words={words} />],
          ['Decision', hold.decision ?? 'open'],
          ['Decided', <When at={hold.decided_at} words={words} />],
          ['By', hold.decided_by ?? '–'],
          ['Reason', hold.reason ?? '–'],
        ]}
      />
      {hold.decision === null && (
        <Notice tone="warn">
          {held.map((sentence) => (
            <p>{sentence}</p>
          ))}
          <p>
            <a class="button" href={`${at.hold(hold.hold_id)}/decision`}>
              Decide
            </a>
          </p>
        </Notice>
      )}
      <h2>What it rests on</h2>
      <pre>{JSON.stringify(JSON.parse(hold.facts), null, 2)}</pre>
      <History subject={`hold:${hold.hold_id}`} rows={history} words={words} />
    </>
  );
}
