import type { Campaign } from './campaign.rules.ts';

/** What a request for a link was (L1). Only a person's navigation can win; the others are logged with their class. */
export const CLICK_CLASSES = ['person', 'bot', 'head', 'frame', 'image', 'prefetch', 'fetch'] as const;

/** One of the classes. */
export type ClickClass = (typeof CLICK_CLASSES)[number];

/** A click as the front door writes it down, with what its link carried. Requests for codes that lead nowhere are not recorded. */
export interface ClickMessage extends Campaign {
  v: 1;
  click_id: string;
  visitor_id: string;
  /** Epoch ms. */
  clicked_at: number;
  /** Lower case. */
  code: string;
  /** Null where no link store answered. */
  partner_id: string | null;
  class: ClickClass;
}

/** A message of the queue: the clicks that one isolate gathered, `MOST_TOGETHER` at most. */
export interface ClickMessages {
  v: 2;
  clicks: readonly ClickMessage[];
}
