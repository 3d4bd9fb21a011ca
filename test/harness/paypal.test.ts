import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';

import { payoutBody, type Chunk } from '../../src/paypal/body.rules.ts';
import type { PaypalClient } from '../../src/paypal/client.ts';
import { simulatorCredentials, startPaypal, type Paypal } from '../support/paypal.ts';

let paypal: Paypal;
let client: PaypalClient;
beforeAll(async () => {
  paypal = await startPaypal();
});
afterAll(() => paypal.close());

const friday = '2026-11-20T17:00:00Z';
const DAY = 86_400;

beforeEach(async () => {
  await paypal.control('POST', 'reset');
  await paypal.control('POST', 'clock', { now: friday });
  client = paypal.client();
});

const later = (advance_seconds: number) => paypal.control('POST', 'clock', { advance_seconds });
const fault = (given: object) => paypal.control('POST', 'faults', given);

/** The body of a chunk that pays 10.00, 10.01, … to these local parts. */
function bodyFor(receivers: readonly string[], change: Partial<Chunk> = {}): string {
  const items = receivers.map((name, i) => ({
    payout_id: `po_${i}`,
    amount: 1000 + i,
    receiver: `${name}@example.com`,
  }));
  const chunk = { program_id: 'p1', pay_date: '2026-11-20', chunk: 1, attempt: 1, currency: 'USD', note: 'n', items };
  const body = payoutBody({ ...chunk, ...change });
  if (!body.ok) throw new Error(body.reason);
  return body.body;
}

async function accepted(body: string): Promise<string> {
  const answer = await client.createPayout(body);
  if (answer.state !== 'accepted') throw new Error(JSON.stringify(answer));
  return answer.payout_batch_id;
}

async function batchOf(id: string, page = 1, page_size = 1000) {
  const answer = await client.getBatch(id, { page, page_size, total_required: true });
  if (answer.state !== 'found') throw new Error(JSON.stringify(answer));
  return answer.batch;
}

const statuses = async (id: string) => (await batchOf(id)).items.map((item) => item.transaction_status);

/** Minor units that receivers have, by the simulator's own books. */
const paid = async () => (await paypal.ledger()).totals['USD']?.receiver ?? 0;

describe('a batch at PayPal', () => {
  it('201 is acceptance: batch and items go through their states, and only then is anything paid', async () => {
    const id = await accepted(bodyFor(['ana', 'ben']));
    expect(await batchOf(id)).toMatchObject({ batch_status: 'PENDING', fees: { value: '0.00', currency: 'USD' } });
    expect(await paid()).toBe(0);
    await later(20);
    expect(await batchOf(id)).toMatchObject({ batch_status: 'PROCESSING' });
    expect(await statuses(id)).toEqual(['PENDING', 'PENDING']);
    await later(40);
    expect(await batchOf(id)).toMatchObject({
      batch_status: 'SUCCESS',
      sender_batch_id: 'p1-2026-11-20-1-1',
      amount: { value: '20.01', currency: 'USD' },
      fees: { value: '0.50', currency: 'USD' },
      total_items: 2,
      total_pages: 1,
      items: [
        { sender_item_id: 'po_0', transaction_status: 'SUCCESS', amount: { value: '10.00' }, fee: { value: '0.25' } },
        { sender_item_id: 'po_1', transaction_status: 'SUCCESS', amount: { value: '10.01' } },
      ],
    });
    expect(await paid()).toBe(2001);
  });

  it('items of a batch that is SUCCESS stand as their receivers do', async () => {
    const names = [
      'ana',
      'unclaimed',
      'failed',
      'returned',
      'blocked',
      'onhold',
      'reversed+1',
      'refunded',
      'unknownstatus',
      'stuck',
    ];
    const id = await accepted(bodyFor(names));
    await later(60);
    expect(await statuses(id)).toEqual([
      'SUCCESS',
      'UNCLAIMED',
      'FAILED',
      'RETURNED',
      'BLOCKED',
      'ONHOLD',
      'SUCCESS',
      'SUCCESS',
      'UNDER_OBSERVATION',
      'PENDING',
    ]);
    await later(5 * DAY);
    expect((await statuses(id)).slice(6, 8)).toEqual(['REVERSED', 'REFUNDED']);
    await later(24 * DAY);
    expect((await statuses(id))[1]).toBe('UNCLAIMED');
    await later(DAY);
    expect((await statuses(id))[1]).toBe('RETURNED');
    const { totals } = await paypal.ledger();
    expect(totals['USD']).toMatchObject({ receiver: 1000, sender: 1001 + 1002 + 1003, came_back: 1006 + 1007 });
  });

  it('a request may bring its own instant, which goes before the one that was set', async () => {
    const at = { headers: { 'x-clock': '2027-01-01T00:00:00Z' } };
    const shown = async (init?: RequestInit) => (await fetch(`${paypal.base}/_control`, init)).json();
    expect(await shown(at)).toMatchObject({ now: '2027-01-01T00:00:00Z' });
    expect(await shown()).toMatchObject({ now: friday });
    const id = await accepted(bodyFor(['ana']));
    const ledger = await fetch(`${paypal.base}/_control/ledger`, at);
    expect(await ledger.json()).toMatchObject({ entries: [{ payout_batch_id: id, status: 'SUCCESS' }] });
    expect(await paid()).toBe(0);
  });

  it('an item can be told to take another turn, at an instant', async () => {
    const id = await accepted(bodyFor(['stuck']));
    const item = (await batchOf(id)).items[0]?.payout_item_id ?? '';
    await paypal.control('POST', `items/${item}/events`, { status: 'SUCCESS', at: '2026-11-21T17:00:00Z' });
    expect(await statuses(id)).toEqual(['PENDING']);
    await later(DAY);
    expect(await client.getItem(item)).toMatchObject({ state: 'found', item: { transaction_status: 'SUCCESS' } });
  });

  it('fault 3: pages hold 1,000 items at most, 100 unless asked', async () => {
    const id = await accepted(bodyFor(Array.from({ length: 1001 }, (_, i) => `r${i}`)));
    expect(await batchOf(id, 1)).toMatchObject({ total_items: 1001, total_pages: 2 });
    expect((await batchOf(id, 1)).items).toHaveLength(1000);
    expect((await batchOf(id, 2)).items).toHaveLength(1);
    expect((await batchOf(id, 3)).items).toEqual([]);
    const seen = [
      await batchOf(id, 1, 300),
      await batchOf(id, 2, 300),
      await batchOf(id, 3, 300),
      await batchOf(id, 4, 300),
    ];
    expect(new Set(seen.flatMap(({ items }) => items.map((item) => item.sender_item_id))).size).toBe(1001);
    expect(await client.getBatch(id, { page: 0, page_size: 10, total_required: false })).toMatchObject({
      state: 'refused',
    });
  });

  it('an unclaimed item can be cancelled, once, and no other', async () => {
    const id = await accepted(bodyFor(['unclaimed', 'ana']));
    await later(60);
    const [unclaimed = '', other = ''] = (await batchOf(id)).items.map((item) => item.payout_item_id ?? '');
    expect(await client.cancelItem(unclaimed)).toMatchObject({
      state: 'found',
      item: { transaction_status: 'RETURNED' },
    });
    expect(await client.getItem(unclaimed)).toMatchObject({
      state: 'found',
      item: { transaction_status: 'RETURNED', sender_batch_id: 'p1-2026-11-20-1-1', fee: { value: '0.00' } },
    });
    expect(await client.cancelItem(unclaimed)).toMatchObject({ state: 'refused', name: 'ITEM_ALREADY_CANCELLED' });
    expect(await client.cancelItem(other)).toMatchObject({ state: 'refused', name: 'ITEM_INCORRECT_STATUS' });
    expect(await client.cancelItem('none')).toEqual({ state: 'not_found' });
    expect(await client.getItem('none')).toEqual({ state: 'not_found' });
    expect((await client.getBatch('none', { page: 1, page_size: 1, total_required: false })).state).toBe('not_found');
  });
});

describe('the id of a sending', () => {
  it('is remembered for 30 days, with a link to the original; on day 31 it pays again', async () => {
    const body = bodyFor(['ana']);
    const id = await accepted(body);
    await later(30 * DAY - 1);
    expect(await client.createPayout(body)).toEqual({ state: 'duplicate', payout_batch_id: id });
    expect(await paid()).toBe(1000);
    await later(1);
    expect(await accepted(body)).not.toBe(id);
    await later(60);
    expect(await paid()).toBe(2000);
  });

  it('without a link the original cannot be found', async () => {
    const body = bodyFor(['ana']);
    await accepted(body);
    await paypal.control('PATCH', 'settings', { duplicate_link: false });
    expect(await client.createPayout(body)).toEqual({ state: 'duplicate', payout_batch_id: null });
  });

  it('fault 1: another id with the same items pays twice: PayPal knows by nothing else', async () => {
    await accepted(bodyFor(['ana']));
    await accepted(bodyFor(['ana'], { attempt: 2 }));
    await later(60);
    expect(await paid()).toBe(2000);
  });

  it('is freed by a batch that is DENIED, and not before', async () => {
    await fault({ answer: 'deny' });
    const body = bodyFor(['ana']);
    const id = await accepted(body);
    expect(await client.createPayout(body)).toEqual({ state: 'duplicate', payout_batch_id: id });
    await later(60);
    expect(await batchOf(id)).toMatchObject({ batch_status: 'DENIED', items: [{ transaction_status: 'DENIED' }] });
    expect(await paid()).toBe(0);
    const again = await accepted(body);
    expect(again).not.toBe(id);
    expect(await client.createPayout(body)).toEqual({ state: 'duplicate', payout_batch_id: again });
  });
});

describe('what PayPal refuses', () => {
  it('one malformed item refuses the whole batch, and names it', async () => {
    const refusal = await client.createPayout(bodyFor(['ana', 'malformed', 'ben', 'no address']));
    const issue = 'Receiver is invalid or does not match with type';
    expect(refusal).toEqual({
      state: 'bad_items',
      items: [
        { index: 1, field: 'items[1].receiver', issue },
        { index: 3, field: 'items[3].receiver', issue },
      ],
    });
    expect((await paypal.ledger()).entries).toEqual([]);
  });

  it('more than there are funds for, until money comes back or in', async () => {
    await paypal.control('PATCH', 'settings', { funds: 3000 });
    await accepted(bodyFor(['failed', 'ana']));
    const more = bodyFor(['ben'], { chunk: 2 });
    expect(await client.createPayout(more)).toEqual({ state: 'insufficient_funds' });
    await later(60);
    expect((await paypal.ledger()).totals['USD']?.balance).toBe(3000 - 1001 - 25);
    await accepted(more);
    expect((await paypal.ledger()).totals['USD']?.balance).toBe(3000 - 1001 - 25 - 1000);
  });

  const amounts = (...list: readonly unknown[]) =>
    JSON.stringify({
      sender_batch_header: { sender_batch_id: 'x' },
      items: list.map((amount) => ({ recipient_type: 'EMAIL', receiver: 'ana@example.com', amount })),
    });
  const usd = (value: unknown) => ({ value, currency: 'USD' });

  it.each<[string, unknown]>([
    ['fault 13: an amount with one digit', usd('10.1')],
    ['three digits', usd('10.100')],
    ['a number', usd(10.1)],
    ['nothing', usd('0.00')],
    ['a negative amount', usd('-1.00')],
    ['digits that the currency does not have', { value: '10.00', currency: 'JPY' }],
    ['above the cap', usd('20000.01')],
    ['no such currency', { value: '10.00', currency: 'XXX' }],
  ])('%s', async (_, amount) => {
    expect(await client.createPayout(amounts(amount))).toMatchObject({ state: 'bad_items', items: [{ index: 0 }] });
  });

  it('fault 4: two currencies, no items, no id, no JSON', async () => {
    const both = amounts(usd('1.00'), { value: '1.00', currency: 'EUR' });
    for (const body of [both, amounts(), '{"items":[{}]}', 'null']) {
      expect(await client.createPayout(body)).toMatchObject({ state: 'refused', name: 'VALIDATION_ERROR' });
    }
    expect(await client.createPayout('{')).toMatchObject({ state: 'refused', name: 'MALFORMED_REQUEST_JSON' });
  });

  it('who has no token, a wrong one, or an old one', async () => {
    const stranger = paypal.client({ client_secret: 'guessed' });
    expect(await stranger.createPayout(bodyFor(['ana']))).toMatchObject({ state: 'unknown', reason: 'no_token' });
    expect((await fetch(`${paypal.base}/v1/payments/payouts/B1`)).status).toBe(401);
    const id = await accepted(bodyFor(['ana']));
    await paypal.control('DELETE', 'tokens');
    expect((await batchOf(id)).payout_batch_id).toBe(id);
    await later(10 * 3600);
    expect((await batchOf(id)).payout_batch_id).toBe(id);
    const requests = await paypal.control<{ path: string }[]>('GET', 'requests');
    expect(requests.filter(({ path }) => path === '/v1/oauth2/token')).toHaveLength(4);
  });
});

describe('when an answer does not come', () => {
  const unknowns: [string, object, object][] = [
    ['a reply that breaks off', { answer: 'break' }, {}],
    ['no reply in time', { answer: 'hang', delay_ms: 700 }, { reason: 'timeout' }],
    ['a reply that is no JSON', { answer: 'garbage' }, { reason: 'unreadable' }],
    ['a 500', { status: 500 }, { reason: 'server', http_status: 500 }],
    ['a 503', { status: 503, name: 'SERVICE_UNAVAILABLE' }, { reason: 'server', http_status: 503 }],
    ['a 429', { status: 429, retry_after: 9 }, { reason: 'rate_limited', retry_after: 9 }],
  ];

  it.each(unknowns)('%s, the batch taken in: the same bytes again find it', async (_, given, expected) => {
    await fault({ ...given, when: 'after' });
    const body = bodyFor(['ana']);
    client = paypal.client({ timeout: 300 });
    expect(await client.createPayout(body)).toMatchObject({ state: 'unknown', ...expected });
    client = paypal.client();
    const again = await client.createPayout(body);
    expect(again).toMatchObject({ state: 'duplicate', payout_batch_id: expect.any(String) });
    await later(60);
    expect(await paid()).toBe(1000);
  });

  it.each(unknowns)('%s, nothing taken in: the same bytes again are the first', async (_, given, expected) => {
    await fault({ ...given, when: 'before' });
    const body = bodyFor(['ana']);
    client = paypal.client({ timeout: 300 });
    expect(await client.createPayout(body)).toMatchObject({ state: 'unknown', ...expected });
    client = paypal.client();
    await accepted(body);
    await later(60);
    expect(await paid()).toBe(1000);
  });

  it('faults strike as often as they are told to, and whom', async () => {
    await fault({ on: 'batch', times: 2 });
    await fault({ on: 'create', times: null, match: '-2-1', status: 400, name: 'USER_BUSINESS_ERROR' });
    const id = await accepted(bodyFor(['ana']));
    const look = async () => (await client.getBatch(id, { page: 1, page_size: 1, total_required: false })).state;
    expect([await look(), await look(), await look()]).toEqual(['unknown', 'unknown', 'found']);
    const second = bodyFor(['ana'], { chunk: 2 });
    const refused = { state: 'refused', name: 'USER_BUSINESS_ERROR' };
    expect(await client.createPayout(second)).toMatchObject(refused);
    expect(await client.createPayout(second)).toMatchObject(refused);
    await paypal.control('DELETE', 'faults');
    await accepted(bodyFor(['ana'], { chunk: 2 }));
  });

  it('a fault at the token, an item, a cancel', async () => {
    await fault({ on: 'token' });
    expect(await client.getItem('I1')).toMatchObject({ state: 'unknown', reason: 'no_token' });
    const id = await accepted(bodyFor(['unclaimed']));
    await later(60);
    const item = (await batchOf(id)).items[0]?.payout_item_id ?? '';
    await fault({ on: 'cancel', when: 'after', status: 502 });
    await fault({ on: 'item', answer: 'garbage' });
    expect(await client.cancelItem(item)).toMatchObject({ state: 'unknown', reason: 'server' });
    expect(await client.getItem(item)).toMatchObject({ state: 'unknown', reason: 'unreadable' });
    expect(await client.getItem(item)).toMatchObject({ state: 'found', item: { transaction_status: 'RETURNED' } });
  });

  it('a fault, setting or clock that is none is refused', async () => {
    await expect(fault({ on: 'everything' })).rejects.toThrow(/422/);
    await expect(paypal.control('PATCH', 'settings', { fund: 1 })).rejects.toThrow(/422/);
    await expect(paypal.control('POST', 'clock', { now: 'tomorrow' })).rejects.toThrow(/422/);
    await expect(paypal.control('POST', 'items/none/events', { status: 'X' })).rejects.toThrow(/404/);
  });
});

describe('the contract', () => {
  const contract = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../contracts/paypal_payouts.json'), 'utf8'),
  ) as {
    components: { schemas: object };
  };
  const $defs = JSON.parse(
    JSON.stringify(contract.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
  ) as Record<string, object>;
  const schema = (name: string) =>
    z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs } as Parameters<typeof z.fromJSONSchema>[0]);

  async function api(method: string, path: string, body?: string): Promise<{ status: number; json: unknown }> {
    const authorization = `Basic ${btoa(`${simulatorCredentials.client_id}:${simulatorCredentials.client_secret}`)}`;
    const grant = {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    };
    const { access_token } = (await (await fetch(`${paypal.base}/v1/oauth2/token`, grant)).json()) as {
      access_token: string;
    };
    const response = await fetch(`${paypal.base}/v1/payments/${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}` },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, json: await response.json() };
  }

  it('PayPal’s own schemas take what is sent and what the simulator answers', async () => {
    const body = bodyFor([
      'ana',
      'unclaimed',
      'failed',
      'returned',
      'blocked',
      'onhold',
      'reversed',
      'refunded',
      'stuck',
    ]);
    schema('create_payout_request').parse(JSON.parse(body));
    const made = await api('POST', 'payouts', body);
    expect(made.status).toBe(201);
    schema('payout').parse(made.json);
    const { batch_header } = made.json as { batch_header: { payout_batch_id: string } };
    for (const seconds of [0, 30, 60, 10 * DAY, 40 * DAY]) {
      await later(seconds);
      const page = await api('GET', `payouts/${batch_header.payout_batch_id}?page_size=4&total_required=true`);
      schema('payout_batch').parse(page.json);
      const { items } = page.json as { items: { payout_item_id: string }[] };
      for (const { payout_item_id } of items) {
        schema('payout_item-2').parse((await api('GET', `payouts-item/${payout_item_id}`)).json);
      }
    }
  });

  it('and its refusals, but for the link of a duplicate, which no schema has', async () => {
    const body = bodyFor(['ana']);
    await api('POST', 'payouts', body);
    const refusals = [
      await api('POST', 'payouts', body),
      await api('POST', 'payouts', bodyFor(['malformed'], { chunk: 2 })),
      await api('POST', 'payouts', '{'),
      await api('GET', 'payouts/none'),
      await api('POST', 'payouts-item/none/cancel'),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400, 404, 404]);
    for (const { json } of refusals) schema('error').parse(json);
  });

  it('the schemas can refuse', () => {
    expect(schema('payout_batch').safeParse({ batch_header: { payout_batch_id: 7 } }).success).toBe(false);
    expect(schema('error').safeParse({ name: 'X' }).success).toBe(false);
  });
});
