import type { Client } from '../local/client.ts';
import type { LocalKeys } from '../local/vars.ts';
import type { CastPartner } from './cast.ts';
import type { Random } from './random.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** What has been played so far, for telling of it. */
export type Tally = Record<
  'clicks' | 'signups' | 'payments' | 'refunds' | 'cancellations' | 'payouts' | 'paid',
  number
>;

/** Where the demo is played: the program's doors, its keys, and the shop's site. Everything is told to the program over HTTP. */
export interface Stage {
  readonly client: Client;
  readonly keys: LocalKeys;
  readonly shop: string;
  readonly random: Random;
  readonly cast: readonly CastPartner[];
  readonly tally: Tally;
}

/** Something that happens, at an instant of the program's (epoch ms). */
export interface Scene {
  readonly at: number;
  play(stage: Stage): Promise<void>;
}

/** The key of one of the program's staff. */
export function operatorKey({ keys }: Pick<Stage, 'keys'>, name: string): string {
  const key = keys.operators[name];
  if (key === undefined) throw new RangeError(`no operator is called ${name}`);
  return key;
}
