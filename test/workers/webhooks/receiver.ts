import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';

import type { Database } from '../../../src/program/commit.repo.ts';
import type { DeliveryMessage } from '../../../src/webhooks/delivery.rules.ts';
import { EVENT_TYPES, type EventType } from '../../../src/webhooks/event.rules.ts';
import { noteEvents } from '../../../src/webhooks/note.ts';
import { pushDue } from '../../../src/webhooks/run.ts';
import { sendDeliveries } from '../../../src/webhooks/send.ts';
import { dataSchemaOf } from '../../../src/webhooks/webhook.document.ts';
import { call } from '../../support/api.ts';
import { localSecrets } from '../../support/local.ts';
import { books } from '../../support/world.ts';

export const URL_A = 'https://hooks.acme.com/in';
/** What was told, as a receiver reads it. */
export interface Told {
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
  url: string;
  headers: Headers;
  body: string;
  redirect: RequestInit['redirect'];
}

/** Endpoints of other systems, and the queue to them: what came, and what they answer. */
export class Receiver {
  readonly told: Told[] = [];
  /** Messages that are in the queue. */
  messages: DeliveryMessage[] = [];
  answer: (told: Told) => Response | Promise<Response> = () => new Response(null, { status: 204 });
  /** The queue loses what this says. */
  loses: (message: DeliveryMessage) => boolean = () => false;

  readonly queue = {
    sendBatch: async (messages: Iterable<MessageSendRequest<DeliveryMessage>>) => {
      for (const { body } of messages) if (!this.loses(body)) this.messages.push(body);
      return {} as QueueSendBatchResponse;
    },
  };

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const body = String(init.body);
    const headers = new Headers(init.headers as HeadersInit);
    const id = headers.get('webhook-id') ?? '';
    const told = {
      ...(JSON.parse(body) as Pick<Told, 'type' | 'timestamp' | 'data'>),
      id,
      url,
      headers,
      body,
      redirect: init.redirect,
    };
    this.told.push(told);
    return this.answer(told);
  };

  /** Notes what came to be and pushes what is due. */
  async note(at: string, db: Database = books()): Promise<void> {
    const now = Date.parse(at);
    await noteEvents(db, now);
    await pushDue(db, this.queue, now);
  }

  /** The consumer takes what is in the queue. */
  async consume(at: string, db: Database = books(), cookie_keys: string = localSecrets.COOKIE_KEYS) {
    const messages = this.messages.splice(0);
    const now = Date.parse(at);
    return sendDeliveries(
      {
        books: db,
        cookie_keys,
        public_url: env.PUBLIC_URL,
        local: false,
        fetch: this.fetch,
        now,
        signingNow: () => now,
      },
      messages,
    );
  }

  /** A run of the cron, and of the queue after it. */
  async run(at: string): Promise<void> {
    await this.note(at);
    await this.consume(at);
  }

  /** Fails where what came is not as the published document says. */
  assertFits(): void {
    for (const { type, data } of this.told) dataSchemaOf(type as EventType).parse(data);
  }

  types(): string[] {
    return this.told.map(({ type }) => type);
  }
}

/** Opens an endpoint; its id and secret. */
export async function opened(
  at: string,
  types: readonly string[] = EVENT_TYPES,
  url = URL_A,
): Promise<{ endpoint_id: string; secret: string }> {
  const { status, body } = await call('POST', '/v1/webhook-endpoints', { as: 'ana', at, body: { url, types } });
  if (status !== 201) throw new Error(`endpoint: ${status} ${JSON.stringify(body)}`);
  return { endpoint_id: String(body['endpoint_id']), secret: String(body['secret']) };
}

/** Whether a secret of the receiver's verifies what came, by the library. Its clock is set to when it was signed. */
export function verifies(secret: string, { body, headers, id }: Told): boolean {
  const seconds = Number(headers.get('webhook-timestamp'));
  const signed = new Webhook(secret).sign(id, new Date(seconds * 1000), body);
  return (headers.get('webhook-signature') ?? '').split(' ').includes(signed);
}

/** The log as operators read it, oldest first. */
export async function log(at: string, query = ''): Promise<Record<string, unknown>[]> {
  const { body } = await call('GET', `/v1/webhook-deliveries?limit=100${query}`, { as: 'ana', at });
  return (body['data'] as unknown as Record<string, unknown>[]).toReversed();
}
