import { beforeEach, expect, it } from 'vitest';

import { takeSteps } from '../../../src/payout/run.ts';
import { freshDatabases } from '../../support/books.ts';
import { deliver, type SentEvent } from '../../support/stripe.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { csv, sendFile } from '../import/send.ts';
import { advanceUntil, contextOf, DAY_MS, frozenFriday, MINUTE, RUN } from '../payouts/simulated.ts';
import { forgetTokens } from '../referrer/file.ts';
import { opened, Receiver } from './receiver.ts';

const AT = '2026-06-10T09:00:00Z';
let receiver = new Receiver();
beforeEach(() => {
  receiver = new Receiver();
  forgetTokens();
});

/** Each event as it came: its type, whose it is, and its amount. */
const events = () =>
  receiver.told.map(({ type, data }) =>
    `${type} ${String(data['account_id'] ?? data['partner_id'])} ${String(data['amount'] ?? '')}`.trim(),
  );

it('L3, C1, C2: what an import tells is told as what single doors tell, and once', async () => {
  await freshDatabases();
  await givePartner('ann', { email: 'ann@partners.example' });
  await opened(AT);
  const ids = ['a1', 'a2'];
  const signups = ids.map((account_id) => ({
    account_id,
    email: `${account_id}@c.example`,
    signed_up_at: '2026-01-10T00:00:00Z',
    partner_id: account_id === 'a1' ? 'ann' : '',
    how_heard: 'ann@partners.example',
  }));
  const payments = ids.map((account_id) => ({
    payment_id: `pay_${account_id}`,
    account_id,
    amount: 7900,
    currency: 'USD',
    paid_at: '2026-02-10T00:00:00Z',
    paid_elsewhere_at: '',
  }));
  const refunds = [{ refund_id: 're_1', payment_id: 'pay_a2', amount: 7900, refunded_at: '2026-02-20T00:00:00Z' }];
  for (const [kind, rows] of [
    ['signups', signups],
    ['payments', payments],
    ['refunds', refunds],
  ] as const) {
    const sent = Date.parse(AT) + 60_000 * receiver.told.length;
    for (let again = 0; again < 2; again++)
      expect((await sendFile(kind, csv(rows), { at: new Date(sent + 1000).toISOString() })).summary.refused).toBe(0);
    await receiver.run(new Date(sent + 2000).toISOString());
  }
  const paid = payments.slice(0, 1).map((row) => ({ ...row, paid_elsewhere_at: '2026-03-01T00:00:00Z' }));
  await sendFile('payments', csv(paid), { at: '2026-06-10T10:00:00Z' });
  await receiver.run('2026-06-10T10:01:00Z');
  expect(events()).toEqual([
    'signup.attributed a1',
    'signup.attributed a2',
    'commission.earned a1 1975',
    'commission.earned a2 1975',
    'commission.changed a2 0',
    'commission.changed a1 0',
  ]);
  receiver.assertFits();
});

it('L1, C1: what Stripe tells is told', async () => {
  await freshDatabases();
  await givePartner('ann');
  await opened('2026-03-01T00:00:00Z');
  const created = Date.parse('2026-03-01T12:00:00Z') / 1000;
  const metadata = { referral_token: await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' }) };
  const told = (type: string, object: object) =>
    deliver(
      { id: `evt_${type}`, object: 'event', type, created, data: { object } } as SentEvent,
      (created + 60) * 1000,
    );
  await told('customer.created', {
    id: 'cus_1',
    object: 'customer',
    created,
    email: 'jo@c.example',
    name: 'Jo',
    metadata,
  });
  const paid = { amount_due: 7900, amount_paid: 7900, total: 7900, status_transitions: { paid_at: created + 4 } };
  const invoice = {
    id: 'in_1',
    object: 'invoice',
    created,
    customer: 'cus_1',
    currency: 'usd',
    status: 'paid',
    ...paid,
  };
  for (let again = 0; again < 2; again++) expect(await told('invoice.paid', invoice)).toBe(200);
  await receiver.run('2026-03-01T12:05:00Z');
  expect(events()).toEqual(['signup.attributed cus_1', 'commission.earned cus_1 1975']);
  receiver.assertFits();
});

it('P7: what PayPal says of each item is told: paid, and what came back after success; what ended unpaid is no event', async () => {
  const play = await frozenFriday(['fine', 'back', 'failed']);
  await opened('2026-11-20T16:00:00Z');
  await advanceUntil(play, RUN, RUN + 60 * MINUTE);
  await receiver.run('2026-11-20T18:30:00Z');
  play.paypal.event('back@example.com', 'REVERSED', RUN + 2 * DAY_MS);
  for (const day of [3, 4]) await takeSteps(await contextOf(play, RUN + day * DAY_MS), [], RUN + day * DAY_MS);
  await receiver.run('2026-11-25T18:00:00Z');
  expect(events().toSorted()).toEqual([
    'payout.needs_attention p0001 12001',
    'payout.paid p0000 12000',
    'payout.paid p0001 12001',
  ]);
  receiver.assertFits();
});
