import { errorNames, logLine } from '../log.ts';

const encoder = new TextEncoder();

/**
 * Lines of JSON as a body. They are made as fast as they can be, whether the reader takes them or not: a client that reads only after it has
 * sent all must not make the two wait for each other. Where one fails the body breaks off instead of ending.
 */
export function jsonLines(parts: AsyncGenerator<readonly object[]>): ReadableStream<Uint8Array> {
  let gone = false;
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      try {
        for await (const lines of parts) {
          if (gone) return;
          if (lines.length > 0)
            controller.enqueue(encoder.encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
        }
        controller.close();
      } catch (error) {
        logLine('import_failed', { error: errorNames(error) });
        if (!gone) controller.error(new Error('the import broke off'));
      }
    },
    cancel() {
      gone = true;
    },
  });
}
