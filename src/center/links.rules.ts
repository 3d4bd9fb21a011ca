import { campaignOf } from '../attribution/campaign.rules.ts';
import { addDays, dayOf, daysBetween, isDay } from '../calendar/zone.rules.ts';

/** Whether a text can be a sub-id: what the front door keeps of a link's query. */
export function isSubId(text: string): boolean {
  return campaignOf(`?${new URLSearchParams({ sub: text }).toString()}`).sub_id === text;
}

/** A link's address with a sub-id, by which its clicks are told apart; without one, the address itself. */
export function urlWithSub(url: string, sub_id: string | null): string {
  return sub_id === null ? url : `${url}?${new URLSearchParams({ sub: sub_id }).toString()}`;
}

const MOST_DAYS = 400;
const DEFAULT_DAYS = 30;

/** The days that statistics are asked for, both included; UTC days. */
export interface Span {
  from: string;
  to: string;
}

/** The days asked for: by default thirty up to yesterday. `fault`: what was asked for is none, and the default is shown. */
export function spanOf(
  query: { from?: string | undefined; to?: string | undefined },
  now: number,
): { span: Span; fault: string | null } {
  const yesterday = addDays(dayOf(now, 'UTC'), -1);
  const usual = { from: addDays(yesterday, 1 - DEFAULT_DAYS), to: yesterday };
  const to = query.to || yesterday;
  if (!isDay(to)) return { span: usual, fault: 'A day is written like 2026-11-20.' };
  const from = query.from || addDays(to, 1 - DEFAULT_DAYS);
  if (!isDay(from)) return { span: usual, fault: 'A day is written like 2026-11-20.' };
  const days = daysBetween(from, to) + 1;
  if (days < 1 || days > MOST_DAYS)
    return { span: usual, fault: `The first day is not after the last one, and there are at most ${MOST_DAYS} days.` };
  return { span: { from, to }, fault: null };
}
