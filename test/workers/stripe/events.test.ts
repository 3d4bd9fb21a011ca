import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { at, customer, event, invoice, lines, told } from '../../support/stripe-objects.ts';
import type { SentEvent } from '../../support/stripe.ts';
import { givePartner, giveToken } from '../../support/world.ts';

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
});

const referred = async () =>
  customer({ metadata: { referral_token: await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' }) } });
const ignored = async () =>
  (await env.BOOKS.prepare('SELECT type FROM stripe_ignored').all<{ type: string }>()).results;

describe('whose events and which make money due', () => {
  it('those of a connected account are acknowledged and make nothing due', async () => {
    const account = 'acct_somebody_else';
    await told({ ...(await referred()), account } as SentEvent, { ...invoice(), account } as SentEvent);
    expect(await lines()).toEqual([]);
    expect(await ignored()).toHaveLength(2);
  });

  it('test mode beside live mode makes nothing due; alone, it is a trial', async () => {
    await told({ ...(await referred()), livemode: false } as SentEvent, { ...invoice(), livemode: false } as SentEvent);
    expect(await lines()).toEqual([['commission', 1975]]);
    await told(
      { ...invoice('in_2', 1), livemode: true } as SentEvent,
      { ...invoice('in_3', 2), livemode: false } as SentEvent,
    );
    expect(await lines()).toEqual([
      ['commission', 1975],
      ['commission', 1975],
    ]);
  });

  it('a thin event of a type that means nothing is acknowledged', async () => {
    const thin = {
      id: 'evt_t',
      object: 'v2.core.event',
      type: 'v1.billing.meter.no_meter_found',
      created: '2026-03-01T12:00:00.000Z',
    };
    await told(thin as unknown as SentEvent);
    expect(await ignored()).toEqual([{ type: 'v1.billing.meter.no_meter_found' }]);
  });
});

it('L1: a token that comes with the name of the account is not lost when the customer becomes part of that', async () => {
  const referral_token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
  const named = customer({ metadata: { account_id: 'acme', referral_token } });
  // As old as the account that it becomes part of, and decided first: nobody.
  await told(customer(), invoice());
  await told(named);
  expect(await lines('acme')).toEqual([['commission', 1975]]);
  await told(named, invoice());
  expect(await lines('acme')).toEqual([['commission', 1975]]);
  await expectTheLaw(['acme']);
});

it('the token rides on a payment intent’s metadata too', async () => {
  const metadata = { referral_token: await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' }), account_id: 'acme' };
  await told(customer(), invoice());
  await told(
    event('payment_intent.succeeded', at(0, 5), {
      id: 'pi_1',
      created: at(0),
      customer: 'cus_1',
      metadata,
      invoice: 'in_1',
    }),
  );
  expect(await lines('acme')).toEqual([['commission', 1975]]);
});

it('C1: a customer that Stripe keeps as an account of its own pays like any other', async () => {
  const of = { customer: null, customer_account: 'acct_client' };
  const metadata = { referral_token: await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' }) };
  await told(invoice('in_1', 0, { ...of, metadata, charge: 'ch_1' }));
  expect(await lines('acct_client')).toEqual([['commission', 1975]]);
});
