import type { Batch, Event, Settings } from './model.ts';

const DAY = 86_400_000;
/** How long a `sender_batch_id` is remembered, and an unclaimed item kept. */
export const MEMORY_MS = 30 * DAY;

/** The last event that has come; before the first one, the first. */
export function statusAt(timeline: readonly Event[], now: number): string {
  return (timeline.findLast(({ at }) => at <= now) ?? timeline[0])?.status ?? 'PENDING';
}

/** When what stands now began to. */
export function sinceAt(timeline: readonly Event[], now: number): number {
  return (timeline.findLast(({ at }) => at <= now) ?? timeline[0])?.at ?? now;
}

/** A timeline on which something else happens from an instant on. */
export function overridden(timeline: readonly Event[], event: Event): Event[] {
  return [...timeline.filter(({ at }) => at < event.at), event];
}

/** What becomes of an item: the local part of its address says it, up to a `+` (`unclaimed+7@…`). Any other is paid. */
export function itemTimeline(receiver: string, created_at: number, settings: Settings, denied: boolean): Event[] {
  const done = created_at + settings.pending_ms + settings.processing_ms;
  const then = (...events: readonly Event[]): Event[] => [{ at: created_at, status: 'PENDING' }, ...events];
  const ends = (status: string): Event => ({ at: done, status });
  if (denied) return then(ends('DENIED'));
  switch (receiver.split('@')[0]?.split('+')[0]) {
    case 'unclaimed':
      return then(ends('UNCLAIMED'), { at: done + MEMORY_MS, status: 'RETURNED' });
    case 'failed':
      return then(ends('FAILED'));
    case 'returned':
      return then(ends('RETURNED'));
    case 'blocked':
      return then(ends('BLOCKED'));
    case 'onhold':
      return then(ends('ONHOLD'));
    case 'stuck':
      return then();
    case 'unknownstatus':
      return then(ends('UNDER_OBSERVATION'));
    case 'reversed':
      return then(ends('SUCCESS'), { at: done + settings.comes_back_ms, status: 'REVERSED' });
    case 'refunded':
      return then(ends('SUCCESS'), { at: done + settings.comes_back_ms, status: 'REFUNDED' });
    default:
      return then(ends('SUCCESS'));
  }
}

/** A batch is PENDING, then PROCESSING, then SUCCESS or, where nothing of it is paid, DENIED. */
export function batchTimeline(created_at: number, settings: Settings, denied: boolean): Event[] {
  const processing_at = created_at + settings.pending_ms;
  return [
    { at: created_at, status: 'PENDING' },
    { at: processing_at, status: 'PROCESSING' },
    { at: processing_at + settings.processing_ms, status: denied ? 'DENIED' : 'SUCCESS' },
  ];
}

/** The batch by which an id is taken: one of the last 30 days that is not denied. On day 31 the id pays again. */
export function takenBy(batches: Iterable<Batch>, sender_batch_id: string, now: number): Batch | undefined {
  return [...batches].find(
    (batch) =>
      batch.sender_batch_id === sender_batch_id &&
      now < batch.created_at + MEMORY_MS &&
      statusAt(batch.timeline, now) !== 'DENIED',
  );
}
