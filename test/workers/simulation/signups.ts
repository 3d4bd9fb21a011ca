import { env } from 'cloudflare:workers';

import type { ClickMessage } from '../../../src/attribution/click.ts';
import { consumeClicks } from '../../../src/attribution/clicks.consumer.ts';
import { cookieKeys, mintToken } from '../../../src/attribution/token.ts';
import { formatInstant } from '../../../src/clock.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { localSecrets } from '../../support/local.ts';
import { daysLater } from '../../support/wall-clock.ts';
import { pay, subscribe } from './clients.ts';
import type { Account, Partner, VisitorClick } from './model.ts';
import { DAY, HOUR, MINUTE, type Sim } from './sim.ts';

type Click = Omit<ClickMessage, 'v'>;

const hex = (sim: Sim, digits: number) =>
  Array.from({ length: digits }, () => sim.random.between(0, 15).toString(16)).join('');

/** A click id as the front door makes one, out of the seed. */
function clickId(sim: Sim, at: number): string {
  const time = at.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(sim, 3)}-8${hex(sim, 3)}-${hex(sim, 12)}`;
}

function clickOn(sim: Sim, visitor_id: string, at: number): Click {
  const { random, model } = sim;
  const partner = random.pick(model.partners);
  const { code } = random.pick(partner.codes);
  const person = random.chance(85);
  return {
    click_id: clickId(sim, at),
    visitor_id,
    clicked_at: at,
    code,
    partner_id: random.chance(8) ? null : partner.partner_id,
    class: person ? 'person' : random.pick(['bot', 'head', 'frame']),
  };
}

/** L1, L2: the partner of the last click that counts at a signup, by the facts as they have been told. */
export function expectedReferrer(sim: Sim, clicks: readonly VisitorClick[], signed_up_at: number): Partner | null {
  const { model } = sim;
  const policy = model.policyAt(signed_up_at);
  const oldest = daysLater(signed_up_at, -365, policy.timezone);
  const counts = clicks.flatMap((click) => {
    const partner = model.partners.find((one) => one.codes.some(({ code }) => code === click.code));
    const link = partner?.codes.find(({ code }) => code === click.code);
    const live = link && (link.retired_at === null || link.retired_at > click.clicked_at);
    const late = Math.floor(click.clicked_at / 1000) > Math.floor(signed_up_at / 1000);
    const person = click.class === 'person' && !late && click.clicked_at >= oldest;
    if (!partner || !live || !person || model.statusAt(partner, click.clicked_at) !== 'active') return [];
    return [{ at: click.clicked_at, partner }];
  });
  return counts.toSorted((a, b) => b.at - a.at)[0]?.partner ?? null;
}

/** The clicks of one visitor as the queue brings them, some of them twice. */
async function record(sim: Sim, clicks: readonly Click[]): Promise<void> {
  const bodies = clicks.flatMap((click) => (sim.random.chance(15) ? [click, click] : [click]));
  const messages = bodies.map((click) => ({ body: { v: 1, ...click }, ack: () => {} }));
  const batch = { messages, retryAll: () => {} } as unknown as MessageBatch;
  await consumeClicks(batch, openDatabase(env.CLICKS));
  sim.count('clicks', clicks.length);
}

async function tokenOf(click: Click): Promise<string> {
  const keys = await cookieKeys(localSecrets.COOKIE_KEYS);
  if (!keys.ok) throw new Error(keys.reason);
  const { visitor_id, click_id, partner_id, code } = click;
  return mintToken({ visitor_id, click_id, partner_id, code }, keys.keys, '__Host-lastclick');
}

interface Visit {
  signed_up_at: number;
  clicks: Click[];
  /** The click that the visitor's cookie carries. */
  cookie: Click | undefined;
}

function visit(sim: Sim, signed_up_at: number): Visit {
  const { random } = sim;
  const visitor_id = hex(sim, 16);
  const times = Array.from(
    { length: random.between(0, 4) },
    (_, i) => signed_up_at - random.between(1, random.pick([2, 40, 400])) * DAY + i * MINUTE,
  );
  const clicks = times.toSorted((a, b) => a - b).map((at) => clickOn(sim, visitor_id, at));
  // Now and then the cookie of an earlier click is left, of a browser that kept no later one: an audit finds the last (R4).
  const persons = clicks.filter((click) => click.class === 'person');
  return { signed_up_at, clicks, cookie: random.chance(15) ? persons[0] : persons.at(-1) };
}

interface Expected {
  partner: Partner | null;
  self: boolean;
}

/** Who the referrer has to be: the last click, else the one address in the answer. */
function expected(sim: Sim, seen: Visit, named: Partner | null, email: string): Expected {
  // A token carries its click; only where that does not count are the visitor's recorded ones looked at.
  const carried = seen.cookie ? expectedReferrer(sim, [seen.cookie], seen.signed_up_at) : null;
  const recorded = seen.cookie ? expectedReferrer(sim, seen.clicks, seen.signed_up_at) : null;
  const partner = carried ?? recorded ?? named;
  const own = partner ? [partner.email, partner.addresses.at(-1)?.address ?? ''] : [];
  return { partner, self: own.includes(email) };
}

/** What a client's signup is told with, and what has to come of it. */
async function tellSignup(sim: Sim, account: Account, seen: Visit, named: Partner | null): Promise<void> {
  const { random } = sim;
  const { account_id, email, signed_up_at } = account;
  const how_heard = named ? `${named.email} told me` : random.chance(20) ? 'a friend' : undefined;
  const token = seen.cookie ? await tokenOf(seen.cookie) : undefined;
  // A form's reference is good for one use, so it is not told again to books that are going to be lost.
  const byForm = token !== undefined && sim.snapshot === null && random.chance(15);
  const signup_ref = byForm ? String((await formFirst(sim, account, token))['signup_ref']) : undefined;
  const body = {
    account_id,
    email,
    signed_up_at: formatInstant(signed_up_at),
    ...(token !== undefined && !byForm ? { referral_token: token } : {}),
    ...(signup_ref === undefined ? {} : { signup_ref }),
    ...(how_heard === undefined ? {} : { how_heard }),
  };
  const want = expected(sim, seen, named, email);
  const { body: answer } = await sim.tell({
    method: 'POST',
    path: '/v1/signups',
    as: 'ingest',
    body,
    about: account_id,
  });
  const referrer = answer['referrer'] as { partner_id: string } | null;
  const flags = answer['flags'] as string[];
  const got = [referrer?.partner_id ?? null, flags.includes('self_referral')];
  const should = [want.partner?.partner_id ?? null, want.self];
  if (JSON.stringify(got) !== JSON.stringify(should)) {
    throw new Error(`L1, S1: the referrer of ${account_id} is ${String(got)}, not ${String(should)}`);
  }
  account.opened = true;
  account.told.push({
    type: 'referrer',
    n: 1,
    decision_id: `${account_id}.1`,
    at: signed_up_at,
    partner_id: want.partner?.partner_id ?? null,
    earns_from: null,
    blocked: want.self,
    voided: false,
  });
  sim.count('signups');
  if (want.partner) sim.count('signups referred');
  if (want.self) sim.count('self-referrals');
}

/** The browser's form goes before the server's record, which brings its `signup_ref`. */
async function formFirst(sim: Sim, account: Account, referral_token: string): Promise<Record<string, unknown>> {
  sim.count('forms');
  return sim.form({ email: account.email, referral_token });
}

/** A new client: clicks, a signup (told at once or late), a first payment, a subscription. */
export async function newClient(sim: Sim, signed_up_at: number): Promise<void> {
  const { random, model } = sim;
  const seen = visit(sim, signed_up_at);
  await record(sim, seen.clicks);
  const active = model.partners.filter((partner) => model.statusAt(partner, signed_up_at) === 'active');
  const named = random.chance(20) && active.length > 0 ? random.pick(active) : null;
  const n = model.accounts.length + 1;
  const own = random.chance(4) ? random.pick(model.partners) : null;
  const account: Account = {
    account_id: `acc_${n}`,
    email: own?.email ?? `holder@client-${n}.example`,
    signed_up_at,
    opened: false,
    pays: false,
    plan: random.pick([null, 'basic', 'pro']),
    price: random.pick([7900, 19_900, 49_900, 99_900, random.between(1, 90_000)]),
    told: [],
    visitor: seen.cookie ? seen.clicks : null,
    said_no: [],
    claims: [],
  };
  model.accounts.push(account);
  const late = random.chance(10);
  const signUp = () => tellSignup(sim, account, seen, named);
  if (late) sim.plan(sim.now + random.between(1, 15) * DAY, 'a signup told late', signUp);
  else await signUp();
  // What has happened by now is told at once; the rest as it comes.
  let at = signed_up_at + random.between(0, 10) * DAY;
  for (; at < sim.now - HOUR; at += 30 * DAY) await pay(sim, account, at);
  subscribe(sim, account, at);
}
