import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { accountPeople, accounts, decisions, forms } from '../../../src/account/account.schema.ts';
import { people } from '../../../src/people/people.schema.ts';
import { insertRows, openDatabase, runBatch } from '../../../src/program/commit.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import {
  addressClusterQuery,
  browserAccountsQuery,
  formClusterQuery,
  listSignalsQuery,
  ownBrowserClickQuery,
  signalsOfAccount,
} from '../../../src/signals/signal.repo.ts';
import { sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { call, ingest, rows, tokenOf } from '../partner/api.ts';
import { spyOn } from '../payouts/spy.ts';

const NOW = '2026-03-01T12:00:00Z';
const AT = Date.parse(NOW);
const MANY = 10_000;
const CLICK = '0198a0000-click';

/** Ten thousand forms for plausible prospects, all by one partner's own click, an hour before; by rows, as the door writes them. */
async function giveForms(partner_id: string): Promise<void> {
  const { hasher } = await readProgram(books());
  for (let from = 0; from < MANY; from += 1000) {
    const ids = Array.from({ length: 1000 }, (_, i) => String(from + i));
    const told = { source: 'last_click', partner_id, sets_referrer: 1, earns_from: null, blocked: 0, flags: '[]' };
    const by = { clause: 'L1', policy_version: 1, asked_by: 'form', facts: '{}' };
    const at = AT - 3_600_000;
    const matches = await Promise.all(ids.map((id) => hasher.match(`prospect${id}@town.biz`)));
    await runBatch(books(), [
      insertRows(
        books(),
        accounts,
        ids.map((id) => ({
          account_id: `form_${id}`,
          opened_by: 'form' as const,
          signed_up_at: at,
          policy_version: 1,
          joined_to: null,
          recorded_at: at,
        })),
      ),
      insertRows(
        books(),
        people,
        ids.map((id, i) => ({
          person_id: `per_${id}`,
          email: `prospect${id}@town.biz`,
          name: null,
          company: null,
          address_hash: matches[i] ?? '',
          match_hash: matches[i] ?? '',
          erased_at: null,
        })),
      ),
      insertRows(
        books(),
        accountPeople,
        ids.map((id) => ({
          account_id: `form_${id}`,
          person_id: `per_${id}`,
          role: 'admin' as const,
          from_at: at,
          until_at: null,
        })),
      ),
      insertRows(
        books(),
        forms,
        ids.map((id, i) => ({
          account_id: `form_${id}`,
          signup_ref_hash: `ref_${id}`,
          click_id: CLICK,
          match_hash: matches[i] ?? '',
          hinted_account_id: null,
          submitted_at: at,
          sender_hash: 'network',
        })),
      ),
      insertRows(
        books(),
        decisions,
        ids.map((id) => ({
          account_id: `form_${id}`,
          n: 1,
          decision_id: `dec_${id}`,
          at,
          kind: 'signup' as const,
          outcome: 'referred',
          ...told,
          ...by,
          recorded_at: at,
        })),
      ),
    ]);
  }
}

const record = (account_id: string, email: string, more: object = {}) =>
  call('POST', '/v1/signups', { as: ingest, now: NOW, body: { account_id, email, ...more } });

beforeEach(async () => {
  await freshDatabases();
  await givePartner('eve', { email: 'eve@eveconsulting.biz' });
});

describe('forms for ten thousand addresses with one’s own token', { timeout: 120_000 }, () => {
  it('R3, S3: earn nothing until each client confirms, and are one line in the operators’ list', async () => {
    await giveForms('eve');
    const referral_token = await giveToken({ code: 'eve', at: '2026-03-01T10:00:00Z' });
    for (let i = 0; i < 6; i++)
      expect((await sendForm({ email: `more${i}@town.biz`, referral_token }, { at: NOW })).status).toBe(201);
    // No client has signed up: nobody has been written to, nothing is held, nothing is known to the partner.
    expect(await rows('SELECT * FROM mail_outbox')).toEqual([]);
    expect(await rows('SELECT * FROM holds')).toEqual([]);

    for (const n of [7, 4711, 9999]) {
      const told = await record(`client${n}`, `prospect${n}@town.biz`);
      expect(told.body).toMatchObject({ referrer: { partner_id: 'eve' }, flags: ['form_join'] });
      const payment = { payment_id: `p${n}`, account_id: `client${n}`, amount: 7900, currency: 'USD', paid_at: NOW };
      await call('POST', '/v1/payments', { as: ingest, now: NOW, body: payment });
    }
    const years = { as: await tokenOf('eve', 'read', NOW), now: '2027-03-01T00:00:00Z' };
    expect((await call('GET', '/v1/earnings', years)).body.totals).toMatchObject({ pending: 3 * 1975, payable: 0 });
    const asked = await rows<{ account_id: string; count: number }>(
      `SELECT account_id, count(*) AS count FROM mail_outbox WHERE kind = 'ask_client' GROUP BY account_id ORDER BY account_id`,
    );
    expect(asked).toEqual(['client4711', 'client7', 'client9999'].map((account_id) => ({ account_id, count: 1 })));
    await expectTheLaw(['client7', 'client4711', 'client9999']);

    const { body } = await call('GET', '/v1/signals?partner_id=eve', { now: NOW });
    const kinds = body.data.map((signal: { kind: string }) => signal.kind).toSorted();
    expect(kinds).toEqual(['form_join', 'form_join', 'form_join', 'forms_by_click']);
  });

  it('R3: a client’s own token or answer outranks them all', async () => {
    await givePartner('ann');
    await giveForms('eve');
    const told = await record('client7', 'prospect7@town.biz', {
      referral_token: await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' }),
    });
    expect(told.body).toMatchObject({ referrer: { partner_id: 'ann' }, flags: [] });
  });

  it('a record with the very token of hundreds of forms is not lost: a few of them join it', async () => {
    const referral_token = await giveToken({ code: 'eve', at: '2026-03-01T10:00:00Z' });
    await giveForms('eve');
    await sendForm({ email: 'more@town.biz', referral_token }, { at: NOW });
    await rows('UPDATE forms SET click_id = (SELECT click_id FROM forms WHERE click_id <> ?)', CLICK);
    const told = await record('client', 'client@business.biz', { referral_token });
    expect(told).toMatchObject({ status: 201, body: { referrer: { partner_id: 'eve' } } });
    expect(await rows(`SELECT count(*) AS joined FROM accounts WHERE joined_to = 'client'`)).toEqual([{ joined: 20 }]);
  });
});

describe('what is noticed costs seeks', () => {
  it.each([false, true])(
    'no statement of the list scans a table, after ANALYZE: %s',
    { timeout: 120_000 },
    async (analyze) => {
      await giveForms('eve');
      if (analyze) await env.BOOKS.exec('ANALYZE');
      const spy = spyOn(env.BOOKS);
      const db = openDatabase(spy.d1);
      const key = [AT, 'eve', 'quick_signup', 'x'] as const;
      await runBatch(db, [
        db.run(formClusterQuery('sender_hash', 'forms_by_sender', 'network', 'eve', AT)),
        db.run(formClusterQuery('click_id', 'forms_by_click', CLICK, 'eve', AT)),
        db.run(addressClusterQuery({ partner_id: 'eve', match_hash: 'm', at: AT })),
        db.run(browserAccountsQuery('eve', ['v'], AT)),
        db.run(ownBrowserClickQuery({ account_id: 'a', partner_id: 'eve', at: AT })),
      ]);
      for (const filter of [{}, { kind: 'quick_signup' as const }, { partner_id: 'eve' }])
        for (const after of [null, key]) await listSignalsQuery(db, { ...filter, after, limit: 50 });
      await signalsOfAccount(db, 'a');
      const found: string[] = [];
      for (const { text } of spy.sent) {
        const { results } = await env.BOOKS.prepare(`EXPLAIN QUERY PLAN ${text}`)
          .bind(...Array.from({ length: text.split('?').length - 1 }, () => null))
          .all<{ detail: string }>();
        for (const { detail } of results)
          if (
            /^SCAN|TEMP B-TREE FOR ORDER BY/.test(detail) &&
            !text.includes('order by "signals"."at" desc, "signals"."kind"')
          )
            found.push(`${detail} <- ${text.slice(0, 80)}`);
      }
      expect(spy.sent).toHaveLength(12);
      // Of the clusters the little that was found, of the list the page by its index.
      expect(
        found.filter((line) => !/^SCAN (?:\(subquery|of\b|own\b|ids\b|json_each|signals USING INDEX)/.test(line)),
      ).toEqual([]);
      // A cluster is told by its first few forms, however many there are.
      const [sender] = spy.sent;
      expect(sender?.rows_read).toBeLessThan(50);
    },
  );
});
