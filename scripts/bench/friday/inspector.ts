/** V8's own account of an isolate's heap, over its inspector. An isolate answers while it waits for something. */
export interface Inspector {
  /** Bytes of the heap in use, garbage and all. */
  used(): Promise<number>;
  close(): void;
}

/** Opens the inspector of a Worker of a local program by its name. */
export async function inspect(inspector: URL, worker: string): Promise<Inspector> {
  const listed = await fetch(new URL('/json', inspector.href.replace(/^ws/, 'http')));
  const target = ((await listed.json()) as { id: string }[]).find(({ id }) => id.endsWith(worker));
  if (!target) throw new Error('the inspector does not know the Worker');
  const socket = new WebSocket(new URL(`/${target.id}`, inspector.href.replace(/^http/, 'ws')).href);
  const waiting = new Map<number, (result: { usedSize?: number }) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: { usedSize?: number } };
    if (id !== undefined) waiting.get(id)?.(result ?? {});
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')));
  });
  let asked = 0;
  const ask = (method: string): Promise<{ usedSize?: number }> =>
    new Promise((resolve) => {
      const id = ++asked;
      waiting.set(id, (result) => {
        waiting.delete(id);
        resolve(result);
      });
      socket.send(JSON.stringify({ id, method }));
    });
  const used = async (): Promise<number> => {
    const { usedSize } = await ask('Runtime.getHeapUsage');
    if (usedSize === undefined) throw new Error('the inspector does not tell the heap');
    return usedSize;
  };
  return { used, close: () => socket.close() };
}
