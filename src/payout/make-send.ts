import { itemCap, splitAmount } from '../paypal/amount.rules.ts';
import { BODY_VERSION, chunked, DEFAULT_ITEMS, payoutBody, senderBatchId, type Body } from '../paypal/body.rules.ts';
import type { PaypalClient } from '../paypal/client.ts';
import { sha256 } from '../people/hash.ts';
import type { Database } from '../program/commit.repo.ts';
import type { PayoutRow } from './payout.schema.ts';
import type { Addressed } from './send.repo.ts';
import type { SendItemRow, SendRow } from './send.schema.ts';
import { settlePayout, type Settlement } from './settle.rules.ts';
import type { WitnessBucket } from './witness.ts';

/** What sending needs besides the books. */
export interface SendContext {
  db: Database;
  program_id: string;
  witness: WitnessBucket;
  paypal: PaypalClient;
  /** The shortest wait between two looks at PayPal. */
  poll_ms: number;
  /** Payouts in a chunk, 500 unless told otherwise. */
  chunk_payouts?: number;
  /** Items of a page, 1,000 unless told otherwise. */
  page_size?: number;
}

/** What receivers read. Part of the bytes that are sent, so it hangs on nothing that could change. */
function noteOf(pay_date: string): string {
  return `Partner payout of ${pay_date}`;
}

/** A payout that ends before anything of it was sent: its amount is due anew. */
export function notSent(payout: PayoutRow, reason: string, fault: 'receiver' | 'sender', now: number): Settlement {
  const ended = { payout_id: payout.payout_id, part: 1, amount: payout.amount, outcome: 'ended' } as SendItemRow;
  return { ...settlePayout(payout, [ended], Math.max(now, payout.status_at)), to: 'failed', reason, fault };
}

type Named = Pick<SendRow, 'pay_date' | 'chunk' | 'attempt' | 'through'>;

/** The body of a sending, with what stands where in it. */
export function bodyOf(
  program_id: string,
  named: Named,
  of: readonly Addressed[],
  currency: string,
  version: number,
): Body {
  const { pay_date, chunk, attempt } = named;
  const items = of.map(({ payout_id, amount, email }) => ({ payout_id, amount, receiver: email ?? '' }));
  return payoutBody({ program_id, pay_date, chunk, attempt, currency, note: noteOf(pay_date), items }, version);
}

/** The rows of a new sending of payouts whose addresses are known, or why there is none. */
export async function makeSend(
  { program_id, chunk_payouts = DEFAULT_ITEMS }: Pick<SendContext, 'program_id' | 'chunk_payouts'>,
  of: readonly Addressed[],
  named: Named,
  currency: string,
  now: number,
): Promise<{ send: SendRow; items: SendItemRow[]; reason: null } | { send: null; items: []; reason: string }> {
  const addressed = of.filter((payout) => payout.email !== null);
  const frozen = addressed.map((payout) => ({ ...payout, receiver: payout.email ?? '' }));
  const [first = []] = chunked(frozen, currency, chunk_payouts);
  const within = addressed.slice(0, first.length);
  const body = bodyOf(program_id, named, within, currency, BODY_VERSION);
  if (!body.ok) return { send: null, items: [], reason: body.reason };
  const sender_batch_id = senderBatchId({ program_id, ...named });
  const send: SendRow = {
    sender_batch_id,
    ...named,
    through: within.length < addressed.length ? (within.at(-1)?.partner_id ?? named.through) : named.through,
    body_version: body.version,
    body_sha256: await sha256(body.body),
    status: 'sending',
    provider_batch_id: null,
    first_sent_at: now,
    tried_at: null,
    tries: 0,
    reason: null,
    attention: null,
    checked_at: null,
    settled_at: null,
  };
  return { send, items: within.flatMap((payout) => itemsOf(sender_batch_id, payout, currency)), reason: null };
}

function itemsOf(sender_batch_id: string, { payout_id, amount }: PayoutRow, currency: string): SendItemRow[] {
  return splitAmount(amount, itemCap(currency)).map((part, i) => ({
    sender_batch_id,
    payout_id,
    part: i + 1,
    amount: part,
    provider_item_id: null,
    provider_status: null,
    outcome: 'waiting',
    reason: null,
    fee: null,
    checked_at: null,
  }));
}
