import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';

import { applications } from '../../../src/application/application.schema.ts';
import { authUsers } from '../../../src/identity/identity.schema.ts';
import { mailOutbox } from '../../../src/mail/mail.schema.ts';
import { acceptancesOf } from '../../../src/terms/terms.repo.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { page, readerOf, textOf } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';

beforeEach(freshDatabases);

const at = '2026-03-02T10:00:00Z';
const form = {
  name: 'Nora New',
  email: 'nora@new.example',
  country: 'DE',
  text: 'A newsletter for tax advisers.',
};

const publish = (body: string) => call('POST', '/v1/terms', { as: 'ana', at, body: { body } });
const mails = () => books().select({ kind: mailOutbox.kind, facts: mailOutbox.facts }).from(mailOutbox);

describe('applying', () => {
  it('an applicant is a partner with the status applied who has accepted the terms by version; an operator’s word lets them sign in', async () => {
    expect((await publish('Be fair.')).status).toBe(201);
    const shown = await page('/partners/apply', { at });
    expect(textOf(shown.html)).toContain('terms of the program (version 1)');
    const sent = await page('/partners/apply', { at, form: { ...form, terms_version: '1', accepted: 'yes' } });
    expect([sent.status, sent.location]).toEqual([303, '/partners/applied']);
    const [application] = await books().select().from(applications);
    const partner_id = application?.partner_id ?? '';
    expect((await call('GET', `/v1/partners/${partner_id}`, { as: 'ana', at })).body).toMatchObject({
      status: 'applied',
      name: 'Nora New',
      country: 'DE',
    });
    expect(await acceptancesOf(books(), partner_id)).toMatchObject([{ version: 1, accepted_by: 'applicant' }]);
    expect(await books().select().from(authUsers)).toEqual([]);

    const approved = await call('PATCH', `/v1/partners/${partner_id}`, { as: 'ana', at, body: { status: 'active' } });
    expect(approved.status).toBe(200);
    expect(await books().select().from(applications)).toMatchObject([{ decision: 'approved', decided_by: 'ana' }]);
    expect(await books().select().from(authUsers)).toMatchObject([
      { email: 'nora@new.example', partnerId: partner_id },
    ]);
    expect(await mails()).toMatchObject([{ kind: 'password_letter' }]);
  });

  it('an applicant who was declined may not sign in, and may apply again', async () => {
    await page('/partners/apply', { at, form });
    const [first] = await books().select().from(applications);
    await call('PATCH', `/v1/partners/${first?.partner_id}`, { as: 'ana', at, body: { status: 'closed' } });
    expect(await books().select().from(applications)).toMatchObject([{ decision: 'declined' }]);
    expect(await books().select().from(authUsers)).toEqual([]);
    await page('/partners/apply', { at, form });
    expect(await books().select().from(applications)).toHaveLength(2);
  });

  it('an address that is known looks like a new one, writes no partner, and gets a mail where it may sign in', async () => {
    await givePartner('pia', { email: 'nora@new.example' });
    const sent = await page('/partners/apply', { at, form });
    expect([sent.status, sent.location]).toEqual([303, '/partners/applied']);
    expect(await books().select().from(applications)).toEqual([]);
    expect(await mails()).toMatchObject([{ kind: 'password_letter' }]);
  });

  it('terms that are not in force are refused for a known address as for an unknown one', async () => {
    await givePartner('pia', { email: 'nora@new.example' });
    const asked = async (email: string) => {
      const sent = await page('/partners/apply', { at, form: { ...form, email, terms_version: '7', accepted: 'yes' } });
      return [sent.status, sent.location, sent.html.replaceAll(email, '…')];
    };
    expect(await asked('nora@new.example')).toEqual(await asked('nobody@new.example'));
  });

  it.each(['closed', 'suspended'])('an applicant who was %s gets no sign-in by ordering a password', async (status) => {
    await page('/partners/apply', { at, form });
    const [application] = await books().select().from(applications);
    const body = { status, reason: 'Sells followers' };
    await call('PATCH', `/v1/partners/${application?.partner_id}`, { as: 'ana', at, body });
    expect((await page('/partners/forgot', { at, form: { email: form.email } })).status).toBe(200);
    expect(await books().select().from(authUsers)).toEqual([]);
    expect(await mails()).toEqual([]);
    // Taken after all, they may.
    await call('PATCH', `/v1/partners/${application?.partner_id}`, { as: 'ana', at, body: { status: 'active' } });
    await page('/partners/forgot', { at, form: { email: form.email } });
    expect(await mails()).toMatchObject([{ kind: 'password_letter' }]);
  });

  it('an applicant who is suspended was refused, not approved: no sign-in, no letter, and nothing waits any more', async () => {
    await page('/partners/apply', { at, form });
    const [application] = await books().select().from(applications);
    const path = `/v1/partners/${application?.partner_id}`;
    const body = { status: 'suspended', reason: 'Sells followers' };
    expect((await call('PATCH', path, { as: 'ana', at, body })).status).toBe(200);
    expect(await books().select().from(applications)).toMatchObject([{ decision: 'declined', decided_by: 'ana' }]);
    expect([await books().select().from(authUsers), await mails()]).toEqual([[], []]);
    // Let go on later, they were not approved by that either: an invitation is an act of its own.
    expect((await call('PATCH', path, { as: 'ben', at, body: { status: 'active' } })).status).toBe(200);
    expect(await books().select().from(applications)).toMatchObject([{ decision: 'declined', decided_by: 'ana' }]);
    expect([await books().select().from(authUsers), await mails()]).toEqual([[], []]);
  });

  it('an applicant whose address is put right with the approval signs in by the right one', async () => {
    await page('/partners/apply', { at, form });
    const [application] = await books().select().from(applications);
    const body = { email: 'nora@right.example', status: 'active' };
    expect((await call('PATCH', `/v1/partners/${application?.partner_id}`, { as: 'ana', at, body })).status).toBe(200);
    expect(await books().select().from(authUsers)).toMatchObject([{ email: 'nora@right.example' }]);
  });

  it('a name is one line, as it goes into letters to clients', async () => {
    const sent = await page('/partners/apply', { at, form: { ...form, name: 'Nora\n\nPlease pay here' } });
    expect([sent.status, sent.html]).toEqual([422, expect.stringContaining('id="name-fault"')]);
    expect(await books().select().from(applications)).toEqual([]);
  });

  it('two applications at once with one address are one', async () => {
    await Promise.all([1, 2, 3].map(() => page('/partners/apply', { at, form })));
    expect(await books().select().from(applications)).toHaveLength(1);
  });

  it('what is missing is said beside its field, and the terms have to be accepted in the version in force', async () => {
    await publish('Be fair.');
    const empty = await page('/partners/apply', { at, form: { name: 'Nora' } });
    expect(empty.status).toBe(422);
    expect(textOf(empty.html)).toContain('Your email address is needed');
    const unread = await page('/partners/apply', { at, form: { ...form, terms_version: '1' } });
    expect([unread.status, textOf(unread.html)]).toEqual([422, expect.stringContaining('have to be accepted')]);
    await publish('Be fair and kind.');
    const late = await page('/partners/apply', { at, form: { ...form, terms_version: '1', accepted: 'yes' } });
    expect(late.status).toBe(409);
    expect(await books().select().from(applications)).toEqual([]);
  });
});

describe('terms', () => {
  it('new terms are accepted at the next page, once, and who accepted which version when is kept', async () => {
    await givePartner('pia');
    const pia = await readerOf('pia');
    expect((await page('/partners', { as: pia, at })).status).toBe(200);
    await publish('Be fair.');
    const sent = await page('/partners/earnings', { as: pia, at });
    expect(sent.location).toBe('/partners/terms?next=%2Fpartners%2Fearnings');
    const asked = await page(sent.location ?? '', { as: pia, at });
    expect(textOf(asked.html)).toContain('Be fair.');
    const accepted = await page('/partners/terms', { as: pia, at, form: { version: '1', next: '/partners/earnings' } });
    expect(accepted.location).toBe('/partners/earnings');
    expect((await page('/partners', { as: pia, at })).status).toBe(200);
    await publish('Be fair and kind.');
    const old = await page('/partners/terms', { as: pia, at, form: { version: '1' } });
    expect(textOf(old.html)).toContain('changed once more');
    await page('/partners/terms', { as: pia, at, form: { version: '2' } });
    const kept = await acceptancesOf(books(), 'pia');
    expect(kept.map(({ version, accepted_by }) => [version, accepted_by])).toEqual([
      [2, 'partner:pia'],
      [1, 'partner:pia'],
    ]);
  });

  it('the same words again are the version in force', async () => {
    await publish('Be fair.');
    expect((await publish('Be fair.')).status).toBe(200);
    expect((await call('GET', '/v1/terms', { as: 'ana', at })).body['data']).toHaveLength(1);
  });

  it('a version is never altered', async () => {
    await publish('Be fair.');
    const { termsVersions } = await import('../../../src/terms/terms.schema.ts');
    await expect(books().update(termsVersions).set({ body: 'x' }).where(eq(termsVersions.version, 1))).rejects.toThrow(
      'Failed query',
    );
  });
});
