import type { CustomerStory, InvoiceStory } from './stripe-story.ts';

/** Random numbers of a seed, the same each time. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Items in an order of chance. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items];
  const out: T[] = [];
  while (left.length > 0) out.push(...left.splice(Math.floor(random() * left.length), 1));
  return out;
}

/** Each item once to three times. */
export function repeated<T>(items: readonly T[], random: () => number): T[] {
  return items.flatMap((item) => Array.from({ length: 1 + Math.floor(random() * 3) }, () => item));
}

const DAY = 86_400;

function invoiceOf(id: string, created: number, subscription: string | null, random: () => number): InvoiceStory {
  const chance = (share: number) => random() < share;
  const amount = chance(0.15) ? 0 : 1000 + Math.floor(random() * 20_000);
  const paid_at = created + 60;
  const out_of_band = amount > 0 && chance(0.15);
  const story: InvoiceStory = {
    id,
    created,
    paid_at,
    amount,
    tax: chance(0.5) ? Math.floor(amount / 6) : 0,
    out_of_band,
    one_off: false,
    price: 'price_1PgafmB7WZ01zgkW6dKueIc5',
    subscription,
    refunds: [],
    heard: chance(0.4) ? 'both' : chance(0.5) ? 'own' : 'count',
    dispute: null,
    credited: null,
  };
  if (amount === 0) return story;
  let left = amount;
  const part = () => Math.max(1, Math.floor(left * (chance(0.3) ? 1 : random())));
  if (chance(0.3)) {
    const taken = part();
    left -= taken;
    if (out_of_band) story.credited = { id: `cn_${id}`, at: paid_at + 3 * DAY, amount: taken };
  }
  if (out_of_band) return story;
  for (let n = 0; n < 3 && chance(0.4) && left > 0; n++) {
    const refunded = part();
    const failed = chance(0.3);
    if (!failed) left -= refunded;
    const at = paid_at + (n * 3 + 1) * DAY;
    story.refunds.push({ id: `re_${id}_${n}`, at, amount: refunded, failed_at: failed ? at + 2 * DAY : null });
  }
  if (left > 0 && chance(0.4)) {
    const ways = ['open', 'lost', 'partly_lost', 'won', 'warning_closed'] as const;
    const ends = ways[Math.floor(random() * ways.length)] ?? 'open';
    const at = paid_at + 12 * DAY;
    // All of the payment may be disputed, though a part of it was refunded.
    const disputed = chance(0.4) ? amount : chance(0.5) ? left : part();
    const returned = Math.max(1, Math.floor(disputed * 0.4));
    story.dispute = { id: `dp_${id}`, at, amount: disputed, ends, ended_at: at + 20 * DAY, returned };
  }
  return story;
}

/** A customer with a few months of everything that happens to customers; ids end in `name`. */
export function storyOf(
  name: string,
  created: number,
  random: () => number,
  carried: Pick<CustomerStory, 'token' | 'code'>,
): CustomerStory {
  const chance = (share: number) => random() < share;
  const subscriptions: CustomerStory['subscriptions'] = [];
  const invoices: InvoiceStory[] = [];
  let from = created + 2;
  const rounds = 1 + Math.floor(random() * 3);
  for (let n = 0; n < rounds; n++) {
    const id = `sub_${name}_${n}`;
    const months = 1 + Math.floor(random() * 4);
    for (let month = 0; month < months; month++)
      invoices.push(invoiceOf(`in_${name}_${n}_${month}`, from + 1 + month * 30 * DAY, id, random));
    const until = from + months * 30 * DAY - 17;
    const last = n === rounds - 1;
    subscriptions.push({ id, from, until: last && chance(0.5) ? null : until });
    // The next begins before the former ends, at its very end, or some while after.
    from = until + [-5 * DAY, 0, 20 * DAY, 50 * DAY][Math.floor(random() * 4)]!;
  }
  if (chance(0.4)) {
    const once = invoiceOf(`in_${name}_once`, created + 15 * DAY, null, random);
    // What is paid at a checkout is paid there, and is something.
    if (once.amount > 0 && !once.out_of_band) invoices.push({ ...once, one_off: true });
  }
  return {
    id: `cus_${name}`,
    created,
    email: `${name}@client.example`,
    account_id: chance(0.3) ? `account-${name}` : null,
    ...carried,
    subscriptions,
    invoices,
  };
}
