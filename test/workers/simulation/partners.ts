import { formatInstant } from '../../../src/clock.ts';
import { railFacts } from './friday.ts';
import type { Account, Partner } from './model.ts';
import { DAY, HOUR, type Sim } from './sim.ts';

/** What becomes of money is said by the local part of its address (the simulator's timeline). */
const FATES = [
  'unclaimed',
  'failed',
  'returned',
  'blocked',
  'onhold',
  'stuck',
  'unknownstatus',
  'reversed',
  'malformed',
  'malformed',
];

function newAddress(sim: Sim): string {
  sim.count('addresses');
  const n = sim.counts['addresses'];
  return sim.faults && sim.random.chance(25) ? `${sim.random.pick(FATES)}+${n}@pay.example` : `good${n}@pay.example`;
}

/** A partner joins, with a link. */
export async function newPartner(sim: Sim): Promise<void> {
  const { random, model, now } = sim;
  const n = model.partners.length + 1;
  const partner_id = `p${String(n).padStart(3, '0')}`;
  const country = random.chance(85) ? 'US' : 'DE';
  const rate_bps = random.chance(25) ? random.pick([0, 1000, 3333, 5000]) : null;
  const address = random.chance(92) ? newAddress(sim) : null;
  const status = random.chance(95) ? 'active' : 'applied';
  const email = `me@partner-${n}.example`;
  const optional = {
    ...(rate_bps === null ? {} : { rate_bps }),
    ...(address === null ? {} : { paypal_email: address }),
  };
  const body = { partner_id, name: `Partner ${n}`, email, country, status, ...optional };
  await sim.tell({ method: 'POST', path: '/v1/partners', as: 'ana', body });
  // A link with a code of the seed's: the door's own one is another at every run.
  const link = { code: `${partner_id}-0`, destination: 'https://www.example.com/' };
  await sim.tell({ method: 'POST', path: `/v1/partners/${partner_id}/links`, as: 'ana', body: link });
  model.partners.push({
    partner_id,
    email,
    codes: [{ code: link.code, retired_at: null }],
    statuses: [{ at: now, status }],
    withheld: [],
    countries: [{ at: now, country }],
    answers: [],
    addresses: [{ at: now, address }],
  });
  model.partner_rates[partner_id] = [{ at: now, rate_bps }];
  model.partner_statuses[partner_id] = [{ at: now, status }];
  sim.count('partners');
}

const anyPartner = (sim: Sim): Partner => sim.random.pick(sim.model.partners);

/** Whether there is a hold of a kind on a partner: one cause opens one hold, so it may have been decided before. */
async function expectHold(sim: Sim, kind: string, partner_id: string): Promise<void> {
  const query = 'SELECT 1 FROM holds WHERE kind = ? AND partner_id = ?';
  if ((await sim.rows(query, kind, partner_id)).length === 0) throw new Error(`${partner_id} has no hold ${kind}`);
}

/** P3: another address, by the partner or an operator; now and then that of somebody else, the same again, or none. */
export async function changeAddress(sim: Sim, partner = anyPartner(sim), good = false): Promise<void> {
  const { random, model } = sim;
  const own = partner.addresses.at(-1)?.address ?? null;
  const others = model.partners.flatMap((one) => (one === partner ? [] : (one.addresses[0]?.address ?? [])));
  const draw = good ? 0 : random.between(1, 100);
  // The first address of another partner: it has served them, so it is taken for good.
  const taken = draw > 92 && others.length > 0;
  const address = taken ? random.pick(others) : draw > 85 ? null : draw > 70 ? own : newAddress(sim);
  const byPartner = random.chance(60);
  const path = byPartner ? '/v1/me' : `/v1/partners/${partner.partner_id}`;
  const as = byPartner ? { partner: partner.partner_id } : ('ben' as const);
  const { refusals } = await railFacts(sim);
  const got = await sim.tell({ method: 'PATCH', path, as, body: { paypal_email: address }, ok: [409] });
  if (got.status === 409) {
    if (byPartner || !taken) throw new Error(`P3: ${partner.partner_id} is told that an address is taken`);
    sim.sent.pop();
    return;
  }
  const last = partner.addresses.at(-1);
  const back = refusals.some(
    (refusal) =>
      refusal.partner_id === partner.partner_id && refusal.address === address && refusal.at >= (last?.at ?? 0),
  );
  // What is on file already is no change, unless a payout to it came back.
  if (last?.address === address && !back) return;
  partner.addresses.push({ at: sim.now, address });
  sim.count('addresses changed');
  if (taken) await expectHold(sim, 'address_in_use', partner.partner_id);
}

/** P4: a partner answers the four questions, or moves. */
export async function residency(sim: Sim): Promise<void> {
  const { random } = sim;
  const partner = anyPartner(sim);
  const { partner_id } = partner;
  if (random.chance(25)) {
    const byPartner = random.chance(60);
    const now = partner.countries.at(-1)?.country;
    const country = now === 'US' ? random.pick(['DE', 'FR']) : 'US';
    const path = byPartner ? '/v1/me' : `/v1/partners/${partner_id}`;
    await sim.tell({ method: 'PATCH', path, as: byPartner ? { partner: partner_id } : 'ana', body: { country } });
    partner.countries.push({ at: sim.now, country });
    sim.count('countries changed');
    if (byPartner && country === 'US') await expectHold(sim, 'country_change', partner_id);
    return;
  }
  const body = {
    us_citizen: random.chance(10),
    us_green_card: random.chance(5),
    us_over_183_days: random.chance(20),
    us_worked_last_year: random.chance(20),
  };
  await sim.tell({ method: 'PUT', path: '/v1/me/residency', as: { partner: partner_id }, body });
  const manual = !body.us_citizen && !body.us_green_card && body.us_over_183_days;
  const text = JSON.stringify(body);
  const given = partner as Partner & { answered?: string };
  if (given.answered === text) return;
  given.answered = text;
  partner.answers.push({ at: sim.now, manual });
  sim.count('residency answers');
  if (manual) await expectHold(sim, 'residency', partner_id);
}

/** P6: suspended, taken back, closed with or without the balance. */
export async function changeStatus(sim: Sim): Promise<void> {
  const { random, model } = sim;
  const partner = anyPartner(sim);
  const { partner_id } = partner;
  const now = model.statusAt(partner, sim.now);
  const to = now === 'active' ? (random.chance(75) ? 'suspended' : 'closed') : 'active';
  const withhold = to === 'closed' && random.chance(40);
  const body = { status: to, ...(withhold ? { withhold_reason: 'under review' } : {}) };
  await sim.tell({ method: 'PATCH', path: `/v1/partners/${partner_id}`, as: 'ana', body });
  partner.statuses.push({ at: sim.now, status: to });
  const withheld = partner.withheld.at(-1)?.withheld ?? false;
  if (withhold) partner.withheld.push({ at: sim.now, withheld: true });
  else if (withheld) partner.withheld.push({ at: sim.now, withheld: false });
  model.partner_statuses[partner_id]?.push({ at: sim.now, status: to });
  sim.count(`partners ${to}`);
  touchAccountsOf(sim, partner_id);
  if (to !== 'active' && random.chance(70)) {
    sim.plan(sim.now + random.between(3, 40) * DAY, 'a partner is taken back', async () => {
      if (model.statusAt(partner, sim.now) === 'active') return;
      await sim.tell({ method: 'PATCH', path: `/v1/partners/${partner_id}`, as: 'ben', body: { status: 'active' } });
      partner.statuses.push({ at: sim.now, status: 'active' });
      if (partner.withheld.at(-1)?.withheld) partner.withheld.push({ at: sim.now, withheld: false });
      model.partner_statuses[partner_id]?.push({ at: sim.now, status: 'active' });
      touchAccountsOf(sim, partner_id);
    });
  }
}

function touchAccountsOf(sim: Sim, partner_id: string): void {
  for (const account of sim.model.accounts) {
    if (sim.model.referrer(account)?.partner_id === partner_id) sim.touched.add(account.account_id);
  }
}

/** C1: a partner's rate from now on, or a plan's from a day to come. */
export async function changeRate(sim: Sim): Promise<void> {
  const { random, model } = sim;
  if (random.chance(50)) {
    const { partner_id } = anyPartner(sim);
    const rate_bps = random.pick([null, 0, 1000, 2000, 3333, 4000]);
    const rates = model.partner_rates[partner_id] ?? [];
    await sim.tell({ method: 'PATCH', path: `/v1/partners/${partner_id}`, as: 'ana', body: { rate_bps } });
    if (rates.at(-1)?.rate_bps !== rate_bps) rates.push({ at: sim.now, rate_bps });
    touchAccountsOf(sim, partner_id);
  } else {
    const plan = random.pick(['basic', 'pro']);
    const rate_bps = random.pick([1500, 2000, 3000]);
    const from = sim.now + random.between(0, 10) * DAY + HOUR;
    const rates = (model.plan_rates[plan] ??= []);
    if (rates.some((rate) => rate.at === from)) return;
    const path = `/v1/plans/${plan}/rate`;
    await sim.tell({ method: 'PUT', path, as: 'ana', body: { rate_bps, from: formatInstant(from) } });
    rates.push({ at: from, rate_bps });
    for (const account of model.accounts) if (account.plan === plan) sim.touched.add(account.account_id);
  }
  sim.count('rates changed');
}

/** An operator books an amount for or against a partner. */
export async function adjust(sim: Sim): Promise<void> {
  const { random, model } = sim;
  const { partner_id } = anyPartner(sim);
  sim.count('adjustments');
  const amount = random.pick([-5000, -1234, 999, 4000, 25_000]);
  const body = { adjustment_id: `adj_${sim.counts['adjustments']}`, amount, reason: 'by agreement' };
  await sim.tell({ method: 'POST', path: `/v1/partners/${partner_id}/adjustments`, as: 'ben', body });
  model.adjustments.push({ partner_id, at: sim.now, amount });
}

/** L1: a partner's link is retired, and another one made. */
export async function renewLink(sim: Sim): Promise<void> {
  const partner = anyPartner(sim);
  const live = partner.codes.find((link) => link.retired_at === null);
  if (sim.model.statusAt(partner, sim.now) !== 'active') return;
  sim.count('links renewed');
  const code = `${partner.partner_id}-${sim.counts['links renewed']}`;
  const body = { code, destination: 'https://www.example.com/' };
  await sim.tell({ method: 'POST', path: `/v1/partners/${partner.partner_id}/links`, as: 'ana', body });
  partner.codes.push({ code, retired_at: null });
  if (!live) return;
  const as = { partner: partner.partner_id };
  await sim.tell({ method: 'PATCH', path: `/v1/links/${live.code}`, as, body: { retired: true } });
  live.retired_at = sim.now;
}

/** S3: a client's address becomes the partner's own: its lines wait for an operator. */
export async function clientBecomesPartner(sim: Sim): Promise<void> {
  const { model } = sim;
  const candidates = model.accounts.filter((account): account is Account => {
    const referrer = model.referrer(account);
    return account.opened && referrer?.partner_id != null && !referrer.blocked;
  });
  if (candidates.length === 0) return;
  const account = sim.random.pick(candidates);
  const partner = model.partner(model.referrer(account)?.partner_id ?? '');
  const path = `/v1/accounts/${account.account_id}`;
  await sim.tell({ method: 'PATCH', path, as: 'ingest', body: { email: partner.email }, about: account.account_id });
  account.email = partner.email;
  const query = "SELECT 1 FROM holds WHERE kind = 'self_referral' AND account_id = ? AND partner_id = ?";
  const held = await sim.rows(query, account.account_id, partner.partner_id);
  if (held.length === 0) throw new Error(`S3: nothing holds ${account.account_id}, whose holder is its partner`);
  sim.count('accounts held as self-referral');
}
