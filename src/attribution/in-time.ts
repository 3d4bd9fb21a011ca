/** What the work comes to, or null where it fails or does not come to anything within so many milliseconds. */
export async function inTime<T>(work: () => Promise<T>, patience_ms: number): Promise<{ value: T } | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), patience_ms);
  const done = async (): Promise<{ value: T } | null> => {
    try {
      return { value: await work() };
    } catch {
      return null;
    }
  };
  try {
    return await Promise.race([done(), late]);
  } finally {
    clearTimeout(timer);
  }
}
