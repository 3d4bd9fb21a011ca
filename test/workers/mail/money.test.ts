import { beforeEach, describe, expect, it } from 'vitest';

import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import type { OutcomeItem } from '../../../src/payout/rpc.ts';
import { insertPeople } from '../../../src/people/people.repo.ts';
import { runBatch } from '../../../src/program/commit.repo.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner } from '../../support/world.ts';
import { claimToken } from '../confirm/page.ts';
import {
  at,
  book,
  fact,
  freshBooks,
  FRIDAY,
  personRow,
  rows,
  run,
  seedPartners,
  START,
  type Books,
} from '../payouts/play.ts';
import { outbox, Post } from './post.ts';

const NOW = '2026-11-23T20:00:00Z';

describe('P3, P7: a payout that came back', () => {
  let books: Books;
  let payout_id = '';

  beforeEach(async () => {
    books = await freshBooks();
    await seedPartners(books, [{ partner_id: 'p1' }]);
    const contact = { ...personRow('per_contact', 'p1@partners.example'), name: 'Pat', company: null, erased_at: null };
    await runBatch(books.db, [
      insertPeople(books.db, [{ ...contact, email: 'p1@partners.example', address_hash: 'h', match_hash: 'm' }]),
    ]);
    await fact(books, 'p1', 'contact', 'per_contact', START);
    await book(books, [{ partner_id: 'p1', payable_at: at('2026-11-10T20:00:00Z'), amount: 12_050 }]);
    await run(books, FRIDAY, '2026-11-20T17:00:00Z');
    [{ payout_id }] = (await rows(books, 'SELECT payout_id FROM payouts')) as [{ payout_id: string }];
  });

  const tell = (status: OutcomeItem['status'], reason: string) =>
    recordOutcomes(books.db, {
      pay_date: '2026-11-20',
      items: [{ payout_id, status, reason }],
      by: 'ana',
      now: at(NOW),
    });

  it('for a reason on the receiver’s side is told to the partner, once', async () => {
    await tell('returned', 'unclaimed after 30 days');
    await tell('returned', 'unclaimed after 30 days');
    const post = new Post();
    await post.run(NOW);
    expect(post.sent.map((mail) => [mail.to, mail.subject])).toEqual([['p1@partners.example', 'A payout came back']]);
    expect(post.sent[0]?.text).toContain(
      'Your payout of 20 November 2026, 120.50 USD, came back to us on 23 November 2026',
    );
  });

  it('for the sender’s own reason is not: the partner has nothing to put right', async () => {
    await tell('failed', 'insufficient funds');
    expect(await outbox()).toEqual([]);
  });

  it('that the books hear of long afterwards writes no letter', async () => {
    await tell('returned', 'unclaimed after 30 days');
    const post = new Post();
    await post.run('2026-12-24T20:00:00Z');
    expect(post.sent).toEqual([]);
    expect(await outbox()).toMatchObject([{ status: 'dropped', reason: 'too_late' }]);
  });
});

describe('B1: a list of expected clients', () => {
  beforeEach(async () => {
    await freshDatabases();
    await givePartner('ann');
  });

  it('that is accepted is told to its partner, once, without a verdict', async () => {
    await call('POST', '/v1/signups', { at: NOW, body: { account_id: 'a1', email: 'known@town.example' } });
    const as = await claimToken('ann', NOW);
    const body = [{ email: 'known@town.example' }, { email: 'new@town.example' }];
    const handed = await call('POST', '/v1/expected-clients', { as, at: NOW, body });
    const list_id = String(handed.body['list_id']);
    const accept = () =>
      call('POST', `/v1/expected-clients/${list_id}/acceptance`, { as: 'ana', at: NOW, body: { reason: 'fine' } });
    expect((await accept()).status).toBe(201);
    await accept();
    const post = new Post();
    await post.run(NOW);
    expect(post.news.map((mail) => mail.subject)).toEqual(['Your list of expected clients is accepted']);
    expect(post.news[0]?.text).toContain('The list of 2 clients that you handed in on 23 November 2026');
    expect(post.news[0]?.text).not.toMatch(/town\.example|existing|refused/);
  });
});
