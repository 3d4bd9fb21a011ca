import { openDatabase, type Database } from '../program/commit.repo.ts';

/** What an import may still ask of D1 in this invocation. */
export interface QueryBudget {
  /** Whether so many queries are still there. */
  affords(queries: number): boolean;
  /** Counts what is asked of another store of the platform: an invocation may do so many of all. */
  use(operations: number): void;
}

/** A budget of `most` queries, and databases whose queries it counts as they are made: what they cost in the end, not what they could. */
export function queryBudget(most: number): { budget: QueryBudget; counted: (db: Database) => Database } {
  let made = 0;
  const counted = (db: Database): Database =>
    openDatabase(
      new Proxy(db.$client, {
        get(target, key) {
          // Every query is prepared once, one of a batch too.
          if (key === 'prepare') made += 1;
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    );
  const budget: QueryBudget = {
    affords: (queries) => made + queries <= most,
    use: (operations) => {
      made += operations;
    },
  };
  return { budget, counted };
}
