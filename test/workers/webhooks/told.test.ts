import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import { noteEvents } from '../../../src/webhooks/note.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { at, book, FRIDAY, freshBooks, rows, run, seedPartners } from '../payouts/play.ts';
import { advanceAll, DAY, frozenFriday, MINUTE, RUN } from '../payouts/simulated.ts';
import { confirm, file, forgetTokens, pay, signup } from '../referrer/file.ts';
import { opened, Receiver } from './receiver.ts';

const T0 = '2026-06-01T17:00:00Z';
const NOON = '2026-12-31T12:00:00Z';
const referred = async (account_id: string, code: string) =>
  signup(account_id, T0, { referral_token: await giveToken({ code, at: '2026-05-20T00:00:00Z' }) });

let receiver = new Receiver();
beforeEach(() => {
  receiver = new Receiver();
});

afterEach(() => receiver.assertFits());

describe('what doors did is told', { timeout: 60_000 }, () => {
  beforeEach(async () => {
    await freshDatabases();
    forgetTokens();
    await givePartner('ann', { email: 'ann@partners.example' });
    await givePartner('bob');
  });

  it('L1, C1, C2: a signup, its commission and a refund, in their order, once, without names or addresses', async () => {
    await opened(T0);
    await referred('a1', 'ann');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    await call('POST', '/v1/refunds', {
      at: '2026-06-03T00:00:00Z',
      body: { refund_id: 'r1', payment_id: 'p1', amount: 3950, refunded_at: '2026-06-03T00:00:00Z' },
    });
    await receiver.run('2026-06-03T00:01:00Z');
    expect(receiver.told.map(({ type, timestamp, data }) => ({ type, timestamp, data }))).toEqual([
      {
        type: 'signup.attributed',
        timestamp: T0,
        data: {
          account_id: 'a1',
          partner_id: 'ann',
          source: 'last_click',
          decision_id: expect.stringMatching(/^dec_/),
          decided_by: 'signup',
          clause: 'L1',
          policy_version: 1,
          attributed_at: T0,
          earns_from: null,
          blocked: false,
          flags: [],
        },
      },
      {
        type: 'commission.earned',
        timestamp: '2026-06-02T00:00:00Z',
        data: {
          payment_id: 'p1',
          account_id: 'a1',
          partner_id: 'ann',
          amount: 1975,
          change: 1975,
          currency: 'USD',
          rate_bps: 2500,
          payable_at: '2026-08-31T00:00:00Z',
          causes: [{ kind: 'commission', clause: 'C1', cause_id: 'p1', amount: 1975 }],
        },
      },
      {
        type: 'commission.changed',
        timestamp: '2026-06-03T00:00:00Z',
        data: expect.objectContaining({
          payment_id: 'p1',
          amount: 988,
          change: -987,
          causes: [{ kind: 'refund', clause: 'C2', cause_id: 'r1', amount: -987 }],
        }),
      },
    ]);
    expect(receiver.told.map(({ body }) => body).join()).not.toMatch(/@|example/);
    await receiver.run('2026-06-03T00:02:00Z');
    expect(receiver.told).toHaveLength(3);
  });

  it('R3: a claim is told when it is decided, not when it is filed; the account, its lines and the claim in the order of the write', async () => {
    await opened(T0);
    await signup('a1', T0);
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    const filed = await file('bob', '2026-06-10T00:00:00Z', { account_id: 'a1' });
    await receiver.run('2026-06-10T00:01:00Z');
    expect(receiver.told).toEqual([]);
    await confirm(filed.body['claim_id'], '2026-06-11T00:00:00Z');
    await receiver.run('2026-06-11T00:01:00Z');
    expect(receiver.types().toSorted()).toEqual(['claim.decided', 'commission.earned', 'signup.attributed']);
    expect(receiver.types().indexOf('signup.attributed')).toBeLessThan(receiver.types().indexOf('commission.earned'));
    const told = Object.fromEntries(receiver.told.map(({ type, data }) => [type, data]));
    expect(told['signup.attributed']).toMatchObject({ partner_id: 'bob', source: 'claim', clause: 'R3' });
    expect(told['claim.decided']).toMatchObject({
      claim_id: filed.body['claim_id'],
      kind: 'claim',
      partner_id: 'bob',
      account_id: 'a1',
      outcome: 'granted',
      clause: 'R3',
      decided_at: '2026-06-11T00:00:00Z',
    });
  });

  it('a program without endpoints keeps nothing, and the first one begins with the present', async () => {
    await referred('a1', 'ann');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    expect(await noteEvents(books(), at(NOON))).toBe(0);
    await opened('2026-06-03T00:00:00Z');
    await pay('a1', 'p2', '2026-07-02T00:00:00Z');
    await receiver.run('2026-07-02T00:01:00Z');
    expect(receiver.told.map(({ type, data }) => [type, data['payment_id']])).toEqual([['commission.earned', 'p2']]);
  });

  it('an endpoint is told the types that it wants, and what happened while it was disabled waits for a replay', async () => {
    const { endpoint_id } = await opened(T0, ['commission.earned']);
    await referred('a1', 'ann');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    await receiver.run('2026-06-02T00:01:00Z');
    expect(receiver.types()).toEqual(['commission.earned']);
    const path = `/v1/webhook-endpoints/${endpoint_id}`;
    await call('PATCH', path, { as: 'ana', at: '2026-06-03T00:00:00Z', body: { status: 'disabled' } });
    await pay('a1', 'p2', '2026-07-02T00:00:00Z');
    await receiver.run('2026-07-02T00:01:00Z');
    await call('PATCH', path, { as: 'ana', at: '2026-07-03T00:00:00Z', body: { status: 'enabled' } });
    await receiver.run('2026-07-03T00:01:00Z');
    expect(receiver.told).toHaveLength(1);
    const span = { from: '2026-07-01T00:00:00Z', to: '2026-07-03T00:00:00Z' };
    const replayed = await call('POST', `${path}/replay`, { as: 'ana', at: '2026-07-03T00:02:00Z', body: span });
    expect(replayed).toEqual({ status: 201, body: { queued: 1 } });
    await receiver.run('2026-07-03T00:03:00Z');
    expect(receiver.told.map(({ data }) => data['payment_id'])).toEqual(['p1', 'p2']);
  });

  it('passes of a few rows tell the same as one of many', async () => {
    await opened(T0);
    for (const account of ['a1', 'a2', 'a3']) {
      await referred(account, account === 'a2' ? 'bob' : 'ann');
      await pay(account, `p-${account}`, '2026-06-02T00:00:00Z');
    }
    expect(await noteEvents(books(), at(NOON), 2)).toBe(6);
    const told = await rows(
      { db: books(), d1: books().$client },
      "SELECT type, payload ->> '$.data.account_id' AS account_id FROM webhook_events ORDER BY seq",
    );
    expect(told.map(({ type, account_id }) => `${String(type)} ${String(account_id)}`)).toEqual(
      ['a1', 'a2', 'a3'].flatMap((id) => [`signup.attributed ${id}`, `commission.earned ${id}`]),
    );
  });

  it('of two runs at once each event is noted once', async () => {
    await opened(T0);
    await referred('a1', 'ann');
    await pay('a1', 'p1', '2026-06-02T00:00:00Z');
    await Promise.all([1, 2, 3].map(() => noteEvents(books(), at(NOON))));
    await receiver.run(NOON);
    expect(receiver.types()).toEqual(['signup.attributed', 'commission.earned']);
  });
});

describe('Fridays are told', { timeout: 60_000 }, () => {
  it('P1, P7: frozen, paid, and what came back after success', async () => {
    const play = await freshBooks();
    await seedPartners(play, [{ partner_id: 'p1' }, { partner_id: 'p2' }]);
    const due = ['p1', 'p2'].map((partner_id) => ({
      partner_id,
      payable_at: at('2026-11-10T20:00:00Z'),
      amount: 12_010,
    }));
    await book(play, due);
    await opened('2026-11-15T00:00:00Z');
    await run(play, FRIDAY, '2026-11-20T17:00:00Z');
    await receiver.run('2026-11-20T17:01:00Z');
    expect(receiver.told.map(({ type, data }) => ({ type, data }))).toEqual([
      {
        type: 'batch.frozen',
        data: {
          pay_date: '2026-11-20',
          week: { start: '2026-11-08', end: '2026-11-14' },
          rail: 'export',
          currency: 'USD',
          payout_count: 2,
          payout_amount: 24_020,
          skipped_count: 0,
          manifest_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          needs_approval: false,
          approval_reasons: [],
          frozen_at: '2026-11-20T17:00:00Z',
        },
      },
    ]);
    const payouts = await rows<{ payout_id: string }>(play, 'SELECT payout_id FROM payouts ORDER BY partner_id');
    const now = at('2026-11-23T09:00:00Z');
    const tell = (status: 'paid' | 'returned', when: number) =>
      recordOutcomes(play.db, {
        pay_date: DAY,
        items: [{ payout_id: payouts[0]!.payout_id, status }],
        by: 'ana',
        now: when,
      });
    await tell('paid', now);
    await tell('paid', now + 1);
    await receiver.run('2026-11-23T09:01:00Z');
    await tell('returned', now + MINUTE * 10);
    await receiver.run('2026-11-23T09:20:00Z');
    const money = { payout_id: payouts[0]!.payout_id, partner_id: 'p1', pay_date: DAY, amount: 12_010, clause: 'P7' };
    expect(receiver.told.slice(1).map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'payout.paid', data: { ...money, currency: 'USD', paid_at: '2026-11-23T09:00:00Z' } },
      {
        type: 'payout.needs_attention',
        data: { ...money, currency: 'USD', attention: 'came_back', sender_batch_id: null, chunk: null },
      },
    ]);
  });

  it('P7: a sending that a person has to look at is told once for each cause', async () => {
    const play = await frozenFriday(['ok', 'fine']);
    await opened('2026-11-20T16:00:00Z');
    play.paypal.fault({ status: 403, name: 'AUTHORIZATION_ERROR', times: null } as never);
    await advanceAll(play, RUN);
    const [send] = await rows<{ attention: string | null; sender_batch_id: string }>(play.books, 'SELECT * FROM sends');
    expect(send?.attention).toBe('refused');
    await advanceAll(play, RUN + MINUTE);
    await receiver.run('2026-11-20T18:00:00Z');
    expect(receiver.told.map(({ type, data }) => ({ type, data }))).toEqual([
      {
        type: 'payout.needs_attention',
        data: {
          payout_id: null,
          partner_id: null,
          pay_date: DAY,
          amount: null,
          currency: null,
          clause: 'P7',
          attention: 'refused',
          sender_batch_id: send?.sender_batch_id,
          chunk: 1,
        },
      },
    ]);
  });
});
