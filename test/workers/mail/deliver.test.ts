import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { tellClaim } from '../../../src/mail/letters.ts';
import { lastAskedAt, queueMail, queueMailToPartners } from '../../../src/mail/mail.repo.ts';
import { runBatch } from '../../../src/program/commit.repo.ts';
import worker from '../../../workers/program/index.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { books, givePartner } from '../../support/world.ts';
import { claim, claimToken, openAccount } from '../confirm/page.ts';
import { outbox, Post, refusal } from './post.ts';

const T0 = '2026-03-02T12:00:00Z';
const CLIENT = 'jane@client.example';
const later = (ms: number, from = T0) => new Date(Date.parse(from) + ms).toISOString();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

let post = new Post();
beforeEach(async () => {
  await freshDatabases();
  post = new Post();
  await givePartner('ann', { email: 'ann@partners.example' });
});
afterEach(() => vi.restoreAllMocks());

/** Queues letters to partner ann that say nothing but that a list was accepted. */
async function letters(count: number, at = T0, more: { drop_after_at?: number } = {}): Promise<void> {
  const now = Date.parse(at);
  const mails = Array.from({ length: count }, (_, i) => ({
    partner_id: 'ann',
    kind: 'list_letter' as const,
    cause: `list_${String(i).padStart(3, '0')}`,
    subject: `list:list_${i}`,
    facts: { received_at: now, rows: i + 1, accepted_until: now, at: now },
    now,
    ...more,
  }));
  await runBatch(books(), [queueMailToPartners(books(), mails)]);
}

describe('the outbox', () => {
  it('one cause sends one mail, however often it is queued', async () => {
    await letters(1);
    await letters(1, later(HOUR));
    expect(await outbox()).toHaveLength(1);
    await post.run(later(2 * HOUR));
    await letters(1, later(3 * HOUR));
    await post.run(later(4 * HOUR));
    expect(post.sent).toHaveLength(1);
  });

  it('holds ids and instants only; address and name are read when it is sent', async () => {
    await openAccount('a1', CLIENT, T0);
    await claim('ann', 'a1', T0);
    await letters(1);
    expect(JSON.stringify(await outbox())).not.toMatch(/@|jane|example/);
    await call('PATCH', '/v1/partners/ann', { as: 'ana', at: later(MINUTE), body: { email: 'anna@new.example' } });
    await post.run(later(2 * MINUTE));
    // The former address is told that another was set; the letter goes to the one that holds.
    expect(post.news.map((mail) => mail.to).toSorted()).toEqual(['ann@partners.example', 'anna@new.example', CLIENT]);
    expect(post.to('anna@new.example').map((mail) => mail.subject)).not.toContain('Your email address was changed');
  });

  it('a mail to somebody who was erased, or is not there, is dropped', async () => {
    await letters(1);
    await env.BOOKS.prepare('UPDATE people SET email = NULL, name = NULL, erased_at = 1').run();
    expect(await post.run(later(MINUTE))).toMatchObject({ sent: 0, dropped: 1 });
    expect(await outbox()).toMatchObject([{ status: 'dropped', reason: 'no_address' }]);
  });

  it('a partner without a contact gets no mail, and the write goes through', async () => {
    await runBatch(books(), [tellClaim(books(), { claim_id: 'c1', partner_id: 'nobody' }, 1, Date.parse(T0))]);
    expect(await outbox()).toEqual([]);
  });

  it('sends at its time, from MAIL_FROM under the program’s name, text and HTML', async () => {
    await letters(1, T0);
    expect(await post.run(later(-1))).toMatchObject({ sent: 0 });
    expect(await post.run(T0)).toMatchObject({ sent: 1 });
    const [mail] = post.sent;
    expect(mail).toMatchObject({
      to: 'ann@partners.example',
      from: { name: 'Lastclick', email: env.MAIL_FROM },
      subject: 'Your list of expected clients is accepted',
    });
    expect(mail?.text).toContain('2 March 2026');
    expect(mail?.html).toMatch(/^<!doctype html>/);
    expect(await outbox()).toMatchObject([{ status: 'sent', sent_at: Date.parse(T0), tries: 1, reason: null }]);
  });

  it('paces itself: fifty a run, the longest due first', async () => {
    await letters(60, later(-HOUR));
    await letters(1);
    expect(await post.run(T0)).toMatchObject({ sent: 50 });
    expect(await post.run(later(5 * MINUTE))).toMatchObject({ sent: 10 });
    expect(new Set(post.sent.map((mail) => mail.text)).size).toBe(60);
  });

  it('what is of no use any more is dropped', async () => {
    await letters(1, T0, { drop_after_at: Date.parse(T0) });
    expect(await post.run(later(1))).toMatchObject({ sent: 0, dropped: 1 });
    expect(await outbox()).toMatchObject([{ status: 'dropped', reason: 'too_late' }]);
  });
});

describe('a mail that is not taken', () => {
  it('is tried again with growing waits, ten times, and then has failed with the reason', async () => {
    await letters(1);
    post.failing = () => refusal('E_DELIVERY_FAILED');
    const waits: number[] = [];
    for (let at = Date.parse(T0); ;) {
      await post.run(new Date(at).toISOString());
      const [mail] = await outbox();
      if (mail?.status !== 'queued') break;
      waits.push((mail.send_after_at - at) / MINUTE);
      at = mail.send_after_at;
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280]);
    expect(await outbox()).toMatchObject([{ status: 'failed', tries: 10, reason: 'e_delivery_failed' }]);
  });

  it('and never will be, has failed at once', async () => {
    await letters(1);
    post.failing = () => refusal('E_RECIPIENT_SUPPRESSED');
    expect(await post.run(T0)).toMatchObject({ failed: 1 });
    expect(await outbox()).toMatchObject([{ status: 'failed', tries: 1, reason: 'e_recipient_suppressed' }]);
  });

  it.each(['E_DAILY_LIMIT_EXCEEDED', 'E_RATE_LIMIT_EXCEEDED', 'E_SENDER_NOT_VERIFIED'])(
    'for the sender’s own sake (%s) stops the run, and is no try',
    async (code) => {
      await letters(3);
      post.failing = () => refusal(code);
      expect(await post.run(T0)).toMatchObject({ sent: 0, later: 1, failed: 0 });
      expect((await outbox()).map(({ status, tries }) => [status, tries])).toEqual(
        Array.from({ length: 3 }, () => ['queued', 0]),
      );
      post.failing = () => null;
      expect(await post.run(later(5 * MINUTE))).toMatchObject({ sent: 3 });
    },
  );

  it('by one address does not keep the others waiting', async () => {
    await letters(3);
    post.failing = (mail) => (mail.text.includes('one client') ? refusal('E_DELIVERY_FAILED') : null);
    expect(await post.run(T0)).toMatchObject({ sent: 2, later: 1 });
  });

  it('leaves no address, name or text in the log', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    await letters(2);
    post.failing = () => refusal('E_DELIVERY_FAILED');
    await post.run(T0);
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).toContain('e_delivery_failed');
    expect(lines.join('\n')).not.toMatch(/@|jane|client\.example|Ann|could not be written/);
  });
});

describe('a run that dies', () => {
  it('between handing over and noting sends the mail once more at most', async () => {
    await letters(1);
    // Handed over; then the answer is lost, every time.
    post.failing = (mail) => {
      post.sent.push(mail);
      return new Error('Network connection lost');
    };
    for (let hour = 0; hour < 48; hour++) await post.run(later(hour * HOUR));
    expect(post.sent).toHaveLength(2);
    expect(await outbox()).toMatchObject([{ status: 'failed', reason: 'outcome_unknown' }]);
  });

  it('R3: a question to a client goes once more only after a week: the first may have arrived', async () => {
    await openAccount('a1', CLIENT, T0);
    await claim('ann', 'a1', T0);
    const dead = new Error('Network connection lost');
    const at: number[] = [];
    for (let day = 0; day < 29; day++) {
      post.failing = (mail) => {
        if (mail.to !== CLIENT) return null;
        at.push(day);
        return dead;
      };
      await post.run(later(day * DAY));
    }
    expect(at).toEqual([0, 7]);
  });

  it('two runs at once never send the same mail', async () => {
    await letters(20);
    await Promise.all([post.run(T0), post.run(T0), post.run(T0)]);
    expect(post.sent).toHaveLength(20);
    expect(new Set(post.sent.map((mail) => mail.text)).size).toBe(20);
  });
});

describe('R3: mail to one account at most once a week', () => {
  const asks = () => post.to(CLIENT);

  it('several claims are asked about a week apart, and those whose turn would come too late only by support', async () => {
    await openAccount('a1', CLIENT, T0);
    for (const partner of ['bob', 'cy', 'dee', 'eve', 'fay']) await givePartner(partner);
    for (const [i, partner] of ['ann', 'bob', 'cy', 'dee', 'eve', 'fay'].entries())
      await claim(partner, 'a1', later(i * MINUTE));
    expect(await outbox('ask_client')).toHaveLength(5);
    const confirmations = await env.BOOKS.prepare('SELECT count(*) AS n FROM confirmations').first<number>('n');
    expect(confirmations).toBe(6);
    const times: number[] = [];
    for (let at = Date.parse(T0); at < Date.parse(T0) + 40 * DAY; at += 6 * HOUR) {
      const before = asks().length;
      await post.run(new Date(at).toISOString());
      if (asks().length > before) times.push((at - Date.parse(T0)) / DAY);
      expect(asks().length - before).toBeLessThanOrEqual(1);
    }
    expect(times).toEqual([0, 7, 14, 21, 28]);
  });

  it('holds also where two questions were queued at once', async () => {
    await openAccount('a1', CLIENT, T0);
    await givePartner('bob');
    await claim('ann', 'a1', T0);
    await claim('bob', 'a1', T0);
    await env.BOOKS.prepare("UPDATE mail_outbox SET send_after_at = ? WHERE kind = 'ask_client'")
      .bind(Date.parse(T0))
      .run();
    await Promise.all([post.run(T0), post.run(T0)]);
    await post.run(later(WEEK - 1));
    expect(asks()).toHaveLength(1);
    await post.run(later(WEEK));
    expect(asks()).toHaveLength(2);
  });

  it('counts what is queued as well as what was sent, of this account alone', async () => {
    expect(await lastAskedAt(books(), 'a1')).toBeNull();
    await openAccount('a1', CLIENT, T0);
    await claim('ann', 'a1', T0);
    expect(await lastAskedAt(books(), 'a1')).toBe(Date.parse(T0));
    await post.run(later(HOUR));
    expect(await lastAskedAt(books(), 'a1')).toBe(Date.parse(later(HOUR)));
    expect(await lastAskedAt(books(), 'a2')).toBeNull();
  });

  it('a question that is answered, or whose person is not the admin any more, is not asked', async () => {
    await openAccount('a1', CLIENT, T0);
    const claim_id = await claim('ann', 'a1', T0);
    const evidence = { confirmed: true, evidence: 'a letter' };
    await call('POST', `/v1/claims/${claim_id}/confirmation`, { as: 'ana', at: T0, body: evidence });
    await openAccount('a2', 'joe@client.example', T0);
    await claim('ann', 'a2', T0);
    await call('PATCH', '/v1/accounts/a2', { at: T0, body: { email: 'jo@client.example' } });
    await post.run(later(HOUR));
    expect(post.sent.filter((mail) => mail.to.endsWith('@client.example'))).toEqual([]);
    expect((await outbox('ask_client')).map(({ status, reason }) => [status, reason]).toSorted()).toEqual([
      ['dropped', 'not_holder'],
      ['dropped', 'settled'],
    ]);
  });
});

describe('letters by mail', () => {
  it('R3: a lapse is told to the partner, once, after the last instant, and not of a claim that was decided', async () => {
    await givePartner('bob');
    await openAccount('a1', CLIENT, T0);
    const claim_id = await claim('ann', 'a1', T0);
    const as = await claimToken('ann', T0);
    expect((await call('GET', `/v1/claims/${claim_id}/letter`, { as, at: later(DAY) })).status).toBe(404);
    for (let day = 0; day < 40; day++) await post.run(later(day * DAY));
    const letters_to_ann = post.news.filter((mail) => mail.to === 'ann@partners.example');
    expect(letters_to_ann.map((mail) => mail.subject)).toEqual(['Your request has lapsed']);
    const { body } = await call('GET', `/v1/claims/${claim_id}/letter`, { as, at: later(40 * DAY) });
    expect(body['text']).toBe(letters_to_ann[0]?.text);
  });

  it('R3: a stranger named by address and a client who does not answer lapse in the same words, by mail and API', async () => {
    await openAccount('a1', CLIENT, T0);
    const as = await claimToken('ann', T0);
    const file = async (account_email: string) =>
      (await call('POST', '/v1/claims', { as, at: T0, body: { account_email, kind: 'claim' } })).body['claim_id'];
    const known = String(await file(CLIENT));
    const stranger = String(await file('stranger@elsewhere.example'));
    for (let day = 0; day < 35; day++) await post.run(later(day * DAY));
    const [one, two, ...more] = post.news.filter((mail) => mail.to === 'ann@partners.example');
    expect(more).toEqual([]);
    expect(one).toEqual(two);
    const letter = (id: string) => call('GET', `/v1/claims/${id}/letter`, { as, at: later(36 * DAY) });
    expect((await letter(known)).body).toEqual((await letter(stranger)).body);
  });

  it('another partner’s letter, and that of no claim, are the same 404', async () => {
    await givePartner('bob');
    await openAccount('a1', CLIENT, T0);
    const claim_id = await claim('ann', 'a1', T0);
    const as = await claimToken('bob', T0);
    const at = later(40 * DAY);
    const others = await call('GET', `/v1/claims/${claim_id}/letter`, { as, at });
    const none = await call('GET', '/v1/claims/clm_none/letter', { as, at });
    expect([others.status, others.body]).toEqual([404, none.body]);
    expect((await call('GET', `/v1/claims/${claim_id}/letter`, { as: 'ana', at })).status).toBe(200);
    expect((await call('GET', `/v1/claims/${claim_id}/letter`, { as: 'nobody', at })).status).toBe(401);
  });

  it('S1, S3: a signup that is the partner’s own, and a match found later, are told to the partner', async () => {
    const own = { account_id: 'a1', email: 'ann@partners.example', how_heard: 'ann@partners.example' };
    await call('POST', '/v1/signups', { at: T0, body: own });
    await call('POST', '/v1/signups', { at: T0, body: { ...own, account_id: 'a2', email: 'x@client.example' } });
    await call('PATCH', '/v1/accounts/a2', { at: later(HOUR), body: { email: 'ann@partners.example' } });
    await post.run(later(2 * HOUR));
    expect(post.sent.map((mail) => [mail.to, mail.subject])).toEqual([
      ['ann@partners.example', 'An account earns no commission'],
      ['ann@partners.example', 'Commissions of an account are held'],
    ]);
    const { body } = await call('GET', '/v1/holds', { as: 'ana' });
    const [hold] = body['data'] as unknown as [{ hold_id: string }];
    const word = { decision: 'release', reason: 'another Ann' };
    await call('POST', `/v1/holds/${hold.hold_id}/decision`, { as: 'ana', at: later(3 * HOUR), body: word });
    await post.run(later(4 * HOUR));
    expect(post.sent.at(-1)).toMatchObject({ subject: 'Commissions of an account are free' });
  });
});

describe('P3: a change of the PayPal address', () => {
  const set = (paypal_email: string | null, at: string, partner_id = 'ann') =>
    call('PATCH', `/v1/partners/${partner_id}`, { as: 'ana', at, body: { paypal_email } });
  // The contact is told of each change in a mail of its own (`security.test.ts`).
  const to_addresses = () => post.sent.filter((mail) => mail.to.endsWith('@pay.example'));
  const told = () => to_addresses().map((mail) => [mail.to, mail.subject]);

  it('is told to the former and to the new address; a first one is told to no address', async () => {
    await set('first@pay.example', T0);
    await post.run(later(MINUTE));
    expect(told()).toEqual([]);
    await set('second@pay.example', later(HOUR));
    await post.run(later(2 * HOUR));
    expect(told().toSorted()).toEqual([
      ['first@pay.example', 'Your PayPal address was changed'],
      ['second@pay.example', 'This PayPal address is to receive payouts'],
    ]);
    for (const mail of to_addresses()) {
      expect(mail.text).toContain('not before 5 March 2026');
      expect(mail.text).not.toContain('@');
    }
  });

  it('is told after the former was cleared, too; setting back the one that served is not', async () => {
    await set('first@pay.example', T0);
    await set(null, later(HOUR));
    await set('second@pay.example', later(2 * HOUR));
    await post.run(later(3 * HOUR));
    expect(
      told()
        .map(([to]) => to)
        .toSorted(),
    ).toEqual(['first@pay.example', 'second@pay.example']);
    await set('first@pay.example', later(4 * HOUR));
    await post.run(later(5 * HOUR));
    expect(to_addresses()).toHaveLength(2);
  });

  it('of an address that serves another partner is told in the same words', async () => {
    await givePartner('bob', { paypal: 'bob@pay.example' });
    await set('first@pay.example', T0);
    const { body } = await call('POST', '/v1/partners/ann/tokens', {
      as: 'ana',
      at: T0,
      body: { scope: 'read payout' },
    });
    const as = { token: body['token'] as unknown as string };
    await call('PATCH', '/v1/me', { as, at: later(HOUR), body: { paypal_email: 'free@pay.example' } });
    await call('PATCH', '/v1/me', { as, at: later(HOUR), body: { paypal_email: 'bob@pay.example' } });
    await post.run(later(2 * HOUR));
    const [free] = post.to('free@pay.example');
    const [taken] = post.to('bob@pay.example');
    // Each letter has a link of its own, which names the partner and the change and nothing else.
    const words = (text = '') => text.replace(/\/partners\/stop\/\S+/, '/partners/stop/…');
    expect(words(taken?.text)).toBe(words(free?.text));
    expect(post.to('first@pay.example')).toHaveLength(2);
  });
});

describe('the cron', () => {
  it('sends by the binding at its scheduled time', async () => {
    await letters(2);
    const controller = createScheduledController({ scheduledTime: new Date(T0), cron: '*/5 * * * *' });
    await worker.scheduled(controller, env);
    expect((await outbox()).map(({ status, sent_at }) => [status, sent_at])).toEqual(
      Array.from({ length: 2 }, () => ['sent', Date.parse(T0)]),
    );
  });

  it('says which variable is wrong, and sends nothing', async () => {
    await letters(1);
    const controller = createScheduledController({ scheduledTime: new Date(T0), cron: '*/5 * * * *' });
    const run = worker.scheduled(controller, { ...env, MAIL_FROM: 'Acme <x@example.com>' });
    await expect(run).rejects.toThrow(/^misconfigured: MAIL_FROM is not an email address$/);
    expect(await outbox()).toMatchObject([{ status: 'queued', tries: 0 }]);
  });

  it('a kind that this version does not know is dropped, not tried for ever', async () => {
    const mail = { kind: 'other' as 'list_letter', cause: 'x', subject: 'x', facts: {}, now: Date.parse(T0) };
    const person = await env.BOOKS.prepare('SELECT person_id FROM people').first<string>('person_id');
    await runBatch(books(), [queueMail(books(), { ...mail, person_id: person ?? '' })]);
    await post.run(T0);
    expect(await outbox()).toMatchObject([{ status: 'dropped', reason: 'unknown_kind' }]);
  });
});
