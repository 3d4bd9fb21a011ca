import { Table, Tag } from '../pages/parts.tsx';
import { ON_THE_WAY } from '../payout/outcome.rules.ts';
import type { BatchRow, PayoutRow } from '../payout/payout.schema.ts';
import type { SendItemRow, SendRow } from '../payout/send.schema.ts';
import { at, Day, Facts, None, When, type Words } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { History, type AuditRow } from './history.tsx';
import { LineTable } from './line-table.tsx';
import type { LineRow } from './payout.repo.ts';
import { PAYOUT_WORDS } from './words.ts';

/** What the page of one payout shows. */
export interface PayoutSeen {
  payout: PayoutRow;
  batch: BatchRow;
  send: SendRow | null;
  items: readonly SendItemRow[];
  lines: readonly LineRow[];
  history: readonly AuditRow[];
}

/** What an operator can do about it as it stands. */
function Actions({ payout, batch, send }: PayoutSeen) {
  const path = at.payout(payout.payout_id);
  const open =
    ON_THE_WAY.includes(payout.status) && batch.status !== 'freezing' && batch.status !== 'awaiting_approval';
  const resolvable = open && (batch.rail === 'export' || (send !== null && send.attention !== null));
  return (
    <div class="row">
      {resolvable && (
        <a class="button" href={`${path}/resolution`}>
          Settle it
        </a>
      )}
      {payout.status === 'frozen' && (
        <a class="button plain" href={`${path}/withholding`}>
          Keep it back
        </a>
      )}
      {payout.status === 'unclaimed' && (
        <a class="button plain" href={`${path}/cancellation`}>
          Call it back
        </a>
      )}
    </div>
  );
}

function Items({ items, words }: { items: readonly SendItemRow[]; words: Words }) {
  if (items.length === 0) return <None>It has not been sent by PayPal’s API.</None>;
  return (
    <Table
      caption="Items at PayPal"
      head={['Sending', 'Part', 'Amount', 'PayPal’s item', 'PayPal’s word', 'Reason', 'Fee', 'Looked at']}
    >
      {items.map((item) => (
        <tr>
          <td>
            <code>{item.sender_batch_id}</code>
          </td>
          <td class="num">{item.part}</td>
          <td class="num">{words.money(item.amount)}</td>
          <td>
            <code>{item.provider_item_id ?? '–'}</code>
          </td>
          <td>{item.provider_status ?? '–'}</td>
          <td>{item.reason ?? '–'}</td>
          <td class="num">{item.fee === null ? '–' : words.money(item.fee)}</td>
          <td>
            <When at={item.checked_at} words={words} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** One payout: how it stands, what it paid, and what a person can settle. */
export function PayoutBody({ seen, words, done }: { seen: PayoutSeen; words: Words; done: string | undefined }) {
  const { payout, items, lines, history } = seen;
  return (
    <>
      <h1>{`Payout ${payout.payout_id}`}</h1>
      <DoneNotice code={done} />
      <Facts
        facts={[
          ['State', <Tag>{PAYOUT_WORDS[payout.status]}</Tag>],
          ['Since', <When at={payout.status_at} words={words} />],
          ['Amount', <strong>{words.money(payout.amount)}</strong>],
          ['Partner', <a href={at.partner(payout.partner_id)}>{payout.partner_id}</a>],
          [
            'Batch',
            <a href={at.batch(payout.pay_date)}>
              <Day day={payout.pay_date} />
            </a>,
          ],
          ['Reference', payout.reference ?? '–'],
          ['Reason', payout.reason ?? '–'],
          ['At fault', payout.fault ?? '–'],
        ]}
      />
      <Actions {...seen} />
      <h2>At PayPal</h2>
      <Items items={items} words={words} />
      <h2>{`What it pays: ${payout.line_count} lines`}</h2>
      <LineTable lines={lines} words={words} caption="Lines that this payout took" />
      <History subject={`payout:${payout.payout_id}`} rows={history} words={words} />
    </>
  );
}
