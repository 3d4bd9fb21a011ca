/**
 * What a customer's story in Stripe makes due, worked out from the story itself and not from its events, through the independent oracle of
 * accounts. It shares no code with `src/`.
 */
import { dueOf, type Due, type Life, type LifeEvent, type OraclePolicy } from './oracle.ts';
import { paymentIdOf, type CustomerStory, type InvoiceStory } from './stripe-story.ts';

/** The policy that the stories are played under. */
const POLICY: OraclePolicy = {
  default_rate_bps: 2500,
  vesting_days: 90,
  reactivation_days: 30,
  client_since: 'first_payment',
  timezone: 'America/Los_Angeles',
  currency: 'USD',
};

/** When the last of overlapping subscriptions ended: a sweep over their beginnings and ends, a beginning first at one instant. */
function lastEnds(stories: readonly CustomerStory[]): number[] {
  const steps = stories.flatMap((story) =>
    story.subscriptions.flatMap(({ from, until }) => [
      { at: from, by: 1 },
      ...(until === null ? [] : [{ at: until, by: -1 }]),
    ]),
  );
  const ends = new Set<number>();
  let open = 0;
  for (const step of steps.toSorted((a, b) => a.at - b.at || b.by - a.by)) {
    open += step.by;
    if (open === 0) ends.add(step.at * 1000);
  }
  return [...ends];
}

/** What a dispute takes back in the end: of what the refunds that held have left, less what came back. */
function takenBack(one: InvoiceStory, dispute: NonNullable<InvoiceStory['dispute']>): number {
  let left = one.amount;
  for (const refund of one.refunds) if (refund.failed_at === null) left -= refund.amount;
  const kept = dispute.ends === 'partly_lost' ? dispute.amount - dispute.returned : dispute.amount;
  return kept < left ? kept : left;
}

/** What customers of one account make due when all has happened, by payment. `partner_id` is who the story's token or code is of. */
export function dueOfStories(stories: readonly CustomerStory[], partner_id: string | null): Due[] {
  const events: LifeEvent[] = lastEnds(stories).map((at) => ({ type: 'end', at }));
  const signed_up_at = Math.min(...stories.map((story) => story.created)) * 1000;
  const referrer = {
    type: 'referrer',
    n: 1,
    decision_id: 'd',
    at: signed_up_at,
    earns_from: null,
    blocked: false,
  } as const;
  if (partner_id !== null) events.push({ ...referrer, partner_id });
  for (const one of stories.flatMap((story) => story.invoices)) {
    const payment_id = paymentIdOf(one);
    events.push({
      type: 'payment',
      payment_id,
      at: one.paid_at * 1000,
      amount: one.amount,
      tax_amount: one.tax,
      currency: 'USD',
      plan: one.price,
      converted_amount: null,
    });
    for (const refund of one.refunds) {
      events.push({ type: 'refund', refund_id: refund.id, payment_id, at: refund.at * 1000, amount: refund.amount });
      if (refund.failed_at !== null)
        events.push({ type: 'reversal', refund_id: refund.id, at: refund.failed_at * 1000 });
    }
    if (one.credited)
      events.push({
        type: 'refund',
        refund_id: one.credited.id,
        payment_id,
        at: one.credited.at * 1000,
        amount: one.credited.amount,
      });
    const { dispute } = one;
    if (!dispute || dispute.ends === 'warning_closed') continue;
    const amount = takenBack(one, dispute);
    if (amount === 0) continue;
    events.push({ type: 'refund', refund_id: dispute.id, payment_id, at: dispute.at * 1000, amount });
    if (dispute.ends === 'won') events.push({ type: 'reversal', refund_id: dispute.id, at: dispute.ended_at * 1000 });
  }
  const life: Life = { signed_up_at, policy: POLICY, events, partner_rates: {}, plan_rates: {}, partner_statuses: {} };
  return dueOf(life);
}
