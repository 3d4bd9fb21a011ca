import { expect, it, vi } from 'vitest';

import { limitedClickLog } from '../../../src/attribution/click-limit.ts';
import type { ClickMessage } from '../../../src/attribution/click.ts';

const T0 = Date.parse('2026-03-01T00:00:00Z');

function click(code: string, at = T0): ClickMessage {
  const ids = { click_id: '0190a6e0-0000-7000-8000-000000000001', visitor_id: 'visitor_00000001' };
  return { v: 1, ...ids, clicked_at: at, code, partner_id: 'mira', class: 'person' };
}

/** A log behind a limit of `most` for each key; what it took, what the limit was asked, what was done after the answers. */
function limited(most: number, broken = false) {
  const taken: string[] = [];
  const asked: string[] = [];
  const later: Promise<void>[] = [];
  const limit = {
    limit: async ({ key }: { key: string }) => {
      asked.push(key);
      if (broken) throw new Error('no answer');
      return { success: asked.filter((one) => one === key).length <= most };
    },
  };
  const log = limitedClickLog({ add: ({ code }) => void taken.push(code) }, limit);
  const come = (code: string, address: string | null, at = T0): void => {
    const headers = address === null ? {} : { 'cf-connecting-ip': address };
    const request = new Request('https://go.example/r/x', { headers });
    log.add(click(code, at), { request, after: (work) => void later.push(work) });
  };
  return { taken, asked, come, settle: () => Promise.all(later) };
}

it('a few clicks of a network are taken at once, without asking anybody', () => {
  const { taken, asked, come } = limited(0);
  for (let i = 0; i < 10; i++) come('mira', `192.0.2.${i}`);
  expect([taken.length, asked.length]).toEqual([10, 0]);
});

it('a flood is asked about after the answer, and no more of it is taken than the limit lets through', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const { taken, asked, come, settle } = limited(20);
  for (let i = 0; i < 500; i++) come('mira', `192.0.2.${i % 256}`);
  for (let i = 0; i < 5; i++) come('mira', '198.51.100.1');
  for (let i = 0; i < 5; i++) come('other', '192.0.2.1');
  await settle();
  expect(taken.filter((code) => code === 'mira').length).toBe(10 + 20 + 5);
  expect(taken.filter((code) => code === 'other').length).toBe(5);
  expect(new Set(asked)).toEqual(new Set(['192.0.2. mira']));
  // Said once, and without the network.
  expect(log.mock.calls).toEqual([['{"event":"clicks_limited","code":"mira"}']]);
  log.mockRestore();
});

it('each minute begins anew, and what is remembered of one is bounded', () => {
  const { taken, asked, come } = limited(0);
  for (let minute = 0; minute < 3; minute++)
    for (let i = 0; i < 10; i++) come('mira', '192.0.2.1', T0 + minute * 60_000);
  for (let i = 0; i < 20_000; i++) come(`c${i}`, '192.0.2.1', T0 + 180_000);
  expect([taken.length, asked.length]).toEqual([20_030, 0]);
});

it('a limit that never answers loses no click', async () => {
  vi.useFakeTimers();
  const taken: string[] = [];
  const later: Promise<void>[] = [];
  const hanging = { limit: () => new Promise<never>(() => {}) };
  const log = limitedClickLog({ add: ({ code }) => void taken.push(code) }, hanging);
  const request = new Request('https://go.example/r/x', { headers: { 'cf-connecting-ip': '192.0.2.1' } });
  for (let i = 0; i < 30; i++) log.add(click('mira'), { request, after: (work) => void later.push(work) });
  await vi.advanceTimersByTimeAsync(5000);
  vi.useRealTimers();
  await Promise.all(later);
  expect(taken.length).toBe(30);
});

it('a limit that does not answer, or an address that nobody told, lets through', async () => {
  const broken = limited(0, true);
  for (let i = 0; i < 30; i++) broken.come('mira', '192.0.2.1');
  await broken.settle();
  expect(broken.taken.length).toBe(30);
  const nameless = limited(0);
  for (let i = 0; i < 30; i++) nameless.come('mira', null);
  expect([nameless.taken.length, nameless.asked.length]).toEqual([30, 0]);
});
