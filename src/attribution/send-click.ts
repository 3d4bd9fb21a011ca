import { logLine } from '../log.ts';
import type { ClickMessage } from './click.ts';

/** Sends a click to the queue, trying twice. A click that cannot be sent costs no credit, since the cookie carries it: it is logged. */
export async function sendClick(queue: Queue<ClickMessage>, click: ClickMessage): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      await queue.send(click, { contentType: 'json' });
      return;
    } catch {
      // Tried again, then logged.
    }
  }
  logLine('click_not_sent', { click_id: click.click_id, code: click.code, class: click.class });
}
