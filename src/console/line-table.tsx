import { Table } from '../pages/parts.tsx';
import { at, None, When, type Words } from './common.tsx';
import type { LineRow } from './payout.repo.ts';

const KINDS: Record<LineRow['kind'], string> = {
  commission: 'commission',
  refund: 'refund',
  refund_reversal: 'refund undone',
  forfeit: 'ended before vesting',
  reactivation: 'came back in time',
  referrer: 'another referrer',
  self_referral: 'self-referral',
  adjustment: 'adjustment',
  returned: 'payout that came back',
};

/** Lines of the books, in booking order. */
export function LineTable({ lines, words, caption }: { lines: readonly LineRow[]; words: Words; caption: string }) {
  if (lines.length === 0) return <None>No lines.</None>;
  return (
    <Table caption={caption} head={['Kind', 'Partner', 'Account', 'Payment', 'Cause', 'Amount', 'Payable', 'Payout']}>
      {lines.map((line) => (
        <tr>
          <td>{KINDS[line.kind]}</td>
          <td>
            <a href={at.partner(line.partner_id)}>{line.partner_id}</a>
          </td>
          <td>{line.account_id === null ? '–' : <a href={at.account(line.account_id)}>{line.account_id}</a>}</td>
          <td>{line.payment_id ?? '–'}</td>
          <td>{line.cause_id}</td>
          <td class="num">{words.money(line.amount)}</td>
          <td>
            <When at={line.payable_at} words={words} />
          </td>
          <td>{line.payout_id === null ? '–' : <a href={at.payout(line.payout_id)}>{line.payout_id}</a>}</td>
        </tr>
      ))}
    </Table>
  );
}
