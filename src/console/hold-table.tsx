import type { HoldRow } from '../hold/hold.rules.ts';
import { Table } from '../pages/parts.tsx';
import { ageText, at, When, type Words } from './common.tsx';
import { HOLD_WORDS } from './words.ts';

/** What a hold is about, as links. */
export function HoldSubjects({ hold }: { hold: HoldRow }) {
  const { partner_id, account_id, payout_id, payment_id } = hold;
  return (
    <>
      {partner_id !== null && <a href={at.partner(partner_id)}>{`partner ${partner_id}`}</a>}{' '}
      {account_id !== null && <a href={at.account(account_id)}>{`account ${account_id}`}</a>}{' '}
      {payout_id !== null && <a href={at.payout(payout_id)}>{`payout ${payout_id}`}</a>}{' '}
      {payment_id !== null && `payment ${payment_id}`}
    </>
  );
}

const DECIDED = { release: 'released', deny: 'denied' } as const;

/** Holds with their age and their decision. */
export function HoldTable({ rows, words, caption }: { rows: readonly HoldRow[]; words: Words; caption: string }) {
  return (
    <Table caption={caption} head={['Hold', 'About', 'Clause', 'Since', 'Age', 'Decision']}>
      {rows.map((hold) => (
        <tr>
          <td>
            <a href={at.hold(hold.hold_id)}>{HOLD_WORDS[hold.kind]}</a>
          </td>
          <td>
            <HoldSubjects hold={hold} />
          </td>
          <td>{hold.clause}</td>
          <td>
            <When at={hold.opened_at} words={words} />
          </td>
          <td>{hold.decision === null ? ageText(hold.opened_at, words.now) : '–'}</td>
          <td>{hold.decision === null ? 'open' : `${DECIDED[hold.decision]} by ${hold.decided_by ?? '–'}`}</td>
        </tr>
      ))}
    </Table>
  );
}
