import { describe, expect, it } from 'vitest';

import { approve } from '../../../src/payout/approve.ts';
import { checkLaws } from './laws.ts';
import { rows } from './play.ts';
import {
  advanceAll,
  advanceUntil,
  batchStatus,
  DAY,
  DAY_MS,
  freeze,
  frozenFriday,
  MINUTE,
  payoutsBy,
  RUN,
  sendsOf,
  statusesBy,
} from './simulated.ts';

const HOUR = 60 * MINUTE;

describe('P7: a Friday on the PayPal rail', { timeout: 60_000 }, () => {
  it('fault 6: 201 is acceptance; paid is what PayPal says of the item, and not before', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    expect(await advanceAll(play, RUN)).toEqual({ wait_ms: MINUTE });
    expect(await statusesBy(play)).toEqual({ ana: 'in_flight', ben: 'in_flight' });
    expect(await batchStatus(play)).toBe('in_flight');
    expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('done');
    expect(await statusesBy(play)).toEqual({ ana: 'paid', ben: 'paid' });
    expect(await batchStatus(play)).toBe('settled');
    expect(play.paypal.paid(RUN + HOUR)).toEqual({ 'ana@example.com': 12_000, 'ben@example.com': 12_001 });
    expect(await rows(play.books, 'SELECT fee, provider_status FROM send_items')).toEqual([
      { fee: 25, provider_status: 'SUCCESS' },
      { fee: 25, provider_status: 'SUCCESS' },
    ]);
    await checkLaws(play.books, RUN + HOUR);
  });

  it('the body’s hash and the witness are there before the POST', async () => {
    const play = await frozenFriday(['ana']);
    const held: string[] = [];
    const { fetch } = play;
    play.fetch = async (url, init) => {
      if (url.endsWith('/payments/payouts')) {
        held.push(...(await play.bucket.list()).objects.map(({ key }) => key.replace(/^[0-9a-f]+\//, '')));
        held.push((await sendsOf(play))[0]!.status);
      }
      return fetch(url, init);
    };
    await advanceAll(play, RUN);
    expect(held).toEqual([
      expect.stringMatching(/^batches\/2026-11-20\/chunk-1-[0-9a-f]{16}\.json$/),
      'batches/2026-11-20/manifest.json',
      'batches/2026-11-20/sends/1-1.json',
      'sending',
    ]);
  });

  it('fault 1: an answer lost after acceptance is asked for again under the same id, found, and paid once', async () => {
    for (const answer of ['status', 'break', 'garbage'] as const) {
      const play = await frozenFriday(['ana']);
      play.paypal.fault({ when: 'after', answer });
      expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('done');
      expect(new Set(play.paypal.posts()).size).toBe(1);
      expect(play.paypal.posts().length).toBe(2);
      expect(play.paypal.paid(RUN + HOUR)).toEqual({ 'ana@example.com': 12_000 });
      expect(await statusesBy(play)).toEqual({ ana: 'paid' });
      await checkLaws(play.books, RUN + HOUR);
    }
  });

  it('fault 1: what is unknown is asked again with longer and longer waits, and after 25 days a person is', async () => {
    const play = await frozenFriday(['ana']);
    play.paypal.fault({ when: 'before', status: 503, times: null });
    expect(await advanceUntil(play, RUN, RUN + 40 * DAY_MS)).toBe('attention');
    expect(await sendsOf(play)).toMatchObject([{ status: 'needs_attention', attention: 'too_old' }]);
    expect(await batchStatus(play)).toBe('needs_attention');
    const posts = play.paypal.state.world.asked.filter(({ path }) => path.endsWith('/payouts'));
    expect(posts.every(({ at }) => at < RUN + 25 * DAY_MS)).toBe(true);
    expect(posts.length).toBeLessThan(80);
    expect(new Set(play.paypal.posts()).size).toBe(1);
  });

  it('fault 5: the Workflow and the cron at the same time, answers lost on the way: paid once, booked once', async () => {
    for (const lost of [0, 1, 2]) {
      const play = await frozenFriday(['ana', 'failed', 'malformed']);
      for (let i = 0; i < lost; i++) play.paypal.fault({ when: 'after', answer: 'break' });
      for (const now of [RUN, RUN + 5 * MINUTE, RUN + HOUR, RUN + 2 * HOUR]) {
        await Promise.all([advanceAll(play, now), advanceAll(play, now), advanceAll(play, now)]);
      }
      expect(await statusesBy(play)).toEqual({ ana: 'paid', failed: 'failed', malformed: 'failed' });
      expect(play.paypal.paid(RUN + 2 * HOUR)).toEqual({ 'ana@example.com': 12_000 });
      await checkLaws(play.books, RUN + 2 * HOUR);
    }
  });

  it('a duplicate without a link is never sent again: a person looks', async () => {
    const play = await frozenFriday(['ana']);
    play.paypal.state.settle({ duplicate_link: false });
    play.paypal.fault({ when: 'after', answer: 'garbage' });
    expect(await advanceUntil(play, RUN, RUN + 3 * DAY_MS)).toBe('attention');
    expect(await sendsOf(play)).toMatchObject([{ status: 'needs_attention', attention: 'duplicate_unlinked' }]);
    expect(play.paypal.posts().length).toBe(2);
    expect(await statusesBy(play)).toEqual({ ana: 'sending' });
  });

  it('a batch whose items are not the frozen ones books nothing', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    play.paypal.fault({ when: 'after', answer: 'garbage' });
    await advanceAll(play, RUN);
    const [item] = play.paypal.state.world.items.values();
    play.paypal.state.putItem({ ...item!, amount: 1 });
    expect(await advanceUntil(play, RUN + MINUTE, RUN + HOUR)).toBe('attention');
    expect(await sendsOf(play)).toMatchObject([{ status: 'needs_attention', attention: 'items_differ' }]);
    expect(await statusesBy(play)).toEqual({ ana: 'in_flight', ben: 'in_flight' });
    expect(await rows(play.books, "SELECT * FROM transfers WHERE kind <> 'freeze'")).toEqual([]);
  });

  it('one malformed item among good ones: its payout ends, the rest goes as the next attempt', async () => {
    const play = await frozenFriday(['ana', 'malformed', 'ben']);
    expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('done');
    expect(await statusesBy(play)).toEqual({ ana: 'paid', malformed: 'failed', ben: 'paid' });
    expect(await sendsOf(play)).toMatchObject([
      { attempt: 1, status: 'refused' },
      { attempt: 2, status: 'settled' },
    ]);
    expect((await payoutsBy(play))['malformed']).toMatchObject({
      fault: 'receiver',
      reason: expect.stringContaining('receiver'),
    });
    expect(await rows(play.books, "SELECT amount FROM lines WHERE kind = 'returned'")).toEqual([{ amount: 12_001 }]);
    await checkLaws(play.books, RUN + HOUR);
  });

  it('insufficient funds: the same id and bytes each day, until they are there', async () => {
    const play = await frozenFriday(['ana']);
    play.paypal.state.settle({ funds: 100 });
    await advanceUntil(play, RUN, RUN + HOUR);
    await advanceAll(play, RUN + DAY_MS);
    expect(await sendsOf(play)).toMatchObject([{ status: 'sending', reason: 'insufficient_funds', tries: 2 }]);
    play.paypal.state.settle({ funds: 1_000_000 });
    expect(await advanceUntil(play, RUN + 2 * DAY_MS, RUN + 2 * DAY_MS + HOUR)).toBe('done');
    expect(new Set(play.paypal.posts()).size).toBe(1);
    expect(await statusesBy(play)).toEqual({ ana: 'paid' });
  });

  it('another 4xx: nothing was created; a person is told why, and the same bytes go again each day', async () => {
    const play = await frozenFriday(['ana']);
    play.paypal.fault({ when: 'before', status: 403, name: 'AUTHORIZATION_ERROR' });
    await advanceAll(play, RUN);
    expect(await sendsOf(play)).toMatchObject([
      { status: 'sending', attention: 'refused', reason: 'refused:AUTHORIZATION_ERROR' },
    ]);
    expect(await batchStatus(play)).toBe('needs_attention');
    expect(await advanceUntil(play, RUN + DAY_MS, RUN + DAY_MS + HOUR)).toBe('done');
    expect(await batchStatus(play)).toBe('settled');
    expect(await sendsOf(play)).toMatchObject([{ attention: null }]);
  });

  it('fault 3: every page is read, and chunks are of the size that was asked for', async () => {
    const play = await frozenFriday(Array.from({ length: 7 }, (_, i) => `r${i}`));
    Object.assign(play, { chunk_payouts: 5, page_size: 2 });
    expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('done');
    expect(new Set(Object.values(await statusesBy(play)))).toEqual(new Set(['paid']));
    expect(await sendsOf(play)).toMatchObject([{ chunk: 1 }, { chunk: 2 }]);
  });

  it('fault 2: an item that failed is due anew and paid by a later Friday, under another id', async () => {
    const play = await frozenFriday(['failed']);
    expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('done');
    expect(await payoutsBy(play)).toMatchObject({ failed: { status: 'failed', fault: 'receiver' } });
    // The receiver's account works again, and the partner says so by setting the address once more.
    await play.books.d1.prepare("UPDATE people SET email = 'fine@example.com'").run();
    await play.books.d1
      .prepare("INSERT INTO partner_facts VALUES ('p0000', 9, 'paypal', 'per_p0000', ?, 'test', NULL)")
      .bind(RUN + 2 * HOUR)
      .run();
    const next = RUN + 7 * DAY_MS;
    await freeze(play, next);
    expect(await advanceUntil(play, next, next + HOUR, '2026-11-27')).toBe('done');
    expect(play.paypal.paid(next + HOUR)).toEqual({ 'fine@example.com': 12_000 });
    expect(new Set(play.paypal.posts()).size).toBe(2);
    await checkLaws(play.books, next + HOUR);
  });

  it('DENIED: a batch that paid none ends its items, each due anew', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    play.paypal.fault({ answer: 'deny' });
    expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('done');
    expect(await payoutsBy(play)).toMatchObject({
      ana: { status: 'failed', fault: 'sender' },
      ben: { status: 'failed' },
    });
    expect(await rows(play.books, "SELECT count(*) AS n FROM lines WHERE kind = 'returned'")).toEqual([{ n: 2 }]);
    await checkLaws(play.books, RUN + HOUR);
  });

  it('UNCLAIMED is left its 30 days, due anew only after RETURNED', async () => {
    const play = await frozenFriday(['unclaimed']);
    await advanceUntil(play, RUN, RUN + 29 * DAY_MS);
    expect(await statusesBy(play)).toEqual({ unclaimed: 'unclaimed' });
    expect(await rows(play.books, "SELECT * FROM lines WHERE kind = 'returned'")).toEqual([]);
    expect(await advanceUntil(play, RUN + 31 * DAY_MS, RUN + 33 * DAY_MS)).toBe('done');
    expect(await payoutsBy(play)).toMatchObject({ unclaimed: { status: 'returned', fault: 'receiver' } });
    await checkLaws(play.books, RUN + 33 * DAY_MS);
  });

  it('a word that is not known is never final: a person is told, and it settles with a word that is', async () => {
    const play = await frozenFriday(['unknownstatus']);
    await advanceUntil(play, RUN, RUN + HOUR);
    expect(await sendsOf(play)).toMatchObject([{ status: 'accepted', attention: 'unknown_status' }]);
    expect(await batchStatus(play)).toBe('needs_attention');
    play.paypal.event('unknownstatus@example.com', 'SUCCESS', RUN + HOUR);
    expect(await advanceUntil(play, RUN + DAY_MS, RUN + 2 * DAY_MS)).toBe('done');
    expect(await statusesBy(play)).toEqual({ unknownstatus: 'paid' });
    expect(await batchStatus(play)).toBe('settled');
  });

  it('what does not end in 35 days needs a person: nothing stays in flight unseen', async () => {
    const play = await frozenFriday(['onhold']);
    await advanceUntil(play, RUN, RUN + 36 * DAY_MS);
    expect(await sendsOf(play)).toMatchObject([{ status: 'accepted', attention: 'overdue' }]);
    expect(await batchStatus(play)).toBe('needs_attention');
  });

  it('an amount above the cap goes as several items of one payout, and settles when all have', async () => {
    const play = await frozenFriday(['big'], { amount: () => 4_500_000 });
    expect(await batchStatus(play)).toBe('awaiting_approval');
    const [batch] = await rows<{ manifest_sha256: string }>(play.books, 'SELECT manifest_sha256 FROM batches');
    await approve(play.books.db, { pay_date: DAY, manifest_sha256: batch!.manifest_sha256, by: 'ana', now: RUN });
    await advanceAll(play, RUN);
    const parts = [...play.paypal.state.world.items.values()];
    expect(parts.map((item) => item.amount)).toEqual([2_000_000, 2_000_000, 500_000]);
    play.paypal.state.putItem({
      ...parts[0]!,
      timeline: [
        { at: RUN, status: 'PENDING' },
        { at: RUN + HOUR, status: 'FAILED' },
      ],
    });
    await advanceUntil(play, RUN, RUN + HOUR / 2);
    expect(await statusesBy(play)).toEqual({ big: 'in_flight' });
    expect(await advanceUntil(play, RUN + HOUR, RUN + 3 * HOUR)).toBe('done');
    expect(await statusesBy(play)).toEqual({ big: 'paid' });
    expect(await rows(play.books, 'SELECT kind, amount FROM transfers ORDER BY seq')).toEqual([
      { kind: 'freeze', amount: 4_500_000 },
      { kind: 'paid', amount: 2_500_000 },
      { kind: 'returned', amount: 2_000_000 },
    ]);
    expect(await rows(play.books, "SELECT amount FROM lines WHERE kind = 'returned'")).toEqual([{ amount: 2_000_000 }]);
  });

  it('an address erased before it is sent ends its payout; erased between two attempts it stops the sending', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    await play.books.d1.prepare("UPDATE people SET email = NULL WHERE person_id = 'per_p0000'").run();
    play.paypal.fault({ when: 'after', answer: 'garbage' });
    await advanceAll(play, RUN);
    expect(await statusesBy(play)).toEqual({ p0000: 'failed', ben: 'sending' });
    await play.books.d1.prepare('UPDATE people SET email = NULL').run();
    expect(await advanceUntil(play, RUN + MINUTE, RUN + HOUR)).toBe('attention');
    expect(await sendsOf(play)).toMatchObject([{ status: 'needs_attention', attention: 'body_changed' }]);
    expect(play.paypal.posts().length).toBe(1);
  });

  it('nothing is sent while a batch waits for approval', async () => {
    const play = await frozenFriday(['ana'], { approval: 'manual' });
    expect(await advanceAll(play, RUN)).toBe('done');
    expect(play.paypal.posts()).toEqual([]);
    expect((await play.bucket.list()).objects).toEqual([]);
  });
});
