import { formatInstant } from '../../src/clock.ts';
import type { CastPartner } from './cast.ts';
import { DAY_MS, HOUR_MS, operatorKey, type Scene, type Stage } from './stage.ts';

/** A partner token good for a while from `at` on. */
async function tokenFor(stage: Stage, partner_id: string, at: number, scope: string): Promise<string> {
  const ask = { as: operatorKey(stage, 'ana'), at, body: { scope } };
  const { token } = await stage.client.json<{ token: string }>('POST', `/v1/partners/${partner_id}/tokens`, ask);
  return token;
}

/** A partner joins: an operator opens them with a first link; they answer the four questions by themselves. */
function joins(partner: CastPartner, at: number): Scene {
  const { partner_id, name, email, country, paypal_email, rate_bps, residency, codes } = partner;
  return {
    at,
    async play(stage) {
      const { client, shop } = stage;
      const ana = { as: operatorKey(stage, 'ana'), at };
      await client.json('POST', '/v1/partners', {
        ...ana,
        body: { partner_id, name, email, country, paypal_email, rate_bps },
      });
      for (const code of [partner_id, ...codes]) {
        const body = {
          code,
          destination: `${shop}/`,
          label: code === partner_id ? 'first link' : code.slice(partner_id.length + 1),
        };
        await client.json('POST', `/v1/partners/${partner_id}/links`, { ...ana, body });
      }
      if (!residency) return;
      const as = await tokenFor(stage, partner_id, at + HOUR_MS, 'payout');
      await client.json('PUT', '/v1/me/residency', { as, at: at + 2 * HOUR_MS, body: residency });
    },
  };
}

/** Changes one thing of a partner, as an operator. */
function operatorSets(partner_id: string, at: number, body: object): Scene {
  return {
    at,
    async play(stage) {
      await stage.client.json('PATCH', `/v1/partners/${partner_id}`, { as: operatorKey(stage, 'ben'), at, body });
    },
  };
}

/** Changes one's own PayPal address, with a token for that. */
function setsAddress(partner_id: string, at: number, paypal_email: string | null): Scene {
  return {
    at,
    async play(stage) {
      const as = await tokenFor(stage, partner_id, at, 'payout');
      await stage.client.json('PATCH', '/v1/me', { as, at, body: { paypal_email } });
    },
  };
}

/** The program's own doings: a plan with a rate of its own, and a payment for an account nobody knows. */
function houseScenes(now: number): Scene[] {
  const begin = now - 184 * DAY_MS;
  const paid_at = now - 2 * DAY_MS;
  return [
    {
      at: begin,
      async play(stage) {
        const body = { rate_bps: 2000, from: formatInstant(begin) };
        await stage.client.json('PUT', '/v1/plans/agency/rate', { as: operatorKey(stage, 'ben'), at: begin, body });
      },
    },
    {
      at: paid_at,
      async play({ client, keys }) {
        const payment = { payment_id: 'in_9999_1', account_id: 'acct_9999', amount: 7900, currency: 'USD' };
        const body = { ...payment, paid_at: formatInstant(paid_at) };
        await client.json('POST', '/v1/payments', { as: keys.ingest, at: paid_at, body });
      },
    },
  ];
}

function bonus(partner_id: string, at: number): Scene {
  return {
    at,
    async play(stage) {
      const body = { adjustment_id: `webinar-${partner_id}`, amount: 5000, reason: 'joint webinar' };
      await stage.client.json('POST', `/v1/partners/${partner_id}/adjustments`, {
        as: operatorKey(stage, 'ana'),
        at,
        body,
      });
    },
  };
}

function retires(partner_id: string, code: string, at: number): Scene {
  return {
    at,
    async play(stage) {
      const as = await tokenFor(stage, partner_id, at, 'links');
      await stage.client.json('PATCH', `/v1/links/${code}`, { as, at, body: { retired: true } });
    },
  };
}

/** What becomes of a partner besides their clients. */
function fateOf({ partner_id, email }: CastPartner, now: number, last_pay_day_at: number): Scene[] {
  switch (partner_id) {
    case 'maria':
      return [bonus('maria', now - 40 * DAY_MS), retires('maria', 'maria-newsletter', now - 20 * DAY_MS)];
    case 'leo':
      return [
        operatorSets('leo', now - 47 * DAY_MS, { status: 'suspended', reason: 'bids on our name in search ads' }),
      ];
    case 'jonas':
      return [operatorSets('jonas', now - 66 * DAY_MS, { status: 'closed', reason: 'left the program' })];
    case 'dana':
      return [
        setsAddress('dana', now - 45 * DAY_MS, null),
        setsAddress('dana', last_pay_day_at - 20 * HOUR_MS, email.replace('dana@', 'unclaimed+dana@')),
      ];
    case 'rosa':
      return [
        setsAddress('rosa', now - 45 * DAY_MS, null),
        setsAddress('rosa', last_pay_day_at - 20 * HOUR_MS, email.replace('rosa@', 'failed+rosa@')),
      ];
    default:
      return [];
  }
}

/** The partners of a cast from the day they join, with the last pay day before now. */
export function partnerScenes(cast: readonly CastPartner[], now: number, last_pay_day_at: number): Scene[] {
  const theirs = cast.flatMap((partner) => [
    joins(partner, now - (partner.days_ago[0] + 4) * DAY_MS),
    ...fateOf(partner, now, last_pay_day_at),
  ]);
  return [...houseScenes(now), ...theirs];
}
