import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';

import { authSessions, authUsers } from '../../../src/identity/identity.schema.ts';
import { mailOutbox } from '../../../src/mail/mail.schema.ts';
import { auditLog } from '../../../src/program/program.schema.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorReader, page, readerOf, textOf, type Reader } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';
import { askedBy, doOn, hiddenFields, wellFormed } from './vault.ts';

const NOW = '2026-03-02T12:00:00Z';
let ana: Reader;

beforeEach(async () => {
  await freshDatabases();
  ana = await operatorReader('ana');
  await givePartner('pia', { paypal: 'pia@pay.example', rate_bps: 2500 });
  await givePartner('quinn', { email: 'Quinn@agency.example' });
});

const doing = (at = NOW, as = ana) => ({ as, at });
const open = async (path: string, at = NOW) => wellFormed(await page(path, { as: ana, at }));
const logged = async () =>
  (await books().select().from(auditLog)).map(({ actor, action, subject }) => `${actor} ${action} ${subject}`);

describe('finding partners', () => {
  it('by the beginning of the id, a part of the name, and an address whatever its case', async () => {
    for (const [q, found, not] of [
      ['pi', 'pia', 'quinn'],
      ['UIN', 'quinn', 'pia'],
      ['quinn@AGENCY.example', 'quinn', 'pia'],
      ['pia@pay.example', 'pia', 'quinn'],
    ] as const) {
      const { html } = await open(`/console/partners?q=${encodeURIComponent(q)}`);
      expect(html).toContain(`/console/partners/${found}"`);
      expect(html).not.toContain(`/console/partners/${not}"`);
    }
    expect(textOf((await open('/console/partners?q=zed')).html)).toContain('No partner fits');
  });

  it('shows one whole: dated facts, balance, gates, lists, history; another id does not exist', async () => {
    await call('PATCH', '/v1/partners/pia', { as: 'ana', at: NOW, body: { rate_bps: 3000, reason: 'A good year' } });
    const text = textOf((await open('/console/partners/pia')).html);
    for (const words of [
      'Rate 30 %',
      '25 %',
      'A good year',
      'Payable 0.00 USD',
      'Threshold (P2)',
      'partner.change',
      'Next pay day',
    ])
      expect(text).toContain(words);
    expect((await open('/console/partners/nobody')).status).toBe(404);
    expect((await open('/console/partners/nobody/change')).status).toBe(404);
  });
});

describe('what is done to a partner', () => {
  it('an adjustment asks once more with its amount, is booked once, and is logged', async () => {
    const path = '/console/partners/pia/adjustment';
    const form = { ...hiddenFields((await open(path)).html), amount: '-5', reason: 'Paid twice' };
    const asked = await askedBy(path, form, doing());
    expect(textOf(asked.html)).toContain(
      '-5.00 USD is booked for pia, payable at once. What is payable to them is then -5.00 USD',
    );
    expect(await logged()).toEqual([]);
    const done = await doOn(path, form, doing());
    expect(done.location).toBe('/console/partners/pia?done=adjusted');
    // The same form again, as by the button pressed twice: nothing is booked twice.
    const again = await doOn(path, form, doing());
    expect(again.location).toBe('/console/partners/pia?done=done_before');
    expect(await logged()).toEqual(['ana adjustment partner:pia']);
    expect(textOf((await open('/console/partners/pia')).html)).toContain('Owed back 5.00 USD');
  });

  it('an amount that is none is refused beside its field, with what was typed', async () => {
    const path = '/console/partners/pia/adjustment';
    for (const amount of ['0', '5.001', 'five', '1e3']) {
      const seen = await askedBy(path, { adjustment_id: 'adj_1', amount, reason: 'x' }, doing());
      expect([seen.status, seen.html]).toEqual([422, expect.stringContaining(`value="${amount}"`)]);
      expect(textOf(seen.html)).toContain('An amount such as 59.25');
    }
    const bare = await askedBy(path, { adjustment_id: 'adj_1', amount: '5' }, doing());
    expect([bare.status, textOf(bare.html)]).toEqual([400, expect.stringContaining('A reason is needed')]);
  });

  it('P6: closing says what is payable, withholding that it is not paid; facts are dated and named', async () => {
    const path = '/console/partners/pia/change';
    await call('POST', '/v1/partners/pia/adjustments', {
      as: 'ana',
      at: NOW,
      body: { adjustment_id: 'a1', amount: 4000, reason: 'Welcome' },
    });
    const form = {
      name: 'pia',
      email: 'pia@partners.example',
      country: 'US',
      rate: '25',
      paypal_email: 'pia@pay.example',
      reason: 'They asked for it',
    };
    const same = await askedBy(path, { ...form, status: 'active' }, doing());
    expect([same.status, textOf(same.html)]).toEqual([422, expect.stringContaining('nothing would change')]);
    const early = await askedBy(path, { ...form, status: 'active', withhold_reason: 'Fraud' }, doing());
    expect(early.status).toBe(422);
    const done = await doOn(path, { ...form, status: 'closed', withhold_reason: 'Fraud' }, doing());
    expect(done.question).toContain('Status: active → closed');
    expect(done.question).toContain('40.00 USD is payable to them now. It is withheld');
    expect(done.location).toBe('/console/partners/pia?done=partner_changed');
    const text = textOf((await open('/console/partners/pia')).html);
    expect(text).toContain('Status closed');
    expect(text).toContain('an operator withholds the balance');
    expect(await logged()).toContain('ana partner.change partner:pia');
  });

  it('rate, country and PayPal address change alone; an address of another is refused at its field', async () => {
    const path = '/console/partners/quinn/change';
    const form = { name: 'quinn', email: 'Quinn@agency.example', country: 'CA', status: 'active', reason: 'Told us' };
    const taken = await doOn(path, { ...form, paypal_email: 'pia@pay.example' }, doing());
    expect([taken.status, taken.text]).toEqual([
      422,
      expect.stringContaining('Another partner uses this PayPal address'),
    ]);
    const wrong = await askedBy(path, { ...form, rate: '101' }, doing());
    expect([wrong.status, textOf(wrong.html)]).toEqual([422, expect.stringContaining('A percentage from 0 to 100')]);
    const done = await doOn(path, { ...form, rate: '12.5', paypal_email: 'q@pay.example' }, doing());
    expect(done.question).toContain('Country: US → CA');
    expect(done.question).toContain('12.5 %, for payments from now on');
    const { body } = await call('GET', '/v1/partners/quinn', { as: 'ana', at: NOW });
    expect(body).toMatchObject({ country: 'CA', rate_bps: 1250, paypal_email: 'q@pay.example', status: 'active' });
  });

  it('a new link, and a token revoked', async () => {
    const made = await doOn(
      '/console/partners/pia/link',
      { destination: 'https://www.example.com/x', code: 'Spring' },
      doing(),
    );
    expect(made.location).toBe('/console/partners/pia?done=link_created');
    const away = await doOn('/console/partners/pia/link', { destination: 'https://evil.example/' }, doing());
    expect([away.status, away.text]).toEqual([422, expect.stringContaining('own sites only')]);
    const issued = await call('POST', '/v1/partners/pia/tokens', { as: 'ana', at: NOW, body: {} });
    const { jti, token } = issued.body as unknown as { jti: string; token: string };
    const revoked = await doOn(`/console/partners/pia/tokens/${jti}/revocation`, {}, doing());
    expect(revoked.location).toBe('/console/partners/pia?done=token_revoked');
    expect((await call('GET', '/v1/me', { as: { token }, at: NOW })).status).toBe(401);
    expect((await open(`/console/partners/quinn/tokens/${jti}/revocation`)).status).toBe(404);
    expect(await logged()).toEqual(
      expect.arrayContaining(['ana link.create partner:pia', 'ana token.revoke partner:pia']),
    );
  });

  it('an invitation opens a sign-in for the contact and mails a link, each time anew', async () => {
    for (const times of [1, 2]) {
      const done = await doOn('/console/partners/pia/invitation', {}, doing());
      expect(done.question).toContain('pia@partners.example');
      expect(done.location).toBe('/console/partners/pia?done=invited');
      expect(await books().select().from(mailOutbox)).toHaveLength(times);
    }
    expect(await books().select().from(authUsers).where(eq(authUsers.partnerId, 'pia'))).toHaveLength(1);
    expect(await logged()).toEqual(['ana partner.invite partner:pia', 'ana partner.invite partner:pia']);
  });

  it('a lost second factor is taken away: every session ends, it is logged and told', async () => {
    const pia = await readerOf('pia');
    expect((await open('/console/partners/pia/second-factor')).status).toBe(404);
    await books().update(authUsers).set({ twoFactorEnabled: true }).where(eq(authUsers.id, pia.user_id));
    const done = await doOn('/console/partners/pia/second-factor', {}, doing());
    expect(done.location).toBe('/console/partners/pia?done=second_factor_removed');
    expect(await books().select().from(authSessions).where(eq(authSessions.userId, pia.user_id))).toEqual([]);
    expect((await page('/partners', { as: pia, at: NOW })).status).toBe(303);
    expect(await logged()).toEqual([`ana second_factor.reset user:${pia.user_id}`]);
  });
});
