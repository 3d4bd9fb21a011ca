import type { ConsideredClick } from '../attribution/last-click.rules.ts';
import { Table } from '../pages/parts.tsx';
import { at, None, When, type Words } from './common.tsx';

const VERDICTS: Record<ConsideredClick['verdict'], string> = {
  won: 'won',
  earlier: 'an earlier one',
  not_a_person: 'no person’s navigation',
  after_signup: 'after the signup',
  expired: 'too long before the signup',
  unknown_code: 'there is no such link',
  link_retired: 'the link was retired',
  partner_not_active: 'the partner was not active',
};

/** Recorded clicks with what each came to (L1), the latest first; to operators with whose link it was. */
export function ClickTable({ clicks, words }: { clicks: readonly ConsideredClick[]; words: Words }) {
  if (clicks.length === 0) return <None>No click is recorded of the browsers that this account came with.</None>;
  return (
    <Table
      caption="Recorded clicks up to the signup, the latest first"
      head={['When', 'Link', 'Partner', 'Class', 'It', 'Click']}
    >
      {clicks.map(({ click_id, clicked_at, code, partner_id, class: made, verdict }) => (
        <tr>
          <td>
            <When at={clicked_at} words={words} />
          </td>
          <td>
            <code>{code}</code>
          </td>
          <td>{partner_id === null ? '–' : <a href={at.partner(partner_id)}>{partner_id}</a>}</td>
          <td>{made.replaceAll('_', ' ')}</td>
          <td>{VERDICTS[verdict]}</td>
          <td>
            <code>{click_id}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}
