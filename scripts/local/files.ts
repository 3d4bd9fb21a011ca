import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** What a local program keeps, all of it ignored by git. */
export const files = {
  /** Databases, key-value store, bucket: shared with `wrangler … --local`. */
  state: join(root, '.wrangler/state'),
  bundles: join(root, '.wrangler/local-bundles'),
  clock: join(root, '.wrangler/local-clock.json'),
  /** There while a program runs: how to reach it. */
  control: join(root, '.wrangler/local-control.json'),
  /** There once the seed is complete. */
  seeded: join(root, '.wrangler/local-seeded.json'),
  tokens: join(root, '.wrangler/local-tokens.json'),
  /** The printed keys and tokens as shell variables. */
  shell: join(root, '.wrangler/local.env'),
} as const;

/** The three Workers, the front door first, and PayPal's simulator. Their local values lie in a `.dev.vars` beside each configuration. */
export const workers = [
  { name: 'lastclick', config: 'wrangler.toml', vars: join(root, '.dev.vars') },
  { name: 'lastclick-program', config: 'workers/program/wrangler.toml', vars: join(root, 'workers/program/.dev.vars') },
  { name: 'lastclick-payouts', config: 'workers/payouts/wrangler.toml', vars: join(root, 'workers/payouts/.dev.vars') },
  {
    name: 'lastclick-paypal-simulator',
    config: 'workers/paypal-simulator/wrangler.toml',
    vars: join(root, 'workers/paypal-simulator/.dev.vars'),
  },
] as const;
