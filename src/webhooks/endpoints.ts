import type { Door, Refusal, Written } from '../account/write.ts';
import type { Hasher } from '../people/hash.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { changedOnly, toldChange, type Told } from '../program/audit.rules.ts';
import type { Json } from '../program/canonical.rules.ts';
import { commit, type Statement } from '../program/commit.repo.ts';
import { keyedWrite, type Keyed } from '../program/replay.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { countSpan, findDelivery, replayOne, replaySpan } from './delivery.repo.ts';
import type { EndpointChange, EndpointRow } from './delivery.rules.ts';
import {
  changeEndpoint,
  countEndpoints,
  findEndpoint,
  insertEndpoint,
  insertSecret,
  removeEndpoint,
  retireSecrets,
  validSecrets,
} from './endpoint.repo.ts';
import type { EventType } from './event.rules.ts';
import { beginHere } from './feed.repo.ts';
import { mintSecret, openSecret, sealSecret } from './seal.ts';

/** Endpoints that a program may have: each event is a delivery for each of them. */
export const MAX_ENDPOINTS = 20;

/** What a write was sent with: its content and the caller's idempotency key, if any. */
export interface Sent {
  content: Json;
  idempotency_key: string | null;
}

const subjectOf = (endpoint_id: string) => `webhook:${endpoint_id}`;

async function keyOf(hasher: Hasher, scope: string, sent: Sent, subject: string): Promise<Keyed | null> {
  const { idempotency_key, content } = sent;
  return idempotency_key === null ? null : keyedWrite(hasher, scope, idempotency_key, content, subject);
}

function audited(
  { books, now, by, via }: Door,
  action: string,
  endpoint_id: string,
  told: { before?: Told; after: Told },
) {
  return auditStatement(books, {
    at: now,
    actor: by,
    via,
    action,
    subject: subjectOf(endpoint_id),
    details: {},
    ...told,
  });
}

/** Which secret was made: the answer that is kept. The secret itself is only kept sealed. */
type Made = { endpoint_id: string; n: number };

/** In a list: a statement of its own would be run by whoever awaits it. */
async function newSecret(
  { books, now }: Door,
  cookie_keys: string,
  endpoint_id: string,
  n: number,
): Promise<[Statement]> {
  const sealed = await sealSecret(cookie_keys, endpoint_id, mintSecret());
  return [insertSecret(books, { endpoint_id, n, ...sealed, made_at: now, valid_until: null })];
}

/** A secret that was made, as long as it is valid; null afterwards. */
export async function secretOf({ books, now }: Door, cookie_keys: string, made: Made): Promise<string | null> {
  const row = (await validSecrets(books, made.endpoint_id, now)).find((secret) => secret.n === made.n);
  return row ? openSecret(cookie_keys, made.endpoint_id, row) : null;
}

function mintEndpointId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `whe_${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * Opens an endpoint for event types, with its first secret. The url has been checked. A program's first endpoint begins with the present.
 * Keyed by the caller's idempotency key, else always new; `too_many` above `MAX_ENDPOINTS`.
 */
export async function openEndpoint(
  door: Door,
  hasher: Hasher,
  cookie_keys: string,
  asked: { url: string; types: readonly EventType[] },
  sent: Sent,
): Promise<Written<Made> | Refusal<'too_many' | 'conflict' | 'busy'>> {
  const { books, now, by } = door;
  const keyed = await keyOf(hasher, 'webhook_endpoint', sent, 'webhooks');
  return writeOnce<Made, 'too_many'>(door, keyed, async () => {
    if ((await countEndpoints(books)) >= MAX_ENDPOINTS) return { ok: false, reason: 'too_many' };
    const endpoint_id = mintEndpointId();
    const row: EndpointRow = {
      endpoint_id,
      url: asked.url,
      types: JSON.stringify(asked.types),
      status: 'enabled',
      disabled_reason: null,
      disabled_at: null,
      failing_since: null,
      created_by: by,
      created_at: now,
    };
    const statements = [
      ...beginHere(books),
      insertEndpoint(books, row),
      ...(await newSecret(door, cookie_keys, endpoint_id, 1)),
      audited(door, 'webhook.open', endpoint_id, { after: { status: row.status, types: [...asked.types] } }),
    ];
    return { ok: true, guards: [], statements, answer: { endpoint_id, n: 1 } };
  });
}

/** Changes an endpoint's address, types or state; enabling one forgets that it failed. What it was queued goes on then. */
export async function editEndpoint(
  door: Door,
  endpoint_id: string,
  asked: {
    url?: string | undefined;
    types?: readonly EventType[] | undefined;
    status?: EndpointRow['status'] | undefined;
  },
): Promise<{ ok: true; endpoint: EndpointRow } | Refusal<'not_found'>> {
  const { books, now } = door;
  const former = await findEndpoint(books, endpoint_id);
  if (!former) return { ok: false, reason: 'not_found' };
  const states: Record<EndpointRow['status'], EndpointChange> = {
    enabled: { status: 'enabled', disabled_reason: null, disabled_at: null, failing_since: null },
    disabled: { status: 'disabled', disabled_reason: 'operator', disabled_at: now },
  };
  const change = {
    ...(asked.url === undefined ? {} : { url: asked.url }),
    ...(asked.types === undefined ? {} : { types: JSON.stringify(asked.types) }),
    ...(asked.status === undefined || asked.status === former.status ? {} : states[asked.status]),
  };
  const fields = Object.keys(change);
  if (fields.length === 0) return { ok: true, endpoint: former };
  await commit(
    books,
    [],
    [
      changeEndpoint(books, endpoint_id, change),
      audited(door, 'webhook.change', endpoint_id, changeTold(former, change)),
    ],
  );
  return { ok: true, endpoint: { ...former, ...change } };
}

function stands({ status, types }: Pick<EndpointRow, 'status' | 'types'>): Told {
  return { status, types: JSON.parse(types) };
}

/** What a change of an endpoint tells: its address, which may hold a key, only as changed. */
function changeTold(former: EndpointRow, change: Partial<EndpointRow>): { before: Told; after: Told } {
  const both = toldChange(stands(former), stands({ ...former, ...change }));
  const other = change.url === undefined || change.url === former.url ? [] : ['url'];
  return { before: both?.before ?? {}, after: { ...both?.after, ...changedOnly(other) } };
}

/** Removes an endpoint with its secrets, its queue and its log. */
export async function closeEndpoint(door: Door, endpoint_id: string): Promise<{ ok: true } | Refusal<'not_found'>> {
  const { books } = door;
  const endpoint = await findEndpoint(books, endpoint_id);
  if (!endpoint) return { ok: false, reason: 'not_found' };
  await commit(
    books,
    [],
    [
      ...removeEndpoint(books, endpoint_id),
      audited(door, 'webhook.close', endpoint_id, { before: { status: endpoint.status }, after: { status: 'closed' } }),
    ],
  );
  return { ok: true };
}

/** Makes a new secret; the former signs beside it for `overlap_s` seconds, one before it no more. Says up to when (epoch ms). */
export async function rotateSecret(
  door: Door,
  hasher: Hasher,
  cookie_keys: string,
  endpoint_id: string,
  overlap_s: number,
  sent: Sent,
): Promise<Written<Made & { former_valid_until: number }> | Refusal<'not_found' | 'conflict' | 'busy'>> {
  const { books, now } = door;
  const keyed = await keyOf(hasher, `webhook_rotation:${endpoint_id}`, sent, subjectOf(endpoint_id));
  return writeOnce<Made & { former_valid_until: number }, 'not_found'>(door, keyed, async () => {
    const [former] = await validSecrets(books, endpoint_id, now);
    if (!former) return { ok: false, reason: 'not_found' };
    const n = former.n + 1;
    const former_valid_until = now + overlap_s * 1000;
    const statements = [
      ...retireSecrets(books, endpoint_id, former.n, former_valid_until),
      ...(await newSecret(door, cookie_keys, endpoint_id, n)),
      audited(door, 'webhook.rotate', endpoint_id, { before: { secret: n - 1 }, after: { secret: n } }),
    ];
    return { ok: true, guards: [], statements, answer: { endpoint_id, n, former_valid_until } };
  });
}

/** Events that one replay may queue. */
export const MAX_REPLAYED = 10_000;

/** Queues anew all kept events of a span that an endpoint wants. Says how many; `too_many` above `MAX_REPLAYED`. */
export async function replayEndpoint(
  door: Door,
  hasher: Hasher,
  endpoint_id: string,
  span: { from: number; to: number },
  sent: Sent,
): Promise<Written<{ queued: number }> | Refusal<'not_found' | 'too_many' | 'disabled' | 'conflict' | 'busy'>> {
  const { books, now } = door;
  const keyed = await keyOf(hasher, `webhook_replay:${endpoint_id}`, sent, subjectOf(endpoint_id));
  return writeOnce<{ queued: number }, 'not_found' | 'too_many' | 'disabled'>(door, keyed, async () => {
    const endpoint = await findEndpoint(books, endpoint_id);
    if (!endpoint) return { ok: false, reason: 'not_found' };
    if (endpoint.status === 'disabled') return { ok: false, reason: 'disabled' };
    const whole = { endpoint_id, ...span };
    const queued = await countSpan(books, whole);
    if (queued > MAX_REPLAYED) return { ok: false, reason: 'too_many' };
    const statements = [
      replaySpan(books, whole, now),
      audited(door, 'webhook.replay', endpoint_id, { after: { queued } }),
    ];
    return { ok: true, guards: [], statements, answer: { queued } };
  });
}

/** Queues one delivery anew, whatever became of it. */
export async function replayDelivery(
  door: Door,
  delivery_id: string,
): Promise<{ ok: true } | Refusal<'not_found' | 'disabled'>> {
  const { books, now } = door;
  const delivery = await findDelivery(books, delivery_id);
  if (!delivery) return { ok: false, reason: 'not_found' };
  if (delivery.endpoint_status === 'disabled') return { ok: false, reason: 'disabled' };
  const log = audited(door, 'webhook.replay', delivery.endpoint_id, { after: { event_id: delivery.event_id } });
  await commit(books, [], [replayOne(books, delivery_id, now), log]);
  return { ok: true };
}
