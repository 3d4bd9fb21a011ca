import { describe, expect, it } from 'vitest';

import { paypalClient, type ClientOptions } from '../../../src/paypal/client.ts';

const base = 'https://paypal.example';
const secret = 'very-secret';

interface Asked {
  method: string;
  url: string;
  headers: Headers;
  body: unknown;
  redirect: string | undefined;
}

type Scripted = { status: number; json?: unknown; text?: string; headers?: Record<string, string> } | Error;

const token = (name: string, expires_in = 32_400): Scripted => ({
  status: 200,
  json: { access_token: name, expires_in, token_type: 'Bearer' },
});

/** A client whose every question is answered from a list; asking more than that fails the test. */
function scripted(answers: readonly Scripted[], options: Partial<ClientOptions> = {}) {
  const asked: Asked[] = [];
  const left = [...answers];
  const client = paypalClient({
    base,
    client_id: 'id',
    client_secret: secret,
    now: 0,
    tokens: new Map(),
    fetch: async (url, init) => {
      asked.push({
        url,
        method: init.method ?? 'GET',
        headers: new Headers(init.headers),
        body: init.body,
        redirect: init.redirect,
      });
      const next = left.shift();
      if (!next) throw new Error('asked once too often');
      if (next instanceof Error) throw next;
      const body = 'json' in next ? JSON.stringify(next.json) : (next.text ?? '');
      return new Response(body, { status: next.status, headers: next.headers ?? {} });
    },
    ...options,
  });
  return { client, asked, left };
}

const created = (id: unknown) => ({ batch_header: { payout_batch_id: id, batch_status: 'PENDING' } });
const error = (name: string, details?: unknown, more: object = {}) => ({
  name,
  message: 'm',
  debug_id: 'd',
  details,
  ...more,
});
const original = `${base}/v1/payments/payouts/ORIGINAL1`;
const taken = { field: 'SENDER_BATCH_ID', issue: 'Batch with given sender_batch_id already exists' };
const unknown = (reason: string, http_status: number | null = null, retry_after: number | null = null) => ({
  state: 'unknown',
  reason,
  http_status,
  retry_after,
});
const refused = (name: string, http_status: number, issue: string | null = null) => ({
  state: 'refused',
  name,
  issue,
  http_status,
});

describe('P7: what an answer to a create means', () => {
  it.each<[string, Scripted, object]>([
    ['201 is acceptance', { status: 201, json: created('B1') }, { state: 'accepted', payout_batch_id: 'B1' }],
    [
      'a 201 of an unknown status too',
      { status: 201, json: { batch_header: { payout_batch_id: 'B1', batch_status: 'BEING_LOOKED_AT', more: [] } } },
      { state: 'accepted', payout_batch_id: 'B1' },
    ],
    ['a 201 without an id', { status: 201, json: created(undefined) }, unknown('unreadable', 201)],
    ['a 201 whose id is a number', { status: 201, json: created(7) }, unknown('unreadable', 201)],
    ['a 201 that breaks off', { status: 201, text: '{"batch_header":' }, unknown('unreadable', 201)],
    ['a page of HTML', { status: 200, text: '<html>' }, unknown('unreadable', 200)],
    [
      'a redirect is not followed',
      { status: 302, headers: { location: 'https://x.example' } },
      unknown('unreadable', 302),
    ],
    [
      'a duplicate with its link leads to the original',
      { status: 400, json: error('USER_BUSINESS_ERROR', [{ ...taken, link: [{ href: original, rel: 'self' }] }]) },
      { state: 'duplicate', payout_batch_id: 'ORIGINAL1' },
    ],
    [
      'a duplicate whose link is no list',
      { status: 400, json: error('USER_BUSINESS_ERROR', [{ ...taken, links: { href: `${original}/` } }]) },
      { state: 'duplicate', payout_batch_id: 'ORIGINAL1' },
    ],
    [
      'a duplicate without a link',
      { status: 400, json: error('USER_BUSINESS_ERROR', [taken]) },
      { state: 'duplicate', payout_batch_id: null },
    ],
    [
      'a duplicate with a link to something else',
      { status: 400, json: error('USER_BUSINESS_ERROR', [{ ...taken, link: [{ href: `${base}/docs/payouts` }] }]) },
      { state: 'duplicate', payout_batch_id: null },
    ],
    [
      'a duplicate that leads to two batches leads to none',
      {
        status: 400,
        json: error('USER_BUSINESS_ERROR', [{ ...taken, link: [{ href: original }, { href: `${original}2` }] }]),
      },
      { state: 'duplicate', payout_batch_id: null },
    ],
    [
      'a duplicate under another name: one sign of it is enough',
      { status: 400, json: error('DUPLICATE', [{ issue: taken.issue }]) },
      { state: 'duplicate', payout_batch_id: null },
    ],
    [
      'the name of a duplicate without its detail is a refusal like any',
      { status: 400, json: error('USER_BUSINESS_ERROR') },
      refused('USER_BUSINESS_ERROR', 400),
    ],
    [
      'and so with another detail',
      { status: 400, json: error('USER_BUSINESS_ERROR', [{ field: 'items', issue: 'Not allowed' }]) },
      refused('USER_BUSINESS_ERROR', 400, 'Not allowed'),
    ],
    [
      'malformed items',
      {
        status: 400,
        json: error('VALIDATION_ERROR', [
          { field: 'items[1].receiver', issue: 'Receiver is invalid' },
          { field: '/items/12/amount/value', issue: 'Invalid' },
        ]),
      },
      {
        state: 'bad_items',
        items: [
          { index: 1, field: 'items[1].receiver', issue: 'Receiver is invalid' },
          { index: 12, field: '/items/12/amount/value', issue: 'Invalid' },
        ],
      },
    ],
    [
      'a malformed header',
      { status: 400, json: error('VALIDATION_ERROR', [{ field: 'sender_batch_header', issue: 'null' }]) },
      refused('VALIDATION_ERROR', 400, 'null'),
    ],
    [
      'a field that only begins like items',
      { status: 400, json: error('VALIDATION_ERROR', [{ field: 'items_total[3]', issue: 'x' }, { field: 'items' }]) },
      refused('VALIDATION_ERROR', 400, 'x'),
    ],
    ['too little money', { status: 422, json: error('INSUFFICIENT_FUNDS') }, { state: 'insufficient_funds' }],
    [
      'too little money, told as an issue',
      { status: 422, json: error('UNPROCESSABLE_ENTITY', [{ issue: 'INSUFFICIENT_FUNDS' }]) },
      { state: 'insufficient_funds' },
    ],
    ['another 422', { status: 422, json: error('UNPROCESSABLE_ENTITY') }, refused('UNPROCESSABLE_ENTITY', 422)],
    ['403', { status: 403, json: error('AUTHORIZATION_ERROR') }, refused('AUTHORIZATION_ERROR', 403)],
    ['404', { status: 404, json: error('NOT_FOUND') }, refused('NOT_FOUND', 404)],
    ['a 400 that cannot be read may be a duplicate’s', { status: 400, text: '<html>' }, unknown('unreadable', 400)],
    ['a 403 of something in between', { status: 403, text: 'Forbidden' }, unknown('unreadable', 403)],
    ['an empty 400', { status: 400, text: '' }, unknown('unreadable', 400)],
    ['a 400 of JSON without a name', { status: 400, json: { name: 7 } }, unknown('unreadable', 400)],
    [
      '429',
      { status: 429, json: error('RATE_LIMIT_REACHED'), headers: { 'retry-after': '17' } },
      unknown('rate_limited', 429, 17),
    ],
    [
      '429 that names a date',
      { status: 429, headers: { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' } },
      unknown('rate_limited', 429),
    ],
    ['500, whatever it says', { status: 500, json: error('USER_BUSINESS_ERROR', [taken]) }, unknown('server', 500)],
    ['503', { status: 503, text: '', headers: { 'retry-after': '5' } }, unknown('server', 503, 5)],
    ['504', { status: 504, json: error('REQUEST_TIMEOUT_EXCEEDED') }, unknown('server', 504)],
    ['408', { status: 408, text: '' }, unknown('server', 408)],
    ['no connection', new TypeError('fetch failed: ana@example.com'), unknown('network')],
    ['a time-out', new DOMException('late', 'TimeoutError'), unknown('timeout')],
  ])('%s', async (_, answer, expected) => {
    const { client, left } = scripted([token('t1'), answer]);
    expect(await client.createPayout('{}')).toEqual(expected);
    expect(left).toEqual([]);
  });

  it('credentials and money go nowhere else: no redirect is followed', async () => {
    const { client, asked } = scripted([token('t1'), { status: 201, json: created('B1') }]);
    await client.createPayout('{}');
    expect(asked.map(({ redirect }) => redirect)).toEqual(['manual', 'manual']);
  });

  it('sends the bytes it is given, once, with no id of its own', async () => {
    const { client, asked } = scripted([token('t1'), { status: 201, json: created('B1') }]);
    await client.createPayout('{"a": "ü"}');
    expect(asked[1]).toMatchObject({ method: 'POST', url: `${base}/v1/payments/payouts`, body: '{"a": "ü"}' });
    expect([...(asked[1]?.headers.keys() ?? [])].toSorted()).toEqual(['accept', 'authorization', 'content-type']);
  });

  it('a time-out ends a call that is never answered', async () => {
    const { client } = scripted([], {
      timeout: 20,
      fetch: (_, { signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    expect(await client.createPayout('{}')).toEqual(unknown('timeout'));
  });

  it('a time-out ends an answer that never ends', async () => {
    const { client } = scripted([], {
      timeout: 50,
      tokens: new Map([[`${base} id`, { token: 't', until: 1 }]]),
      fetch: async (_, { signal }) => {
        const body = new ReadableStream({
          start: (controller) => signal?.addEventListener('abort', () => controller.error(signal.reason)),
        });
        return new Response(body, { status: 201 });
      },
    });
    expect(await client.createPayout('{}')).toEqual(unknown('timeout'));
  });
});

describe('the token', () => {
  const found = { status: 404, json: error('INVALID_RESOURCE_ID') };

  it('is asked for with the credentials, kept over clients, and renewed shortly before it expires', async () => {
    const tokens = new Map();
    const first = scripted([token('t1', 3600), found, found], { tokens });
    await first.client.getItem('I1');
    await first.client.getItem('I1');
    expect(first.asked.map(({ url }) => url.slice(base.length))).toEqual([
      '/v1/oauth2/token',
      '/v1/payments/payouts-item/I1',
      '/v1/payments/payouts-item/I1',
    ]);
    expect(first.asked[0]?.headers.get('authorization')).toBe(`Basic ${btoa(`id:${secret}`)}`);
    expect(first.asked[2]?.headers.get('authorization')).toBe('Bearer t1');
    const kept = scripted([found], { tokens, now: 3_299_999 });
    await kept.client.getItem('I1');
    expect(kept.left).toEqual([]);
    const late = scripted([token('t2'), found], { tokens, now: 3_300_000 });
    await late.client.getItem('I1');
    expect(late.asked[1]?.headers.get('authorization')).toBe('Bearer t2');
  });

  it('of another place or program is another', async () => {
    const tokens = new Map();
    await scripted([token('t1'), found], { tokens }).client.getItem('I1');
    const other = scripted([token('t2'), found], { tokens, client_id: 'other' });
    await other.client.getItem('I1');
    expect(other.left).toEqual([]);
  });

  it('that is refused is renewed once, and the question asked again', async () => {
    const expired = { status: 401, json: { error: 'invalid_token' } };
    const { client, asked, left } = scripted([
      token('old'),
      expired,
      token('new'),
      { status: 201, json: created('B1') },
    ]);
    expect(await client.createPayout('{}')).toEqual({ state: 'accepted', payout_batch_id: 'B1' });
    expect(left).toEqual([]);
    expect(asked[3]).toMatchObject({ body: '{}', method: 'POST' });
    const twice = scripted([token('old'), expired, token('new'), expired]);
    expect(await twice.client.createPayout('{}')).toEqual(refused('invalid_token', 401));
    expect(twice.left).toEqual([]);
  });

  it.each<[string, Scripted]>([
    ['wrong credentials', { status: 401, json: { error: 'invalid_client' } }],
    ['a 500', { status: 500, text: '' }],
    ['no JSON', { status: 200, text: '<html>' }],
    ['no token', { status: 200, json: {} }],
    ['a token that is none', { status: 200, json: { access_token: 'a\nb' } }],
  ])('cannot be had (%s): nothing is sent', async (_, answer) => {
    const { client, left } = scripted([answer]);
    expect(await client.createPayout('{}')).toEqual(unknown('no_token'));
    expect(left).toEqual([]);
  });
});

describe('reading batches and items', () => {
  const page = { page: 2, page_size: 5000, total_required: true };

  it('a page is read as far as ids, statuses and amounts go', async () => {
    const json = {
      total_items: 3,
      total_pages: '2',
      batch_header: {
        payout_batch_id: 'B 1',
        batch_status: 'SUCCESS',
        sender_batch_header: { sender_batch_id: 's-1' },
        amount: { value: '10.00', currency: 'USD' },
        fees: { value: 0.25, currency: 'USD' },
      },
      items: [
        {
          payout_item_id: 'I1',
          transaction_status: 'NEVER_SEEN',
          payout_item_fee: { value: '0.25', currency: 'USD' },
          payout_item: {
            sender_item_id: 'po_1',
            receiver: 'ana@example.com',
            amount: { value: '10.00', currency: 'USD' },
          },
          errors: { name: 'RECEIVER_UNREGISTERED', message: 'ana@example.com is not registered' },
        },
        { payout_item: { sender_item_id: 'po_2' } },
      ],
    };
    const { client, asked } = scripted([token('t'), { status: 200, json }]);
    const answer = await client.getBatch('B 1', page);
    expect(answer).toEqual({
      state: 'found',
      batch: {
        payout_batch_id: 'B 1',
        sender_batch_id: 's-1',
        batch_status: 'SUCCESS',
        amount: { value: '10.00', currency: 'USD' },
        fees: null,
        total_items: 3,
        total_pages: null,
        items: [
          {
            payout_item_id: 'I1',
            sender_item_id: 'po_1',
            payout_batch_id: null,
            sender_batch_id: null,
            transaction_status: 'NEVER_SEEN',
            amount: { value: '10.00', currency: 'USD' },
            fee: { value: '0.25', currency: 'USD' },
            error_name: 'RECEIVER_UNREGISTERED',
          },
          {
            payout_item_id: null,
            sender_item_id: 'po_2',
            payout_batch_id: null,
            sender_batch_id: null,
            transaction_status: null,
            amount: null,
            fee: null,
            error_name: null,
          },
        ],
      },
    });
    expect(JSON.stringify(answer)).not.toContain('ana@example.com');
    expect(asked[1]?.url).toBe(`${base}/v1/payments/payouts/B%201?page=2&page_size=1000&total_required=true`);
  });

  it.each<[string, Scripted, object]>([
    ['another batch than the one asked for', { status: 200, json: created('B2') }, unknown('unreadable', 200)],
    [
      'an item that cannot be told from others',
      { status: 200, json: { ...created('B1'), items: [{ transaction_status: 'SUCCESS' }] } },
      unknown('unreadable', 200),
    ],
    ['no such batch', { status: 404, json: error('INVALID_RESOURCE_ID') }, { state: 'not_found' }],
    ['a 404 of something in between', { status: 404, text: 'nginx' }, unknown('unreadable', 404)],
    ['400', { status: 400, json: error('VALIDATION_ERROR', [{ issue: 'x' }]) }, refused('VALIDATION_ERROR', 400, 'x')],
    ['429', { status: 429, text: '', headers: { 'retry-after': '3' } }, unknown('rate_limited', 429, 3)],
    ['500', { status: 500, json: created('B1') }, unknown('server', 500)],
    ['no connection', new TypeError('no'), unknown('network')],
  ])('a batch: %s', async (_, answer, expected) => {
    const { client } = scripted([token('t'), answer]);
    expect(await client.getBatch('B1', page)).toEqual(expected);
  });

  it.each<[string, Scripted, object]>([
    ['another item', { status: 200, json: { payout_item_id: 'I2' } }, unknown('unreadable', 200)],
    [
      'one that cannot be cancelled',
      { status: 400, json: error('ITEM_INCORRECT_STATUS') },
      refused('ITEM_INCORRECT_STATUS', 400),
    ],
    ['no such item', { status: 404, json: error('INVALID_RESOURCE_ID') }, { state: 'not_found' }],
    [
      'one that was returned',
      { status: 200, json: { payout_item_id: 'I1', transaction_status: 'RETURNED' } },
      { state: 'found', item: { payout_item_id: 'I1', transaction_status: 'RETURNED' } },
    ],
  ])('an item: %s', async (_, answer, expected) => {
    const { client, asked } = scripted([token('t'), answer]);
    expect(await client.cancelItem('I1')).toMatchObject(expected);
    expect(asked[1]).toMatchObject({ method: 'POST', url: `${base}/v1/payments/payouts-item/I1/cancel` });
  });

  it('an id cannot leave its place in the path', async () => {
    const { client, asked } = scripted([token('t'), { status: 404, json: error('x') }]);
    await client.getItem('../oauth2/token?x=');
    expect(asked[1]?.url).toBe(`${base}/v1/payments/payouts-item/..%2Foauth2%2Ftoken%3Fx%3D`);
  });
});
