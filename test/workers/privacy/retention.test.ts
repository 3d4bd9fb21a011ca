import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { runSweep, sweep } from '../../../src/privacy/run.ts';
import { walkOn, walksAt } from '../../../src/privacy/sweep.repo.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { call, sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { accept, handIn, idOf } from '../expected/ask.ts';
import { at } from '../payouts/play.ts';
import { ANN, everywhere, rows, T0 } from './ask.ts';

const sweepAt = (instant: string) => sweep({ books: books(), clicks: openDatabase(env.CLICKS) }, at(instant));
const count = async (query: string) => (await rows<{ n: number }>(`SELECT count(*) AS n FROM ${query}`))[0]?.n;

beforeEach(async () => {
  await freshDatabases();
  await givePartner('eve', { email: 'eve@partner.biz' });
});

describe('what has been kept for its time goes with the cron', () => {
  it('a day’s salt is destroyed when the day is over: what it salted links nothing', async () => {
    await env.BOOKS.exec("INSERT INTO sender_salts VALUES ('2026-03-01', 'a'), ('2026-03-02', 'b')");
    await sweepAt('2026-03-02T03:00:00Z');
    expect(await rows('SELECT * FROM sender_salts')).toEqual([{ day: '2026-03-02', salt: 'b' }]);
  });

  it('R3: a form that nobody joined is emptied when no click of it could win any more; a joined one stays', async () => {
    const joined = await sendForm({ email: ANN, how_heard: 'from Zacharias' }, { at: T0 });
    const { signup_ref } = await joined.json<{ signup_ref: string }>();
    const stray = { email: 'stray@client.biz', name: 'Stray', how_heard: 'from Yolanda' };
    await sendForm({ ...stray, referral_token: await giveToken({ code: 'eve', at: T0 }) }, { at: T0 });
    await call('POST', '/v1/signups', { at: T0, body: { account_id: 'a1', email: ANN, signup_ref, signed_up_at: T0 } });
    await sweepAt('2027-02-01T03:00:00Z');
    expect(await everywhere()).toContain('stray@client.biz');
    await sweepAt('2027-03-03T03:00:00Z');
    const all = await everywhere();
    for (const word of ['stray@client.biz', 'Stray', 'Yolanda'])
      expect([word, all.includes(word)]).toEqual([word, false]);
    for (const word of [ANN, 'Zacharias']) expect([word, all.includes(word)]).toEqual([word, true]);
    expect(await count("forms WHERE match_hash LIKE 'erased:%'")).toBe(1);
    await expectTheLaw(['a1']);
  });

  it('hashes of networks go after 30 days, signals and browsers after a year', async () => {
    await sendForm({ email: ANN }, { at: T0 });
    await env.BOOKS.exec("UPDATE forms SET sender_hash = 'x'");
    const signals = ['old', 'young'].map((subject, i) =>
      env.BOOKS.prepare("INSERT INTO signals VALUES ('eve', 'quick_signup', ?, NULL, ?, '{}')").bind(
        subject,
        at(T0) + i * 864e5,
      ),
    );
    await env.BOOKS.batch(signals);
    await env.BOOKS.prepare("INSERT INTO partner_visitors VALUES ('eve', 'v', 'token', ?)").bind(at(T0)).run();
    await sweepAt('2026-03-30T03:00:00Z');
    expect(await count('forms WHERE sender_hash IS NOT NULL')).toBe(1);
    await sweepAt('2026-04-01T03:00:00Z');
    expect(await count('forms WHERE sender_hash IS NOT NULL')).toBe(0);
    await sweepAt('2027-03-02T03:00:00Z');
    expect(await rows('SELECT subject FROM signals')).toEqual([{ subject: 'young' }]);
    expect(await count('partner_visitors')).toBe(0);
  });

  it('first answers and mail go after 180 days; what waits to be sent stays', async () => {
    const body = { account_id: 'a1', email: ANN, signed_up_at: T0 };
    await call('POST', '/v1/signups', { at: T0, body });
    for (const [mail_id, status] of [
      ['m1', 'sent'],
      ['m2', 'queued'],
    ])
      await env.BOOKS.prepare(
        `INSERT INTO mail_outbox VALUES (?, 'k', 's', NULL, 'p', '{}', 0, NULL, ?, 0, NULL, ?, NULL)`,
      )
        .bind(mail_id, status, at(T0))
        .run();
    await sweepAt('2026-08-20T03:00:00Z');
    expect([await count('replays'), await count('mail_outbox')]).toEqual([1, 2]);
    await sweepAt('2026-08-30T03:00:00Z');
    expect([await count('replays'), await rows('SELECT mail_id FROM mail_outbox')]).toEqual([0, [{ mail_id: 'm2' }]]);
  });

  it('B1: people of lists go 30 days after a list lapsed, or 90 after it came to nothing', async () => {
    const made = await call('POST', '/v1/partners/eve/tokens', { as: 'ana', at: T0, body: { scope: 'claims' } });
    const token = String(made.body['token']);
    const accepted = await handIn(token, ['one@client.biz'], T0);
    await handIn(token, ['two@client.biz'], T0);
    await accept(idOf(accepted), '2026-03-02T12:00:00Z');
    const kept = async () =>
      (await rows<{ email: string }>("SELECT email FROM people WHERE email LIKE '%@client.biz'")).map(
        (row) => row.email,
      );
    await sweepAt('2026-04-20T03:00:00Z');
    expect(await kept()).toEqual(expect.arrayContaining(['one@client.biz', 'two@client.biz']));
    await sweepAt('2026-05-02T03:00:00Z');
    expect(await kept()).toEqual(['two@client.biz']);
    await sweepAt('2026-05-31T03:00:00Z');
    expect(await kept()).toEqual([]);
    expect(await count('expected_clients WHERE match_hash IS NOT NULL')).toBe(0);
    expect(await rows('SELECT verdict FROM expected_clients ORDER BY verdict')).toEqual([
      { verdict: null },
      { verdict: 'accepted' },
    ]);
  });

  it('B1: the people of hundreds of lists go on the day that they are due', async () => {
    const lists = JSON.stringify(Array.from({ length: 400 }, (_, n) => `list_${n}`));
    await env.BOOKS.batch([
      env.BOOKS.prepare(
        "INSERT INTO expected_lists SELECT value, 'eve', ?2, 1, 0, 0, NULL, NULL, NULL, NULL FROM json_each(?1)",
      ).bind(lists, at(T0)),
      env.BOOKS.prepare(
        "INSERT INTO expected_clients SELECT list_id, 1, 'per_' || list_id, 'h' || list_id, 'received', NULL FROM expected_lists",
      ),
      env.BOOKS.prepare(
        "INSERT INTO people SELECT person_id, person_id || '@client.biz', NULL, NULL, NULL, match_hash, NULL FROM expected_clients",
      ),
    ]);
    for (let run = 0; run < 12; run++) await runSweep(env, at('2026-05-31T03:00:00Z') + run * 300_000);
    expect(await count('expected_clients WHERE match_hash IS NOT NULL')).toBe(0);
    expect(await everywhere()).not.toContain('@client.biz');
  });

  it('L1, R4: clicks go when they can neither win nor be audited', async () => {
    const days = ['2025-01-01', '2025-10-13', '2025-10-14', '2026-11-20'];
    await env.CLICKS.batch(
      days.map((day, i) =>
        env.CLICKS.prepare(
          "INSERT INTO clicks (day, visitor_id, click_id, clicked_at, code, class) VALUES (?, 'v', ?, 0, 'eve', 'person')",
        ).bind(day, `c${i}`),
      ),
    );
    await sweepAt('2026-11-20T03:00:00Z');
    const { results } = await env.CLICKS.prepare('SELECT day FROM clicks ORDER BY day').all();
    expect(results).toEqual([{ day: '2025-10-14' }, { day: '2026-11-20' }]);
  });
});

describe('a run is bounded, and the next one goes on', () => {
  const cutoffs = {
    sender_salts_day: '',
    sender_hashes_at: 0,
    unjoined_forms_at: 0,
    signals_at: 0,
    partner_visitors_at: 0,
    mail_at: 0,
    replays_at: 100,
    email_changes_at: 0,
    lists_unaccepted_at: 0,
    lists_lapsed_at: 0,
    clicks_day: '',
  };

  it('walks a table by its key, stretch by stretch, to its end, once a day', async () => {
    await env.BOOKS.exec(
      "INSERT INTO replays SELECT 's' || (value % 3), 'k' || value, 'h', 200, '{}', 'x', value * 10 FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]')",
    );
    const walk = walksAt(0).find(({ rule }) => rule === 'replays');
    if (!walk) throw new Error('replays are walked');
    const done: boolean[] = [];
    for (let i = 0; i < 5; i++) done.push(await walkOn(books(), { ...walk, rows: 4 }, cutoffs, '2026-03-01'));
    expect(done).toEqual([false, false, false, true, true]);
    expect(await rows('SELECT count(*) AS n, min(recorded_at) AS first FROM replays')).toEqual([{ n: 6, first: 100 }]);
    await env.BOOKS.exec("INSERT INTO replays VALUES ('a', 'late', 'h', 200, '{}', 'x', 1)");
    expect(await walkOn(books(), walk, cutoffs, '2026-03-01')).toBe(true);
    expect(await count('replays')).toBe(7);
    expect(await walkOn(books(), walk, cutoffs, '2026-03-02')).toBe(true);
    expect(await count('replays')).toBe(6);
  });

  it('the cron sweeps in its hour alone, and a second run in it does nothing', async () => {
    await env.BOOKS.exec("INSERT INTO sender_salts VALUES ('2026-03-01', 'a')");
    await runSweep(env, at('2026-03-05T02:55:00Z'));
    expect(await count('sender_salts')).toBe(1);
    await runSweep(env, at('2026-03-05T03:00:00Z'));
    expect(await count('sender_salts')).toBe(0);
    const swept = await rows('SELECT * FROM sweeps');
    await runSweep(env, at('2026-03-05T03:05:00Z'));
    expect(await rows('SELECT * FROM sweeps')).toEqual(swept);
  });
});
