import { formatInstant } from '../../src/clock.ts';
import type { Client } from '../local/client.ts';
import { firingsBetween, type Firing } from '../local/cron-times.ts';
import { payDatesSince, restedBatch } from '../local/fridays.ts';
import type { LocalKeys } from '../local/vars.ts';
import type { CastPartner } from './cast.ts';
import { clientScenes } from './clients.ts';
import { partnerScenes } from './partners.ts';
import { createRandom } from './random.ts';
import { DAY_MS, operatorKey, type Scene, type Stage, type Tally } from './stage.ts';
import { playVisitors } from './visitors.ts';

/** What a seed needs of the program that it fills. */
export interface SeedInput {
  readonly client: Client;
  readonly keys: LocalKeys;
  /** Origin of the shop's site. */
  readonly shop: string;
  /** The present, epoch ms: the half year before it is played. */
  readonly now: number;
  readonly crons: readonly string[];
  /** Wakes payouts at an instant that is PayPal's now, too. */
  wakePayouts(cron: string, scheduled_at: number): Promise<void>;
  readonly cast: readonly CastPartner[];
  readonly clicks_a_day: number;
  say(line: string): void;
}

const DAYS = 185;

/** Wakes payouts, and waits until PayPal has said what became of the pay days that it froze. */
function friday(input: SeedInput, { cron, at }: Firing, told: { last: string | null }): Scene {
  return {
    at,
    async play(stage) {
      await input.wakePayouts(cron, at);
      const asking = { client: stage.client, key: operatorKey(stage, 'ana'), at };
      for (const pay_date of await payDatesSince(asking, told.last)) {
        told.last = pay_date;
        const { payouts } = await restedBatch(asking, pay_date);
        stage.tally.payouts += payouts.length;
        for (const { amount, status } of payouts) stage.tally.paid += status === 'paid' ? amount : 0;
      }
    },
  };
}

const TERMS = `Tell people what you know of us, in your own words, and say that you earn by it.
No unwanted mail, no advertisements on our name, no sign-ups of your own.
What you earn, when it is due and when it is paid follows the program’s policy, which is published and dated.`;

/** What the pages need: the terms of partners, and operators who have been mailed how to sign in. */
async function pages({ client, keys }: Pick<Stage, 'client' | 'keys'>, now: number): Promise<void> {
  for (const [name, key] of Object.entries(keys.operators)) {
    const body = { email: `${name}@flowline.example` };
    await client.json('POST', '/v1/operators', { as: key, at: now, body });
  }
  const [key] = Object.values(keys.operators);
  await client.json('POST', '/v1/terms', { as: key ?? '', at: now, body: { body: TERMS } });
}

const isPayDay = (cron: string) => /[A-Z]$/.test(cron);
const month = (at: number) => formatInstant(at).slice(0, 7);

function countedUp({ clicks, signups, payments, refunds, cancellations, payouts }: Tally): string {
  const facts = `${payments} payments, ${refunds} refunds, ${cancellations} cancellations`;
  return `${clicks} clicks so far, ${signups} signups, ${facts}, ${payouts} payouts`;
}

/**
 * Plays half a year of a program up to `now`, through the program's own doors, each request at its own instant. The same `now` and secrets
 * make the same program but for the ids that the program mints.
 */
export async function seed(input: SeedInput): Promise<Tally> {
  const { client, keys, shop, now, cast, crons, say } = input;
  const tally = { clicks: 0, signups: 0, payments: 0, refunds: 0, cancellations: 0, payouts: 0, paid: 0 };
  const stage: Stage = { client, keys, shop, random: createRandom(20_261_121), cast, tally };
  const begin = now - DAYS * DAY_MS;
  // The daily cron makes up for what was missed, and nothing is: of the past its last week is enough.
  const firings = firingsBetween(crons, begin, now).filter(({ cron, at }) => isPayDay(cron) || at > now - 7 * DAY_MS);
  const last_pay_day_at = firings.findLast(({ cron }) => isPayDay(cron))?.at ?? now;
  const told = { last: null };
  const scenes = [
    ...partnerScenes(cast, now, last_pay_day_at),
    ...clientScenes(createRandom(7), cast, now),
    ...firings.map((firing) => friday(input, firing, told)),
  ].toSorted((a, b) => a.at - b.at);
  await pages(stage, now);
  let played = 0;
  for (let day_at = begin; day_at <= now; day_at += DAY_MS) {
    const visitors = playVisitors(stage, day_at, now, input.clicks_a_day);
    for (let scene = scenes[played]; scene && scene.at < day_at + DAY_MS; scene = scenes[played]) {
      await scene.play(stage);
      played += 1;
    }
    await visitors;
    if (day_at + DAY_MS > now || month(day_at) !== month(day_at + DAY_MS))
      say(`  ${month(day_at)} ${countedUp(tally)}`);
  }
  return tally;
}
