import { errorNames, logLine } from '../log.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit, type Database } from '../program/commit.repo.ts';
import { markDelivery, readOutgoing, type Outgoing } from './delivery.repo.ts';
import {
  afterTry,
  ANSWER_WITHIN_MS,
  endpointAfter,
  outcomeOf,
  type DeliveryMessage,
  type EndpointRow,
  type TryOutcome,
} from './delivery.rules.ts';
import { changeEndpoint, expectEnabled, validSecrets } from './endpoint.repo.ts';
import { openSecret } from './seal.ts';
import { signedHeaders } from './sign.ts';
import { checkTarget } from './target.rules.ts';

/** What sending needs. */
export interface SendContext {
  books: Database;
  cookie_keys: string;
  public_url: string;
  local: boolean;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The instant that tries are noted at. Epoch ms. */
  now: number;
  /** The instant that signatures are made at: receivers compare it with their own clock. */
  signingNow: () => number;
}

/** Requests that wait for an answer at once; a Worker has six. */
const AT_ONCE = 5;

/** What a queue's messages came to: ids of deliveries whose outcome could not be noted, to be handed over again. */
export interface SentBatch {
  sent: number;
  failed: number;
  again: ReadonlySet<string>;
}

/**
 * Tries the deliveries that messages stand for: events about one thing to one endpoint one after the other, in their order; others side by
 * side. What has ended, was pushed anew, or goes to an endpoint that is disabled is left alone. Throws where the books do not answer.
 */
export async function sendDeliveries(context: SendContext, messages: readonly DeliveryMessage[]): Promise<SentBatch> {
  const lanes = new Map<string, Outgoing[]>();
  for (const outgoing of await readOutgoing(context.books, messages)) {
    const lane = `${outgoing.endpoint_id}\n${outgoing.subject}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), outgoing]);
  }
  const waiting = [...lanes.values()];
  const again = new Set<string>();
  let sent = 0;
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let lane = waiting.shift(); lane; lane = waiting.shift()) {
      for (const outgoing of lane) {
        const outcome = await tryOnce(context, outgoing).catch((error: unknown) => {
          logLine('webhook_not_noted', { delivery_id: outgoing.delivery_id, error: errorNames(error) });
          return null;
        });
        if (outcome === null) again.add(outgoing.delivery_id);
        else if (outcome.kind === 'delivered') sent += 1;
        else failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (sent + failed > 0) logLine('webhooks_sent', { sent, failed });
  return { sent, failed, again };
}

async function tryOnce(context: SendContext, outgoing: Outgoing): Promise<TryOutcome> {
  const outcome = await post(context, outgoing);
  const { books, now } = context;
  await markDelivery(books, outgoing, afterTry(outgoing.tries + 1, outcome, now));
  await noteEndpoint(context, outgoing.endpoint, outcome);
  if (outcome.kind === 'failed') {
    const { delivery_id } = outgoing;
    logLine('webhook_not_delivered', { delivery_id, status: outcome.status, reason: outcome.reason });
  }
  return outcome;
}

/** A try without an answer. */
function noAnswer(reason: string): TryOutcome {
  return { kind: 'failed', status: null, reason, retry_after_s: null };
}

/** Sends the event as its bytes are kept, signed with each valid secret. The answer's body is not read. */
async function post(context: SendContext, { endpoint, event_id, payload }: Outgoing): Promise<TryOutcome> {
  const target = checkTarget(endpoint.url, context);
  if (!target.ok) return noAnswer(target.reason);
  const { books, cookie_keys, now } = context;
  const rows = await validSecrets(books, endpoint.endpoint_id, now);
  const opened = await Promise.all(rows.map((row) => openSecret(cookie_keys, endpoint.endpoint_id, row)));
  const secrets = opened.filter((secret) => secret !== null);
  if (secrets.length === 0) return noAnswer('secret_unreadable');
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Lastclick-Webhooks/1',
    ...signedHeaders(secrets, event_id, context.signingNow(), payload),
  };
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const answer = await context.fetch(target.url, {
      method: 'POST',
      headers,
      body: payload,
      redirect: 'manual',
      signal,
    });
    await answer.body?.cancel();
    return outcomeOf(answer.status, answer.headers.get('retry-after'));
  } catch (error) {
    return noAnswer(error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable');
  }
}

/** Keeps what a try means for its endpoint. That the program disabled one stands in the audit log, which operators read. */
async function noteEndpoint({ books, now }: SendContext, endpoint: EndpointRow, outcome: TryOutcome): Promise<void> {
  const change = endpointAfter(endpoint, outcome, now);
  if (!change) return;
  const { endpoint_id } = endpoint;
  const log = auditStatement(books, {
    at: now,
    actor: 'program',
    via: 'cron',
    action: 'webhook.disable',
    subject: `webhook:${endpoint_id}`,
    details: { reason: change.disabled_reason ?? null },
    before: { status: endpoint.status },
    after: { status: change.status ?? endpoint.status },
  });
  const disables = change.status === 'disabled';
  const done = await commit(
    books,
    [],
    [expectEnabled(books, endpoint_id), changeEndpoint(books, endpoint_id, change), ...(disables ? [log] : [])],
  );
  // The rows of one queue batch were read together: what has just been noted of the endpoint holds for the next try.
  if (done === 'committed') Object.assign(endpoint, change);
  if (done === 'committed' && disables)
    logLine('webhook_endpoint_disabled', { endpoint_id, reason: change.disabled_reason ?? null });
}
