import { and, desc, eq, lt, lte, or, sql, getTableColumns, type SQL } from 'drizzle-orm';

import type { Database, Statement } from '../program/commit.repo.ts';
import type { DeliveryMessage, DeliveryRow, EndpointRow } from './delivery.rules.ts';
import type { EventType } from './event.rules.ts';
import { webhookDeliveries, webhookEndpoints, webhookEvents } from './webhook.schema.ts';

const due = (now: number) =>
  and(
    eq(webhookDeliveries.status, 'queued'),
    lte(webhookDeliveries.next_try_at, now),
    sql`${webhookDeliveries.endpoint_id} IN (SELECT e.endpoint_id FROM ${webhookEndpoints} AS e WHERE e.status = 'enabled')`,
  );

/**
 * Takes deliveries that are due to endpoints that are enabled, in the order of their events, `limit` at most, and marks them as pushed
 * until `again_at`: of two runs at once each delivery goes to one, and one whose message is lost is due again then.
 */
export async function takeDue(
  db: Database,
  now: number,
  again_at: number,
  limit: number,
): Promise<{ delivery_id: string; round: number }[]> {
  const first = db
    .select({ delivery_id: webhookDeliveries.delivery_id })
    .from(webhookDeliveries)
    .where(due(now))
    .orderBy(webhookDeliveries.next_try_at, webhookDeliveries.event_seq)
    .limit(limit);
  const taken = await db
    .update(webhookDeliveries)
    .set({ next_try_at: again_at, round: sql`round + 1` })
    .where(sql`delivery_id IN (${first})`)
    .returning({
      delivery_id: webhookDeliveries.delivery_id,
      round: webhookDeliveries.round,
      event_seq: webhookDeliveries.event_seq,
    });
  return taken.toSorted((a, b) => a.event_seq - b.event_seq);
}

/** A delivery with what is sent and where to. */
export interface Outgoing extends DeliveryRow {
  subject: string;
  payload: string;
  endpoint: EndpointRow;
}

/** The deliveries that messages of the queue stand for, in the order of their events; those that have ended or were pushed anew are left out. */
export async function readOutgoing(db: Database, messages: readonly DeliveryMessage[]): Promise<Outgoing[]> {
  const wanted = JSON.stringify(messages.map(({ delivery_id, round }) => ({ delivery_id, round })));
  const rows = await db
    .select({
      delivery: webhookDeliveries,
      endpoint: webhookEndpoints,
      subject: webhookEvents.subject,
      payload: webhookEvents.payload,
    })
    .from(webhookDeliveries)
    .innerJoin(webhookEvents, eq(webhookEvents.event_id, webhookDeliveries.event_id))
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.endpoint_id, webhookDeliveries.endpoint_id))
    .where(
      and(
        eq(webhookDeliveries.status, 'queued'),
        eq(webhookEndpoints.status, 'enabled'),
        sql`(${webhookDeliveries.delivery_id}, ${webhookDeliveries.round}) IN
          (SELECT value ->> '$.delivery_id', value ->> '$.round' FROM json_each(${wanted}))`,
      ),
    )
    .orderBy(webhookDeliveries.event_seq);
  return rows.map(({ delivery, endpoint, subject, payload }) => ({ ...delivery, endpoint, subject, payload }));
}

/**
 * Notes what came of a try of one push, and makes the push's other messages stale; a delivery that was pushed or replayed anew meanwhile
 * stays as that left it.
 */
export async function markDelivery(
  db: Database,
  { delivery_id, round }: Pick<DeliveryRow, 'delivery_id' | 'round'>,
  change: Partial<Omit<DeliveryRow, 'round'>>,
): Promise<void> {
  await db
    .update(webhookDeliveries)
    .set({ ...change, round: sql`round + 1` })
    .where(
      and(
        eq(webhookDeliveries.delivery_id, delivery_id),
        eq(webhookDeliveries.round, round),
        eq(webhookDeliveries.status, 'queued'),
      ),
    );
}

const anew = sql`status = 'queued', tries = 0, round = webhook_deliveries.round + 1, next_try_at = excluded.next_try_at,
  queued_at = excluded.queued_at, ended_at = NULL`;

function queueAgain(db: Database, now: number, events: SQL): Statement {
  return db.run(sql`INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, event_seq, status, tries, round, next_try_at, queued_at)
    SELECT e.endpoint_id || '-' || v.event_id, e.endpoint_id, v.event_id, v.seq, 'queued', 0, 0, ${now}, ${now} ${events}
    ON CONFLICT (delivery_id) DO UPDATE SET ${anew}`);
}

/** The statement that queues one delivery anew. */
export function replayOne(db: Database, delivery_id: string, now: number): Statement {
  return queueAgain(
    db,
    now,
    sql`FROM webhook_deliveries AS d JOIN webhook_events AS v ON v.event_id = d.event_id
      JOIN webhook_endpoints AS e ON e.endpoint_id = d.endpoint_id WHERE d.delivery_id = ${delivery_id}`,
  );
}

/** What a replay over a span takes: an endpoint's event types, noted from an instant up to before another. */
export interface Span {
  endpoint_id: string;
  from: number;
  to: number;
}

const ofSpan = ({ endpoint_id, from, to }: Span) => sql`FROM webhook_events AS v CROSS JOIN webhook_endpoints AS e
  WHERE e.endpoint_id = ${endpoint_id} AND v.noted_at >= ${from} AND v.noted_at < ${to}
    AND v.type IN (SELECT t.value FROM json_each(e.types) AS t)`;

/** The statement that queues all kept events of a span, whether an endpoint has had them or not. */
export function replaySpan(db: Database, span: Span, now: number): Statement {
  return queueAgain(db, now, ofSpan(span));
}

/** How many events a replay over a span would queue. */
export async function countSpan(db: Database, span: Span): Promise<number> {
  const [row] = await db.all<{ events: number }>(sql`SELECT count(*) AS events ${ofSpan(span)}`);
  return row?.events ?? 0;
}

/** A delivery as the log shows it. */
export type LoggedDelivery = DeliveryRow & {
  type: EventType;
  occurred_at: number;
  endpoint_status: EndpointRow['status'];
};

const logged = {
  ...getTableColumns(webhookDeliveries),
  type: sql<EventType>`${webhookEvents.type}`,
  occurred_at: webhookEvents.occurred_at,
  endpoint_status: webhookEndpoints.status,
};

function loggedDeliveries(db: Database) {
  return db
    .select(logged)
    .from(webhookDeliveries)
    .innerJoin(webhookEvents, eq(webhookEvents.event_id, webhookDeliveries.event_id))
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.endpoint_id, webhookDeliveries.endpoint_id));
}

/** One delivery of the log, with the body that it sends. */
export async function findDelivery(
  db: Database,
  delivery_id: string,
): Promise<(LoggedDelivery & { payload: string }) | null> {
  const [row] = await db
    .select({ ...logged, payload: webhookEvents.payload })
    .from(webhookDeliveries)
    .innerJoin(webhookEvents, eq(webhookEvents.event_id, webhookDeliveries.event_id))
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.endpoint_id, webhookDeliveries.endpoint_id))
    .where(eq(webhookDeliveries.delivery_id, delivery_id));
  return row ?? null;
}

/** What the log is asked for; absent: all. */
export interface LogQuery {
  endpoint_id?: string | undefined;
  event_id?: string | undefined;
  status?: DeliveryRow['status'] | undefined;
  before: { event_seq: number; delivery_id: string } | null;
  limit: number;
}

/** The log of deliveries, the latest event first; `limit` rows. */
export async function listDeliveries(db: Database, query: LogQuery): Promise<LoggedDelivery[]> {
  const { endpoint_id, event_id, status, before, limit } = query;
  return loggedDeliveries(db)
    .where(
      and(
        endpoint_id === undefined ? undefined : eq(webhookDeliveries.endpoint_id, endpoint_id),
        event_id === undefined ? undefined : eq(webhookDeliveries.event_id, event_id),
        status === undefined ? undefined : eq(webhookDeliveries.status, status),
        before === null
          ? undefined
          : or(
              lt(webhookDeliveries.event_seq, before.event_seq),
              and(
                eq(webhookDeliveries.event_seq, before.event_seq),
                lt(webhookDeliveries.delivery_id, before.delivery_id),
              ),
            ),
      ),
    )
    .orderBy(desc(webhookDeliveries.event_seq), desc(webhookDeliveries.delivery_id))
    .limit(limit);
}
