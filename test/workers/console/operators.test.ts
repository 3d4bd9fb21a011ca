import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';

import { authSessions } from '../../../src/identity/identity.schema.ts';
import { userOfOperator } from '../../../src/identity/user.repo.ts';
import { mailOutbox } from '../../../src/mail/mail.schema.ts';
import { documents } from '../../../src/people/people.schema.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';

beforeEach(freshDatabases);

/** Posts an action's form, then says yes to the question. */
async function twice(path: string, form: Record<string, string>, as: Reader) {
  const asked = await page(path, { as, form });
  if (asked.status !== 200) return asked;
  const shown = /name="shown" value="([^"]+)"/.exec(asked.html)?.[1] ?? '';
  return page(path, { as, form: { ...form, shown, confirmed: 'yes' } });
}
const passwordMails = () => books().select().from(mailOutbox).where(eq(mailOutbox.kind, 'password_letter'));

describe('who may sign in to the console', () => {
  it('a key lets its own name in at once, who is mailed a link to set a password', async () => {
    const added = await call('POST', '/v1/operators', { as: 'ana', body: { email: 'Ana@staff.example' } });
    expect([added.status, added.body]).toEqual([201, { name: 'ana', status: 'done' }]);
    expect((await userOfOperator(books(), 'ana'))?.email).toBe('ana@staff.example');
    expect(await passwordMails()).toHaveLength(1);
    const again = await call('POST', '/v1/operators', { as: 'ana', body: { email: 'ana@staff.example' } });
    expect([again.status, again.body]).toEqual([200, { name: 'ana', status: 'unchanged' }]);
    const other = await call('POST', '/v1/operators', { as: 'ana', body: { email: 'ana2@staff.example' } });
    expect([other.status, other.body['code']]).toEqual([409, 'conflict']);
    const listed = await call('GET', '/v1/operators', { as: 'ben' });
    expect(listed.body['data']).toMatchObject([
      { name: 'ana', email: 'ana@staff.example', second_factor: false, password_set: false, has_key: true },
      { name: 'ben', email: null, has_key: true },
    ]);
  });

  it('another name needs two people, and again each time; what was proposed is forgotten once it is done', async () => {
    const body = { name: 'cleo', email: 'cleo@staff.example' };
    for (const as of ['ana', 'ana'] as const)
      expect((await call('POST', '/v1/operators', { as, body })).status).toBe(202);
    expect(await userOfOperator(books(), 'cleo')).toBeNull();
    expect((await call('POST', '/v1/operators', { as: 'ben', body })).status).toBe(201);
    expect(await userOfOperator(books(), 'cleo')).not.toBeNull();
    const kept = await books().select().from(documents).where(eq(documents.subject, 'operator:cleo'));
    expect(kept.map((row) => row.body)).toEqual([null]);

    expect((await call('DELETE', '/v1/operators/cleo', { as: 'ben' })).status).toBe(202);
    expect((await call('DELETE', '/v1/operators/cleo', { as: 'ana' })).status).toBe(200);
    expect((await call('DELETE', '/v1/operators/cleo', { as: 'ana' })).status).toBe(404);
    // The former agreement lets nobody in a second time.
    expect((await call('POST', '/v1/operators', { as: 'ben', body })).status).toBe(202);
    expect(await userOfOperator(books(), 'cleo')).toBeNull();
  });

  it('an address of a partner, a name of the books’ own and one written alike are refused', async () => {
    await givePartner('pia', { email: 'pia@partners.example' });
    const add = async (body: object) => (await call('POST', '/v1/operators', { as: 'ana', body })).status;
    expect(await add({ email: 'Pia@Partners.example' })).toBe(409);
    for (const name of ['ingest', 'letter', 'program']) expect(await add({ name, email: 'x@staff.example' })).toBe(422);
    expect(await add({ name: 'Ben', email: 'x@staff.example' })).toBe(422);
    expect(await add({ name: 'a b', email: 'x@staff.example' })).toBe(400);
    expect((await call('POST', '/v1/operators', { as: 'ingest', body: { email: 'x@staff.example' } })).status).toBe(
      403,
    );
  });

  it('the console: proposed by one, done by another, and a removal ends every session at once', async () => {
    const [ana, ben] = [await operatorReader('ana'), await operatorReader('ben')];
    const form = { name: 'cleo', email: 'cleo@staff.example' };
    const asked = await page('/console/operators/new', { as: ana, form });
    expect(textOf(asked.html)).toContain('cleo may sign in to the console by cleo@staff.example');
    expect((await twice('/console/operators/new', form, ana)).location).toBe('/console/operators?done=proposed');
    const seen = await page('/console/operators', { as: ben });
    expect(textOf(seen.html)).toContain('ana proposes to let cleo sign in by cleo@staff.example');
    expect((await twice('/console/operators/new', form, ben)).location).toBe('/console/operators?done=operator_added');

    // Of another it takes two, of oneself one.
    expect((await twice('/console/operators/ben/removal', {}, ana)).location).toBe('/console/operators?done=proposed');
    expect((await page('/console/operators', { as: ben })).status).toBe(200);
    expect((await twice('/console/operators/ben/removal', {}, ben)).location).toContain('operator_removed');
    expect((await page('/console/operators', { as: ben })).location).toContain('/console/sign-in');
    expect(await books().select().from(authSessions).where(eq(authSessions.userId, ben.user_id))).toEqual([]);
    expect((await page('/console/operators/nobody/removal', { as: ana })).status).toBe(404);
  });
});
