import { setTimeout } from 'node:timers/promises';

import type { Client } from '../local/client.ts';

/** What a play needs of the program that it fills. */
export interface Stage {
  readonly client: Client;
  readonly keys: { readonly ingest: string; readonly ana: string; readonly ben: string };
  /** Wakes payouts by a cron at an instant. */
  wake(cron: string, at: string): Promise<void>;
  /** Sets PayPal's clock. */
  paypalAt(at: string): Promise<void>;
}

/** After all of it. */
const END = '2026-10-02T18:00:00Z';
const FRIDAY = '0 17 * * FRI';
const DAILY = '30 17 * * *';
const PERSON = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'user-agent': 'Mozilla/5.0 Firefox/144.0',
};

function asks({ client, keys }: Stage) {
  const ask = (as: string, method: string, path: string, at: string, body?: object) =>
    client.json<Record<string, string>>(method, path, {
      as,
      at: Date.parse(at),
      ...(body === undefined ? {} : { body }),
    });
  return {
    ana: (method: string, path: string, at: string, body?: object) => ask(keys.ana, method, path, at, body),
    ben: (method: string, path: string, at: string, body?: object) => ask(keys.ben, method, path, at, body),
    tell: (path: string, at: string, body: object) => ask(keys.ingest, 'POST', path, at, body),
    change: (path: string, at: string, body: object) => ask(keys.ingest, 'PATCH', path, at, body),
    read: (token: string, path: string, at: string) => ask(token, 'GET', path, at),
    /** A partner does something by a token of their own. */
    async own(partner_id: string, method: string, path: string, at: string, body: object) {
      const { token = '' } = await ask(keys.ana, 'POST', `/v1/partners/${partner_id}/tokens`, at, {
        scope: 'read payout',
      });
      return ask(token, method, path, at, body);
    },
  };
}

type Asks = ReturnType<typeof asks>;

/** Who is in it, with the PayPal address: the simulator reads from its first part what becomes of an item. */
const PARTNERS: readonly [partner_id: string, country: string, paypal_email: string | null][] = [
  ['ann', 'US', 'ann@paypal.example'],
  ['bob', 'US', 'reversed+3@paypal.example'],
  ['cat', 'DE', 'cat@paypal.example'],
  ['dee', 'US', null],
  ['eve', 'GB', 'eve@paypal.example'],
  ['fay', 'US', null],
  ['gus', 'US', 'failed@paypal.example'],
  ['hal', 'US', 'hal@paypal.example'],
];
/** Clients by the partner whose link they follow. */
const CLIENTS: readonly [account_id: string, partner_id: string, email: string, name: string][] = [
  ['acme', 'ann', 'jo@acme.example', 'Jo Adler'],
  ['birch', 'ann', 'kim@birch.example', 'Kim Berg'],
  ['cedar', 'bob', 'lee@cedar.example', 'Lee Chan'],
  ['delta', 'cat', 'mia@delta.example', 'Mia Dorn'],
  ['ember', 'dee', 'ned@ember.example', 'Ned Eck'],
  ['fjord', 'eve', 'oda@fjord.example', 'Oda Falk'],
  ['grove', 'fay', 'pia@grove.example', 'Pia Gold'],
  ['heath', 'gus', 'quin@heath.example', 'Quin Hart'],
  ['islet', 'hal', 'rae@islet.example', 'Rae Iver'],
  ['joint', 'hal', 'office@hal.example', 'Sol Jett'],
];

async function openPartners({ ana, own }: Asks): Promise<void> {
  const at = '2026-05-04T16:00:00Z';
  for (const [partner_id, country, paypal_email] of PARTNERS) {
    const name = `${partner_id[0]?.toUpperCase()}${partner_id.slice(1)} Partner`;
    const email = partner_id === 'hal' ? 'hal@hal.example' : `${partner_id}@partners.example`;
    const body = { partner_id, name, email, country, ...(paypal_email === null ? {} : { paypal_email }) };
    await ana('POST', '/v1/partners', at, body);
    const link = { code: partner_id, destination: 'https://www.example.com/', label: 'first link' };
    await ana('POST', `/v1/partners/${partner_id}/links`, at, link);
  }
  const no = { us_citizen: false, us_green_card: false, us_over_183_days: false, us_worked_last_year: false };
  await own('cat', 'PUT', '/v1/me/residency', '2026-05-05T09:00:00Z', { ...no, us_over_183_days: true });
  await own('eve', 'PUT', '/v1/me/residency', '2026-05-05T09:10:00Z', no);
  await ana('PUT', '/v1/plans/agency/rate', at, { rate_bps: 3000, from: '2026-05-05T00:00:00Z' });
}

async function click({ client }: Stage, code: string, at: string, headers: Record<string, string> = PERSON) {
  return (await client.visit(`/r/${code}`, { at: Date.parse(at), headers })).cookie;
}

async function openAccounts(stage: Stage, { tell }: Asks): Promise<void> {
  for (const [i, [account_id, partner_id, email, name]] of CLIENTS.entries()) {
    const day = `2026-06-${String(8 + (i % 3)).padStart(2, '0')}`;
    const referral_token = await click(stage, partner_id, `${day}T15:0${i}:00Z`);
    const who = { account_id, email, name, company: `${account_id} Ltd`, signed_up_at: `${day}T16:00:00Z` };
    await tell('/v1/signups', `${day}T16:00:05Z`, { ...who, referral_token });
  }
  await click(stage, 'ann', '2026-06-09T12:00:00Z', { 'user-agent': 'Slackbot-LinkExpanding 1.0' });
  // R3: a form of the same address is all that names a partner: held.
  const token = (await click(stage, 'ann', '2026-06-10T10:00:00Z')) ?? '';
  const form = { email: 'tess@knoll.example', referral_token: token, how_heard: 'ann@partners.example told me' };
  const headers = { origin: 'https://www.example.com', cookie: `__Host-lastclick=${token}` };
  await stage.client.visit('/signups', { at: Date.parse('2026-06-10T10:05:00Z'), method: 'POST', headers, form });
  const knoll = { account_id: 'knoll', email: 'tess@knoll.example', signed_up_at: '2026-06-10T11:00:00Z' };
  await tell('/v1/signups', '2026-06-10T11:00:03Z', knoll);
  // L3.
  const larch = { account_id: 'larch', email: 'uma@larch.example', signed_up_at: '2026-06-11T11:00:00Z' };
  await tell('/v1/signups', '2026-06-11T11:00:03Z', { ...larch, how_heard: 'From bob@partners.example, thanks!' });
}

async function bill({ tell, ana }: Asks): Promise<void> {
  const accounts = [...CLIENTS.map(([account_id]) => account_id), 'knoll', 'larch'];
  for (const month of ['06', '07', '08', '09']) {
    for (const account_id of accounts) {
      // V2: it ends before it has vested.
      if (account_id === 'larch' && month === '09') continue;
      const paid_at = `2026-${month}-12T09:00:00Z`;
      const plan = account_id === 'birch' ? { plan: 'agency' } : {};
      const payment = {
        payment_id: `in_${account_id}_${month}`,
        account_id,
        amount: 23_800,
        tax_amount: 3_800,
        ...plan,
      };
      await tell('/v1/payments', paid_at, { ...payment, currency: 'USD', paid_at });
    }
  }
  const euros = { payment_id: 'in_acme_eur', account_id: 'acme', amount: 10_000, currency: 'EUR' };
  await tell('/v1/payments', '2026-07-20T09:00:00Z', { ...euros, paid_at: '2026-07-20T09:00:00Z' });
  await ana('POST', '/v1/payments/in_acme_eur/conversion', '2026-07-21T09:00:00Z', { amount: 10_800 });
  const stray = { payment_id: 'in_stray', account_id: 'nobody_yet', amount: 7_900, currency: 'USD' };
  await tell('/v1/payments', '2026-07-22T09:00:00Z', { ...stray, paid_at: '2026-07-22T09:00:00Z' });
  const wrong = { payment_id: 'in_wrong', account_id: 'birch', amount: 99_900, currency: 'USD' };
  await tell('/v1/payments', '2026-07-23T09:00:00Z', { ...wrong, paid_at: '2026-07-23T09:00:00Z' });
  await ana('POST', '/v1/payments/in_wrong/void', '2026-07-23T10:00:00Z', { reason: 'told twice by mistake' });
  const refund = (refund_id: string, payment_id: string, amount: number, refunded_at: string) =>
    tell('/v1/refunds', refunded_at, { refund_id, payment_id, amount, refunded_at });
  await refund('re_part', 'in_acme_07', 6_000, '2026-07-25T09:00:00Z');
  await refund('re_failed', 'in_birch_07', 23_800, '2026-07-26T09:00:00Z');
  await tell('/v1/refunds/re_failed/reversal', '2026-07-28T09:00:00Z', { reversed_at: '2026-07-28T09:00:00Z' });
  await refund('re_early', 'in_not_told', 1_000, '2026-07-29T09:00:00Z');
  const cancelled_at = '2026-08-20T09:00:00Z';
  await tell('/v1/accounts/larch/cancellation', cancelled_at, { cancelled_at });
  const bonus = { adjustment_id: 'webinar', amount: 5_000, reason: 'joint webinar' };
  await ana('POST', '/v1/partners/dee/adjustments', '2026-08-21T09:00:00Z', bonus);
}

async function trouble({ ana, own, change }: Asks): Promise<void> {
  await own('eve', 'PATCH', '/v1/me', '2026-08-10T09:00:00Z', { country: 'US' });
  await own('fay', 'PATCH', '/v1/me', '2026-08-11T09:00:00Z', { paypal_email: 'ann@paypal.example' });
  const reason = 'bids on our name in search ads';
  await ana('PATCH', '/v1/partners/cat', '2026-08-12T09:00:00Z', { status: 'suspended', reason });
  // S1, S3: the partner's own address, found later: held.
  await change('/v1/accounts/joint', '2026-08-13T09:00:00Z', { email: 'hal@hal.example' });
}

interface Batch {
  readonly status: string;
  readonly manifest_sha256: string;
  readonly payouts: readonly { readonly status: string }[];
}

async function until({ ana }: Asks, pay_date: string, at: string, is: (batch: Batch) => boolean): Promise<Batch> {
  let batch: Batch | null = null;
  for (let i = 0; i < 200; i++) {
    batch = (await ana('GET', `/v1/payout-batches/${pay_date}`, at)) as unknown as Batch;
    if (is(batch)) return batch;
    await setTimeout(100);
  }
  throw new Error(`${pay_date} did not come to rest: ${JSON.stringify(batch)}`);
}

/** A Friday on the PayPal rail: frozen, approved, sent, and looked at when PayPal is done. */
async function friday(stage: Stage, asked: Asks, pay_date: string): Promise<void> {
  const run = `${pay_date}T17:00:00Z`;
  const approved_at = `${pay_date}T17:20:00Z`;
  await stage.paypalAt(run);
  await stage.wake(FRIDAY, run);
  const { manifest_sha256 } = await until(asked, pay_date, run, (batch) => batch.status === 'awaiting_approval');
  await asked.ben('POST', `/v1/payout-batches/${pay_date}/approval`, approved_at, { manifest_sha256 });
  await until(asked, pay_date, approved_at, (batch) => batch.status === 'in_flight');
  await stage.paypalAt(`${pay_date}T18:00:00Z`);
  await until(asked, pay_date, approved_at, (batch) =>
    batch.payouts.every(({ status }) => status !== 'in_flight' && status !== 'sending'),
  );
}

/**
 * Half a year of a small program, through its own doors: clicks, signups, payments and what became of them; two Fridays that were paid, with
 * one payout that failed and one that came back; a third that waits for approval; a hold of each kind that a door opens.
 */
export async function play(stage: Stage): Promise<void> {
  const asked = asks(stage);
  await openPartners(asked);
  await openAccounts(stage, asked);
  await bill(asked);
  await trouble(asked);
  await friday(stage, asked, '2026-09-18');
  // C3: paid, then refunded.
  const clawed = {
    refund_id: 're_late',
    payment_id: 'in_birch_08',
    amount: 23_800,
    refunded_at: '2026-09-20T09:00:00Z',
  };
  await asked.tell('/v1/refunds', '2026-09-20T09:00:00Z', clawed);
  await asked.ana('PATCH', '/v1/partners/dee', '2026-09-20T09:30:00Z', { paypal_email: 'dee@paypal.example' });
  await stage.paypalAt('2026-09-24T18:00:00Z');
  await stage.wake(DAILY, '2026-09-24T17:30:00Z');
  await friday(stage, asked, '2026-09-25');
  const at = '2026-09-25T20:00:00Z';
  await asked.ana('POST', '/v1/partners/ann/adjustments', at, {
    adjustment_id: 'talk',
    amount: 25_000,
    reason: 'a talk',
  });
  await stage.paypalAt('2026-10-02T17:00:00Z');
  await stage.wake(FRIDAY, '2026-10-02T17:00:00Z');
  await until(asked, '2026-10-02', '2026-10-02T17:00:00Z', (batch) => batch.status === 'awaiting_approval');
}

/** What each partner's books come to at the end, as that version answers it. */
export async function totals(stage: Stage): Promise<Record<string, unknown>> {
  const { ana, read } = asks(stage);
  const found: Record<string, unknown> = {};
  for (const [partner_id] of PARTNERS) {
    const { token = '' } = await ana('POST', `/v1/partners/${partner_id}/tokens`, END, { scope: 'read' });
    found[partner_id] = (await read(token, '/v1/earnings', END))['totals'];
  }
  return { at: END, totals: found };
}
