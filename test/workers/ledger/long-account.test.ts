import { expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const PAYMENTS = 20_000;
const SIGNED_UP = '2026-01-11T09:00:00Z';

it('a long account is booked at once: 20,000 entries in one atomic write', { timeout: 120_000 }, async () => {
  const { books } = await freshDatabases();
  await givePartner('ann');
  const referral_token = await giveToken({ code: 'ann', at: '2026-01-10T00:00:00Z' });
  // All were told before the account was, and wait for it. Ids as long as an id may be.
  await books
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${PAYMENTS - 1})
       INSERT INTO payments (payment_id, account_id, amount, tax_amount, currency, paid_at, parked_reason, recorded_at)
       SELECT printf('pay_%0120d', i), 'a1', 7900, 0, 'USD', 1768150000000 + i * 60000, 'unknown_account', 0 FROM n`,
    )
    .run();
  const count = async (query: string) => (await books.prepare(query).first<number>('n'))!;
  const lines = () => count('SELECT count(*) AS n FROM lines');
  const last = `pay_${String(PAYMENTS - 1).padStart(120, '0')}`;
  await books.exec(
    `CREATE TRIGGER dies BEFORE INSERT ON lines WHEN NEW.payment_id = '${last}' BEGIN SELECT RAISE(ABORT, 'died'); END`,
  );
  const signup = { account_id: 'a1', email: 'c@client.example', signed_up_at: SIGNED_UP, referral_token };
  const tell = () => call('POST', '/v1/signups', { at: '2026-06-01T00:00:00Z', body: signup });
  expect((await tell()).status).toBe(503);
  expect(await lines()).toBe(0);
  expect(await count('SELECT count(*) AS n FROM accounts')).toBe(0);

  await books.exec('DROP TRIGGER dies');
  expect((await tell()).status).toBe(201);
  expect(await lines()).toBe(PAYMENTS);
  expect(await count('SELECT count(*) AS n FROM payments WHERE parked_reason IS NOT NULL')).toBe(0);
  expect(await count('SELECT count(DISTINCT payment_id) AS n FROM lines')).toBe(PAYMENTS);
  // What moves every line is booked as one, too.
  const cancelled = { cancelled_at: '2026-01-12T00:00:00Z' };
  const { status } = await call('POST', '/v1/accounts/a1/cancellation', {
    at: '2026-06-02T00:00:00Z',
    body: cancelled,
  });
  expect(status).toBe(201);
  await expectTheLaw(['a1']);
});
