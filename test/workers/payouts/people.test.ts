import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { operationsOf } from '../../../src/payout/operations.ts';
import { takeSteps } from '../../../src/payout/run.ts';
import { instancesOf } from '../../../workers/payouts/context.ts';
import type { PayoutsEnv } from '../../../workers/payouts/env.ts';
import { localSecrets, operatorKeys } from '../../support/local.ts';
import { checkLaws, dump } from './laws.ts';
import { rows, run } from './play.ts';
import {
  advanceAll,
  advanceUntil,
  batchStatus,
  contextOf,
  DAY,
  DAY_MS,
  freeze,
  frozenFriday,
  MINUTE,
  payoutsBy,
  type Play,
  RUN,
  sendsOf,
  statusesBy,
  unlinked,
} from './simulated.ts';
import { booksNow, restoreBooks } from './snapshot.ts';

const HOUR = 60 * MINUTE;
const app = createApi();

function operations(play: Play) {
  return operationsOf({
    db: play.books.db,
    context: (now) => contextOf(play, now),
    instances: () => ({ ensure: async () => {} }),
  });
}

async function ask(
  play: Play,
  who: 'ana' | 'ben' | 'nobody',
  method: string,
  path: string,
  body?: object,
  now = RUN + HOUR,
) {
  const headers = {
    ...(who === 'nobody' ? {} : { authorization: `Bearer ${operatorKeys[who]}` }),
    'content-type': 'application/json',
    'x-clock': new Date(now).toISOString(),
  };
  const bindings = { ...env, ...localSecrets, PAYOUTS: operations(play) } as unknown as ProgramEnv;
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const response = await app.request(`http://localhost${path}`, init, bindings);
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
}

const idOf = async (play: Play, name: string) => (await payoutsBy(play))[name]!.payout_id;

describe('P7: what a person settles', () => {
  it('a batch that needs one says what happened and what to do', async () => {
    const play = await unlinked(['ana']);
    const { body } = await ask(play, 'ana', 'GET', `/v1/payout-batches/${DAY}`);
    expect(body).toMatchObject({
      status: 'needs_attention',
      sends: [
        {
          chunk: 1,
          attempt: 1,
          status: 'needs_attention',
          attention: { what: 'duplicate_unlinked', to_do: expect.stringContaining('chunks/1/adoption') },
        },
      ],
      attention: [{ what: 'duplicate_unlinked' }],
    });
    const list = await ask(play, 'ana', 'GET', '/v1/payout-batches');
    expect(list.body).toMatchObject({ data: [{ attention: [{ what: 'duplicate_unlinked' }] }] });
  });

  it(
    'a batch that the witness knows more of says that the books are behind, and so does one that they have lost',
    { timeout: 30_000 },
    async () => {
      const play = await frozenFriday(['ana']);
      const frozen = await booksNow(play.books.d1);
      await advanceUntil(play, RUN, RUN + HOUR);
      await restoreBooks(play.books.d1, frozen);
      const behind = { status: 'needs_attention', attention: [{ what: 'books_behind' }] };
      const path = `/v1/payout-batches/${DAY}`;
      expect((await ask(play, 'ana', 'GET', path)).body).toMatchObject(behind);
      expect((await ask(play, 'ana', 'GET', '/v1/payout-batches')).body).toMatchObject({ data: [behind] });
      for (const who of ['ana', 'ben'] as const) await ask(play, who, 'POST', `${path}/replay`, {});
      expect((await ask(play, 'ana', 'GET', path)).body).toMatchObject({ status: 'in_flight', attention: [] });
      const empty = { program: frozen['program']!, policy_versions: frozen['policy_versions']! };
      await restoreBooks(play.books.d1, empty);
      expect(await ask(play, 'ana', 'GET', path)).toMatchObject({
        status: 404,
        body: { detail: expect.stringContaining('replay') },
      });
      // Payouts that do not answer are no reason to say nothing.
      await restoreBooks(play.books.d1, frozen);
      const bindings = { ...env, ...localSecrets, PAYOUTS: null } as unknown as ProgramEnv;
      const headers = { authorization: `Bearer ${operatorKeys.ana}` };
      const answer = await app.request(`http://localhost${path}`, { headers }, bindings);
      expect(await answer.json()).toMatchObject({ status: 'frozen', attention: [{ what: 'not_asked' }] });
    },
  );

  it('adoption takes two people, and the very items that were frozen', async () => {
    const play = await unlinked(['ana', 'ben']);
    const path = `/v1/payout-batches/${DAY}/chunks/1/adoption`;
    const [batch] = play.paypal.state.world.batches.keys();
    const adopt = (who: 'ana' | 'ben', payout_batch_id: string) => ask(play, who, 'POST', path, { payout_batch_id });
    expect(await adopt('ana', 'NOSUCH')).toMatchObject({ status: 422, body: { code: 'invalid' } });
    expect(await adopt('ana', batch!)).toMatchObject({ status: 202, body: { status: 'proposed' } });
    expect(await adopt('ana', batch!)).toMatchObject({ status: 202 });
    expect((await sendsOf(play))[0]!.status).toBe('needs_attention');
    expect(await adopt('ben', batch!)).toMatchObject({ status: 201 });
    expect(await adopt('ben', batch!)).toMatchObject({ status: 200 });
    expect(await advanceUntil(play, RUN + 2 * HOUR, RUN + 3 * HOUR)).toBe('done');
    expect(await statusesBy(play)).toEqual({ ana: 'paid', ben: 'paid' });
    expect(play.paypal.posts().length).toBe(2);
    await checkLaws(play.books, RUN + 3 * HOUR);
  });

  it('a batch with other amounts is not adopted', async () => {
    const play = await unlinked(['ana']);
    const [item] = play.paypal.state.world.items.values();
    play.paypal.state.putItem({ ...item!, amount: 1 });
    const [batch] = play.paypal.state.world.batches.keys();
    const path = `/v1/payout-batches/${DAY}/chunks/1/adoption`;
    expect(await ask(play, 'ana', 'POST', path, { payout_batch_id: batch })).toMatchObject({ status: 422 });
  });

  it('resolution takes two people: paid, not paid, written off; then nothing is in flight', async () => {
    const play = await unlinked(['ana', 'ben', 'cat']);
    const resolve = async (who: 'ana' | 'ben', name: string, outcome: string) =>
      ask(play, who, 'POST', `/v1/payouts/${await idOf(play, name)}/resolution`, {
        outcome,
        reason: 'seen in the account',
      });
    for (const [name, outcome] of [
      ['ana', 'paid'],
      ['ben', 'not_paid'],
      ['cat', 'written_off'],
    ] as const) {
      expect((await resolve('ana', name, outcome)).status).toBe(202);
      expect((await resolve('ben', name, outcome)).status).toBe(201);
      expect((await resolve('ben', name, outcome)).status).toBe(200);
      expect((await resolve('ana', name, 'paid')).status).toBe(name === 'ana' ? 200 : 409);
    }
    expect(await statusesBy(play)).toEqual({ ana: 'paid', ben: 'failed', cat: 'returned' });
    expect(await batchStatus(play)).toBe('settled');
    expect(await sendsOf(play)).toMatchObject([{ status: 'settled', attention: null }]);
    expect(await rows(play.books, "SELECT partner_id FROM lines WHERE kind = 'returned'")).toEqual([
      { partner_id: 'p0001' },
    ]);
    await checkLaws(play.books, RUN + 2 * HOUR);
  });

  it('what PayPal has not finished with is not for a person to settle', async () => {
    const play = await frozenFriday(['ana']);
    const path = `/v1/payouts/${await idOf(play, 'ana')}/resolution`;
    const word = { outcome: 'not_paid', reason: 'impatient' };
    expect(await ask(play, 'ana', 'POST', path, word)).toMatchObject({ status: 409, body: { code: 'batch_state' } });
    await advanceAll(play, RUN);
    expect(await ask(play, 'ana', 'POST', path, word)).toMatchObject({ status: 409, body: { code: 'batch_state' } });
    expect(await ask(play, 'ana', 'POST', '/v1/payouts/po_none/resolution', word)).toMatchObject({ status: 404 });
  });

  it('what PayPal says later against a person’s word is told, and changes nothing', async () => {
    const play = await frozenFriday(['unknownstatus']);
    await advanceUntil(play, RUN, RUN + HOUR);
    const path = `/v1/payouts/${await idOf(play, 'unknownstatus')}/resolution`;
    const word = { outcome: 'not_paid', reason: 'PayPal said so by phone' };
    expect((await ask(play, 'ana', 'POST', path, word)).status).toBe(202);
    expect((await ask(play, 'ben', 'POST', path, word)).status).toBe(201);
    play.paypal.event('unknownstatus@example.com', 'SUCCESS', RUN + HOUR);
    const before = await rows(play.books, 'SELECT * FROM transfers');
    await takeSteps(await contextOf(play, RUN + DAY_MS), [], RUN + DAY_MS);
    expect(await sendsOf(play)).toMatchObject([{ status: 'settled', attention: 'contradiction' }]);
    expect(await rows(play.books, 'SELECT * FROM transfers')).toEqual(before);
  });

  it('a payout withheld before it is sent is due anew, and the others are paid', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    const path = `/v1/payouts/${await idOf(play, 'ben')}/withholding`;
    expect(await ask(play, 'ana', 'POST', path, { reason: 'call first' })).toMatchObject({
      status: 201,
      body: { status: 'returned' },
    });
    expect(await ask(play, 'ana', 'POST', path, { reason: 'call first' })).toMatchObject({ status: 200 });
    expect(await batchStatus(play)).toBe('frozen');
    expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('done');
    expect(await statusesBy(play)).toEqual({ ana: 'paid', ben: 'returned' });
    expect(play.paypal.paid(RUN + HOUR)).toEqual({ 'ana@example.com': 12_000 });
    const ana = `/v1/payouts/${await idOf(play, 'ana')}/withholding`;
    expect(await ask(play, 'ana', 'POST', ana, { reason: 'too late' })).toMatchObject({ status: 409 });
    await freeze(play, RUN + 7 * DAY_MS);
    expect(await statusesBy(play, '2026-11-27')).toEqual({ ben: 'frozen' });
    await checkLaws(play.books, RUN + 7 * DAY_MS);
  });

  it('on the export rail: resolved by two people; withheld only while the file has not been handed out', async () => {
    const play = await frozenFriday([]);
    const { books } = play;
    const { seedPartners, book, at } = await import('./play.ts');
    await seedPartners(books, [{ partner_id: 'x1' }, { partner_id: 'x2' }]);
    await book(
      books,
      ['x1', 'x2'].map((partner_id) => ({ partner_id, payable_at: at('2026-11-18T20:00:00Z'), amount: 12_000 })),
    );
    await run(books, '0 17 * * FRI', '2026-11-27T17:00:00Z');
    const payout = async (name: string) => (await payoutsBy(play, '2026-11-27'))[name]!.payout_id;
    const [x1, x2] = [await payout('x1'), await payout('x2')];
    const now = RUN + 7 * DAY_MS + HOUR;
    expect((await ask(play, 'ana', 'POST', `/v1/payouts/${x2}/withholding`, { reason: 'wait' }, now)).status).toBe(201);
    expect(await batchStatus(play, '2026-11-27')).toBe('frozen');
    expect(await operations(play).prepareExport('2026-11-27', now)).toMatchObject({ ok: true });
    const late = await ask(play, 'ana', 'POST', `/v1/payouts/${x1}/withholding`, { reason: 'wait' }, now);
    expect(late).toMatchObject({ status: 409, body: { code: 'batch_state' } });
    const word = { outcome: 'paid', reason: 'by cheque' };
    expect((await ask(play, 'ana', 'POST', `/v1/payouts/${x1}/resolution`, word, now)).status).toBe(202);
    expect((await ask(play, 'ben', 'POST', `/v1/payouts/${x1}/resolution`, word, now)).status).toBe(201);
    expect(await batchStatus(play, '2026-11-27')).toBe('settled');
    await checkLaws(books, now);
  });
});

describe('P7: late changes', () => {
  it('money that comes back after success leaves paid and waits for an operator; 60 days it is looked for', async () => {
    const play = await frozenFriday(['ana', 'ben', 'cat']);
    await advanceUntil(play, RUN, RUN + HOUR);
    play.paypal.event('ana@example.com', 'REVERSED', RUN + 50 * DAY_MS);
    // The first look after the 60 days is the last.
    play.paypal.event('ben@example.com', 'REFUNDED', RUN + 63 * DAY_MS);
    play.paypal.event('cat@example.com', 'REFUNDED', RUN + 61 * DAY_MS);
    for (const day of [20, 50, 51, 59, 62, 64])
      await takeSteps(await contextOf(play, RUN + day * DAY_MS), [], RUN + day * DAY_MS);
    expect(await statusesBy(play)).toEqual({ ana: 'held', ben: 'paid', cat: 'held' });
    const [hold] = await rows<{ hold_id: string }>(
      play.books,
      "SELECT hold_id FROM holds WHERE kind = 'came_back' ORDER BY opened_at",
    );
    await operations(play).decideCameBack(hold!.hold_id, 'release', 'the bank had closed it', 'ana', RUN + 64 * DAY_MS);
    expect(await statusesBy(play)).toMatchObject({ ana: 'returned' });
    await checkLaws(play.books, RUN + 64 * DAY_MS);
  });

  it('fault 5: a late SUCCESS after RETURNED, or a late FAILED after SUCCESS, moves nothing and is told', async () => {
    const play = await frozenFriday(['ana', 'failed', 'cat']);
    await advanceUntil(play, RUN, RUN + HOUR);
    play.paypal.event('ana@example.com', 'FAILED', RUN + 2 * HOUR);
    play.paypal.event('failed@example.com', 'SUCCESS', RUN + 2 * HOUR);
    const before = await rows(play.books, 'SELECT * FROM transfers ORDER BY seq');
    await takeSteps(await contextOf(play, RUN + DAY_MS), [], RUN + DAY_MS);
    expect(await rows(play.books, 'SELECT * FROM transfers ORDER BY seq')).toEqual(before);
    expect(await statusesBy(play)).toEqual({ ana: 'paid', failed: 'failed', cat: 'paid' });
    expect(await sendsOf(play)).toMatchObject([{ attention: 'contradiction' }]);
  });

  it('fault 5: SUCCESS after RETURNED does not make it paid again', { timeout: 30_000 }, async () => {
    const play = await frozenFriday(['unclaimed', 'ana']);
    expect(await advanceUntil(play, RUN, RUN + 33 * DAY_MS)).toBe('done');
    expect(await statusesBy(play)).toEqual({ unclaimed: 'returned', ana: 'paid' });
    const before = await dump(play.books);
    play.paypal.event('unclaimed@example.com', 'SUCCESS', RUN + 34 * DAY_MS);
    for (const day of [35, 36]) {
      await takeSteps(await contextOf(play, RUN + day * DAY_MS), [], RUN + day * DAY_MS);
      expect(await dump(play.books)).toEqual(before);
    }
    expect(await sendsOf(play)).toMatchObject([{ status: 'settled', attention: 'contradiction' }]);
    await checkLaws(play.books, RUN + 36 * DAY_MS);
  });
});

describe('webhooks are pokes', () => {
  const hook = (play: Play, resource: object, now: number) =>
    ask(play, 'nobody', 'POST', '/v1/webhooks/paypal', { event_type: 'PAYMENT.PAYOUTS-ITEM.SUCCEEDED', resource }, now);

  it('fault 5: a poke books what GET says, once, however often and in whatever order it comes', async () => {
    const play = await frozenFriday(['ana', 'failed']);
    await advanceAll(play, RUN);
    const [batch] = play.paypal.state.world.batches.values();
    const later = RUN + HOUR;
    const answers = await Promise.all(
      [1, 2, 3].map(() => hook(play, { batch_header: { payout_batch_id: batch!.payout_batch_id } }, later)),
    );
    expect(answers.map((one) => one.status)).toEqual([200, 200, 200]);
    expect(await statusesBy(play)).toEqual({ ana: 'paid', failed: 'failed' });
    expect(await rows(play.books, "SELECT count(*) AS n FROM transfers WHERE kind <> 'freeze'")).toEqual([{ n: 2 }]);
    await checkLaws(play.books, later);
  });

  it(
    'fault 5: webhooks, the Workflow and the cron at once: what PayPal says is booked once',
    { timeout: 30_000 },
    async () => {
      const play = await frozenFriday(['ana', 'failed', 'unclaimed', 'reversed']);
      await advanceAll(play, RUN);
      const [batch] = play.paypal.state.world.batches.values();
      const items = [...play.paypal.state.world.items.values()];
      for (const day of [0, 1, 32]) {
        const now = RUN + HOUR + day * DAY_MS;
        await Promise.all([
          hook(play, { batch_header: { payout_batch_id: batch!.payout_batch_id } }, now),
          advanceAll(play, now),
          ...items.map((item) => hook(play, { payout_item_id: item.payout_item_id }, now)),
          takeSteps(await contextOf(play, now), [DAY], now),
        ]);
        await checkLaws(play.books, now);
      }
      expect(await statusesBy(play)).toEqual({
        ana: 'paid',
        failed: 'failed',
        unclaimed: 'returned',
        reversed: 'held',
      });
      const refs = await rows<{ ref: string }>(
        play.books,
        "SELECT ref FROM transfers WHERE kind <> 'freeze' ORDER BY ref",
      );
      expect(refs.map(({ ref }) => ref.split(':')[1]).toSorted()).toEqual([
        'came_back',
        'paid',
        'paid',
        'returned',
        'returned',
      ]);
      expect(await rows(play.books, 'SELECT count(*) AS n FROM holds')).toEqual([{ n: 1 }]);
    },
  );

  it('a forged or unknown one moves nothing: only what PayPal says when it is asked counts', async () => {
    const play = await frozenFriday(['stuck']);
    await advanceUntil(play, RUN, RUN + HOUR);
    const [item] = play.paypal.state.world.items.values();
    const before = await dump(play.books);
    expect(
      (await hook(play, { payout_item_id: item!.payout_item_id, transaction_status: 'SUCCESS' }, RUN + 2 * HOUR))
        .status,
    ).toBe(200);
    expect((await hook(play, { payout_item_id: 'NOSUCH' }, RUN + 2 * HOUR)).status).toBe(200);
    expect(await dump(play.books)).toEqual(before);
    const asked = play.paypal.state.world.asked.length;
    expect((await hook(play, { payout_item_id: item!.payout_item_id }, RUN + 2 * HOUR)).status).toBe(200);
    expect(play.paypal.state.world.asked.length).toBe(asked);
  });

  it('a flood is limited, and what is no JSON is heard and forgotten', async () => {
    const play = await frozenFriday([]);
    const bindings = { ...env, ...localSecrets, PAYOUTS: operations(play) } as unknown as ProgramEnv;
    const send = (body: string, headers: Record<string, string> = {}) =>
      app.request('http://localhost/v1/webhooks/paypal', { method: 'POST', body, headers }, bindings);
    expect((await send('<xml>')).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 120 }, () => send('{}')));
    expect(answers.some((answer) => answer.status === 429)).toBe(true);
    // Another address has a measure of its own, and forms have theirs.
    expect((await send('{}', { 'cf-connecting-ip': '192.0.2.7' })).status).toBe(200);
    expect(await env.FORM_LIMIT.limit({ key: 'local' })).toEqual({ success: true });
  });
});

describe('the Workflow’s instances', () => {
  it('an instance that failed is restarted, one that runs or is done is left alone', async () => {
    const done: string[] = [];
    const known = new Map([
      ['p-2026-11-20', 'errored'],
      ['p-2026-11-27', 'running'],
    ]);
    const PAYOUT_WORKFLOW = {
      create: async ({ id }: { id: string }) => {
        if (known.has(id)) throw new Error('instance.already_exists');
        done.push(`create ${id}`);
        return { id };
      },
      get: async (id: string) => ({
        status: async () => ({ status: known.get(id) }),
        restart: async () => void done.push(`restart ${id}`),
      }),
    };
    const instances = instancesOf({ PAYOUT_WORKFLOW } as unknown as PayoutsEnv, 'p');
    for (const day of ['2026-11-20', '2026-11-27', '2026-12-04']) await instances.ensure(day, RUN);
    expect(done).toEqual(['restart p-2026-11-20', 'create p-2026-12-04']);
    // What a person makes possible is taken up by an instance of that step's own, once.
    for (const step of [7, 7, 8]) {
      await instances.ensure('2026-11-27', RUN, step);
      known.set(`p-2026-11-27-${step}`, 'complete');
    }
    expect(done.slice(2)).toEqual(['create p-2026-11-27-7', 'create p-2026-11-27-8']);
  });
});
