import { amountIn } from '../paypal/amount.rules.ts';
import type { PaypalBatch, PaypalItem } from '../paypal/answer.rules.ts';
import { senderItemId } from '../paypal/body.rules.ts';
import { batchStanding, itemStanding, type ItemOutcome } from '../paypal/status.rules.ts';
import type { Attention } from './attention.rules.ts';
import type { PayoutTransfer } from './outcome.repo.ts';
import { faultOf, ON_THE_WAY } from './outcome.rules.ts';
import type { PayoutRow, PayoutStatus } from './payout.schema.ts';
import { OVERDUE_MS } from './send.rules.ts';
import type { SendItemRow, SendRow } from './send.schema.ts';

/** A batch as PayPal shows it, all pages together. */
export type WholeBatch = Pick<PaypalBatch, 'payout_batch_id' | 'sender_batch_id' | 'batch_status'> & {
  items: readonly PaypalItem[];
};

/** What a poll makes of a payout. `returned` amounts become a line; each `came_back` opens a hold. */
export interface Settlement {
  payout_id: string;
  partner_id: string;
  at: number;
  to: PayoutStatus;
  reference: string | null;
  reason: string | null;
  fault: 'receiver' | 'sender' | null;
  transfers: PayoutTransfer[];
}

/** What a poll comes to: items and payouts that moved, and how the sending stands. */
export interface Settled {
  items: SendItemRow[];
  payouts: Settlement[];
  send: Pick<SendRow, 'status' | 'attention' | 'settled_at'>;
}

const DECIDED: ReadonlySet<ItemOutcome> = new Set(['paid', 'ended', 'came_back']);

/** Whether PayPal has decided an item. */
export function isDecided({ outcome }: { outcome: ItemOutcome }): boolean {
  return DECIDED.has(outcome);
}

/** P7, forward only: where an item stands after PayPal said `to` of it; null where that contradicts what is booked as final. */
export function afterWord(from: ItemOutcome, to: ItemOutcome): ItemOutcome | null {
  if (!DECIDED.has(from)) return to;
  if (!DECIDED.has(to) || to === from) return from;
  return from === 'paid' && to === 'came_back' ? to : null;
}

/** The frozen items of a sending with what PayPal says of each; null where the two are not the same items with the same amounts. */
function paired(
  send: SendRow,
  items: readonly SendItemRow[],
  told: WholeBatch,
  currency: string,
): [SendItemRow, PaypalItem | null][] | null {
  if (told.sender_batch_id !== null && told.sender_batch_id !== send.sender_batch_id) return null;
  const parts = Map.groupBy(items, (item) => item.payout_id);
  const idOf = (item: SendItemRow) => senderItemId(item.payout_id, item.part, parts.get(item.payout_id)?.length ?? 1);
  const ours = new Map(items.map((item) => [idOf(item), item]));
  const theirs = new Map<string, PaypalItem>();
  for (const item of told.items) {
    const own = ours.get(item.sender_item_id ?? '');
    if (!own || item.sender_item_id === null || theirs.has(item.sender_item_id)) return null;
    if (item.amount?.currency !== currency || amountIn(item.amount.value, currency) !== own.amount) return null;
    theirs.set(item.sender_item_id, item);
  }
  // While PayPal is at work it may not show every item yet.
  if (batchStanding(told.batch_status) === 'processed' && theirs.size < ours.size) return null;
  return items.map((item) => [item, theirs.get(idOf(item)) ?? null]);
}

interface Word {
  item: SendItemRow;
  after: ItemOutcome | null;
  unknown: boolean;
}

function afterItem(item: SendItemRow, told: PaypalItem | null, denied: boolean, currency: string, now: number): Word {
  const { outcome: said } = itemStanding(told?.transaction_status ?? null);
  // A denied batch has paid none of its items, whatever each still says.
  const outcome = denied && !DECIDED.has(said) ? 'ended' : said;
  const after = afterWord(item.outcome, outcome);
  const word = told?.transaction_status ?? (denied ? 'DENIED' : item.provider_status);
  const next = {
    ...item,
    outcome: after ?? item.outcome,
    provider_item_id: told?.payout_item_id ?? item.provider_item_id,
    provider_status: after === null ? item.provider_status : denied && outcome === 'ended' ? 'DENIED' : word,
    reason: told?.error_name ?? item.reason,
    fee: told?.fee?.currency === currency ? (amountIn(told.fee.value, currency) ?? item.fee) : item.fee,
    checked_at: now,
  };
  return { item: next, after, unknown: outcome === 'unknown' };
}

function transfer(
  payout: PayoutRow,
  kind: PayoutTransfer['kind'],
  amount: number,
  at: number,
  part: number | null = null,
): PayoutTransfer[] {
  const { payout_id, partner_id } = payout;
  return amount > 0 ? [{ kind, payout_id, partner_id, amount, at, ...(part === null ? {} : { part }) }] : [];
}

const sumOf = (items: readonly SendItemRow[]) => items.reduce((sum, { amount }) => sum + amount, 0);

function cameBack(payout: PayoutRow, items: readonly SendItemRow[], parts: number, at: number): PayoutTransfer[] {
  return items.flatMap(({ amount, part }) => transfer(payout, 'came_back', amount, at, parts > 1 ? part : null));
}

/** What the items of one payout, all decided, make of it while its money was on the way. */
export function settlePayout(payout: PayoutRow, items: readonly SendItemRow[], at: number): Settlement {
  const { payout_id, partner_id } = payout;
  const ended = items.filter((item) => item.outcome === 'ended');
  const back = items.filter((item) => item.outcome === 'came_back');
  const out = items.filter((item) => item.outcome !== 'ended');
  const first = ended[0] ?? back[0];
  const returned = ended.some((item) => item.provider_status === 'RETURNED');
  const kind = returned ? 'returned' : 'failed';
  const reason = first ? [first.provider_status, first.reason].filter((word) => word !== null).join(': ') : null;
  return {
    payout_id,
    partner_id,
    at,
    to: back.length > 0 ? 'held' : out.length > 0 ? 'paid' : kind,
    reference: items[0]?.provider_item_id ?? payout.reference,
    reason: reason ?? payout.reason,
    fault: ended.length > 0 ? faultOf(kind, reason) : null,
    transfers: [
      ...transfer(payout, 'paid', sumOf(out), at),
      ...transfer(payout, 'returned', sumOf(ended), at),
      ...cameBack(payout, back, items.length, at),
    ],
  };
}

type Moved = { move: Settlement | null; contradiction: boolean };
const UNMOVED: Moved = { move: null, contradiction: false };

/** What newly decided items make of a payout that has come to its end already. */
function afterEnd(
  payout: PayoutRow,
  items: readonly SendItemRow[],
  changed: readonly SendItemRow[],
  at: number,
): Moved {
  const { payout_id, partner_id, status } = payout;
  const paid = status === 'paid' || status === 'held';
  const back = changed.filter((item) => item.outcome === 'came_back');
  // A person's word on it stands, and PayPal says otherwise.
  if (changed.some((item) => (paid ? item.outcome === 'ended' : item.outcome === 'paid'))) {
    return { move: null, contradiction: true };
  }
  if (back.length === 0 || !paid) return UNMOVED;
  const reason = [back[0]?.provider_status, back[0]?.reason].filter((word) => word != null).join(': ');
  const kept = { payout_id, partner_id, at, reference: payout.reference, reason, fault: payout.fault };
  return { move: { ...kept, to: 'held', transfers: cameBack(payout, back, items.length, at) }, contradiction: false };
}

function movePayout(
  payout: PayoutRow,
  items: readonly SendItemRow[],
  changed: readonly SendItemRow[],
  now: number,
): Moved {
  const at = Math.max(now, payout.status_at);
  if (!ON_THE_WAY.includes(payout.status)) return afterEnd(payout, items, changed.filter(isDecided), at);
  if (items.every(isDecided)) return { move: settlePayout(payout, items, at), contradiction: false };
  const to = items.some((item) => item.outcome === 'unclaimed') ? 'unclaimed' : 'in_flight';
  if (to === payout.status) return UNMOVED;
  const { payout_id, partner_id, reference, reason } = payout;
  const move: Settlement = { payout_id, partner_id, at, to, reference, reason, fault: null, transfers: [] };
  return { move, contradiction: false };
}

/** What is read of the books for a poll: the sending, its items, and their payouts. */
export interface Polled {
  send: SendRow;
  items: readonly SendItemRow[];
  payouts: readonly PayoutRow[];
  currency: string;
}

/**
 * P7: what PayPal's answer about a whole batch comes to. Only the very items and amounts that were frozen are booked; items and payouts
 * only move forward; a payout of several parts settles when all of them are decided; a word that is not known is never final.
 */
export function settle({ send, items, payouts, currency }: Polled, told: WholeBatch, now: number): Settled {
  const pairs = paired(send, items, told, currency);
  if (!pairs) {
    const status = send.status === 'settled' ? 'settled' : 'needs_attention';
    return { items: [], payouts: [], send: { status, attention: 'items_differ', settled_at: send.settled_at } };
  }
  const denied = batchStanding(told.batch_status) === 'denied';
  const words = pairs.map(([item, said]) => afterItem(item, said, denied, currency, now));
  const before = new Map(items.map((item) => [`${item.payout_id} ${item.part}`, item]));
  const isChanged = (item: SendItemRow) => before.get(`${item.payout_id} ${item.part}`)?.outcome !== item.outcome;
  const byPayout = Map.groupBy(
    words.map((word) => word.item),
    (item) => item.payout_id,
  );
  const moved = payouts.map((payout) => {
    const own = byPayout.get(payout.payout_id) ?? [];
    return movePayout(payout, own, own.filter(isChanged), now);
  });
  // Over too where a person has settled what PayPal did not.
  const ended = ({ payout_id, status }: PayoutRow) =>
    !ON_THE_WAY.includes(moved.find(({ move }) => move?.payout_id === payout_id)?.move?.to ?? status);
  const all = words.every(({ item }) => isDecided(item)) || payouts.every(ended);
  const contradiction = words.some((word) => word.after === null) || moved.some((it) => it.contradiction);
  const attention: Attention | null = contradiction
    ? 'contradiction'
    : words.some((word) => word.unknown) || (!all && batchStanding(told.batch_status) === 'unknown')
      ? 'unknown_status'
      : !all && now - send.first_sent_at >= OVERDUE_MS
        ? 'overdue'
        : null;
  return {
    items: words.map((word) => word.item),
    payouts: moved.flatMap(({ move }) => (move ? [move] : [])),
    send: { status: all ? 'settled' : 'accepted', attention, settled_at: all ? (send.settled_at ?? now) : null },
  };
}
