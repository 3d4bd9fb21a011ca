import { beforeEach, describe, expect, it } from 'vitest';

import { userOfOperator } from '../../../src/identity/user.repo.ts';
import { commit } from '../../../src/program/commit.repo.ts';
import { proposals } from '../../../src/program/program.schema.ts';
import { isDone, proposeOrDo } from '../../../src/program/proposal.repo.ts';
import { call } from '../../support/api.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { givePartner } from '../../support/world.ts';
import { at, book, type Books, freshBooks, FRIDAY, rows, run, seedPartners } from '../payouts/play.ts';
import { doOn, hiddenFields, vaultOf, wellFormed } from './vault.ts';

const NOW = '2026-11-23T09:00:00Z';
/** The last instant at which a second person may say the same, and the one after it. */
const LAST = '2026-12-07T09:00:00.000Z';
const AFTER = '2026-12-07T09:00:00.001Z';
const MUCH_LATER = '2027-01-10T09:00:00Z';
const PATH = '/console/batches/2026-11-20/approval';
let books: Books;
let ana: Reader;
let ben: Reader;

beforeEach(async () => {
  books = await freshBooks();
  [ana, ben] = [await operatorReader('ana'), await operatorReader('ben')];
});

const stored = () => books.db.select().from(proposals);
const write_off = (by: string, when: string) =>
  ({ operation: 'write_off', subject: 'payout:po_1', content_hash: 'c1', by, now: at(when) }) as const;
const say = (by: string, when: string) => proposeOrDo(books.db, write_off(by, when));

describe('a proposal that nobody seconds', () => {
  it('lapses after 14 days: the same call from another name then proposes anew, and the third does it', async () => {
    const first = await say('ana', NOW);
    expect(await say('ben', LAST)).toMatchObject({ status: 'go', proposed_by: 'ana' });
    const anew = await say('ben', AFTER);
    expect(anew.status).toBe('proposed');
    expect(anew).not.toEqual(first);
    expect(await say('ben', AFTER)).toEqual(anew);
    expect(await stored()).toHaveLength(2);
    const third = await say('ana', AFTER);
    if (third.status !== 'go') throw new Error('the second person goes ahead');
    expect(third.proposed_by).toBe('ben');
    expect(await commit(books.db, [], third.statements)).toBe('committed');
    // Done is done, however long ago, and though an earlier one lapsed.
    expect(await say('eve', MUCH_LATER)).toMatchObject({ status: 'done', done_by: 'ana' });
    expect(await isDone(books.db, write_off('eve', MUCH_LATER))).toBe(true);
    expect((await stored()).filter(({ done_by }) => done_by === null)).toMatchObject([{ proposed_by: 'ana' }]);
  });

  it('lapses as often as nobody seconds it, and two who propose it anew at once are one', async () => {
    await say('ana', NOW);
    await say('ana', AFTER);
    const both = await Promise.all([say('ana', MUCH_LATER), say('ana', MUCH_LATER)]);
    expect(both.map(({ status }) => status)).toEqual(['proposed', 'proposed']);
    expect(both[0]).toEqual(both[1]);
    expect(await stored()).toHaveLength(3);
    expect((await say('ben', MUCH_LATER)).status).toBe('go');
  });

  it('R1, P7: by every door of the API it is a proposal again, 202', async () => {
    await givePartner('ann');
    await call('POST', '/v1/signups', { at: NOW, body: { account_id: 'a1', email: 'jo@a1.example' } });
    const doors = [
      ['POST', '/v1/accounts/a1/exceptions', { clause: 'R1', partner_id: 'ann', reason: 'they met' }],
      ['POST', '/v1/operators', { name: 'cleo', email: 'cleo@staff.example' }],
      ['POST', '/v1/people/erasure', { email: 'jo@a1.example', reason: 'they asked' }],
    ] as const;
    for (const [method, path, body] of doors) {
      const statuses: number[] = [];
      for (const [as, when] of [
        ['ana', NOW],
        ['ben', AFTER],
        ['ben', AFTER],
        ['ana', AFTER],
      ] as const)
        statuses.push((await call(method, path, { as, at: when, body })).status);
      expect([path, ...statuses]).toEqual([path, 202, 202, 202, 201]);
    }
    expect(await userOfOperator(books.db, 'cleo')).not.toBeNull();
  });
});

describe('lapsed proposals in the console', () => {
  const by = (as: Reader, when: string) => ({ as, at: when, vault: vaultOf(books, 2) });
  const open = async (path: string, as: Reader, when: string) =>
    wellFormed(await page(path, { as, at: when, bindings: { PAYOUTS: vaultOf(books, 2) } }));

  beforeEach(async () => {
    await seedPartners(books, [{ partner_id: 'p1' }]);
    await book(books, [{ partner_id: 'p1', payable_at: at('2026-11-10T20:00:00Z'), amount: 12_000 }]);
    await run(books, FRIDAY, '2026-11-20T17:00:00Z', { approval: 'manual' });
  });

  it('P8: a batch is not approved by a word of weeks ago: it is shown as lapsed, and proposed anew', async () => {
    const form = hiddenFields((await open(PATH, ana, NOW)).html);
    await doOn(PATH, form, by(ana, NOW));
    const waiting = await open('/console/proposals', ben, LAST);
    expect(textOf(waiting.html)).toMatch(/ana .* lapses .*Say the same/);
    expect(textOf((await open('/console', ben, LAST)).html)).toContain('ana proposes to approve a batch');

    const lapsed = await open('/console/proposals', ben, AFTER);
    const text = textOf(lapsed.html);
    expect(text).toContain('Nothing waits for a second person.');
    expect(text).toMatch(/Lapsed.* approve a batch batch:2026-11-20 manifest sha256: [0-9a-f]{64} ana /);
    expect(lapsed.html).not.toContain('Say the same:');
    expect(lapsed.html).toContain(`href="${PATH}?manifest_sha256=${form['manifest_sha256']}"`);
    expect(textOf((await open('/console', ben, AFTER)).html)).not.toContain('ana proposes');

    const anew = await doOn(PATH, form, by(ben, AFTER));
    expect(anew.location).toBe('/console/batches/2026-11-20?done=proposed');
    const approved = () => rows(books, 'SELECT 1 FROM batches WHERE approved_by IS NOT NULL');
    expect(await approved()).toEqual([]);
    const agreed = await doOn(PATH, hiddenFields((await open('/console/proposals', ana, AFTER)).html), by(ana, AFTER));
    expect(agreed.location).toBe('/console/batches/2026-11-20?done=approved');
    expect(await approved()).toHaveLength(1);
  });

  it('who was to sign in is not offered to a second person any more', async () => {
    await call('POST', '/v1/operators', { as: 'ana', at: NOW, body: { name: 'cleo', email: 'cleo@staff.example' } });
    expect(textOf((await open('/console/operators', ben, LAST)).html)).toContain('ana proposes to let cleo sign in');
    expect(textOf((await open('/console/operators', ben, AFTER)).html)).not.toContain('ana proposes');
    await call('POST', '/v1/operators', { as: 'ana', at: AFTER, body: { name: 'cleo', email: 'cleo@staff.example' } });
    const seen = textOf((await open('/console/operators', ben, AFTER)).html);
    expect(seen.match(/ana proposes to let cleo sign in/g)).toHaveLength(1);
  });

  it('a hundred that lapsed do not stand before one that waits, and come page by page, the latest first', async () => {
    for (let i = 0; i < 60; i += 1)
      await proposeOrDo(books.db, { ...write_off('ana', NOW), subject: `payout:po_${i}`, now: at(NOW) + i });
    await proposeOrDo(books.db, { ...write_off('ana', MUCH_LATER), subject: 'payout:po_young' });
    const first = await open('/console/proposals', ben, MUCH_LATER);
    expect(textOf(first.html)).toContain('payout:po_young');
    expect(first.html.match(/payout:po_\d+/g)).toHaveLength(50);
    expect(first.html).toContain('payout:po_59');
    const more = /href="([^"]*lapsed=[^"]*)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const rest = await open(more, ben, MUCH_LATER);
    expect(rest.html.match(/payout:po_\d\b/g)).toHaveLength(10);
    expect(textOf((await open('/console', ben, MUCH_LATER)).html).match(/ana proposes/g)).toHaveLength(1);
  });
});
