import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { queueMailToPartners } from '../../../src/mail/mail.repo.ts';
import { sendAgain } from '../../../src/mail/send-again.ts';
import { runBatch } from '../../../src/program/commit.repo.ts';
import { auditLog } from '../../../src/program/program.schema.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';
import { claim, openAccount } from '../confirm/page.ts';
import { outbox, Post, refusal } from '../mail/post.ts';
import { askedBy, doOn, wellFormed } from './vault.ts';

const T0 = '2026-03-02T12:00:00Z';
const NEXT = '2026-03-03T12:00:00Z';
let post = new Post();
let ana: Reader;

beforeEach(async () => {
  await freshDatabases();
  post = new Post();
  ana = await operatorReader('ana');
  await givePartner('ann', { email: 'ann@partners.example' });
});

const doing = () => ({ as: ana, at: NEXT });
const open = async (path: string) => wellFormed(await page(path, { as: ana, at: NEXT }));
const againPath = (mail_id: string) => `/console/mails/${encodeURIComponent(mail_id)}/again`;

/** Letters to ann that the Email Service refuses for good. */
async function failedLetters(count: number, drop_after_at: number | null = null): Promise<string[]> {
  const now = Date.parse(T0);
  const mails = Array.from({ length: count }, (_, i) => ({
    partner_id: 'ann',
    kind: 'list_letter' as const,
    cause: `list_${String(i).padStart(3, '0')}`,
    subject: `partner:ann`,
    facts: { received_at: now, rows: i + 1, accepted_until: now, at: now },
    now: now + i,
    drop_after_at,
  }));
  await runBatch(books(), [queueMailToPartners(books(), mails)]);
  post.failing = () => refusal('E_RECIPIENT_SUPPRESSED');
  for (let sent = 0; sent < count; sent += 50) await post.run('2026-03-02T12:05:00Z');
  post.failing = () => null;
  return mails.map(({ cause }) => `list_letter:${cause}`);
}

describe('mails that failed', () => {
  it('are listed with kind, day, tries and why in words; never with what they say, nor with an address', async () => {
    await failedLetters(2);
    const { html } = await open('/console/mails');
    expect(textOf(html)).toMatch(/a list was accepted partner:ann 1 the address bounced or complained before/);
    expect(html).toContain('href="/console/partners/ann"');
    expect(html).not.toMatch(/partners\.example|list_letter<|e_recipient/);
    const today = textOf((await open('/console')).html);
    expect(today).toContain('a list was accepted, about partner:ann');
    expect(today).toContain('the address bounced or complained before');
  });

  it('page by page, the latest first', async () => {
    await failedLetters(52);
    const first = await open('/console/mails');
    expect(first.html.match(/\/again"/g)).toHaveLength(50);
    const more = /href="([^"]*cursor=[^"]*)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect((await open(more)).html.match(/list_00[01]\/again"/g)).toHaveLength(2);
  });

  it('one is sent again, once, after it was asked once more; it is logged with what it was', async () => {
    const [mail_id = ''] = await failedLetters(1);
    const asked = await askedBy(againPath(mail_id), {}, doing());
    expect(textOf(asked.html)).toContain('is written anew as things stand now, and goes out once more');
    expect(await outbox()).toMatchObject([{ status: 'failed' }]);

    const done = await doOn(againPath(mail_id), {}, doing());
    expect(done.location).toBe('/console/mails?done=mail_queued');
    expect(await outbox()).toMatchObject([
      { status: 'queued', tries: 0, reason: null, send_after_at: Date.parse(NEXT) },
    ]);
    expect(await books().select().from(auditLog)).toMatchObject([
      {
        actor: 'ana',
        via: 'console',
        action: 'mail.send_again',
        subject: `mail:${mail_id}`,
        before: '{"status":"failed","tries":1,"reason":"e_recipient_suppressed"}',
        after: '{"status":"queued"}',
      },
    ]);
    const again = await askedBy(againPath(mail_id), {}, doing());
    expect([again.status, textOf(again.html)]).toEqual([422, expect.stringContaining('has not failed')]);
    expect((await open('/console/mails')).html).not.toContain('/again"');
    await post.run(NEXT);
    await post.run('2026-03-09T12:00:00Z');
    expect(post.sent).toHaveLength(1);
    expect(await outbox()).toMatchObject([{ status: 'sent' }]);
  });

  it('of two operators at once one sends it again, and one entry is in the log', async () => {
    const [mail_id = ''] = await failedLetters(1);
    const door = (by: string) => ({ books: books(), now: Date.parse(NEXT), by, via: 'console' as const });
    const both = await Promise.all([sendAgain(door('ana'), mail_id), sendAgain(door('ben'), mail_id)]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both.find(({ ok }) => !ok)).toEqual({ ok: false, reason: 'not_failed' });
    expect(await books().select().from(auditLog)).toHaveLength(1);
  });

  it('one that is of no use any more is not sent again, nor one that nobody knows', async () => {
    const [mail_id = ''] = await failedLetters(1, Date.parse('2026-03-02T13:00:00Z'));
    const late = await askedBy(againPath(mail_id), {}, doing());
    expect([late.status, textOf(late.html)]).toEqual([422, expect.stringContaining('of no use any more')]);
    expect(await sendAgain({ books: books(), now: Date.parse(NEXT), by: 'ana' }, mail_id)).toEqual({
      ok: false,
      reason: 'too_late',
    });
    expect((await open(againPath('list_letter:none'))).status).toBe(404);
  });

  it('R3: a question to a client that is sent again still goes at most once a week', async () => {
    await openAccount('a1', 'jane@client.example', T0);
    await claim('ann', 'a1', T0);
    await env.BOOKS.prepare(
      "UPDATE mail_outbox SET status = 'failed', tries = 10, reason = 'e_x' WHERE kind = 'ask_client'",
    ).run();
    const [question] = await outbox('ask_client');
    // Another question to the same client has just gone out.
    await env.BOOKS.prepare(
      "INSERT INTO mail_outbox SELECT 'ask_client:other', kind, subject, account_id, person_id, facts, send_after_at, NULL, 'sent', 1, NULL, queued_at, ? FROM mail_outbox WHERE mail_id = ?",
    )
      .bind(Date.parse(NEXT) - 60_000, question?.mail_id)
      .run();
    const done = await doOn(againPath(question?.mail_id ?? ''), {}, doing());
    expect(done.question).toContain('at most once a week');
    await post.run(NEXT);
    expect(post.to('jane@client.example')).toEqual([]);
    await post.run('2026-03-10T12:00:00Z');
    expect(post.to('jane@client.example')).toHaveLength(1);
  });
});
