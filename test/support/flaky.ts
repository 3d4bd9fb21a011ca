/** A D1 whose calls fail now and then: before they are done, or after, with the answer lost. */
export function flaky(d1: D1Database, share: number, random: () => number): D1Database & { failures: number } {
  const counted = { failures: 0 };
  const lost = (): never => {
    counted.failures += 1;
    throw new Error('D1_ERROR: Network connection lost');
  };
  const guarded = async <T>(ask: () => Promise<T>): Promise<T> => {
    const fate = random();
    if (fate < share / 2) lost();
    const answer = await ask();
    return fate < share ? lost() : answer;
  };
  const originals = new WeakMap<object, D1PreparedStatement>();
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, key) {
        if (key === 'bind') return (...values: unknown[]) => wrap(target.bind(...values));
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => guarded(() => Promise.resolve(value.apply(target, args)));
      },
    });
    originals.set(wrapped, statement);
    return wrapped;
  };
  return new Proxy(d1, {
    get(target, key) {
      if (key === 'failures') return counted.failures;
      if (key === 'prepare') return (text: string) => wrap(target.prepare(text));
      if (key === 'batch')
        return (statements: D1PreparedStatement[]) =>
          guarded(() => target.batch(statements.map((statement) => originals.get(statement) ?? statement)));
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as D1Database & { failures: number };
}
