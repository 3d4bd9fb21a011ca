import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDatabase } from '../../../src/program/commit.repo.ts';
import { KEPT_DAYS, MAX_TRIES } from '../../../src/webhooks/delivery.rules.ts';
import { forgetEvents } from '../../../src/webhooks/feed.repo.ts';
import { resealSecrets } from '../../../src/webhooks/run.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { localSecrets } from '../../support/local.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { spyOn } from '../payouts/spy.ts';
import { pay, signup } from '../referrer/file.ts';
import { log, opened, Receiver, URL_A, verifies } from './receiver.ts';

const T0 = '2026-06-01T17:00:00Z';
const MINUTE = 60_000;
const later = (ms: number, from = T0) => new Date(Date.parse(from) + ms).toISOString();
const lost = () => {
  throw new Error('D1_ERROR: Network connection lost');
};

let receiver = new Receiver();
let endpoint_id = '';
let secret = '';
beforeEach(async () => {
  await freshDatabases();
  receiver = new Receiver();
  await givePartner('ann');
  ({ endpoint_id, secret } = await opened(T0, ['commission.earned', 'commission.changed']));
  const referral_token = await giveToken({ code: 'ann', at: '2026-05-20T00:00:00Z' });
  await signup('a1', T0, { referral_token });
});

afterEach(() => receiver.assertFits());

describe('a delivery', { timeout: 60_000 }, () => {
  it('is signed so that the library verifies it, by the present secret and, for a while, the former', async () => {
    await pay('a1', 'p1', T0);
    await receiver.run(later(MINUTE));
    const [told] = receiver.told;
    expect(verifies(secret, told!)).toBe(true);
    expect(verifies(`whsec_${btoa('another secret of 24 bytes')}`, told!)).toBe(false);
    expect(told!.id).toMatch(/^evt_[0-9a-f]{32}$/);
    expect(told!.headers.get('content-type')).toBe('application/json');

    const path = `/v1/webhook-endpoints/${endpoint_id}/rotation`;
    const rotated = await call('POST', path, { as: 'ana', at: later(2 * MINUTE), body: { overlap: 3600 } });
    expect(rotated).toMatchObject({ status: 201, body: { former_valid_until: '2026-06-01T18:02:00Z' } });
    const next = String(rotated.body['secret']);
    const redo = async (at: string) => {
      const { delivery_id } = (await log(at))[0]!;
      await call('POST', `/v1/webhook-deliveries/${String(delivery_id)}/replay`, { as: 'ana', at, body: {} });
      await receiver.run(at);
      return receiver.told.at(-1)!;
    };
    const both = await redo(later(3 * MINUTE));
    expect([verifies(next, both), verifies(secret, both)]).toEqual([true, true]);
    expect(both.headers.get('webhook-signature')?.split(' ')).toHaveLength(2);
    const after = await redo('2026-06-01T18:02:00Z');
    expect([verifies(next, after), verifies(secret, after)]).toEqual([true, false]);
    expect(receiver.told.map(({ id, body }) => [id, body])).toEqual(
      Array.from({ length: 3 }, () => [told!.id, told!.body]),
    );
  });

  it('that fails comes again under the same id, later each time, and has failed in the end', async () => {
    receiver.answer = () => new Response('no', { status: 500 });
    await pay('a1', 'p1', T0);
    let at = later(MINUTE);
    for (let i = 0; i < MAX_TRIES; i++) {
      await receiver.run(at);
      const [row] = await log(at);
      expect(row).toMatchObject({ tries: i + 1, last_status: 500, last_reason: 'refused' });
      if (i + 1 < MAX_TRIES) {
        expect(row!['status']).toBe('queued');
        await receiver.run(later(-1, String(row!['next_try_at'])));
        expect(receiver.told).toHaveLength(i + 1);
        at = String(row!['next_try_at']);
      }
    }
    expect((await log(at))[0]).toMatchObject({ status: 'failed', next_try_at: null });
    expect(new Set(receiver.told.map(({ id }) => id)).size).toBe(1);
    await receiver.run(later(24 * 60 * MINUTE, at));
    expect(receiver.told).toHaveLength(MAX_TRIES);
  });

  it('answered by a redirect is not sent on, and one without an answer is noted as such', async () => {
    receiver.answer = () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.acme.com/' } });
    await pay('a1', 'p1', T0);
    await receiver.run(later(MINUTE));
    expect((await log(T0))[0]).toMatchObject({ status: 'queued', last_status: 302, last_reason: 'redirect' });
    expect(receiver.told.map(({ url, redirect }) => [url, redirect])).toEqual([[URL_A, 'manual']]);
    receiver.answer = () => {
      throw new DOMException('too late', 'TimeoutError');
    };
    await receiver.run(later(2 * MINUTE));
    expect((await log(T0))[0]).toMatchObject({ tries: 2, last_status: null, last_reason: 'timeout' });
    receiver.answer = () => {
      throw new TypeError('connection refused');
    };
    await receiver.run(later(7 * MINUTE));
    expect((await log(T0))[0]).toMatchObject({ tries: 3, last_reason: 'unreachable' });
  });

  it('whose message the queue loses is pushed again by the cron', async () => {
    await pay('a1', 'p1', T0);
    receiver.loses = () => true;
    await receiver.run(later(MINUTE));
    receiver.loses = () => false;
    await receiver.run(later(2 * MINUTE));
    expect(receiver.told).toEqual([]);
    await receiver.run(later(31 * MINUTE));
    expect(receiver.told).toHaveLength(1);
    expect((await log(T0))[0]).toMatchObject({ status: 'delivered', tries: 1 });
  });

  it('whose message the queue hands over twice, or long after, is tried once', async () => {
    await pay('a1', 'p1', T0);
    await receiver.note(later(MINUTE));
    const messages = [...receiver.messages];
    await receiver.consume(later(MINUTE));
    receiver.messages = [...messages, ...messages];
    await receiver.consume(later(2 * MINUTE));
    expect(receiver.told).toHaveLength(1);
    // Of a try that failed too: the next one is when the books say.
    receiver.answer = () => new Response(null, { status: 500 });
    await pay('a1', 'p2', later(3 * MINUTE));
    await receiver.note(later(4 * MINUTE));
    const stale = [...receiver.messages];
    await receiver.consume(later(4 * MINUTE));
    receiver.messages = stale;
    await receiver.consume(later(4 * MINUTE));
    expect(receiver.told).toHaveLength(2);
  });

  it('of events about one account keeps their order; one that fails does not hold up the others', async () => {
    receiver.answer = ({ data }) => new Response(null, { status: data['payment_id'] === 'p1' ? 500 : 204 });
    for (const id of ['p1', 'p2', 'p3']) await pay('a1', id, T0);
    await receiver.run(later(MINUTE));
    expect(receiver.told.map(({ data }) => data['payment_id'])).toEqual(['p1', 'p2', 'p3']);
    expect((await log(T0)).map(({ status }) => status)).toEqual(['queued', 'delivered', 'delivered']);
  });

  it('to one endpoint fails alone: another has its own', async () => {
    await opened(T0, ['commission.earned'], 'https://hooks.other.com/');
    receiver.answer = ({ url }) => new Response(null, { status: url.includes('other') ? 204 : 500 });
    await pay('a1', 'p1', T0);
    await receiver.run(later(MINUTE));
    const rows = await log(T0);
    expect(rows.map(({ status }) => status).toSorted()).toEqual(['delivered', 'queued']);
    expect(new Set(rows.map(({ event_id }) => event_id)).size).toBe(1);
  });
});

describe('an endpoint', { timeout: 60_000 }, () => {
  it('that answers 410 is disabled at once, and operators see it in the list and the audit log', async () => {
    receiver.answer = () => new Response(null, { status: 410 });
    await pay('a1', 'p1', T0);
    await pay('a1', 'p2', T0);
    await receiver.run(later(MINUTE));
    const list = await call('GET', '/v1/webhook-endpoints', { as: 'ana', at: T0 });
    expect(list.body['data']).toMatchObject([{ endpoint_id, status: 'disabled', disabled_reason: 'gone' }]);
    const audit = await call('GET', `/v1/audit-log?subject=webhook:${endpoint_id}`, { as: 'ana', at: T0 });
    expect(JSON.stringify(audit.body)).toContain('webhook.disable');
    const before = receiver.told.length;
    await receiver.run(later(60 * MINUTE));
    expect(receiver.told).toHaveLength(before);
  });

  it('in which nothing has arrived for five days is disabled; enabled again, what was queued goes on', async () => {
    receiver.answer = () => new Response(null, { status: 500 });
    await pay('a1', 'p1', T0);
    await receiver.run(later(MINUTE));
    await pay('a1', 'p2', later(5 * 24 * 60 * MINUTE));
    await receiver.run(later((5 * 24 * 60 + 2) * MINUTE));
    const path = `/v1/webhook-endpoints/${endpoint_id}`;
    expect((await call('GET', path, { as: 'ana', at: T0 })).body).toMatchObject({ disabled_reason: 'failing' });
    expect((await log(T0)).map(({ next_try_at }) => next_try_at)).toEqual([null, null]);
    receiver.answer = () => new Response(null, { status: 204 });
    const sixth = later(6 * 24 * 60 * MINUTE);
    await call('PATCH', path, { as: 'ana', at: sixth, body: { status: 'enabled' } });
    await receiver.run(sixth);
    expect((await log(T0)).map(({ status }) => status)).toEqual(['delivered', 'delivered']);
    expect((await call('GET', path, { as: 'ana', at: T0 })).body).toMatchObject({ failing_since: null });
  });

  it('has its secrets sealed anew once the cookie keys rotate, and fails where no key opens them', async () => {
    await pay('a1', 'p1', T0);
    const k3 = 'k3:bG9jYWwtY29va2llLWtleS0zLWxvY2FsLWNvb2tpZS0';
    await resealSecrets(books(), `${k3},${localSecrets.COOKIE_KEYS}`);
    await receiver.note(later(MINUTE));
    await receiver.consume(later(MINUTE), books(), k3);
    expect(verifies(secret, receiver.told[0]!)).toBe(true);
    await pay('a1', 'p2', later(2 * MINUTE));
    await receiver.note(later(3 * MINUTE));
    await receiver.consume(later(3 * MINUTE));
    expect((await log(T0)).at(-1)).toMatchObject({ last_reason: 'secret_unreadable', last_status: null });
    expect(receiver.told).toHaveLength(1);
  });
});

describe('whatever dies where, nothing is lost and nothing invented', { timeout: 120_000 }, () => {
  it.each(['before', 'after'] as const)('a batch of the books dies %s it is done', async (when) => {
    await pay('a1', 'p1', T0);
    await pay('a1', 'p2', T0);
    let minute = 1;
    for (let n = 0; ; n++) {
      const spy = spyOn(env.BOOKS, { [when]: (batch: number) => (batch === n ? lost() : undefined) });
      await receiver.note(later(minute * MINUTE), openDatabase(spy.d1)).catch(() => null);
      await receiver.consume(later(minute * MINUTE)).catch(() => null);
      minute += 1;
      if (spy.batches <= n) break;
    }
    await receiver.run(later((minute + 60) * MINUTE));
    const { results } = await env.BOOKS.prepare('SELECT event_id FROM webhook_events').all();
    // The signup's too, which this endpoint does not want.
    expect(results).toHaveLength(3);
    expect((await log(T0)).map(({ status }) => status)).toEqual(['delivered', 'delivered']);
    expect(new Set(receiver.told.map(({ id }) => id)).size).toBe(2);
  });

  it('a consumer that dies after sending sends once more under the same id', async () => {
    await pay('a1', 'p1', T0);
    await receiver.note(later(MINUTE));
    const messages = [...receiver.messages];
    // Reads answer, and what is noted is lost.
    const deaf = new Proxy(env.BOOKS, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (key !== 'prepare') return typeof value === 'function' ? value.bind(target) : value;
        return (text: string) => (/^update/i.test(text) ? lost() : target.prepare(text));
      },
    });
    const done = await receiver.consume(later(MINUTE), openDatabase(deaf));
    expect([...done.again]).toEqual(messages.map(({ delivery_id }) => delivery_id));
    receiver.messages = messages;
    await receiver.consume(later(2 * MINUTE));
    expect(receiver.told.map(({ id }) => id)).toEqual([receiver.told[0]!.id, receiver.told[0]!.id]);
    expect((await log(T0))[0]).toMatchObject({ status: 'delivered' });
  });
});

describe('replay and retention', { timeout: 60_000 }, () => {
  it('a span is sent again, delivered before or not, and by the same key once', async () => {
    for (const [i, id] of ['p1', 'p2', 'p3'].entries()) {
      await pay('a1', id, later(i * 10 * MINUTE));
      await receiver.run(later((i * 10 + 1) * MINUTE));
    }
    const path = `/v1/webhook-endpoints/${endpoint_id}/replay`;
    const ask = {
      as: 'ana' as const,
      at: later(60 * MINUTE),
      body: { from: later(5 * MINUTE), to: later(60 * MINUTE) },
      headers: { 'idempotency-key': 'again-1' },
    };
    expect(await call('POST', path, ask)).toEqual({ status: 201, body: { queued: 2 } });
    expect(await call('POST', path, ask)).toEqual({ status: 200, body: { queued: 2 } });
    await receiver.run(later(61 * MINUTE));
    expect(receiver.told.map(({ data }) => data['payment_id'])).toEqual(['p1', 'p2', 'p3', 'p2', 'p3']);
    expect(new Set(receiver.told.map(({ id }) => id)).size).toBe(3);
  });

  it('events are forgotten with their log after 30 days', async () => {
    await pay('a1', 'p1', T0);
    await receiver.run(later(MINUTE));
    const kept = Date.parse(later(MINUTE));
    expect(await forgetEvents(books(), kept, 100)).toBe(0);
    expect(await log(T0)).toHaveLength(1);
    expect(await forgetEvents(books(), kept + 1, 100)).toBe(2);
    expect(await log(T0)).toEqual([]);
    expect(KEPT_DAYS).toBe(30);
  });
});
