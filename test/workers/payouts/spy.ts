/** A statement as it went to D1, and what D1 says it cost. */
export interface Sent {
  text: string;
  params: unknown[];
  rows_read: number;
  rows_written: number;
}

export interface Spy {
  d1: D1Database;
  sent: Sent[];
  /** Batches so far. */
  batches: number;
}

export interface Hooks {
  /** Runs before the nth batch (from 0) reaches D1. */
  before?: (n: number) => Promise<void> | void;
  /** Runs once the nth batch has been done, before its answer is given. */
  after?: (n: number) => Promise<void> | void;
}

/** A D1 that tells what goes through it, and lets a test step in between. */
export function spyOn(d1: D1Database, hooks: Hooks = {}): Spy {
  const origin = new WeakMap<object, { text: string; params: unknown[]; statement: D1PreparedStatement }>();
  const spy: Spy = { d1, sent: [], batches: 0 };
  const note = (text: string, params: unknown[], meta: D1Meta) => {
    spy.sent.push({ text, params, rows_read: meta.rows_read, rows_written: meta.rows_written });
  };
  const wrap = (statement: D1PreparedStatement, text: string, params: unknown[]): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, key) {
        if (key === 'bind') return (...values: unknown[]) => wrap(target.bind(...values), text, values);
        if (key === 'raw' || key === 'all' || key === 'run') {
          return async (...args: never[]) => {
            // `raw` tells no cost, so a read is asked twice.
            const { meta } = await target.all();
            note(text, params, meta);
            return key === 'raw' ? target.raw(...args) : target.all();
          };
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    origin.set(wrapped, { text, params, statement });
    return wrapped;
  };
  spy.d1 = new Proxy(d1, {
    get(target, key) {
      if (key === 'prepare') return (text: string) => wrap(target.prepare(text), text, []);
      if (key === 'batch') {
        return async (statements: D1PreparedStatement[]) => {
          const n = spy.batches++;
          await hooks.before?.(n);
          const known = statements.map((statement) => origin.get(statement)!);
          const results = await target.batch(known.map(({ statement }) => statement));
          results.forEach(({ meta }, i) => note(known[i]!.text, known[i]!.params, meta));
          await hooks.after?.(n);
          return results;
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return spy;
}
