import { readFile, writeFile } from 'node:fs/promises';

import { systemNow } from '../../src/clock.ts';

/** What is kept of the local program's clock. */
interface Kept {
  /** How far the program is ahead of the system, ms. */
  readonly offset: number;
  /** Crons have been fired up to this instant of the program's. */
  readonly fired_until: number;
}

/** The local program's clock: the system's, plus what it has been sent forward. Kept over restarts. */
export interface ProgramClock {
  now(): number;
  firedUntil(): number;
  /** Sets the clock to an instant, never back. */
  forwardTo(at: number): Promise<void>;
  markFired(at: number): Promise<void>;
}

/** Reads the clock kept in a file; a new one runs with the system and has nothing to fire. */
export async function openClock(file: string): Promise<ProgramClock> {
  let kept: Kept = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Kept,
    () => ({ offset: 0, fired_until: systemNow() }),
  );
  await writeFile(file, JSON.stringify(kept));
  const keep = async (next: Partial<Kept>): Promise<void> => {
    kept = { ...kept, ...next };
    await writeFile(file, JSON.stringify(kept));
  };
  return {
    now: () => systemNow() + kept.offset,
    firedUntil: () => kept.fired_until,
    forwardTo: (at) => keep({ offset: Math.max(kept.offset, at - systemNow()) }),
    markFired: (at) => keep({ fired_until: Math.max(kept.fired_until, at) }),
  };
}
