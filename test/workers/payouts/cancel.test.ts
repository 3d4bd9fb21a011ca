import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { unclaimedPayouts } from '../../../src/payout/cancel.repo.ts';
import { askCancellation } from '../../../src/payout/cancel.ts';
import { operationsOf } from '../../../src/payout/operations.ts';
import type { PayoutsRpc } from '../../../src/payout/rpc.ts';
import { takeSteps } from '../../../src/payout/run.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { localSecrets, operatorKeys } from '../../support/local.ts';
import { Crasher, crashing } from './crasher.ts';
import { checkLaws, dump } from './laws.ts';
import { fact, personRow, rows } from './play.ts';
import {
  advanceUntil,
  contextOf,
  DAY,
  DAY_MS,
  freeze,
  frozenFriday,
  MINUTE,
  payoutsBy,
  type Play,
  RUN,
  statusesBy,
} from './simulated.ts';
import { spyOn } from './spy.ts';

const HOUR = 60 * MINUTE;
const LATER = RUN + 2 * HOUR;
const app = createApi();

function vault(play: Play): PayoutsRpc {
  return operationsOf({
    db: play.books.db,
    context: (now) => contextOf(play, now),
    instances: () => ({ ensure: async () => {} }),
  });
}

/** A vault that hears nothing: the RPC is lost. */
const deaf = new Proxy({} as PayoutsRpc, {
  get: () => async () => {
    throw new Error('lost');
  },
});

interface Call {
  now?: number;
  body?: object;
  vault?: PayoutsRpc;
}

async function ask(play: Play, key: string, method: string, path: string, call: Call = {}) {
  const { now = LATER, body = {} } = call;
  const clock = new Date(now).toISOString();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-clock': clock };
  const bindings = { ...env, ...localSecrets, PAYOUTS: call.vault ?? vault(play) } as unknown as ProgramEnv;
  const init = { method, headers, ...(method === 'GET' ? {} : { body: JSON.stringify(body) }) };
  const response = await app.request(`http://localhost${path}`, init, bindings);
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
}

async function tokenOf(play: Play, partner_id: string, scope: string): Promise<string> {
  const { body } = await ask(play, operatorKeys.ana, 'POST', `/v1/partners/${partner_id}/tokens`, { body: { scope } });
  return String(body['token']);
}

const pathOf = async (play: Play, name: string) =>
  `/v1/payouts/${(await payoutsBy(play))[name]!.payout_id}/cancellation`;
const itemsAt = (play: Play, now: number) =>
  Object.fromEntries(play.paypal.ledger(now).entries.map(({ receiver, status }) => [receiver.split('@')[0], status]));
const cancels = (play: Play) => play.paypal.state.world.asked.filter(({ path }) => path.endsWith('/cancel')).length;

/** A Friday whose payouts stand, PayPal having been asked. */
async function sentFriday(receivers: readonly string[]): Promise<Play> {
  const play = await frozenFriday(receivers);
  await advanceUntil(play, RUN, RUN + HOUR);
  return play;
}

/** Another address of a partner's, set at an instant. */
async function replace({ books }: Play, partner_id: string, email: string, when: number): Promise<void> {
  const { email: address, address_hash, match_hash } = personRow('', email);
  const insert = books.d1.prepare(
    'INSERT INTO people (person_id, email, address_hash, match_hash) VALUES (?, ?, ?, ?)',
  );
  await insert.bind(`per_${email}`, address, address_hash, match_hash).run();
  await fact(books, partner_id, 'paypal', `per_${email}`, when);
}

async function daily(play: Play, now: number): Promise<void> {
  await takeSteps(await contextOf(play, now), [DAY], now);
}

describe('P7: a partner asks for an unclaimed payout back', () => {
  it('PayPal is told to cancel it, and it is due anew once PayPal says RETURNED', async () => {
    const play = await sentFriday(['ana', 'unclaimed', 'unclaimed+2']);
    const key = await tokenOf(play, 'p0001', 'read payout');
    const path = await pathOf(play, 'unclaimed');
    expect(await ask(play, key, 'POST', path)).toMatchObject({
      status: 200,
      body: { status: 'returned', amount: 12_001, pay_date: DAY, asked_at: '2026-11-20T19:00:00Z' },
    });
    expect(itemsAt(play, LATER)).toMatchObject({ unclaimed: 'RETURNED', 'unclaimed+2': 'UNCLAIMED' });
    expect(await statusesBy(play)).toEqual({ ana: 'paid', unclaimed: 'returned', 'unclaimed+2': 'unclaimed' });
    expect(await rows(play.books, "SELECT partner_id, amount FROM lines WHERE kind = 'returned'")).toEqual([
      { partner_id: 'p0001', amount: 12_001 },
    ]);
    await checkLaws(play.books, LATER);
  });

  it('the same wish again is the same wish: nothing more is told to PayPal, nothing more is written', async () => {
    const play = await sentFriday(['unclaimed']);
    const path = await pathOf(play, 'unclaimed');
    expect((await ask(play, operatorKeys.ana, 'POST', path)).status).toBe(200);
    const before = await dump(play.books);
    const again = await ask(play, operatorKeys.ben, 'POST', path, { now: LATER + HOUR });
    expect(again).toMatchObject({ status: 200, body: { status: 'returned', asked_at: '2026-11-20T19:00:00Z' } });
    expect(cancels(play)).toBe(1);
    expect(await dump(play.books)).toEqual(before);
    expect(await rows(play.books, "SELECT actor FROM audit_log WHERE action = 'payouts.cancel'")).toEqual([
      { actor: 'ana' },
    ]);
  });

  it('two who ask at the same time write one wish, and one line is due', async () => {
    const play = await sentFriday(['unclaimed']);
    const path = await pathOf(play, 'unclaimed');
    const answers = await Promise.all([
      ask(play, operatorKeys.ana, 'POST', path),
      ask(play, operatorKeys.ben, 'POST', path),
    ]);
    expect(answers.every(({ status }) => status === 200 || status === 202)).toBe(true);
    await daily(play, RUN + DAY_MS);
    expect(await rows(play.books, 'SELECT count(*) AS n FROM payout_cancellations')).toEqual([{ n: 1 }]);
    expect(await rows(play.books, "SELECT count(*) AS n FROM lines WHERE kind = 'returned'")).toEqual([{ n: 1 }]);
    await checkLaws(play.books, RUN + DAY_MS);
  });

  it('another partner’s payout is not to be found, and the scope is needed', async () => {
    const play = await sentFriday(['unclaimed', 'unclaimed+2']);
    const path = await pathOf(play, 'unclaimed+2');
    expect(await ask(play, await tokenOf(play, 'p0000', 'read payout'), 'POST', path)).toMatchObject({ status: 404 });
    expect(await ask(play, await tokenOf(play, 'p0001', 'read'), 'POST', path)).toMatchObject({ status: 403 });
    expect(await ask(play, operatorKeys.ana, 'POST', '/v1/payouts/po_none/cancellation')).toMatchObject({
      status: 404,
    });
    expect(await rows(play.books, 'SELECT * FROM payout_cancellations')).toEqual([]);
    expect(cancels(play)).toBe(0);
  });

  it('only what stands UNCLAIMED: anything else is 409, and PayPal is not asked', async () => {
    const play = await sentFriday(['ana', 'failed', 'stuck', 'unclaimed']);
    for (const name of ['ana', 'failed', 'stuck']) {
      const answer = await ask(play, operatorKeys.ana, 'POST', await pathOf(play, name));
      expect(answer).toMatchObject({ status: 409, body: { code: 'batch_state' } });
    }
    expect(cancels(play)).toBe(0);
  });

  it('what the receiver claims before PayPal hears of it is paid, and stays so', async () => {
    const play = await sentFriday(['unclaimed']);
    play.paypal.event('unclaimed@example.com', 'SUCCESS', RUN + HOUR);
    const answer = await ask(play, operatorKeys.ana, 'POST', await pathOf(play, 'unclaimed'));
    expect(answer).toMatchObject({ status: 200, body: { status: 'paid' } });
    expect(await rows(play.books, "SELECT * FROM lines WHERE kind = 'returned'")).toEqual([]);
    expect(play.paypal.paid(LATER)).toEqual({ 'unclaimed@example.com': 12_000 });
    await checkLaws(play.books, LATER);
  });

  it('a call to the vault that is lost is made up by the daily cron', async () => {
    const play = await sentFriday(['unclaimed']);
    const path = await pathOf(play, 'unclaimed');
    expect(await ask(play, operatorKeys.ana, 'POST', path, { vault: deaf })).toMatchObject({
      status: 202,
      body: { status: 'unclaimed' },
    });
    await daily(play, RUN + DAY_MS);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'returned' });
  });

  it('where PayPal does not do it, it is told again each day, and nothing is due meanwhile', async () => {
    const play = await sentFriday(['unclaimed']);
    play.paypal.fault({ on: 'cancel', when: 'before', status: 503, times: 3 });
    expect((await ask(play, operatorKeys.ana, 'POST', await pathOf(play, 'unclaimed'))).status).toBe(202);
    for (const day of [1, 1.1, 2]) await daily(play, RUN + day * DAY_MS);
    expect(cancels(play)).toBe(3);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'unclaimed' });
    expect(await rows(play.books, "SELECT * FROM lines WHERE kind = 'returned'")).toEqual([]);
    await daily(play, RUN + 3 * DAY_MS);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'returned' });
    await checkLaws(play.books, RUN + 3 * DAY_MS);
  });

  it('of a payout that went in several parts, those unclaimed are called back, and the others stay paid', async () => {
    const play = await frozenFriday(['unclaimed'], { amount: () => 4_500_000 });
    await play.books.d1.prepare("UPDATE batches SET status = 'frozen'").run();
    await advanceUntil(play, RUN, RUN + MINUTE / 2);
    const [first] = play.paypal.state.world.items.values();
    play.paypal.state.putItem({ ...first!, timeline: [{ at: RUN, status: 'SUCCESS' }] });
    await advanceUntil(play, RUN + MINUTE, RUN + HOUR);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'unclaimed' });
    await ask(play, operatorKeys.ana, 'POST', await pathOf(play, 'unclaimed'));
    expect(cancels(play)).toBe(2);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'paid' });
    expect(await rows(play.books, "SELECT amount FROM lines WHERE kind = 'returned'")).toEqual([{ amount: 2_500_000 }]);
  });
});

describe('P3, P7: an address that is replaced calls back what stands UNCLAIMED at the former one', () => {
  const other = { paypal_email: 'new@example.com' };

  it.each(['partner', 'operator'] as const)('at once, when the %s sets it', async (who) => {
    const play = await sentFriday(['unclaimed', 'unclaimed+2', 'ana']);
    const answer =
      who === 'partner'
        ? await ask(play, await tokenOf(play, 'p0000', 'read payout'), 'PATCH', '/v1/me', { body: other })
        : await ask(play, operatorKeys.ana, 'PATCH', '/v1/partners/p0000', { body: other });
    expect(answer.status).toBe(200);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'returned', 'unclaimed+2': 'unclaimed', ana: 'paid' });
    expect(await rows(play.books, 'SELECT cause, asked_at FROM payout_cancellations')).toEqual([
      { cause: 'address', asked_at: LATER },
    ]);
  });

  it('and the amount waits for the address that serves, 72 hours later', async () => {
    const play = await sentFriday(['unclaimed']);
    await ask(play, operatorKeys.ana, 'PATCH', '/v1/partners/p0000', { body: other });
    const next = RUN + 7 * DAY_MS;
    await freeze(play, next);
    await advanceUntil(play, next, next + HOUR, '2026-11-27');
    expect(play.paypal.paid(next + HOUR)).toEqual({ 'new@example.com': 12_000 });
    await checkLaws(play.books, next + HOUR);
  });

  it('also what was still on its way when it was replaced, once it stands UNCLAIMED', async () => {
    const play = await frozenFriday(['unclaimed']);
    await ask(play, operatorKeys.ana, 'PATCH', '/v1/partners/p0000', { body: other, now: RUN });
    expect(cancels(play)).toBe(0);
    await advanceUntil(play, RUN, RUN + HOUR);
    await daily(play, RUN + DAY_MS);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'returned' });
  });

  it('an address that is only cleared, or set again, replaces nothing', async () => {
    const play = await sentFriday(['unclaimed', 'unclaimed+2']);
    await ask(play, operatorKeys.ana, 'PATCH', '/v1/partners/p0000', { body: { paypal_email: null } });
    await fact(play.books, 'p0001', 'paypal', 'per_p0001', LATER);
    await daily(play, RUN + DAY_MS);
    expect(cancels(play)).toBe(0);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'unclaimed', 'unclaimed+2': 'unclaimed' });
  });
});

it('what stands UNCLAIMED is found without reading a batch', async () => {
  const play = await sentFriday(['unclaimed', 'ana', 'ben', 'cat', 'dan']);
  const spy = spyOn(play.books.d1);
  for (const partner_id of [null, 'p0000']) {
    expect(await unclaimedPayouts(openDatabase(spy.d1), partner_id)).toHaveLength(1);
  }
  for (const { rows_read } of spy.sent) expect(rows_read).toBeLessThan(8);
});

// Two payouts are called back, one because it was asked for and one for its address; it may die anywhere.
const END = RUN + 3 * DAY_MS;

async function wished(): Promise<Play> {
  const play = await sentFriday(['unclaimed', 'ana', 'unclaimed+2', 'unclaimed+3']);
  const { payout_id } = (await payoutsBy(play))['unclaimed']!;
  expect((await askCancellation(play.books.db, { payout_id, whose: 'p0000', by: 'x', now: LATER })).ok).toBe(true);
  await replace(play, 'p0002', 'new@example.com', LATER);
  return play;
}

it('P7: a cancellation may die at any effect, before it or after it: one line due each, and PayPal has the money', async () => {
  const run = async (play: Play) => {
    await vault(play).cancel('p0000', LATER);
    await daily(play, RUN + DAY_MS);
  };
  const whole = await wished();
  const counter = new Crasher(Number.POSITIVE_INFINITY, 'before');
  await run(crashing(whole, counter));
  expect(counter.done).toBeGreaterThan(15);
  for (let k = 0; k <= counter.done; k++) {
    for (const when of counter.writes.has(k) ? (['before', 'after'] as const) : (['before'] as const)) {
      const play = await wished();
      await run(crashing(play, new Crasher(k, when))).catch(() => 'crashed');
      for (const day of [2, 3]) await daily(play, RUN + day * DAY_MS);
      const statuses = { unclaimed: 'returned', ana: 'paid', 'unclaimed+2': 'returned', 'unclaimed+3': 'unclaimed' };
      expect([k, when, await statusesBy(play)]).toEqual([k, when, statuses]);
      expect(await rows(play.books, "SELECT partner_id FROM lines WHERE kind = 'returned' ORDER BY 1")).toEqual([
        { partner_id: 'p0000' },
        { partner_id: 'p0002' },
      ]);
      expect(play.paypal.ledger(END).totals['USD']).toMatchObject({
        receiver: 12_001,
        sender: 24_002,
        on_the_way: 12_003,
      });
      await checkLaws(play.books, END);
    }
  }
}, 900_000);
