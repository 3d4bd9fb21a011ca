/** A database that counts the queries it is asked: D1 allows an invocation 1,000, each statement of a batch counting as one. */
export function tallied(database: D1Database): { database: D1Database; asked: () => number } {
  let asked = 0;
  const counting = new Proxy(database, {
    get(target, key) {
      if (key === 'prepare')
        return (text: string) => {
          asked += 1;
          return target.prepare(text);
        };
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { database: counting, asked: () => asked };
}
