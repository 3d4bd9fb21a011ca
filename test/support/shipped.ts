import { dirname, join } from 'node:path';

import { experimental_readRawConfig as readRawConfig } from 'wrangler';

const root = join(import.meta.dirname, '../..');

/** The parts of a wrangler.toml that tests replace; the rest is taken over as it is. */
export interface Shipped {
  readonly main: string;
  readonly compatibility_date: string;
  readonly compatibility_flags?: readonly string[];
  readonly vars?: Readonly<Record<string, string>>;
  readonly d1_databases?: readonly { readonly binding: string }[];
  readonly services?: readonly object[];
  readonly triggers?: { readonly crons?: readonly string[] };
  readonly queues?: { readonly consumers?: readonly object[] };
}

/** A Worker's configuration as committed. A developer's `.dev.vars` files are not read: tests are the same everywhere. */
export function shipped(config: string): Shipped {
  const { rawConfig }: { rawConfig: Shipped } = readRawConfig({ config: join(root, config) });
  return { ...rawConfig, main: join(root, dirname(config), rawConfig.main) };
}

export const tracker = shipped('wrangler.toml');
export const program = shipped('workers/program/wrangler.toml');
export const payouts = shipped('workers/payouts/wrangler.toml');
