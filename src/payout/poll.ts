import { logLine } from '../log.ts';
import { MAX_PAGE_SIZE, type BatchAnswer } from '../paypal/client.ts';
import { commit, decideAgain } from '../program/commit.repo.ts';
import type { Attention } from './attention.rules.ts';
import type { SendContext } from './make-send.ts';
import { partnerGuards } from './outcome.repo.ts';
import { changeSend, keepItems, readPolled, settlementStatements } from './send.repo.ts';
import type { Progress } from './send.rules.ts';
import type { SendRow } from './send.schema.ts';
import { settle, type WholeBatch } from './settle.rules.ts';
import { wordsLost } from './witness-words.ts';

const DAY_MS = 86_400_000;

type Whole = { state: 'found'; batch: WholeBatch } | Exclude<BatchAnswer, { state: 'found' }>;

/** Reads every page of a batch at PayPal, or says why one of them could not be read. */
export async function readWhole(
  { paypal, page_size = MAX_PAGE_SIZE }: Pick<SendContext, 'paypal' | 'page_size'>,
  provider_batch_id: string,
): Promise<Whole> {
  const items: WholeBatch['items'][number][] = [];
  for (let page = 1; ; page++) {
    const answer = await paypal.getBatch(provider_batch_id, { page, page_size, total_required: true });
    if (answer.state !== 'found') return answer;
    const { batch } = answer;
    items.push(...batch.items);
    const more = batch.total_pages === null ? batch.items.length >= page_size : page < batch.total_pages;
    if (!more) return { state: 'found', batch: { ...batch, items } };
  }
}

function reasonOf(answer: Exclude<Whole, { state: 'found' }>): string {
  if (answer.state === 'unknown') return `poll:${answer.reason}`;
  return answer.state === 'refused' ? `poll:${answer.name}` : 'poll:not_found';
}

/**
 * P7: asks how an accepted sending stands, all pages, and books what PayPal says: forward only, and nothing where a page is missing or the
 * items are not those that were frozen. What this says counts, never a webhook.
 */
export async function poll(context: SendContext, send: SendRow, now: number): Promise<Progress> {
  const { db } = context;
  const { sender_batch_id, provider_batch_id } = send;
  if (provider_batch_id === null) return 'done';
  // What people said of it comes first: restored books would book what PayPal says now against it.
  if ((await wordsLost(context, send.pay_date)).length > 0) return 'attention';
  const whole = await readWhole(context, provider_batch_id);
  if (whole.state !== 'found') return notRead(context, send, whole, now);
  const done = await decideAgain(async (): Promise<Progress | 'conflict'> => {
    const read = await readPolled(db, sender_batch_id);
    // Another run was here, or a person has adopted another batch.
    if (read?.polled.send.provider_batch_id !== provider_batch_id) return 'again';
    const settled = settle(read.polled, whole.batch, now);
    const { attention } = settled.send;
    if (attention !== null && attention !== read.polled.send.attention) {
      logLine('payout_needs_attention', { sender_batch_id, attention });
    }
    const touched = settled.payouts.filter((move) => move.transfers.some(({ kind }) => kind !== 'paid'));
    const guards = [
      read.guard,
      ...(await partnerGuards(
        db,
        touched.map((move) => move.partner_id),
      )),
    ];
    const outcome = await commit(db, guards, [
      ...(settled.items.length > 0 ? [keepItems(db, settled.items)] : []),
      changeSend(db, sender_batch_id, { ...settled.send, checked_at: now, reason: null }),
      ...(await settlementStatements(db, send.pay_date, settled.payouts, now)),
    ]);
    return outcome === 'conflict' ? 'conflict' : 'again';
  });
  return done.ok ? done.value : 'again';
}

/** Nothing is concluded from an answer that could not be read whole. */
async function notRead(
  { db }: SendContext,
  send: SendRow,
  answer: Exclude<Whole, { state: 'found' }>,
  now: number,
): Promise<Progress> {
  const { sender_batch_id, pay_date } = send;
  const reason = reasonOf(answer);
  logLine('payout_poll_failed', { sender_batch_id, reason });
  const lost = answer.state === 'not_found' && now - send.first_sent_at > DAY_MS;
  const attention: Attention | string | null = lost ? 'batch_lost' : send.attention;
  await commit(
    db,
    [],
    [
      changeSend(db, sender_batch_id, { checked_at: now, reason, attention }),
      ...(await settlementStatements(db, pay_date, [], now)),
    ],
  );
  return 'again';
}
