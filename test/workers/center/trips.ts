import { env } from 'cloudflare:workers';

import { page, type Reader } from '../../support/pages.ts';

/** A database that counts how often it is asked over the network: a statement or a batch is one round trip. */
export function countedTrips(database: D1Database): { database: D1Database; trips: () => number } {
  let trips = 0;
  const bare = new WeakMap<object, D1PreparedStatement>();
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, key) {
        if (key === 'bind') return (...values: unknown[]) => counted(target.bind(...values));
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          trips += 1;
          return value.apply(target, given);
        };
      },
    });
    bare.set(wrapped, statement);
    return wrapped;
  };
  const wrapped = new Proxy(database, {
    get(target, key) {
      if (key === 'prepare') return (text: string) => counted(target.prepare(text));
      if (key === 'batch')
        return (statements: readonly D1PreparedStatement[]) => {
          trips += 1;
          return target.batch(statements.map((statement) => bare.get(statement) ?? statement));
        };
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { database: wrapped, trips: () => trips };
}

/** Opens a page as somebody at an instant, and says how many round trips to the books it took. */
export async function tripsOf(path: string, as: Reader, at: string): Promise<{ html: string; trips: number }> {
  const { database, trips } = countedTrips(env.BOOKS);
  const { status, html } = await page(path, { as, at, bindings: { BOOKS: database } });
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  return { html, trips: trips() };
}
