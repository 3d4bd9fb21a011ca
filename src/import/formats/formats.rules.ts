import { FIRSTPROMOTER } from './firstpromoter.rules.ts';
import type { Format } from './format.rules.ts';
import { REWARDFUL } from './rewardful.rules.ts';
import { TAPFILIATE } from './tapfiliate.rules.ts';

/** What `format` may say: `plain` (columns are the fields of the API), or whose export it is. */
export const FORMAT_NAMES = ['plain', 'rewardful', 'firstpromoter', 'tapfiliate'] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** The former programs whose exports are read. */
export const FORMATS: Readonly<Record<Exclude<FormatName, 'plain'>, Format>> = {
  rewardful: REWARDFUL,
  firstpromoter: FIRSTPROMOTER,
  tapfiliate: TAPFILIATE,
};
