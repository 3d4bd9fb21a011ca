import { addCalendarDays } from '../calendar/zone.rules.ts';
import type { PolicyHistory } from '../policy/policy.rules.ts';

/** How long what is about people is kept, in days after `since`. What is not named here is kept for good, or until an erasure (docs/privacy.md). */
export const RETENTION_DAYS = {
  /** Salts of network addresses, since their UTC day: they go with it. */
  sender_salts: 0,
  /** Hashes of networks that forms came from, since the form. */
  sender_hashes: 30,
  /** Signals and browsers of partners, since they were noticed. */
  signals: 365,
  partner_visitors: 365,
  /** Mail that is out, was dropped or has failed, since it was queued. */
  mail: 180,
  /** First answers, since they were given; the fact itself stays known by its own id. */
  replays: 180,
  /** Changes of a partner's address, since they were asked for; the address itself goes when they end. */
  email_changes: 180,
  /** People of lists that nobody accepted, since the list came; of accepted ones, since they lapsed. */
  lists_unaccepted: 90,
  lists_lapsed: 30,
  /** What the queue may bring late, on top of the days in which a click is evidence. */
  clicks_late: 7,
} as const;

/** Instants before which things go, epoch ms; of clicks and salts UTC days. */
export interface Cutoffs {
  sender_salts_day: string;
  sender_hashes_at: number;
  /** Forms that no trusted record has taken in. */
  unjoined_forms_at: number;
  signals_at: number;
  partner_visitors_at: number;
  mail_at: number;
  replays_at: number;
  email_changes_at: number;
  lists_unaccepted_at: number;
  lists_lapsed_at: number;
  clicks_day: string;
}

/**
 * The cutoffs at an instant. A click is evidence as long as it can win (`click_lifetime_days`, L1) and an audit can re-read it
 * (`referrer_window_days`, R4); a form as long as a click that came with it could win. Of several versions of the policy the longest counts,
 * since an account keeps its version for life.
 */
export function cutoffsAt(history: PolicyHistory, now: number, dayOfInstant: (at: number) => string): Cutoffs {
  const { timezone } = history[0];
  const ago = (days: number) => addCalendarDays(now, -days, timezone);
  const lifetime = Math.max(...history.map((version) => version.click_lifetime_days));
  const window = Math.max(...history.map((version) => version.referrer_window_days));
  return {
    sender_salts_day: dayOfInstant(ago(RETENTION_DAYS.sender_salts)),
    sender_hashes_at: ago(RETENTION_DAYS.sender_hashes),
    unjoined_forms_at: ago(lifetime),
    signals_at: ago(RETENTION_DAYS.signals),
    partner_visitors_at: ago(RETENTION_DAYS.partner_visitors),
    mail_at: ago(RETENTION_DAYS.mail),
    replays_at: ago(RETENTION_DAYS.replays),
    email_changes_at: ago(RETENTION_DAYS.email_changes),
    lists_unaccepted_at: ago(RETENTION_DAYS.lists_unaccepted),
    lists_lapsed_at: ago(RETENTION_DAYS.lists_lapsed),
    clicks_day: dayOfInstant(ago(lifetime + window + RETENTION_DAYS.clicks_late)),
  };
}

const HOUR_MS = 3_600_000;

/** Whether a run of the cron is one that sweeps: in the hour from 03:00 UTC, so that a day has several, each bounded. */
export function isSweepTime(at: number): boolean {
  return Math.floor(at / HOUR_MS) % 24 === 3;
}
