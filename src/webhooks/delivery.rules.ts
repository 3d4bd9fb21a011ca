import type { webhookDeliveries, webhookEndpoints } from './webhook.schema.ts';

export type DeliveryRow = typeof webhookDeliveries.$inferSelect;
export type EndpointRow = typeof webhookEndpoints.$inferSelect;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How long an endpoint may take to answer; it is asked to do its work afterwards. */
export const ANSWER_WITHIN_MS = 15_000;
/** A delivery that was pushed and of which nothing was heard is pushed again after so long. */
export const PUSHED_FOR_MS = 30 * MINUTE_MS;
/** After so many days without one answer an endpoint is disabled. */
export const FAILING_DAYS = 5;
/** So long events and the log of deliveries are kept, and can be replayed. */
export const KEPT_DAYS = 30;
/** A former secret signs beside the new one for so long, where nothing else is asked. */
export const OVERLAP_DEFAULT_S = 24 * 60 * 60;
export const OVERLAP_MAX_S = 7 * OVERLAP_DEFAULT_S;

/** Waits after the first, second, … failed try: ten tries in three days. */
const WAITS_MS: readonly number[] = [
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
export const MAX_TRIES = WAITS_MS.length + 1;

/** What came of a try. `reason` is a code; `retry_after_s`: what the endpoint asked for. */
export type TryOutcome =
  | { kind: 'delivered'; status: number }
  | { kind: 'failed'; status: number | null; reason: string; retry_after_s: number | null };

/** Reads an answer by its status alone: what else it says is the receiver's own. Redirects are not followed (Standard Webhooks). */
export function outcomeOf(status: number, retry_after: string | null): TryOutcome {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  const seconds = /^\d{1,6}$/.test(retry_after ?? '') ? Number(retry_after) : null;
  const reason = status === 410 ? 'gone' : status >= 300 && status < 400 ? 'redirect' : 'refused';
  return { kind: 'failed', status, reason, retry_after_s: seconds };
}

/** How a delivery stands after its `tries`-th try. */
export function afterTry(
  tries: number,
  outcome: TryOutcome,
  now: number,
): Pick<DeliveryRow, 'status' | 'tries' | 'next_try_at' | 'tried_at' | 'last_status' | 'last_reason' | 'ended_at'> {
  const tried = { tries, tried_at: now, last_status: outcome.status };
  if (outcome.kind === 'delivered')
    return { ...tried, status: 'delivered', next_try_at: now, last_reason: null, ended_at: now };
  const wait = WAITS_MS[tries - 1];
  const last_reason = outcome.reason;
  if (wait === undefined) return { ...tried, status: 'failed', next_try_at: now, last_reason, ended_at: now };
  // What the endpoint asks for is heard where it is longer than ours, up to a day.
  const asked = Math.min((outcome.retry_after_s ?? 0) * 1000, DAY_MS);
  return { ...tried, status: 'queued', next_try_at: now + Math.max(wait, asked), last_reason, ended_at: null };
}

/** What a try means for its endpoint: nothing, that it answers (again), that it fails from now on, or that it is disabled. */
export type EndpointChange = Partial<Pick<EndpointRow, 'status' | 'disabled_reason' | 'disabled_at' | 'failing_since'>>;

/** 410 disables at once (the receiver said that it is gone); any other failure after `FAILING_DAYS` days in which nothing arrived. */
export function endpointAfter(
  endpoint: Pick<EndpointRow, 'status' | 'failing_since'>,
  outcome: TryOutcome,
  now: number,
): EndpointChange | null {
  if (outcome.kind === 'delivered') return endpoint.failing_since === null ? null : { failing_since: null };
  const failing_since = endpoint.failing_since ?? now;
  const disabled = (disabled_reason: 'gone' | 'failing'): EndpointChange => {
    return { status: 'disabled', disabled_reason, disabled_at: now, failing_since };
  };
  if (endpoint.status === 'disabled') return null;
  if (outcome.reason === 'gone') return disabled('gone');
  if (now - failing_since >= FAILING_DAYS * DAY_MS) return disabled('failing');
  return endpoint.failing_since === null ? { failing_since } : null;
}

/** A message of the queue: which delivery, of which push, and when it was pushed (epoch ms). */
export interface DeliveryMessage {
  v: 1;
  delivery_id: string;
  round: number;
  at: number;
}
