import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { DEFAULTS, type Settings } from '../../workers/paypal-simulator/model.ts';
import { createProxy, listen } from './proxy.ts';

/** What was really paid, by the simulator's own books. */
export interface PaypalLedger {
  readonly entries: readonly {
    readonly sender_item_id: string | null;
    readonly amount: number;
    readonly status: string;
    readonly whereabouts: 'receiver' | 'on_the_way' | 'sender' | 'came_back';
  }[];
}

/** PayPal as the local program has it: the simulator, always at the program's own time. */
export interface LocalPaypal {
  readonly origin: string;
  readonly server: Server;
  /** Stops its clock at an instant, for a past that is played; null: it goes with the program again. */
  standAt(at: number | null): void;
  ledger(): Promise<PaypalLedger>;
  /** Runs something while batches are through as soon as they are taken in. */
  atOnce<T>(work: () => Promise<T>): Promise<T>;
}

/** Opens the simulator's address on loopback; null where the port is taken. What passes there is told the program's time as `X-Clock`. */
export async function openPaypal(
  port: number,
  target: () => URL | null,
  now: () => number,
): Promise<LocalPaypal | null> {
  let stands: number | null = null;
  const server = createProxy(target, () => stands ?? now());
  if (!(await listen(server, port))) return null;
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const control = async (path: string, init?: RequestInit): Promise<unknown> => {
    const answer = await fetch(`${origin}/_control/${path}`, init);
    if (!answer.ok) throw new Error(`PayPal’s simulator answers ${answer.status} to ${path}`);
    return answer.json();
  };
  const take = ({ pending_ms, processing_ms }: Pick<Settings, 'pending_ms' | 'processing_ms'>) =>
    control('settings', { method: 'PATCH', body: JSON.stringify({ pending_ms, processing_ms }) });
  return {
    origin,
    server,
    standAt(at) {
      stands = at;
    },
    ledger: async () => (await control('ledger')) as PaypalLedger,
    async atOnce(work) {
      await take({ pending_ms: 0, processing_ms: 0 });
      try {
        return await work();
      } finally {
        await take(DEFAULTS);
      }
    },
  };
}
