import { errorNames, logLine } from '../log.ts';

const encoder = new TextEncoder();

/**
 * Pieces of text as a body, each asked for when the reader has taken the former one. Where one fails, the body breaks off instead of
 * ending, and the reader knows that it is not whole. `name` is for the log.
 */
export function textBody(pieces: AsyncGenerator<string>, name: string): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (;;) {
          const { done, value } = await pieces.next();
          if (done) return controller.close();
          if (value !== '') return controller.enqueue(encoder.encode(value));
        }
      } catch (error) {
        logLine('statement_failed', { name, error: errorNames(error) });
        controller.error(new Error(`${name} broke off`));
      }
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
