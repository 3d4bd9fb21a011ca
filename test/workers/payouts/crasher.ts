import { openDatabase } from '../../../src/program/commit.repo.ts';
import type { Play } from './simulated.ts';
import { fingerprint, revive, snapshot } from './snapshot.ts';

// Crash at every effect: D1, R2 and PayPal are wrapped; the k-th effect fails before it is done, or its reply is lost.

/** Counts effects, and fails the k-th. */
export class Crasher {
  done = 0;
  /** Effects that left something behind. A lost reply of any other is the same as a failure before it. */
  readonly writes = new Set<number>();
  readonly #k: number;
  readonly #when: 'before' | 'after';
  constructor(k: number, when: 'before' | 'after') {
    this.#k = k;
    this.#when = when;
  }
  async effect<T>(run: () => Promise<T>, isWrite: (result: T) => boolean): Promise<T> {
    const mine = this.done++;
    if (mine === this.#k && this.#when === 'before') throw new Error('crashed');
    const result = await run();
    if (isWrite(result)) this.writes.add(mine);
    if (mine === this.#k) throw new Error('crashed');
    return result;
  }
}

/** Whether statements of D1 changed anything, or R2 kept something. */
function hasWritten(key: PropertyKey, result: unknown): boolean {
  if (key === 'put') return true;
  const all = (Array.isArray(result) ? result : [result]) as { meta?: { changes?: number } }[];
  return all.some((one) => (one?.meta?.changes ?? 0) > 0);
}

const METHODS = new Set<PropertyKey>(['put', 'get', 'head', 'list', 'batch', 'all', 'raw', 'run', 'first']);

/** An object whose asynchronous methods are effects. What `prepare` and `bind` give is wrapped too. */
function wrapped<T extends object>(target: T, crasher: Crasher, inner: WeakMap<object, object>): T {
  const proxy = new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key);
      if (typeof value !== 'function') return value;
      if (key === 'prepare' || key === 'bind') {
        return (...args: unknown[]) => wrapped(value.apply(object, args) as object, crasher, inner);
      }
      if (!METHODS.has(key)) return value.bind(object);
      return (...args: unknown[]) => {
        const bare = key === 'batch' ? [(args[0] as object[]).map((one) => inner.get(one) ?? one)] : args;
        return crasher.effect(
          async () => value.apply(object, bare) as unknown,
          (result) => hasWritten(key, result),
        );
      };
    },
  });
  inner.set(proxy, target);
  return proxy;
}

/** The same world on things that crash. */
export function crashing(play: Play, crasher: Crasher): Play {
  const inner = new WeakMap<object, object>();
  const d1 = wrapped(play.books.d1, crasher, inner);
  return {
    ...play,
    books: { d1, db: openDatabase(d1) },
    bucket: wrapped(play.bucket, crasher, inner),
    fetch: async (url, init) =>
      crasher.effect(
        async () => play.fetch(url, init),
        () => url.endsWith('/payouts') && init.method === 'POST',
      ),
  };
}

/** What is run, how it is taken up after it died, and what must be true then. */
export interface Crash {
  run(play: Play): Promise<unknown>;
  recover(play: Play): Promise<unknown>;
  check(play: Play): Promise<unknown>;
}

/**
 * Runs it once undisturbed, then once for each effect that dies before it, or after it with its reply lost. What outlives the process says
 * all of how it goes on, so of deaths that leave the very same behind one is taken up. Answers with what there was to crash at.
 */
export async function crashEverywhere(
  start: Play,
  { run, recover, check }: Crash,
): Promise<{ effects: number; writes: number; ends: number }> {
  const begin = await snapshot(start);
  const whole = await revive(begin);
  const counter = new Crasher(Number.POSITIVE_INFINITY, 'before');
  await run(crashing(whole, counter));
  await recover(whole);
  await check(whole);
  const seen = new Set<string>();
  for (let k = 0; k < counter.done; k++) {
    for (const when of counter.writes.has(k) ? (['before', 'after'] as const) : (['before'] as const)) {
      const play = await revive(begin);
      await run(crashing(play, new Crasher(k, when))).catch(() => 'crashed');
      const left = await fingerprint(play);
      if (seen.has(left)) continue;
      seen.add(left);
      try {
        await recover({ ...play, tokens: new Map() });
        await check(play);
      } catch (cause) {
        throw new Error(`effect ${k}, ${when}`, { cause });
      }
    }
  }
  return { effects: counter.done, writes: counter.writes.size, ends: seen.size };
}
