import { longDay } from '../letter/letter.rules.ts';
import { More, Notice, Table, Tag } from '../pages/parts.tsx';
import { attentionOf, behindOf } from '../payout/attention.rules.ts';
import type { SkippedPartner } from '../payout/batch.repo.ts';
import type { BatchRow, PayoutRow } from '../payout/payout.schema.ts';
import type { SendRow } from '../payout/send.schema.ts';
import { at, Day, Facts, None, When, type Words } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { shutGates } from './gates.tsx';
import { History, type AuditRow } from './history.tsx';
import { BATCH_WORDS, PAYOUT_WORDS, SEND_WORDS } from './words.ts';

/** Batches, the latest first. */
export function BatchesBody(props: { rows: readonly BatchRow[]; more: string | null; words: Words }) {
  const { rows, more, words } = props;
  return (
    <>
      <h1>Batches</h1>
      {rows.length === 0 ? (
        <None>No Friday has been frozen yet.</None>
      ) : (
        <Table caption="Batches, the latest first" head={['Pay day', 'State', 'Amount', 'Paid', 'Not paid', 'Rail']}>
          {rows.map(({ pay_date, status, payout_amount, payout_count, skipped_count, rail }) => (
            <tr>
              <td>
                <a href={at.batch(pay_date)}>
                  <Day day={pay_date} />
                </a>
              </td>
              <td>{BATCH_WORDS[status]}</td>
              <td class="num">{payout_amount === null ? '–' : words.money(payout_amount)}</td>
              <td class="num">{payout_count ?? '–'}</td>
              <td class="num">{skipped_count ?? '–'}</td>
              <td>{rail}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} />
    </>
  );
}

/** What the page of one batch shows. */
export interface BatchSeen {
  batch: BatchRow;
  payouts: readonly PayoutRow[];
  payouts_more: string | null;
  skipped: readonly SkippedPartner[];
  skipped_more: string | null;
  sends: readonly SendRow[];
  history: readonly AuditRow[];
  /** Pay days that the books have forgotten something of; null where that could not be asked. */
  behind: ReadonlySet<string> | null;
}

interface Props {
  seen: BatchSeen;
  words: Words;
}

function Actions({ seen: { batch, behind } }: Props) {
  const path = at.batch(batch.pay_date);
  const exported = batch.rail === 'export' && batch.status !== 'freezing' && batch.status !== 'awaiting_approval';
  return (
    <div class="row">
      {batch.status === 'awaiting_approval' && (
        <a class="button" href={`${path}/approval`}>
          Approve
        </a>
      )}
      {exported && (
        <>
          <a class="button plain" href={`${path}/export.csv`}>
            Download the file
          </a>
          <a class="button plain" href={`${path}/outcomes`}>
            Enter outcomes
          </a>
        </>
      )}
      {behind?.has(batch.pay_date) && (
        <a class="button" href={`${path}/replay`}>
          Bring back from the witness
        </a>
      )}
    </div>
  );
}

function Attention({ seen: { batch, sends, behind } }: Props) {
  const texts = [...behindOf(batch.pay_date, behind), ...sends.flatMap((send) => attentionOf(send) ?? [])];
  return (
    <>
      {texts.map(({ happened, to_do }) => (
        <Notice tone="bad">
          <p>{happened}</p>
          <p>{to_do}</p>
        </Notice>
      ))}
    </>
  );
}

function Standing({ seen: { batch }, words }: Props) {
  const { status, week_start_on, week_end_on, payout_amount, payout_count, skipped_count } = batch;
  const reasons: string[] = JSON.parse(batch.approval_reasons);
  const amount = payout_amount === null ? 'not known before the freeze ends' : words.money(payout_amount);
  return (
    <Facts
      facts={[
        ['State', <Tag>{BATCH_WORDS[status]}</Tag>],
        ['Week', `${longDay(week_start_on)} to ${longDay(week_end_on)}`],
        ['Amount', <strong>{amount}</strong>],
        ['Paid', `${payout_count ?? 0} partners`],
        ['Not paid, with something due', `${skipped_count ?? 0} partners`],
        ['Rail', batch.rail],
        ['Policy version', String(batch.policy_version)],
        ['Frozen', <When at={batch.frozen_at} words={words} />],
        ['Hash of the manifest', <code>{batch.manifest_sha256 ?? '–'}</code>],
        ['Why it waits or waited', reasons.length === 0 ? 'It needed no approval.' : reasons.join(' ')],
        ['Approved by', batch.approved_by ?? '–'],
        ['Approved', <When at={batch.approved_at} words={words} />],
        ['Settled', <When at={batch.settled_at} words={words} />],
      ]}
    />
  );
}

/** Payouts of a batch, or of a partner, with their state. */
export function PayoutTable(props: {
  rows: readonly PayoutRow[];
  words: Words;
  caption: string;
  by: 'partner' | 'day';
}) {
  const { rows, words, caption, by } = props;
  const whose = by === 'partner' ? 'Partner' : 'Pay day';
  return (
    <Table caption={caption} head={['Payout', whose, 'Amount', 'State', 'Since', 'Reference', 'Reason']}>
      {rows.map(({ payout_id, partner_id, pay_date, amount, status, status_at, reference, reason }) => (
        <tr>
          <td>
            <a href={at.payout(payout_id)}>{payout_id}</a>
          </td>
          <td>
            {by === 'partner' ? (
              <a href={at.partner(partner_id)}>{partner_id}</a>
            ) : (
              <a href={at.batch(pay_date)}>
                <Day day={pay_date} />
              </a>
            )}
          </td>
          <td class="num">{words.money(amount)}</td>
          <td>{PAYOUT_WORDS[status]}</td>
          <td>
            <When at={status_at} words={words} />
          </td>
          <td>{reference ?? '–'}</td>
          <td>{reason ?? '–'}</td>
        </tr>
      ))}
    </Table>
  );
}

function Payouts({ seen, words }: Props) {
  return (
    <section id="payouts">
      <h2>Payouts</h2>
      {seen.payouts.length === 0 ? (
        <None>Nobody is paid by it.</None>
      ) : (
        <PayoutTable rows={seen.payouts} words={words} caption="Payouts by partner" by="partner" />
      )}
      <More href={seen.payouts_more} text="More payouts" />
    </section>
  );
}

function Skipped({ seen, words }: Props) {
  return (
    <section id="skipped">
      <h2>Not paid</h2>
      {seen.skipped.length === 0 ? (
        <None>Everybody with something due is paid.</None>
      ) : (
        <Table
          caption="Partners with something due, and the gates that kept them back"
          head={['Partner', 'Due', 'Why']}
        >
          {seen.skipped.map(({ partner_id, amount, gates }) => (
            <tr>
              <td>
                <a href={at.partner(partner_id)}>{partner_id}</a>
              </td>
              <td class="num">{words.money(amount)}</td>
              <td>{shutGates(gates)}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={seen.skipped_more} text="More partners" />
    </section>
  );
}

/** Sendings of a batch on the PayPal rail, with PayPal's ids. */
function Sends({ seen: { sends, batch }, words }: Props) {
  if (sends.length === 0) return null;
  return (
    <section>
      <h2>Sendings</h2>
      <Table
        caption="Chunks as they were sent"
        head={['Chunk', 'Attempt', 'Our id', 'PayPal’s batch', 'State', 'Tries', 'First sent', 'Looked at', 'To do']}
      >
        {sends.map((send) => (
          <tr>
            <td class="num">{send.chunk}</td>
            <td class="num">{send.attempt}</td>
            <td>
              <code>{send.sender_batch_id}</code>
            </td>
            <td>
              <code>{send.provider_batch_id ?? '–'}</code>
            </td>
            <td>
              {SEND_WORDS[send.status]}
              {send.reason !== null && `: ${send.reason}`}
            </td>
            <td class="num">{send.tries}</td>
            <td>
              <When at={send.first_sent_at} words={words} />
            </td>
            <td>
              <When at={send.checked_at} words={words} />
            </td>
            <td>
              {send.attention === null ? (
                '–'
              ) : (
                <a href={`${at.batch(batch.pay_date)}/chunks/${send.chunk}/adoption`}>
                  {`Adopt a batch for chunk ${send.chunk}`}
                </a>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

/** One batch: how it stands, what can be done, whom it pays and whom not. */
export function BatchBody({ seen, words, done }: Props & { done: string | undefined }) {
  const { pay_date } = seen.batch;
  return (
    <>
      <h1>
        Batch of <Day day={pay_date} />
      </h1>
      <DoneNotice code={done} />
      <Attention seen={seen} words={words} />
      <Standing seen={seen} words={words} />
      <Actions seen={seen} words={words} />
      <Payouts seen={seen} words={words} />
      <Skipped seen={seen} words={words} />
      <Sends seen={seen} words={words} />
      <History subject={`batch:${pay_date}`} rows={seen.history} words={words} />
    </>
  );
}

/** A batch that the books have lost and the witness has. */
export function LostBatchBody({ pay_date }: { pay_date: string }) {
  return (
    <>
      <h1>
        Batch of <Day day={pay_date} />
      </h1>
      {behindOf(pay_date, new Set([pay_date])).map(({ happened }) => (
        <Notice tone="bad">
          <p>{happened}</p>
        </Notice>
      ))}
      <p>
        <a class="button" href={`${at.batch(pay_date)}/replay`}>
          Bring back from the witness
        </a>
      </p>
    </>
  );
}
