import { formatInstant } from '../../../src/clock.ts';
import type { Fetch } from '../../../src/paypal/token.ts';
import { FIRST_POLICY } from './model.ts';
import { DAY, HOUR, MINUTE, type Sim } from './sim.ts';

const ALL = ['token', 'create', 'batch', 'item'] as const;

/** PayPal makes trouble: answers that fail, break off, come without having done anything, or say no. */
export function paypalFault(sim: Sim): void {
  const { random, paypal } = sim;
  const on = random.chance(65) ? 'create' : random.pick(ALL);
  const times = random.pick([1, 1, 2, 5]);
  const when = random.pick(['before', 'after'] as const);
  const draw = random.between(1, 100);
  if (draw <= 40) paypal.fault({ on, times, when, status: random.pick([500, 502, 503, 504]) });
  else if (draw <= 50)
    paypal.fault({ on, times, when: 'before', status: 429, name: 'RATE_LIMIT_REACHED', retry_after: 60 });
  else if (draw <= 62) paypal.fault({ on, times, when, answer: 'garbage' });
  else if (draw <= 80) paypal.fault({ answer: 'deny', times: 1 });
  else if (draw <= 90) paypal.fault({ times, status: 403, name: 'NOT_AUTHORIZED' });
  else paypal.fault({ on: 'create', times: 40, when, status: 500 });
  sim.count('PayPal faults');
}

/** For weeks PayPal does what it is asked and answers nothing: past the day after which nobody may ask again under the same id. */
export function goSilent(sim: Sim): void {
  const { paypal } = sim;
  for (const on of ['create', 'batch', 'item'] as const) paypal.fault({ on, times: null, when: 'after', status: 503 });
  sim.count('months without an answer');
  const end = sim.now + sim.random.between(20, 36) * DAY;
  sim.plan(end, 'PayPal answers again', async () => {
    paypal.state.putFaults(paypal.state.world.faults.filter((fault) => fault.times !== null));
  });
}

/** The account at PayPal runs dry, and is filled up again after some days. */
export function runDry(sim: Sim): void {
  const { state } = sim.paypal;
  state.settle({ funds: 0 });
  sim.count('times without funds');
  const days = sim.random.chance(10) ? sim.random.between(26, 34) : sim.random.between(1, 6);
  sim.plan(sim.now + days * DAY, 'funds', async () => state.settle({ funds: 100_000_000_000 }));
}

/** Whether a duplicate's answer links to its original changes with the mood of PayPal. */
export function changeMood(sim: Sim): void {
  const { random, paypal } = sim;
  paypal.state.settle({
    duplicate_link: random.chance(60),
    pending_ms: random.pick([0, 20_000, 2 * HOUR]),
    processing_ms: random.pick([0, 40_000, 30 * HOUR]),
    token_seconds: random.pick([600, 32_400]),
  });
}

/** What was paid comes back, what was unclaimed is claimed, what hung is decided: days later, of itself. */
export function turnOfItems(sim: Sim): void {
  const { random, paypal, now } = sim;
  const { state } = paypal;
  for (const { payout_item_id, status } of paypal.ledger(now).entries) {
    const item = state.world.items.get(payout_item_id);
    const [first] = item?.timeline ?? [];
    if (!item || !first || !random.chance(4)) continue;
    const young = now - first.at < 25 * DAY;
    const next =
      status === 'SUCCESS' && young && random.chance(8)
        ? random.pick(['REVERSED', 'REFUNDED'])
        : status === 'UNCLAIMED'
          ? random.pick(['SUCCESS', 'RETURNED', 'FAILED'])
          : ['BLOCKED', 'ONHOLD', 'UNDER_OBSERVATION'].includes(status)
            ? random.pick(['SUCCESS', 'FAILED', 'RETURNED'])
            : null;
    if (next === null) continue;
    const at = now + random.between(0, 40) * HOUR;
    state.putItem({ ...item, timeline: [...item.timeline.filter((event) => event.at < at), { at, status: next }] });
    sim.count(`items turned ${next}`);
  }
}

/** Replies are lost on the way, and questions too; the simulator's own fetch does the rest. */
export function losingReplies(sim: Sim, fetch: Fetch): Fetch {
  return async (url, init) => {
    const fate = sim.faults ? sim.random.between(1, 100) : 100;
    if (fate <= 3) {
      sim.count('questions lost');
      throw new TypeError('the question is lost');
    }
    // The simulator reads any body as text; what is no text by its type would be warned of each time.
    const headers = { ...(init.headers as Record<string, string>), 'content-type': 'text/plain' };
    const reply = await fetch(url, { ...init, headers });
    if (fate > 8) return reply;
    sim.count('replies lost');
    throw new TypeError('the reply is lost');
  };
}

/** The one place at which the policy changes: a dated version takes effect in some days, never before now. */
export async function changePolicy(sim: Sim): Promise<void> {
  const { random, model } = sim;
  const latest = model.policies.at(-1) ?? FIRST_POLICY;
  const effective_from = Math.max(sim.now, latest.effective_from) + random.between(1, 20) * DAY + MINUTE;
  const fields = {
    default_rate_bps: random.pick([2000, 2500, 3000]),
    vesting_days: random.pick([60, 90, 90, 120]),
    reactivation_days: random.pick([15, 30]),
    client_since: random.pick(['first_payment', 'first_payment', 'signup'] as const),
    payout_threshold: random.pick([5000, 10_000, 20_000]),
    max_payout: random.pick([null, 40_000, 2_000_000]),
    max_batch: random.pick([null, null, 150_000]),
    max_growth: random.pick([null, null, 2.5]),
  };
  const body = { effective_from: formatInstant(effective_from), ...fields };
  await sim.tell({ method: 'POST', path: '/v1/policy', as: 'ana', body });
  model.policies.push({ ...latest, ...fields, effective_from });
  sim.count('policy versions');
}
