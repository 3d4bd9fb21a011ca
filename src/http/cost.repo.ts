import type { QueryCost } from './cost.ts';

function add(cost: QueryCost, { meta }: D1Result): void {
  cost.queries += 1;
  cost.rows_read += meta.rows_read;
  cost.rows_written += meta.rows_written;
}

const READS = /^\s*(?:select|with|values)\b/i;

/**
 * A database whose queries are added to `cost`, for measuring. D1 does not say what `raw` cost, which is how drizzle reads columns: a read is
 * then asked twice, and counted once; a write that returns rows is asked once, its columns told apart by their names.
 */
export function countedDatabase(database: D1Database, cost: QueryCost): D1Database {
  const bare = new WeakMap<object, D1PreparedStatement>();
  const counted = (statement: D1PreparedStatement, text: string): D1PreparedStatement => {
    const all = async () => {
      const result = await statement.all();
      add(cost, result);
      return result;
    };
    const raw = async (...options: never[]) => {
      const { results } = await all();
      return READS.test(text) ? statement.raw(...options) : results.map((row) => Object.values(row));
    };
    const wrapped = new Proxy(statement, {
      get(target, key) {
        if (key === 'bind') return (...values: unknown[]) => counted(target.bind(...values), text);
        if (key === 'all' || key === 'run') return all;
        if (key === 'raw') return raw;
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    bare.set(wrapped, statement);
    return wrapped;
  };
  const batch = async (statements: readonly D1PreparedStatement[]) => {
    const results = await database.batch(statements.map((statement) => bare.get(statement) ?? statement));
    for (const result of results) add(cost, result);
    return results;
  };
  return new Proxy(database, {
    get(target, key) {
      if (key === 'prepare') return (text: string) => counted(target.prepare(text), text);
      if (key === 'batch') return batch;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
