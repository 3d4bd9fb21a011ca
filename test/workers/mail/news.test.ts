import { beforeEach, describe, expect, it } from 'vitest';

import { queueGateLetters, queueStatements } from '../../../src/mail/news.ts';
import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import { insertPeople } from '../../../src/people/people.repo.ts';
import { runBatch } from '../../../src/program/commit.repo.ts';
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

const FROZEN = '2026-11-20T17:00:00Z';
const LATER = '2026-11-20T18:00:00Z';
let books: Books;

/** Partners with a contact each; `open`: may be paid. */
async function withPartners(partners: readonly { partner_id: string; paypal?: boolean }[]): Promise<void> {
  await seedPartners(
    books,
    partners.map(({ partner_id, paypal = true }) => ({ partner_id, ...(paypal ? {} : { paypal: null }) })),
  );
  for (const { partner_id } of partners) {
    const email = `${partner_id}@partners.example`;
    const contact = { ...personRow(`per_${partner_id}_c`, email), name: 'Pat', company: null, erased_at: null };
    await runBatch(books.db, [
      insertPeople(books.db, [{ ...contact, email, address_hash: `h${partner_id}`, match_hash: `m${partner_id}` }]),
    ]);
    await fact(books, partner_id, 'contact', `per_${partner_id}_c`, START);
  }
}

const earn = (partner_id: string, amount = 12_050) =>
  book(books, [{ partner_id, payable_at: at('2026-11-10T20:00:00Z'), at: at('2026-11-10T20:00:00Z'), amount }]);

beforeEach(async () => {
  books = await freshBooks();
});

describe('P7: a payout that arrived', () => {
  it('is told to its partner once, with its amount', async () => {
    await withPartners([{ partner_id: 'p1' }]);
    await earn('p1');
    await run(books, FRIDAY, FROZEN);
    const [{ payout_id }] = (await rows(books, 'SELECT payout_id FROM payouts')) as [{ payout_id: string }];
    const items = [{ payout_id, status: 'paid' as const }];
    for (const now of [LATER, '2026-11-21T18:00:00Z'])
      await recordOutcomes(books.db, { pay_date: '2026-11-20', items, by: 'ana', now: at(now) });
    const post = new Post();
    await post.run('2026-11-21T19:00:00Z');
    expect(post.sent.map((mail) => [mail.to, mail.subject])).toEqual([
      ['p1@partners.example', 'You were paid 120.50 USD'],
    ]);
  });
});

describe('W: a gate that the partner can open', () => {
  it('P3: what was due and not paid for want of a PayPal address is told in the gate’s own words, once a month', async () => {
    await withPartners([
      { partner_id: 'p1', paypal: false },
      { partner_id: 'p2' },
      { partner_id: 'p3', paypal: false },
    ]);
    await earn('p1');
    await earn('p2');
    // Below the threshold as well: an address alone would not pay it.
    await earn('p3', 500);
    await run(books, FRIDAY, FROZEN);
    for (let i = 0; i < 3; i++) await queueGateLetters(books.db, at(LATER));
    const post = new Post();
    await post.run(LATER);
    expect(post.sent.map((mail) => [mail.to, mail.subject])).toEqual([
      ['p1@partners.example', '120.50 USD waits for you'],
    ]);
    const [skip] = await rows<{ gates: string }>(books, "SELECT gates FROM payout_skips WHERE partner_id = 'p1'");
    const shut = (JSON.parse(skip?.gates ?? '[]') as [string, 0 | 1, string][]).filter(([, passed]) => passed === 0);
    expect(shut.map(([gate]) => gate)).toEqual(['paypal_address']);
    expect(post.sent[0]?.text).toContain(shut[0]?.[2]);
  });

  it('what the partner has opened by the time the mail goes out is not told', async () => {
    await withPartners([{ partner_id: 'p1', paypal: false }]);
    await earn('p1');
    await run(books, FRIDAY, FROZEN);
    await queueGateLetters(books.db, at(LATER));
    await runBatch(books.db, [
      insertPeople(books.db, [
        {
          person_id: 'per_pp',
          email: 'pay@p1.example',
          name: null,
          company: null,
          erased_at: null,
          address_hash: 'ha',
          match_hash: 'ma',
        },
      ]),
    ]);
    await fact(books, 'p1', 'paypal', 'per_pp', at(LATER) - 1);
    const post = new Post();
    await post.run(LATER);
    expect(post.sent).toEqual([]);
    expect(await outbox()).toMatchObject([{ status: 'dropped', reason: 'settled' }]);
  });
});

describe('W: a gate that the partner cannot open', () => {
  const told = async () => {
    await earn('p1');
    await run(books, FRIDAY, FROZEN);
    await queueGateLetters(books.db, at(LATER));
    const post = new Post();
    await post.run(LATER);
    return post.sent.map((mail) => mail.subject);
  };

  it('P3: an address that waits for its 72 hours is nothing to do', async () => {
    await withPartners([{ partner_id: 'p1' }]);
    await fact(books, 'p1', 'paypal', null, at(FROZEN) - 7_200_000);
    await runBatch(books.db, [
      insertPeople(books.db, [
        {
          person_id: 'per_next',
          email: 'next@p1.example',
          name: null,
          company: null,
          erased_at: null,
          address_hash: 'hn',
          match_hash: 'mn',
        },
      ]),
    ]);
    await fact(books, 'p1', 'paypal', 'per_next', at(FROZEN) - 3_600_000);
    expect(await told()).toEqual([]);
  });

  it('P4: answers that wait for an operator are nothing to do', async () => {
    await withPartners([{ partner_id: 'p1' }]);
    await fact(books, 'p1', 'country', 'DE', at(FROZEN) - 7_200_000);
    const answers = { us_citizen: false, us_green_card: false, us_over_183_days: true, us_worked_last_year: false };
    await fact(books, 'p1', 'residency', JSON.stringify(answers), at(FROZEN) - 3_600_000);
    expect(await told()).toEqual([]);
  });

  it('P4: questions that nobody has answered are told', async () => {
    await withPartners([{ partner_id: 'p1' }]);
    await fact(books, 'p1', 'country', 'DE', at(FROZEN) - 7_200_000);
    expect(await told()).toEqual(['120.50 USD waits for you']);
  });
});

describe('W: once a month and gate', () => {
  it('a gate that was told of together with another is not told of again alone', async () => {
    await withPartners([{ partner_id: 'p1', paypal: false }]);
    await fact(books, 'p1', 'country', 'DE', at(FROZEN) - 7_200_000);
    await earn('p1');
    await run(books, FRIDAY, FROZEN);
    await queueGateLetters(books.db, at(LATER));
    const answers = { us_citizen: false, us_green_card: false, us_over_183_days: false, us_worked_last_year: false };
    await fact(books, 'p1', 'residency', JSON.stringify(answers), at(LATER) + 1);
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    await queueGateLetters(books.db, at('2026-11-27T18:00:00Z'));
    expect((await outbox('gate_letter')).length).toBe(1);
  });
});

describe('the statement of a month', () => {
  it('tells what it brought and how things stood at its end, to those to whom it brought anything', async () => {
    await withPartners([{ partner_id: 'p1' }, { partner_id: 'p2' }]);
    await earn('p1');
    for (let i = 0; i < 3; i++) await queueStatements(books.db, at('2026-12-01T09:00:00Z'));
    const post = new Post();
    await post.run('2026-12-01T09:00:00Z');
    expect(post.sent.map((mail) => [mail.to, mail.subject])).toEqual([
      ['p1@partners.example', 'Your November 2026 with Lastclick'],
    ]);
    expect(post.sent[0]?.text).toContain('In November 2026 you earned 120.50 USD.');
    expect(post.sent[0]?.text).toContain('120.50 USD was due and not paid yet');
  });
});
