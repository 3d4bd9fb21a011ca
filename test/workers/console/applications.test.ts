import { beforeEach, describe, expect, it } from 'vitest';

import { findApplication } from '../../../src/application/application.repo.ts';
import { userOfPartner } from '../../../src/identity/user.repo.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { books } from '../../support/world.ts';

beforeEach(freshDatabases);

async function apply(name: string): Promise<string> {
  const form = { name, email: `${name.toLowerCase()}@people.example`, country: 'DE', text: 'By my <blog>.' };
  expect((await page('/partners/apply', { form })).status).toBe(303);
  const partners = await call('GET', '/v1/partners', { as: 'ana' });
  const rows = partners.body['data'] as unknown as { partner_id: string; name: string }[];
  return rows.find((row) => row.name === name)?.partner_id ?? '';
}

async function yes(path: string, form: Record<string, string>, as: Reader) {
  const asked = await page(path, { as, form });
  const shown = /name="shown" value="([^"]+)"/.exec(asked.html)?.[1] ?? '';
  return page(path, { as, form: { ...form, shown, confirmed: 'yes' } });
}

describe('applications in the console', () => {
  it('are read as they were sent; approving makes a partner who may sign in', async () => {
    const as = await operatorReader('ana');
    const partner_id = await apply('Nora');
    const list = await page('/console/applications', { as });
    expect(textOf(list.html)).toContain('nora@people.example Germany');
    const seen = await page(`/console/applications/${partner_id}`, { as });
    expect(textOf(seen.html)).toContain('By my <blog>.');
    expect(seen.html).not.toContain('<blog>');

    const approval = `/console/applications/${partner_id}/approval`;
    expect((await page(approval, { as, form: { confirmed: 'yes' } })).status).toBe(200);
    expect((await findApplication(books(), partner_id))?.decision).toBeNull();
    const done = await yes(approval, {}, as);
    expect(done.location).toBe('/console/applications?done=application_approved');
    expect((await findApplication(books(), partner_id))?.decided_by).toBe('ana');
    expect(await userOfPartner(books(), partner_id)).not.toBeNull();
    expect((await call('GET', `/v1/partners/${partner_id}`, { as: 'ana' })).body['status']).toBe('active');
    expect((await yes(`/console/applications/${partner_id}/decline`, { reason: 'late' }, as)).status).toBe(422);
  });

  it('declining needs a reason and lets nobody in', async () => {
    const as = await operatorReader('ana');
    const partner_id = await apply('Nora');
    const decline = `/console/applications/${partner_id}/decline`;
    expect((await page(decline, { as, form: {} })).status).toBe(400);
    expect((await yes(decline, { reason: 'no site' }, as)).status).toBe(303);
    expect((await findApplication(books(), partner_id))?.decision).toBe('declined');
    expect(await userOfPartner(books(), partner_id)).toBeNull();
    expect(textOf((await page(`/console/applications/${partner_id}`, { as })).html)).toMatch(/By ana Reason no site/);
    expect(textOf((await page('/console/applications', { as })).html)).toContain('None waits.');
    expect((await page('/console/applications/p_nobody', { as })).status).toBe(404);
  });

  it('an applicant who is suspended by the partner’s page is declined, and that is said before it is done', async () => {
    const as = await operatorReader('ana');
    const partner_id = await apply('Nora');
    const change = `/console/partners/${partner_id}/change`;
    const form = { name: 'Nora', email: 'nora@people.example', country: 'DE', reason: 'Sells followers' };
    const asked = textOf((await page(change, { as, form: { ...form, status: 'suspended' } })).html);
    expect(asked).toContain('This declines their application, by this reason, which nobody mails them');
    const other = textOf((await page(change, { as, form: { ...form, status: 'active' } })).html);
    expect(other).toContain('This approves their application: they are mailed a link to set a password');
    expect((await yes(change, { ...form, status: 'suspended' }, as)).status).toBe(303);
    const seen = textOf((await page(`/console/applications/${partner_id}`, { as })).html);
    expect(seen).toMatch(/State declined .*By ana Reason Sells followers/);
    expect(await userOfPartner(books(), partner_id)).toBeNull();
    expect(textOf((await page('/console/applications', { as })).html)).toContain('None waits.');
  });
});

describe('terms in the console', () => {
  it('are published after asking once more, listed by version, and who accepted which is shown', async () => {
    const as = await operatorReader('ana');
    const body = 'Be honest.\r\nBe paid.';
    const asked = await page('/console/terms/new', { as, form: { body } });
    expect(textOf(asked.html)).toContain('Version 1 of the terms, of 19 characters, is in force from now on');
    expect(textOf((await page('/console/terms', { as })).html)).toContain('No terms have been published');
    expect((await yes('/console/terms/new', { body }, as)).location).toBe('/console/terms?done=terms_published');
    expect((await page('/console/terms/new', { as, form: { body } })).status).toBe(422);

    const form = {
      name: 'Nora',
      email: 'nora@people.example',
      country: 'DE',
      text: 'Blog.',
      terms_version: '1',
      accepted: 'yes',
    };
    expect((await page('/partners/apply', { form })).status).toBe(303);
    const seen = textOf((await page('/console/terms/1', { as })).html);
    expect(seen).toMatch(/Who accepted this version, the latest first Partner Accepted By p_\w+ .* applicant/);
    expect(textOf((await page('/console/terms', { as })).html)).toMatch(/Version 1 in force .* ana 1/);
    expect((await page('/console/terms/2', { as })).status).toBe(404);
  });

  it('are published though each letter is many characters of a form', async () => {
    const as = await operatorReader('ana');
    const body = 'ä'.repeat(20_000);
    expect((await page('/console/terms/new', { as, form: { body } })).status).toBe(200);
    expect((await yes('/console/terms/new', { body }, as)).location).toBe('/console/terms?done=terms_published');
  });
});
