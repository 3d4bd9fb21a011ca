import type { ClickClass } from './click.ts';
import type { LinkAnswer } from './link-lookup.rules.ts';

/** What becomes of a request for a link. */
export interface Outcome {
  /** `ahead`: told to come back (503). `link`: on to the link's destination. `home`: to `HOME_URL`. */
  leads: 'ahead' | 'link' | 'home';
  /** Whether the click is recorded. */
  recorded: boolean;
  /** Whether it is a click that can win, and so has a token (L1). */
  counts: boolean;
}

/**
 * L1: what becomes of a request of a class for a link as it was looked up; `null` for what can be no code. The one decision of redirect,
 * pass-through and link tester.
 */
export function outcomeOf(click_class: ClickClass, link: LinkAnswer | null): Outcome {
  const recorded = link !== null && link.state !== 'gone';
  if (click_class === 'prefetch') return { leads: 'ahead', recorded, counts: false };
  return { leads: link?.state === 'live' ? 'link' : 'home', recorded, counts: recorded && click_class === 'person' };
}
