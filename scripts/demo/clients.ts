import { formatInstant } from '../../src/clock.ts';
import { divideHalfUp } from '../../src/money/money.rules.ts';
import type { CastPartner } from './cast.ts';
import type { Random } from './random.ts';
import { DAY_MS, HOUR_MS, operatorKey, type Scene, type Stage } from './stage.ts';
import { follow } from './visitors.ts';

const PLANS = {
  solo: { plan: 'solo', price: 7900, tax: 632 },
  team: { plan: 'team', price: 14_700, tax: 1176 },
  agency: { plan: 'agency', price: 29_700, tax: 2376 },
} as const;
type Plan = (typeof PLANS)[keyof typeof PLANS];
const { solo, team, agency } = PLANS;
const CHOSEN: readonly Plan[] = [solo, solo, solo, solo, solo, team, team, team, agency];
const FIRST = [
  'Ada',
  'Bruno',
  'Chloe',
  'Diego',
  'Emma',
  'Farid',
  'Grace',
  'Hana',
  'Ivan',
  'Julia',
  'Kofi',
  'Lena',
  'Marco',
  'Noor',
  'Olga',
  'Pablo',
];
const LAST = [
  'Almeida',
  'Brandt',
  'Costa',
  'Dubois',
  'Evans',
  'Fischer',
  'Garcia',
  'Holm',
  'Ito',
  'Jansen',
  'Kaya',
  'Lefevre',
  'Moreau',
  'Novak',
];
const TRADES = [
  'Bakery',
  'Dental',
  'Fitness',
  'Legal',
  'Logistics',
  'Media',
  'Pottery',
  'Roofing',
  'Studio',
  'Travel',
  'Yoga',
];
/** Days between payments: three fall within the first 90. */
const MONTH_MS = 732 * HOUR_MS;
const EURO_PRICE = 7300;

/** How a client came to have an account. */
type Way = 'token' | 'form' | 'form_only' | 'how_heard' | 'unreferred';

/** A client whose life is played. Instants are epoch ms. */
interface ClientLife {
  readonly account_id: string;
  readonly email: string;
  readonly name: string;
  readonly company: string;
  readonly partner: CastPartner | null;
  readonly way: Way;
  readonly signed_up_at: number;
  readonly first_paid_at: number;
  readonly ends_at: number | null;
  readonly plan: Plan;
  readonly taxed: boolean;
  /** Pays in euros: earns once an operator has said how many dollars that is. */
  readonly euro: boolean;
  readonly refund: Refund | null;
}

/** Refunded: the n-th payment, after how long, whole or half; some fail at the bank. */
interface Refund {
  readonly n: number;
  readonly after: number;
  readonly half: boolean;
  readonly fails: boolean;
}

/** What is fixed of some clients, because a partner stands for it. */
function fixed(partner: CastPartner | null, i: number, signed_up_at: number): Partial<ClientLife> {
  const plain = { way: 'token', taxed: false, refund: null, first_paid_at: signed_up_at + HOUR_MS } as const;
  switch (partner?.partner_id) {
    case 'nina':
    case 'jonas':
      return { ...plain, plan: solo, ends_at: signed_up_at + 91 * DAY_MS };
    case 'priya':
      return { ...plain, plan: solo, ends_at: null, email: partner.email, name: partner.name };
    case 'hugo':
      return { ...plain, plan: agency, ends_at: signed_up_at + 91 * DAY_MS };
    case 'aiko':
      return i < 2 ? { ...plain, way: 'form_only', plan: team, ends_at: null } : {};
    case 'tom':
      return i === 0 ? { ...plain, plan: solo, euro: true, ends_at: null } : {};
    default:
      return {};
  }
}

function refundOf(random: Random): Refund | null {
  if (!random.chance(12)) return null;
  const after = random.between(2, 25) * DAY_MS;
  return { n: random.between(1, 3), after, half: random.chance(40), fails: random.chance(20) };
}

function wayOf(random: Random, partner: CastPartner | null): Way {
  if (partner === null) return 'unreferred';
  const draw = random.between(1, 100);
  if (draw <= 60) return 'token';
  return draw <= 92 ? 'form' : 'how_heard';
}

/** The n-th client of all, the i-th of this partner. */
function lifeOf(random: Random, partner: CastPartner | null, n: number, i: number, signed_up_at: number): ClientLife {
  const [first, last] = [random.pick(FIRST), random.pick(LAST)];
  const company = `${last} ${random.pick(TRADES)}`;
  const first_paid_at = signed_up_at + (random.chance(40) ? 14 * DAY_MS : random.between(1, 48) * HOUR_MS);
  return {
    account_id: `acct_${1000 + n}`,
    email: `${first.toLowerCase()}@${company.toLowerCase().replaceAll(' ', '-')}-${n}.example`,
    name: `${first} ${last}`,
    company,
    partner,
    way: wayOf(random, partner),
    signed_up_at,
    first_paid_at,
    ends_at: random.chance(16) ? first_paid_at + random.between(20, 150) * DAY_MS : null,
    plan: random.pick(CHOSEN),
    taxed: random.chance(20),
    euro: false,
    refund: refundOf(random),
    ...fixed(partner, i, signed_up_at),
  };
}

/** Tells the program of the account as the shop's server would, on the way that this client came. */
async function signUp(stage: Stage, life: ClientLife): Promise<void> {
  const { client, keys, random } = stage;
  const { account_id, email, name, company, partner, way, signed_up_at } = life;
  const record = async (evidence: Record<string, string>): Promise<void> => {
    const body = { account_id, email, name, company, signed_up_at: formatInstant(signed_up_at), ...evidence };
    await client.json('POST', '/v1/signups', { as: keys.ingest, at: signed_up_at + 1000, body });
    stage.tally.signups += 1;
  };
  if (way === 'unreferred' || partner === null)
    return record(random.chance(30) ? { how_heard: 'A friend told me' } : {});
  if (way === 'how_heard') return record({ how_heard: `${partner.name} (${partner.email}) showed me` });
  // Some have been to another partner's link first: the last click wins.
  const others = stage.cast.filter(({ days_ago }) => days_ago[0] >= partner.days_ago[0]);
  const before = random.chance(25) ? random.pick(others).partner_id : null;
  const earlier = before === null ? null : await follow(stage, before, signed_up_at - 2 * DAY_MS, null);
  const token = await follow(stage, partner.partner_id, signed_up_at - random.between(1, 600) * 60_000, earlier);
  if (token === null) throw new Error(`the link ${partner.partner_id} set no cookie`);
  if (way === 'token') return record({ referral_token: token });
  const headers = { cookie: `__Host-lastclick=${token}`, origin: stage.shop };
  const form = { email, name, company, next: `${stage.shop}/welcome` };
  const { location } = await client.visit('/signups', { at: signed_up_at, method: 'POST', headers, form });
  return record(way === 'form' ? { signup_ref: location?.searchParams.get('signup_ref') ?? '' } : {});
}

interface Payment {
  readonly payment_id: string;
  readonly at: number;
  readonly amount: number;
}

function paymentsOf({ account_id, first_paid_at, ends_at, plan, taxed, euro }: ClientLife, now: number): Payment[] {
  const amount = euro ? EURO_PRICE : plan.price + (taxed ? plan.tax : 0);
  const until = Math.min(now, ends_at ?? now);
  const payments: Payment[] = [];
  for (let n = 1, at = first_paid_at; at <= until; n += 1, at += MONTH_MS) {
    payments.push({ payment_id: `in_${account_id.slice(5)}_${n}`, at, amount });
  }
  return payments;
}

function paymentScene({ account_id, plan: { plan, price, tax }, taxed, euro }: ClientLife, payment: Payment): Scene {
  const { payment_id, at, amount } = payment;
  return {
    at,
    async play({ client, keys, tally }) {
      const tax_amount = taxed ? tax : 0;
      const body = {
        payment_id,
        account_id,
        amount,
        currency: euro ? 'EUR' : 'USD',
        tax_amount,
        plan,
        paid_at: formatInstant(at),
      };
      await client.json('POST', '/v1/payments', { as: keys.ingest, at: at + 1000, body });
      tally.payments += 1;
      if (!euro) return;
      const conversion = { as: operatorKey({ keys }, 'ana'), at: at + 2 * HOUR_MS, body: { amount: price } };
      await client.json('POST', `/v1/payments/${payment_id}/conversion`, conversion);
    },
  };
}

function refundScene({ payment_id, amount }: Payment, at: number, half: boolean, fails: boolean): Scene {
  const refund_id = `re_${payment_id}`;
  return {
    at,
    async play({ client, keys, tally }) {
      const part = half ? divideHalfUp(BigInt(amount), 2n) : amount;
      const body = { refund_id, payment_id, amount: part, refunded_at: formatInstant(at) };
      await client.json('POST', '/v1/refunds', { as: keys.ingest, at: at + 1000, body });
      tally.refunds += 1;
      if (!fails) return;
      const reversed_at = at + 3 * HOUR_MS;
      const reversal = { as: keys.ingest, at: reversed_at, body: { reversed_at: formatInstant(reversed_at) } };
      await client.json('POST', `/v1/refunds/${refund_id}/reversal`, reversal);
    },
  };
}

function endScene({ account_id }: ClientLife, at: number): Scene {
  return {
    at,
    async play({ client, keys, tally }) {
      const body = { cancelled_at: formatInstant(at) };
      await client.json('POST', `/v1/accounts/${account_id}/cancellation`, { as: keys.ingest, at: at + 1000, body });
      tally.cancellations += 1;
    },
  };
}

function scenesOf(life: ClientLife, now: number): Scene[] {
  const { signed_up_at, refund, ends_at, partner } = life;
  const payments = paymentsOf(life, now);
  const scenes: Scene[] = [{ at: signed_up_at, play: (stage) => signUp(stage, life) }];
  scenes.push(...payments.map((payment) => paymentScene(life, payment)));
  const refunded = refund === null ? undefined : payments[refund.n - 1];
  if (refund && refunded) scenes.push(refundScene(refunded, refunded.at + refund.after, refund.half, refund.fails));
  // C3: what was paid out for these comes back out of what is earned next.
  const last = payments.at(-1);
  if (partner?.partner_id === 'hugo' && last) scenes.push(refundScene(last, now - 6 * DAY_MS, false, false));
  if (ends_at !== null) scenes.push(endScene(life, ends_at));
  return scenes.filter(({ at }) => at <= now);
}

/** The lives of all clients up to now, each with its signup, its payments, and what is taken back. */
export function clientScenes(random: Random, cast: readonly CastPartner[], now: number): Scene[] {
  const scenes: Scene[] = [];
  let n = 0;
  const add = (partner: CastPartner | null, clients: number, [from, to]: readonly [number, number]): void => {
    for (let i = 0; i < clients; i += 1) {
      n += 1;
      const days_ago = clients === 1 ? from : from - ((from - to) * i) / (clients - 1);
      const signed_up_at = Math.floor(now - days_ago * DAY_MS - random.between(1, 20) * HOUR_MS);
      scenes.push(...scenesOf(lifeOf(random, partner, n, i, signed_up_at), now));
    }
  };
  for (const partner of cast) add(partner, partner.clients, partner.days_ago);
  add(null, cast.length, [170, 2]);
  return scenes;
}
