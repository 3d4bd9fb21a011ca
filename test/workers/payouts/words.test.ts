import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';

import { operationsOf } from '../../../src/payout/operations.ts';
import type { PayoutsRpc } from '../../../src/payout/rpc.ts';
import { runPayouts, takeSteps } from '../../../src/payout/run.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { checkLaws } from './laws.ts';
import { at, book, DAILY, FRIDAY, rows, run, seedPartners } from './play.ts';
import {
  advanceUntil,
  answerLost,
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
} from './simulated.ts';
import { booksNow, restoreBooks } from './snapshot.ts';

// What people said of payouts outlives a restore of the books: the witness has it, and a replay does it again.

const HOUR = 60 * MINUTE;

function operations(play: Play): PayoutsRpc {
  return operationsOf({
    db: play.books.db,
    context: (now) => contextOf(play, now),
    instances: () => ({ ensure: async () => {} }),
  });
}

const done = { ok: true, first_time: true };

/** Both people say the same. */
async function both(say: (by: string) => Promise<unknown>): Promise<void> {
  expect(await say('ana')).toEqual({ ...done, proposed: true });
  expect(await say('ben')).toEqual(done);
}

const idOf = async (play: Play, name: string) => (await payoutsBy(play))[name]!.payout_id;

const resolve = async (play: Play, name: string, outcome: 'paid' | 'not_paid' | 'written_off', now: number) => {
  const payout_id = await idOf(play, name);
  await both((by) => operations(play).resolve(payout_id, { outcome, reason: 'seen in the account' }, by, now));
};

/** What the books say of payouts and money, without when it was recorded, by whom a hold was decided, and in what words. */
async function told(play: Play): Promise<unknown> {
  const { books } = play;
  return {
    batches: await rows(books, 'SELECT pay_date, status, payout_amount FROM batches ORDER BY pay_date'),
    payouts: await rows(
      books,
      'SELECT payout_id, amount, status, status_at, reference, fault FROM payouts ORDER BY payout_id',
    ),
    transfers: await rows(books, 'SELECT debit, credit, amount, ref, at FROM transfers ORDER BY ref'),
    lines: await rows(
      books,
      'SELECT partner_id, kind, cause_id, at, payable_at, amount, payout_id FROM lines ORDER BY partner_id, cause_id, payable_at',
    ),
    holds: await rows(books, 'SELECT hold_id, facts, opened_at, decision, decided_at FROM holds ORDER BY hold_id'),
    sends: await rows(books, 'SELECT sender_batch_id, status, provider_batch_id, attention FROM sends ORDER BY 1'),
    words: await rows(books, 'SELECT word_id, content, witnessed FROM payout_words ORDER BY 1'),
  };
}

/** Both people replay what is missing, the oldest day first. */
async function replayAll(play: Play, now: number): Promise<string[]> {
  const days: string[] = [];
  for (let i = 0; i < 10; i++) {
    const { missing } = await operations(play).state();
    const [oldest] = missing.map((one) => one.pay_date).toSorted();
    if (oldest === undefined) return days;
    days.push(oldest);
    await both((by) => operations(play).replay(oldest, by, now));
  }
  throw new Error('the books stay behind');
}

const NEXT = '2026-11-27';
const RUN_NEXT = RUN + 7 * DAY_MS;

/** The Friday after, which pays a partner who comes new. It waits for an approval. */
async function freezeNext(play: Play): Promise<void> {
  await seedPartners(play.books, [{ partner_id: 'p9', paypal: 'cat@example.com' }]);
  await book(play.books, [{ partner_id: 'p9', payable_at: at('2026-11-17T20:00:00Z'), amount: 20_000 }]);
  await freeze(play, RUN_NEXT, 'manual');
}

describe('P7: the books restored to before a person’s word', { timeout: 60_000 }, () => {
  it('resolutions: paid, not paid and written off are what they were', async () => {
    const play = await answerLost(['ana', 'ben', 'cat', 'dan']);
    await operations(play).withhold(await idOf(play, 'dan'), 'call first', 'ana', RUN - MINUTE);
    expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('attention');
    const kept = await booksNow(play.books.d1);
    await resolve(play, 'ana', 'paid', RUN + HOUR);
    await resolve(play, 'ben', 'not_paid', RUN + 2 * HOUR);
    await resolve(play, 'cat', 'written_off', RUN + 3 * HOUR);
    const before = await told(play);
    expect(await batchStatus(play)).toBe('settled');

    await restoreBooks(play.books.d1, kept);
    expect(await statusesBy(play)).toMatchObject({ ana: 'sending' });
    const { missing } = await operations(play).state();
    expect(missing.map((one) => one.what)).toEqual(['word', 'word', 'word']);
    const [now, payout_id] = [RUN + DAY_MS, await idOf(play, 'ben')];
    // Nothing is done to books that are behind: no run, no word.
    const context = await contextOf(play, now);
    const cron = { cron: FRIDAY, now, rail: 'paypal', approval: 'none' } as const;
    expect((await runPayouts(context, cron, { ensure: async () => {} })).behind).toHaveLength(3);
    const again = await operations(play).resolve(payout_id, { outcome: 'paid', reason: 'so it seems' }, 'ana', now);
    expect(again).toMatchObject({ ok: false, reason: 'batch_state' });
    expect(await replayAll(play, now)).toEqual([DAY]);
    expect(await told(play)).toEqual(before);
    await checkLaws(play.books, now);
    // A lost reply: the same two calls again do nothing.
    expect(await operations(play).replay(DAY, 'ben', now)).toMatchObject({ ok: false, reason: 'batch_state' });
    expect(await told(play)).toEqual(before);
  });

  it('the whole Friday lost with what was withheld and resolved of it', async () => {
    const play = await answerLost(['ana', 'ben', 'cat']);
    await restoreToBeforeFreeze(play, async () => {
      await operations(play).withhold(await idOf(play, 'cat'), 'call first', 'ana', RUN);
      await advanceUntil(play, RUN, RUN + HOUR);
      await resolve(play, 'ana', 'paid', RUN + HOUR);
      await resolve(play, 'ben', 'not_paid', RUN + HOUR);
    });
    expect(await statusesBy(play)).toEqual({ ana: 'paid', ben: 'failed', cat: 'returned' });
  });

  it('P8: a word on a Friday of which nothing had been sent is lost with it: the books are not behind, and it is frozen anew', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    const kept = await booksNow(play.books.d1);
    await freezeNext(play);
    await operations(play).withhold((await payoutsBy(play, NEXT))['cat']!.payout_id, 'call first', 'ana', RUN_NEXT);
    await restoreBooks(play.books.d1, kept);
    expect(await operations(play).state()).toEqual({ books_behind: false, missing: [] });
    await freezeNext(play);
    expect(await statusesBy(play, NEXT)).toEqual({ cat: 'frozen' });
  });

  it('a word said before the first sending is with the witness once anything is sent', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    await operations(play).withhold(await idOf(play, 'ben'), 'call first', 'ana', RUN);
    expect(await rows(play.books, 'SELECT witnessed FROM payout_words')).toEqual([{ witnessed: 0 }]);
    await advanceUntil(play, RUN, RUN + HOUR);
    expect(await rows(play.books, 'SELECT witnessed FROM payout_words')).toEqual([{ witnessed: 1 }]);
  });

  it('an adoption: its batch is polled again, and PayPal is not asked to pay', async () => {
    const play = await answerLost(['ana', 'failed']);
    const [posts] = await restoreToBeforeFreeze(play, async () => {
      await advanceUntil(play, RUN, RUN + HOUR);
      const [batch] = play.paypal.state.world.batches.keys();
      await both((by) => operations(play).adopt(DAY, 1, batch!, by, RUN + HOUR));
      await advanceUntil(play, RUN + 2 * HOUR, RUN + 4 * HOUR);
    });
    expect(play.paypal.posts().length).toBe(posts);
    expect(await statusesBy(play)).toEqual({ ana: 'paid', failed: 'failed' });
  });

  it('money that came back late: released and written off again, however much of it the books have forgotten', async () => {
    const play = await frozenFriday(['ana', 'ben', 'cat']);
    await advanceUntil(play, RUN, RUN);
    const accepted = await booksNow(play.books.d1);
    await advanceUntil(play, RUN, RUN + HOUR);
    const paid = await booksNow(play.books.d1);
    play.paypal.event('ana@example.com', 'REVERSED', RUN + 2 * DAY_MS);
    play.paypal.event('ben@example.com', 'REFUNDED', RUN + 2 * DAY_MS);
    await takeSteps(await contextOf(play, RUN + 3 * DAY_MS), [], RUN + 3 * DAY_MS);
    const held = await booksNow(play.books.d1);
    const word = async (name: string, decision: 'release' | 'deny') => {
      const payout_id = await idOf(play, name);
      const [hold] = await rows<{ hold_id: string }>(
        play.books,
        'SELECT hold_id FROM holds WHERE payout_id = ?',
        payout_id,
      );
      const now = RUN + 4 * DAY_MS;
      expect(await operations(play).decideCameBack(hold!.hold_id, decision, 'seen', 'ana', now)).toEqual(done);
    };
    await word('ana', 'release');
    await word('ben', 'deny');
    const before = await told(play);
    for (const kept of [held, paid, accepted]) {
      await restoreBooks(play.books.d1, kept);
      const now = RUN + 5 * DAY_MS;
      await replayAll(play, now);
      // What PayPal says is asked for again, and contradicts nothing.
      await takeSteps(await contextOf(play, now), [DAY], now);
      expect(await statusesBy(play)).toEqual({ ana: 'returned', ben: 'returned', cat: 'paid' });
      expect(await sendsOf(play)).toMatchObject([{ status: 'settled', attention: null }]);
      const after = (await told(play)) as { transfers: object[]; lines: object[]; holds: object[]; words: object[] };
      // Where the very poll was lost too, it is dated by the one that says it again.
      if (kept !== accepted) expect(after).toEqual(before);
      expect(after.words).toEqual((before as typeof after).words);
      expect(after.lines).toEqual((before as typeof after).lines);
      await checkLaws(play.books, now);
    }
  });

  it('one part of a payout that came back: the other parts stay as PayPal says', async () => {
    const play = await frozenFriday(['big'], { amount: () => 4_500_000, approval: 'none' });
    const [batch] = await rows<{ manifest_sha256: string }>(play.books, 'SELECT manifest_sha256 FROM batches');
    await operations(play).approve(DAY, batch!.manifest_sha256, 'ana', RUN);
    await advanceUntil(play, RUN, RUN);
    const kept = await booksNow(play.books.d1);
    await advanceUntil(play, RUN, RUN + HOUR);
    const [first, second] = play.paypal.state.world.items.values();
    const back = (item: typeof first, now: number) =>
      play.paypal.state.putItem({ ...item!, timeline: [...item!.timeline, { at: now, status: 'REVERSED' }] });
    back(first, RUN + DAY_MS);
    await takeSteps(await contextOf(play, RUN + 2 * DAY_MS), [], RUN + 2 * DAY_MS);
    const [hold] = await rows<{ hold_id: string }>(play.books, 'SELECT hold_id FROM holds');
    await operations(play).decideCameBack(hold!.hold_id, 'release', 'seen', 'ana', RUN + 2 * DAY_MS);
    expect(await statusesBy(play)).toEqual({ big: 'paid' });
    const before = await told(play);
    await restoreBooks(play.books.d1, kept);
    await replayAll(play, RUN + 3 * DAY_MS);
    await takeSteps(await contextOf(play, RUN + 3 * DAY_MS), [DAY], RUN + 3 * DAY_MS);
    expect(await told(play)).toEqual(before);
    // And another part that comes back now waits for a word of its own.
    back(second, RUN + 4 * DAY_MS);
    await takeSteps(await contextOf(play, RUN + 5 * DAY_MS), [], RUN + 5 * DAY_MS);
    expect(await statusesBy(play)).toEqual({ big: 'held' });
  });

  it('the export rail: outcomes and what became of them', async () => {
    const play = await frozenFriday([]);
    const { books } = play;
    await seedPartners(
      books,
      ['x1', 'x2', 'x3'].map((partner_id) => ({ partner_id })),
    );
    const payable_at = at('2026-11-18T20:00:00Z');
    await book(
      books,
      ['x1', 'x2', 'x3'].map((partner_id) => ({ partner_id, payable_at, amount: 12_000 })),
    );
    const kept = await booksNow(books.d1);
    const [pay_date, now] = ['2026-11-27', RUN + 7 * DAY_MS];
    await run(books, FRIDAY, now);
    const ids = Object.fromEntries(
      Object.values(await payoutsBy(play, pay_date)).map((one) => [one.partner_id, one.payout_id]),
    );
    const ops = operations(play);
    await ops.withhold(ids['x3']!, 'wait', 'ana', now);
    expect(await ops.prepareExport(pay_date, now)).toMatchObject({ ok: true });
    const tell = (who: string, status: 'paid' | 'returned' | 'failed', when: number) =>
      ops.recordOutcomes(
        pay_date,
        [{ payout_id: ids[who]!, status, reference: 'TX-1', reason: 'Ana rang' }],
        'ana',
        when,
      );
    expect(await tell('x1', 'paid', now + HOUR)).toEqual(done);
    expect(await tell('x2', 'failed', now + HOUR)).toEqual(done);
    expect(await tell('x1', 'returned', now + HOUR)).toEqual(done);
    const [hold] = await rows<{ hold_id: string }>(books, 'SELECT hold_id FROM holds');
    expect(await ops.decideCameBack(hold!.hold_id, 'deny', 'gone', 'ana', now + 2 * HOUR)).toEqual(done);
    const before = await told(play);
    await restoreBooks(play.books.d1, kept);
    expect(await replayAll(play, now + DAY_MS)).toEqual([pay_date]);
    expect(await told(play)).toEqual(before);
    await checkLaws(books, now + DAY_MS);
  });

  it('a word after which a later Friday paid: both are replayed, nobody is paid twice', async () => {
    const play = await answerLost(['ana', 'ben']);
    const kept = await booksNow(play.books.d1);
    await advanceUntil(play, RUN, RUN + HOUR);
    // Nothing of it was paid in truth: PayPal says so by phone.
    play.paypal.event('ana@example.com', 'FAILED', RUN);
    await resolve(play, 'ana', 'not_paid', RUN + HOUR);
    await resolve(play, 'ben', 'paid', RUN + HOUR);
    play.paypal.state.settle({ duplicate_link: true });
    const next = RUN + 7 * DAY_MS;
    await freeze(play, next);
    expect(await advanceUntil(play, next, next + HOUR, '2026-11-27')).toBe('done');
    const [before, paid] = [await told(play), play.paypal.paid(next + HOUR)];
    await restoreBooks(play.books.d1, kept);
    expect(await replayAll(play, next + DAY_MS)).toEqual([DAY, '2026-11-27']);
    expect(await advanceUntil(play, next + DAY_MS, next + DAY_MS + HOUR, '2026-11-27')).toBe('done');
    const after = await told(play);
    expect((after as { payouts: { status: string }[] }).payouts.map((one) => one.status)).toEqual(
      (before as { payouts: { status: string }[] }).payouts.map((one) => one.status),
    );
    expect((after as { lines: object[] }).lines).toEqual((before as { lines: object[] }).lines);
    expect(play.paypal.paid(next + 2 * DAY_MS)).toEqual(paid);
    await checkLaws(play.books, next + 2 * DAY_MS);
  });
});

/** Loses a Friday and what came after its freeze, and has it replayed. Answers with the POSTs there were before. */
async function restoreToBeforeFreeze(play: Play, after: () => Promise<void>): Promise<[number]> {
  await after();
  const before = await told(play);
  const posts = play.paypal.posts().length;
  const all = await booksNow(play.books.d1);
  const kept = Object.fromEntries(
    Object.entries(all).map(([name, found]) => [name, BEFORE_FREEZE.has(name) ? found : []]),
  );
  kept['lines'] = all['lines']!.filter((line) => line['kind'] !== 'returned').map((line) => ({
    ...line,
    payout_id: null,
  }));
  await restoreBooks(play.books.d1, kept);
  const now = RUN + 28 * DAY_MS;
  expect(await replayAll(play, now)).toEqual([DAY]);
  await advanceUntil(play, now, now + HOUR);
  const again = await told(play);
  for (const part of ['payouts', 'transfers', 'lines', 'words'] as const) {
    const [a, b] = [again, before].map((one) => (one as Record<string, Record<string, unknown>[]>)[part]!);
    // What only PayPal said is dated by the poll that says it again.
    const undated = (row: Record<string, unknown>) => ({ ...row, at: 0, payable_at: 0, status_at: 0, reference: '' });
    expect(a!.map(undated)).toEqual(b!.map(undated));
  }
  await checkLaws(play.books, now + HOUR);
  return [posts];
}

const BEFORE_FREEZE = new Set([
  'program',
  'policy_versions',
  'people',
  'partners',
  'partner_facts',
  'payees',
  'freeze_grounds',
  'versions',
]);

describe('P7: PayPal’s ids are with the witness', { timeout: 60_000 }, () => {
  it('a sending older than 25 days is found again after a restore, without an adoption and without a POST', async () => {
    const play = await frozenFriday(['ana', 'malformed', 'ben']);
    const kept = await booksNow(play.books.d1);
    await advanceUntil(play, RUN, RUN + HOUR);
    await restoreBooks(play.books.d1, kept);
    const [now, posts] = [RUN + 29 * DAY_MS, play.paypal.posts().length];
    await replayAll(play, now);
    expect(await advanceUntil(play, now, now + HOUR)).toBe('done');
    expect(await statusesBy(play)).toEqual({ ana: 'paid', malformed: 'failed', ben: 'paid' });
    expect(play.paypal.posts().length).toBe(posts);
    await checkLaws(play.books, now + HOUR);
  });

  it('died between the witness and the books: the next step books it, and asks PayPal nothing', async () => {
    const play = await frozenFriday(['ana']);
    const kept = await booksNow(play.books.d1);
    await advanceUntil(play, RUN, RUN);
    const sent = await sendsOf(play);
    const accepted = (await play.bucket.list()).objects.filter(({ key }) => key.endsWith('/accepted/v1/1-1.json'));
    expect(accepted).toHaveLength(1);
    await restoreBooks(play.books.d1, kept);
    await replayAll(play, RUN + MINUTE);
    await play.books.d1.prepare("UPDATE sends SET status = 'sending', provider_batch_id = NULL").run();
    await play.books.d1.prepare("UPDATE people SET email = NULL WHERE person_id LIKE 'per_%'").run();
    const posts = play.paypal.posts().length;
    // Even past the 25 days.
    expect(await advanceUntil(play, RUN + 27 * DAY_MS, RUN + 28 * DAY_MS)).toBe('done');
    expect(await sendsOf(play)).toMatchObject([
      { status: 'settled', provider_batch_id: sent[0]!.provider_batch_id, attention: null },
    ]);
    expect(play.paypal.posts().length).toBe(posts);
  });

  it('a witness of before ids were kept: the sending is posted again, and found', async () => {
    const play = await frozenFriday(['ana']);
    const kept = await booksNow(play.books.d1);
    await advanceUntil(play, RUN, RUN + HOUR);
    await restoreBooks(play.books.d1, kept);
    for (const { key } of (await env.WITNESS.list()).objects) {
      if (key.includes('/accepted/')) await env.WITNESS.delete(key);
    }
    await replayAll(play, RUN + DAY_MS);
    expect(await sendsOf(play)).toMatchObject([{ status: 'sending', reason: 'replayed' }]);
    expect(await advanceUntil(play, RUN + DAY_MS, RUN + DAY_MS + HOUR)).toBe('done');
    expect(play.paypal.paid(RUN + 2 * DAY_MS)).toEqual({ 'ana@example.com': 12_000 });
    expect(new Set(play.paypal.posts()).size).toBe(1);
  });

  it('the witness holds no address, no name and no words of people', async () => {
    const play = await answerLost(['ana', 'ben']);
    await operations(play).withhold(await idOf(play, 'ben'), 'Ben asked on the phone', 'ana', RUN);
    await advanceUntil(play, RUN, RUN + HOUR);
    const payout_id = await idOf(play, 'ana');
    const word = { outcome: 'paid', reason: 'Ana said so', reference: 'ask Ana Smith' } as const;
    await both((by) => operations(play).resolve(payout_id, word, by, RUN + HOUR));
    const texts: string[] = [];
    const { objects } = await env.WITNESS.list();
    for (const { key } of objects.filter((one) => /\/(?:words|accepted|sends)\//.test(one.key)))
      texts.push(key, await (await env.WITNESS.get(key))!.text());
    expect(texts.filter((text) => text.includes('/words/v1/'))).toHaveLength(2);
    const all = texts.join('\n');
    for (const personal of ['@example.com', 'Smith', 'said so', 'phone', '"ana"', '"ben"']) {
      expect(all).not.toContain(personal);
    }
    const { hasher } = await readProgram(play.books.db);
    expect(all).toContain(await hasher.text('name', 'ben'));
  });

  it('a word that the witness could not be given is given by the next run', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    const { bucket } = play;
    play.bucket = {
      put: async () => Promise.reject(new Error('down')),
      get: (key: string) => bucket.get(key),
      head: (key: string) => bucket.head(key),
      list: (options?: R2ListOptions) => bucket.list(options),
    } as unknown as Play['bucket'];
    expect(await operations(play).withhold(await idOf(play, 'ben'), 'wait', 'ana', RUN)).toEqual(done);
    expect((await bucket.list()).objects).toEqual([]);
    play.bucket = bucket;
    const context = await contextOf(play, RUN + DAY_MS);
    const cron = { cron: DAILY, now: RUN + DAY_MS, rail: 'paypal', approval: 'none' } as const;
    await runPayouts(context, cron, { ensure: async () => {} });
    expect((await bucket.list()).objects.filter(({ key }) => key.includes('/words/v1/'))).toHaveLength(1);
    expect(await rows(play.books, 'SELECT witnessed FROM payout_words')).toEqual([{ witnessed: 1 }]);
  });
});
