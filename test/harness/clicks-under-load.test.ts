import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type House, startHouse } from '../../scripts/bench/house.ts';
import { flood, TROUBLES, visitThroughTrouble } from '../../scripts/bench/under-load.ts';

const NOW = Date.parse('2026-03-02T10:00:00Z');
const PLAN = { connections: 8, trouble_ms: 400, well_ms: 150, patience_ms: 45_000, troubles: TROUBLES };

describe.each(['queue', 'database'] as const)('CLICK_LOG=%s, each store slow, failing, and back', (mode) => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse(mode);
  });
  afterAll(() => house.stop());

  it('fault 11: every click is answered with its cookie, none is lost after recovery, none counted twice', async () => {
    const { answered, wrong, rows, clicks, slowest } = await visitThroughTrouble(house, NOW, PLAN);
    expect(wrong).toBe(0);
    // Nothing is shown by a trouble that nobody met.
    expect(Math.min(...Object.values(await house.met()))).toBeGreaterThan(0);
    expect(answered).toBeGreaterThan(100);
    expect({ rows, clicks }).toEqual({ rows: answered, clicks: answered });
    // Two stores that do not answer in time, and what a slow machine adds.
    expect(slowest).toBeLessThan(15_000);
  });

  it('a flood of unknown codes costs the books 100 questions at most, and none after the first minute; no click is recorded', async () => {
    const before = await house.kept();
    const seen = await flood(house, NOW + 86_400_000, 4, 600);
    expect(seen.answered).toBe(4 * 600);
    expect(seen.first_minute).toBeLessThanOrEqual(100);
    expect(seen.later).toBe(0);
    expect(await house.kept()).toEqual(before);
  });
});
