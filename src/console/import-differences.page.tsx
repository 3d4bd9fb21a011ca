import type { DifferenceLine, DifferenceSummary } from '../import/differences.ts';
import { Field, Notice, Select, Table } from '../pages/parts.tsx';
import { at, Facts, None, type Words } from './common.tsx';
import { DIFFERENCE_WORDS, FORMAT_CHOICES } from './import-words.ts';
import { FileField } from './import.page.tsx';

type Texts = Readonly<Record<string, string>>;

/** What was found: the sums, the first lines, and how many there are in all. */
export interface Compared {
  summary: DifferenceSummary;
  lines: readonly DifferenceLine[];
  found: number;
}

function Lines({ compared: { lines, found }, words }: { compared: Compared; words: Words }) {
  if (lines.length === 0) return <None>Nothing differs.</None>;
  return (
    <>
      {found > lines.length && (
        <Notice tone="warn">
          <p>{`The first ${lines.length} of ${found} lines; the API gives all.`}</p>
        </Notice>
      )}
      <Table caption="What differs" head={['Row', 'Payment', 'Account', 'Why', 'There', 'Here']}>
        {lines.map(({ row, payment_id, account_id, reasons, detail, theirs, ours }) => (
          <tr>
            <td class="num">{row ?? '–'}</td>
            <td>{payment_id ?? '–'}</td>
            <td>{account_id === null ? '–' : <a href={at.account(account_id)}>{account_id}</a>}</td>
            <td>
              {reasons.map((reason) => DIFFERENCE_WORDS[reason]).join('; ')}
              {detail !== undefined && ` (${detail.replaceAll('_', ' ')})`}
            </td>
            <td class="num">{theirs === null ? '–' : words.money(theirs.amount)}</td>
            <td class="num">{ours === null ? '–' : words.money(ours.amount)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}

/** A former program's commissions beside ours: the form, and what was found. */
export function DifferencesBody(props: { sent: Texts; faults: Texts; compared: Compared | null; words: Words }) {
  const { sent, faults, compared, words } = props;
  return (
    <>
      <h1>Compare a former program’s commissions with ours</h1>
      <p>Each commission of its export is set beside what stands here for the same payment. Nothing is written.</p>
      {compared !== null && (
        <section>
          <h2>What was found</h2>
          <Facts
            facts={[
              ['Compared', String(compared.summary.rows)],
              ['The same', String(compared.summary.same)],
              ['Different', String(compared.summary.different)],
              ['There in all', words.money(compared.summary.theirs_total)],
              ['Here in all', words.money(compared.summary.ours_total)],
            ]}
          />
          {compared.summary.next !== null && (
            <Notice tone="warn">
              <p>{`Rows from ${compared.summary.next} on were not compared: hand in the rest of the file by itself.`}</p>
            </Notice>
          )}
          <Lines compared={compared} words={words} />
        </section>
      )}
      <h2>Another file</h2>
      <form method="post" action="/console/import/differences" enctype="multipart/form-data" class="stack">
        <Select
          name="format"
          label="Whose export"
          choices={FORMAT_CHOICES}
          value={sent['format']}
          fault={faults['format']}
        />
        <Field
          name="from"
          label="Also payments here that the file lacks, from (day)"
          type="date"
          value={sent['from']}
          fault={faults['from']}
          required={false}
        />
        <Field
          name="until"
          label="Up to and including (day)"
          type="date"
          value={sent['until']}
          fault={faults['until']}
          required={false}
        />
        <FileField fault={faults['file']} />
        <button type="submit">Compare</button>
      </form>
    </>
  );
}
