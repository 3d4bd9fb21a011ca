import type { BatchRow } from './payout.schema.ts';
import type { SendRow } from './send.schema.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** P7: so long the same id and bytes are asked again. PayPal forgets an id after 30 days, and would then pay it anew. */
export const STOP_AFTER_MS = 25 * DAY_MS;
/** So long what was paid is re-read, in case it comes back. */
export const REREAD_MS = 60 * DAY_MS;
/** So long it is tried to read it once more after that. */
export const LAST_LOOK_MS = 90 * DAY_MS;
/** Unclaimed items return after 30 days; what is open later than this needs a person. */
export const OVERDUE_MS = 35 * DAY_MS;
/** "Each day", shorter than the daily cron's period, so that it always finds due what is asked once a day. */
export const DAILY_MS = 20 * HOUR_MS;

/** How a batch's sendings stand. `unsent`: payouts of it are in no sending yet. */
export interface SendState {
  batch: BatchRow | null;
  sends: readonly SendRow[];
  unsent: boolean;
}

/** What there is to do now, at most one thing. */
export type Act =
  | { do: 'nothing'; progress: Progress }
  | { do: 'begin' }
  | { do: 'post' | 'stop' | 'poll'; send: SendRow };

/** How far a call brought a batch. `again`: something was done, look again at once. `done`: nothing more to do by itself. */
export type Progress = 'again' | 'done' | 'attention' | { wait_ms: number };

/** Waits grow with what has passed already, from the poll interval up to once a day. */
function waitAfter(since: number, at: number, poll_ms: number): number {
  const passed = at - since;
  return Math.min(DAILY_MS, Math.max(poll_ms, (passed - (passed % 2)) / 2));
}

/** Whether the last answer said that nothing was created: then once a day is often enough. */
function saysNothingCreated(reason: string | null): boolean {
  return reason === 'insufficient_funds' || (reason ?? '').startsWith('refused:');
}

/** When a sending of which no acceptance is known may be sent again, with the same id and bytes. */
export function retryAt(send: SendRow, poll_ms: number): number {
  const { tried_at, first_sent_at, reason } = send;
  if (tried_at === null) return first_sent_at;
  return tried_at + (saysNothingCreated(reason) ? DAILY_MS : waitAfter(first_sent_at, tried_at, poll_ms));
}

/** When an accepted sending is asked about next. */
export function pollAt(send: SendRow, poll_ms: number): number {
  const { checked_at, first_sent_at, tried_at } = send;
  return checked_at === null ? first_sent_at : checked_at + waitAfter(tried_at ?? first_sent_at, checked_at, poll_ms);
}

/** Batches of which anything may be sent. */
const SENDABLE: ReadonlySet<BatchRow['status']> = new Set(['frozen', 'sending', 'in_flight', 'needs_attention']);

/** P7: what to do next with a batch on the PayPal rail: what is unsure first, then what is unsent, then what is accepted. */
export function nextAct({ batch, sends, unsent }: SendState, now: number, poll_ms: number): Act {
  if (!batch || batch.rail !== 'paypal' || !SENDABLE.has(batch.status)) return { do: 'nothing', progress: 'done' };
  const sending = sends.filter((send) => send.status === 'sending');
  const stop = sending.find((send) => now - send.first_sent_at >= STOP_AFTER_MS);
  if (stop) return { do: 'stop', send: stop };
  const post = sending.find((send) => retryAt(send, poll_ms) <= now);
  if (post) return { do: 'post', send: post };
  if (unsent) return { do: 'begin' };
  const accepted = sends.filter((send) => send.status === 'accepted');
  const poll = accepted.find((send) => pollAt(send, poll_ms) <= now);
  if (poll) return { do: 'poll', send: poll };
  const due = [...sending.map((send) => retryAt(send, poll_ms)), ...accepted.map((send) => pollAt(send, poll_ms))];
  if (due.length > 0) return { do: 'nothing', progress: { wait_ms: Math.min(...due) - now } };
  return { do: 'nothing', progress: batch.status === 'needs_attention' ? 'attention' : 'done' };
}

/**
 * Whether a settled sending is to be read again at `now` for money that came back (P7): each day of `REREAD_MS`, and after them until one look
 * has been answered. PayPal may not have answered in their last days, or the books were restored and have lost what they had read.
 */
export function isReread(send: SendRow, now: number): boolean {
  const { settled_at, reason } = send;
  if (send.status !== 'settled' || settled_at === null || send.provider_batch_id === null) return false;
  const checked_at = send.checked_at ?? 0;
  if (now - checked_at < DAILY_MS) return false;
  const answered = reason === null && checked_at >= settled_at + REREAD_MS;
  return now - settled_at < REREAD_MS || (now - settled_at < LAST_LOOK_MS && !answered);
}
