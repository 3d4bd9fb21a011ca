import { Table } from '../pages/parts.tsx';
import type { readAuditLog } from '../program/audit.repo.ts';
import { None, When, withQuery, type Words } from './common.tsx';

export type AuditRow = Awaited<ReturnType<typeof readAuditLog>>[number];

/** Entries of the audit log that a page shows; the log itself has all. */
export const HISTORY_ROWS = 20;

function detailsText(details: string): string {
  return Object.entries(JSON.parse(details) as Record<string, unknown>)
    .map(
      ([name, value]) => `${name.replaceAll('_', ' ')}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join('; ');
}

/** What was done to one subject and by whom, newest first. */
export function History({ subject, rows, words }: { subject: string; rows: readonly AuditRow[]; words: Words }) {
  return (
    <section>
      <h2>
        <a href={withQuery('/console/audit', { subject })}>History</a>
      </h2>
      {rows.length === 0 ? (
        <None>Nobody has done anything to it.</None>
      ) : (
        <Table caption="Who did what, newest first" head={['When', 'Who', 'What', 'Details']}>
          {rows.map(({ at, actor, action, details }) => (
            <tr>
              <td>
                <When at={at} words={words} />
              </td>
              <td>{actor}</td>
              <td>{action}</td>
              <td>{detailsText(details)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
