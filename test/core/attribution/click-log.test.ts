import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createClickLog, GATHER_MS, MOST_TOGETHER } from '../../../src/attribution/click-log.ts';
import type { ClickMessage } from '../../../src/attribution/click.ts';
import { MESSAGES_A_BATCH } from '../../../src/attribution/clicks.consumer.ts';
import { program } from '../../support/shipped.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const click = (n: number, clicked_at: number): ClickMessage => ({
  v: 1,
  click_id: String(n),
  visitor_id: 'v',
  clicked_at,
  code: 'mira',
  partner_id: 'ana',
  class: 'person',
});

/** A log whose writes are kept, and the visits that were given work. */
function opened() {
  const written: string[][] = [];
  const work: Promise<void>[] = [];
  const log = createClickLog(async (clicks) => void written.push(clicks.map(({ click_id }) => click_id)));
  const add = (from: number, to: number): void => {
    for (let n = from; n < to; n++) log.add(click(n, Date.now()), { after: (done) => void work.push(done) });
  };
  return { written, work, add };
}

it('clicks of a moment are written down together, by the first of them', async () => {
  const { written, work, add } = opened();
  add(0, 3);
  expect(work).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(GATHER_MS - 1);
  expect(written).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(written).toEqual([['0', '1', '2']]);
  add(3, 4);
  await vi.advanceTimersByTimeAsync(GATHER_MS);
  expect(written).toEqual([['0', '1', '2'], ['3']]);
});

it('so many are written down at once, and never more together', async () => {
  const { written, work, add } = opened();
  add(0, MOST_TOGETHER * 2 + 1);
  await vi.advanceTimersByTimeAsync(0);
  expect(written.map((clicks) => clicks.length)).toEqual([MOST_TOGETHER, MOST_TOGETHER]);
  await vi.advanceTimersByTimeAsync(GATHER_MS);
  expect(written.flat()).toEqual(Array.from({ length: MOST_TOGETHER * 2 + 1 }, (_, n) => String(n)));
  await Promise.all(work);
});

it('while a click waits for others, no other waits too', async () => {
  const { written, work, add } = opened();
  add(0, MOST_TOGETHER + 1);
  expect(work).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(GATHER_MS);
  expect(written.map((clicks) => clicks.length)).toEqual([MOST_TOGETHER, 1]);
});

it('clicks that were left behind by a request that was cut off are written down by the next one', async () => {
  const { written, add } = opened();
  const timer = vi.spyOn(globalThis, 'setTimeout').mockImplementationOnce(() => 0 as never);
  add(0, 2);
  timer.mockRestore();
  await vi.advanceTimersByTimeAsync(2000);
  expect(written).toEqual([]);
  add(2, 3);
  await vi.advanceTimersByTimeAsync(0);
  expect(written).toEqual([['0', '1', '2']]);
  add(3, 4);
  await vi.advanceTimersByTimeAsync(GATHER_MS);
  expect(written).toEqual([['0', '1', '2'], ['3']]);
});

it('clicks left behind under a clock that was ahead are written down by the next one too', async () => {
  const { written, add } = opened();
  const timer = vi.spyOn(globalThis, 'setTimeout').mockImplementationOnce(() => 0 as never);
  vi.setSystemTime(Date.now() + 3_600_000);
  add(0, 2);
  timer.mockRestore();
  vi.setSystemTime(Date.now() - 3_600_000);
  add(2, 3);
  await vi.advanceTimersByTimeAsync(0);
  expect(written).toEqual([['0', '1', '2']]);
});

it('the queue hands over as many messages as one statement takes', () => {
  const [consumer] = (program.queues?.consumers ?? []) as readonly { queue: string; max_batch_size: number }[];
  expect(consumer).toMatchObject({ queue: 'lastclick-clicks', max_batch_size: MESSAGES_A_BATCH });
});
