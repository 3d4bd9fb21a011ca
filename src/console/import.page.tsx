import type { ImportCheck, KeptVerdict } from '../import/check.repo.ts';
import type { ImportRun } from '../import/import.repo.ts';
import type { Counts } from '../import/import.rules.ts';
import { formatName } from '../import/reading.ts';
import { Field, FieldWords, More, Notice, Select, Table, Tag } from '../pages/parts.tsx';
import { Facts, None, When, type Words } from './common.tsx';
import { codeWords, FORMAT_CHOICES, KIND_CHOICES, KIND_WORDS } from './import-words.ts';

type Texts = Readonly<Record<string, string>>;
export const checkPath = (check_id: string) => `/console/import/checks/${check_id}`;
export const runPath = (import_id: string) => `/console/import/runs/${import_id}`;

/** A file to hand in. */
export function FileField({
  fault,
  label = 'File',
  hint = 'CSV with a header, or a JSON object a line; at most 24 MiB',
}: {
  fault?: string | undefined;
  label?: string;
  hint?: string;
}) {
  const described = [hint ? 'file-hint' : '', fault ? 'file-fault' : ''].filter((id) => id !== '').join(' ');
  return (
    <div>
      <label for="file">{label}</label>
      <input
        id="file"
        name="file"
        type="file"
        accept=".csv,.ndjson,.jsonl,text/csv,application/x-ndjson"
        required
        {...(described === '' ? {} : { 'aria-describedby': described })}
        {...(fault ? { 'aria-invalid': 'true' } : {})}
      />
      <FieldWords name="file" hint={hint} fault={fault} />
    </div>
  );
}

function Standing({ run }: { run: ImportRun }) {
  return run.ended === 1 ? <Tag tone="good">whole</Tag> : <Tag tone="warn">not to its end</Tag>;
}

function Runs({ runs, more, words }: { runs: readonly ImportRun[]; more: string | null; words: Words }) {
  return (
    <section>
      <h2>Runs</h2>
      {runs.length === 0 ? (
        <None>Nothing has been imported.</None>
      ) : (
        <Table
          caption="Imports, the latest first"
          head={['Begun', 'By', 'What', 'Rows', 'Taken', 'Known before', 'Wait', 'Not taken', 'State']}
        >
          {runs.map((run) => (
            <tr>
              <td>
                <a href={runPath(run.import_id)}>
                  <When at={run.started_at} words={words} />
                </a>
              </td>
              <td>{run.by}</td>
              <td>{`${KIND_WORDS[run.kind]} (${run.format})`}</td>
              <td class="num">{run.rows_done}</td>
              <td class="num">{run.created}</td>
              <td class="num">{run.unchanged}</td>
              <td class="num">{run.parked}</td>
              <td class="num">{run.refused}</td>
              <td>
                <Standing run={run} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} />
    </section>
  );
}

/** Handing a file in, and what was imported before. */
export function ImportBody(props: {
  sent: Texts;
  faults: Texts;
  runs: readonly ImportRun[];
  more: string | null;
  words: Words;
}) {
  const { sent, faults, runs, more, words } = props;
  return (
    <>
      <h1>Import</h1>
      <p>
        A file of a former program, or of any other origin. It is first looked at as a whole, and nothing is written;
        what it comes to is then asked about. In this order: partners, signups, payments, refunds.{' '}
        <a href="/console/import/differences">Compare a former program’s commissions with ours</a>
      </p>
      <form method="post" action="/console/import" enctype="multipart/form-data" class="stack">
        <Select name="kind" label="What is in it" choices={KIND_CHOICES} value={sent['kind']} fault={faults['kind']} />
        <Select
          name="format"
          label="Whose export"
          choices={FORMAT_CHOICES}
          value={sent['format']}
          fault={faults['format']}
        />
        <Field
          name="country"
          label="Country of partners whose row names none"
          value={sent['country']}
          fault={faults['country']}
          required={false}
          maxlength={2}
          hint="Two letters, such as US; only for partners"
        />
        <FileField fault={faults['file']} />
        <button type="submit">Look at it (dry run)</button>
      </form>
      <Runs runs={runs} more={more} words={words} />
    </>
  );
}

function CountFacts({ counts, dry }: { counts: Counts; dry: boolean }) {
  return (
    <Facts
      facts={[
        ['Rows', String(counts.rows)],
        [dry ? 'Would be taken' : 'Taken', String(counts.created)],
        ['Known before, unchanged', String(counts.unchanged)],
        [dry ? 'Would wait' : 'Wait', String(counts.parked)],
        [dry ? 'Would not be taken' : 'Not taken', String(counts.refused)],
      ]}
    />
  );
}

function Verdicts(props: { rows: readonly KeptVerdict[]; more: string | null; counts: Counts }) {
  const { rows, more, counts } = props;
  const unkept = counts.refused + counts.parked > 0;
  return (
    <section>
      <h2>Rows that are not taken, or wait</h2>
      {rows.length === 0 ? (
        <None>{unkept ? 'They are not kept: the answer to the run had them.' : 'None.'}</None>
      ) : (
        <Table caption="Refused rows first, then those that wait" head={['Row', 'Id', 'Verdict', 'Why']}>
          {rows.map(({ row, id, verdict, code, fields }) => (
            <tr>
              <td class="num">{row}</td>
              <td>{id ?? '–'}</td>
              <td>{verdict === 'refused' ? 'not taken' : 'waits'}</td>
              <td>{codeWords(code, fields)}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} text="More rows" />
    </section>
  );
}

/** The form of the real run, which names the amount; the same file comes with it. */
export function RunForm({ check, words, again }: { check: ImportCheck; words: Words; again: boolean }) {
  const what = `${check.rows} rows of ${KIND_WORDS[check.kind]}`;
  const due = check.due_total === null ? '' : `, which make ${words.money(check.due_total)} of commissions`;
  return (
    <form method="post" action={`${checkPath(check.check_id)}/run`} enctype="multipart/form-data" class="stack">
      <FileField
        label="The same file once more"
        hint="It is not kept between the two steps; another file than the one looked at is refused."
      />
      <button type="submit" class="danger">
        {again ? 'Go on with it' : `Yes, import ${what}${due}`}
      </button>
    </form>
  );
}

/** What a file came to in the dry run, and the question whether it is to be imported. */
export function CheckBody(props: {
  check: ImportCheck;
  rows: readonly KeptVerdict[];
  more: string | null;
  wrong: string | null;
  words: Words;
}) {
  const { check, rows, more, wrong, words } = props;
  const { kind, format, due_total, at, by } = check;
  return (
    <>
      <h1>{`Import of ${KIND_WORDS[kind]}: dry run`}</h1>
      {wrong !== null && (
        <Notice tone="bad">
          <p>{wrong}</p>
        </Notice>
      )}
      <p>
        {`${formatName(format)}, looked at by ${by}, `}
        <When at={at} words={words} />. Nothing has been written.
      </p>
      <CountFacts counts={check} dry />
      {due_total !== null && (
        <p>
          Commissions that the file makes, vested or not: <strong>{words.money(due_total)}</strong>. The run is refused
          if it comes to another sum then.
        </p>
      )}
      {check.created + check.parked > 0 ? (
        <RunForm check={check} words={words} again={false} />
      ) : (
        <None>There is nothing in it to import.</None>
      )}
      <p>
        <a href="/console/import">No, go back</a>
      </p>
      <Verdicts rows={rows} more={more} counts={check} />
    </>
  );
}

/** How far a run has come. `total`: rows of the file, where they are known. */
export function Progress({ counts, total }: { counts: { rows: number }; total: number | null }) {
  const of = total === null ? '' : ` of ${total}`;
  return (
    <p>
      {total !== null && total > 0 && (
        <progress max={total} value={Math.min(counts.rows, total)} aria-label="Rows done">
          {counts.rows}
        </progress>
      )}
      {`${counts.rows}${of} rows have a verdict.`}
    </p>
  );
}

/** One run: how far it came, what it came to, and how it goes on. `live`: the page is loading itself again. */
export function RunBody(props: {
  run: ImportRun;
  check: ImportCheck | null;
  rows: readonly KeptVerdict[];
  more: string | null;
  live: boolean;
  words: Words;
}) {
  const { run, check, rows, more, live, words } = props;
  const counts = { ...run, rows: run.rows_done };
  return (
    <>
      <h1>{`Import of ${KIND_WORDS[run.kind]}`}</h1>
      <p>
        {`By ${run.by}, begun `}
        <When at={run.started_at} words={words} />. <Standing run={run} />
      </p>
      <Progress counts={counts} total={check?.rows ?? null} />
      <CountFacts counts={counts} dry={false} />
      {live && (
        <p>
          This page loads itself again while the run goes on.{' '}
          <a href={`${runPath(run.import_id)}?still=5`}>Stop that</a>
        </p>
      )}
      {run.ended === 0 && !live && (
        <section>
          <h2>It did not come to its end</h2>
          <p>
            What is done is done. The same file once more goes on where it stopped: rows that were taken are known
            again, and count as unchanged.
          </p>
          {check === null ? (
            <p>It came by the API: send it again there.</p>
          ) : (
            <RunForm check={check} words={words} again />
          )}
        </section>
      )}
      <Verdicts rows={rows} more={more} counts={counts} />
      <p>
        <a href="/console/import">All imports</a>
      </p>
    </>
  );
}
