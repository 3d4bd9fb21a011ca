import { env as bindings } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import type { PayoutsEnv } from '../../../workers/payouts/env.ts';
import payouts from '../../../workers/payouts/index.ts';
import { at, book, type Books, DAILY, freshBooks, FRIDAY, rows, seedPartners } from './play.ts';

let books: Books;
beforeEach(async () => {
  books = await freshBooks();
  await seedPartners(books, [{ partner_id: 'p1' }]);
  await book(books, [{ partner_id: 'p1', payable_at: at('2031-03-04T20:00:00Z'), amount: 12_000 }]);
});

async function wake(cron: string, scheduled: string, vars: object = {}): Promise<void> {
  const rail = { PAYOUT_RAIL: 'export', PAYOUT_APPROVAL: 'none', PAYPAL_POLL_SECONDS: '900' };
  const sound = { ENVIRONMENT: 'production', CLOCK: 'system', ...rail };
  const env = { BOOKS: books.d1, WITNESS: bindings.WITNESS, ...sound, ...vars } as unknown as PayoutsEnv;
  await payouts.scheduled({ cron, scheduledTime: at(scheduled), noRetry: () => undefined }, env);
}

describe('the payouts Worker’s crons', () => {
  it('take all of their time from scheduledTime, in a year that the system’s clock has not reached', async () => {
    await wake(FRIDAY, '2031-03-14T16:00:00Z');
    await wake(DAILY, '2031-03-14T16:30:00Z');
    expect(await rows(books, 'SELECT pay_date, frozen_at, recorded_at, payout_amount FROM batches')).toEqual([
      {
        pay_date: '2031-03-14',
        frozen_at: at('2031-03-14T16:00:00Z'),
        recorded_at: at('2031-03-14T16:00:00Z'),
        payout_amount: 12_000,
      },
    ]);
  });

  it('say what is wrong with their configuration, and do nothing', async () => {
    await expect(wake(FRIDAY, '2031-03-14T16:00:00Z', { PAYOUT_RAIL: 'paypal' })).rejects.toThrow(
      /misconfigured: PAYPAL_CLIENT_ID/,
    );
    await expect(wake(FRIDAY, '2031-03-14T16:00:00Z', { CLOCK: 'header' })).rejects.toThrow(/misconfigured: CLOCK/);
    expect(await rows(books, 'SELECT * FROM batches')).toEqual([]);
  });

  it('fail without telling parameters', async () => {
    await books.d1.exec('DROP TABLE payouts');
    await expect(wake(FRIDAY, '2031-03-14T16:00:00Z')).rejects.toThrow(/^the run of 0 17 \* \* FRI failed: [\w ]+$/);
  });
});
