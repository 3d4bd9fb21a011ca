/**
 * Who the referrer of one account is after what happened, worked out anew from the policy's sentences (L1, R1–R5), for holding the doors
 * against it. It shares no code with `src/` and keeps no decisions: it plays the story once, in the order in which it was told.
 */
import { daysLater } from './wall-clock.ts';

/** The fields of the policy that decide about referrers. */
export interface ReferrerPolicy {
  referrer_window_days: number;
  click_lifetime_days: number;
  late_claims: 'forward' | 'closed';
  audit_correction: 'automatic' | 'operator';
  timezone: string;
}

/** A click of the visitor whose token the trusted record brought (or of somebody else). */
export interface StoryClick {
  partner: string;
  at: number;
  visitor: 'client' | 'stranger';
  person: boolean;
}

/** What is told, in the order of telling. `now` is the door's clock: it never goes back. */
export type Told =
  /** A click's row comes out of the queue. */
  | { type: 'click'; now: number; click: StoryClick }
  /** The company's server tells the signup, with the token of a click of the client's, or without one. */
  | { type: 'signup'; now: number; signed_up_at: number; token: StoryClick | null }
  | { type: 'payment'; now: number; payment_id: string; paid_at: number; amount: number }
  | { type: 'claim'; now: number; key: number; partner: string; by: 'id' | 'address' }
  /** The client's answer to the claim filed as `key`. */
  | { type: 'answer'; now: number; key: number; yes: boolean }
  | { type: 'audit'; now: number; partner: string };

/** What a claim or audit is answered with by account, and what an answer of the client's comes to. */
export type Said = string;

/** How the story ends. */
export interface Ending {
  referrer: string | null;
  /** Payments made before it earn nothing; null: all earn. */
  earns_from: number | null;
  /** What each telling of a claim, an answer or an audit was answered with, in order. */
  said: Said[];
}

interface OpenClaim {
  key: number;
  partner: string;
  by: 'id' | 'address';
  filed_at: number;
  state: 'open' | 'answered' | 'overtaken';
  answer: boolean | null;
  /** What the partner was told last. */
  said: Said;
  /** Nobody had the address when it was filed. */
  of_nobody: boolean;
}

interface Play {
  policy: ReferrerPolicy;
  opened_at: number | null;
  visitor_known: boolean;
  token: StoryClick | null;
  clicks: StoryClick[];
  payments: number[];
  claims: OpenClaim[];
  referrer: string | null;
  earns_from: number | null;
  /** Partners to whom the client has said no. */
  refused: Set<string>;
}

const second = (at: number) => Math.floor(at / 1000);

/** L1, L2: whose link the last click was on that a person made before the signup and not too long before. */
function lastOf(play: Play, clicks: readonly StoryClick[]): string | null {
  const opened = play.opened_at ?? 0;
  const oldest = daysLater(opened, -play.policy.click_lifetime_days, play.policy.timezone);
  const counting = clicks.filter((click) => click.person && second(click.at) <= second(opened) && click.at >= oldest);
  return counting.toSorted((a, b) => b.at - a.at)[0]?.partner ?? null;
}

const within = (play: Play, from: number, at: number) =>
  at <= daysLater(from, play.policy.referrer_window_days, play.policy.timezone);

/** A new referrer ends the claims by account that wait for the client. */
function setReferrer(play: Play, partner: string, earns_from: number | null, now: number): void {
  play.referrer = partner;
  play.earns_from = earns_from;
  for (const claim of play.claims)
    if (claim.by === 'id' && claim.state === 'open' && within(play, claim.filed_at, now)) {
      claim.state = 'overtaken';
      claim.said = claim.partner === partner ? 'already_referrer' : 'refused R1';
    }
}

function onClaim(play: Play, told: Extract<Told, { type: 'claim' }>): Said {
  const { partner, by, now, key } = told;
  if (play.opened_at === null && by === 'id') return 'not_found';
  const open = play.claims.findLast((claim) => claim.partner === partner && claim.by === by);
  // By address an answer of no is not told, so such a claim still looks open.
  const looks_open = open && (open.state === 'open' || (by === 'address' && open.answer === false));
  if (open && looks_open && within(play, open.filed_at, now)) return 'needs_client_confirmation';
  const claim: OpenClaim = {
    key,
    partner,
    by,
    filed_at: now,
    state: 'open',
    answer: null,
    said: 'needs_client_confirmation',
    of_nobody: play.opened_at === null,
  };
  if (by === 'id') {
    const refusal = refusalOf(play, partner, now);
    if (refusal !== null) return refusal;
  }
  play.claims.push(claim);
  return claim.said;
}

/** Why a claim cannot be granted, whatever the client says; null: it depends on them. */
function refusalOf(play: Play, partner: string, filed_at: number): Said | null {
  if (play.referrer === partner) return 'already_referrer';
  if (play.referrer !== null) return 'refused R1';
  if (play.refused.has(partner)) return 'refused R3';
  const late = !within(play, play.opened_at ?? 0, filed_at);
  return late && play.policy.late_claims === 'closed' ? 'refused R2' : null;
}

function onAnswer(play: Play, told: Extract<Told, { type: 'answer' }>): Said {
  const { key, yes, now } = told;
  const claim = play.claims.find((one) => one.key === key);
  if (!claim) return 'nothing';
  if (claim.of_nobody) return 'invalid';
  if (claim.answer !== null) return claim.answer === yes ? claim.said : 'already_decided';
  if (!within(play, claim.filed_at, now)) return 'already_decided';
  claim.answer = yes;
  if (!yes) play.refused.add(claim.partner);
  if (claim.state === 'overtaken') return claim.said;
  claim.state = 'answered';
  if (!yes) claim.said = 'refused R3';
  else {
    const refusal = refusalOf(play, claim.partner, claim.filed_at);
    const late = !within(play, play.opened_at ?? 0, claim.filed_at);
    claim.said = refusal ?? (late ? 'granted R5' : 'granted R3');
    if (refusal === null) {
      const { referrer_window_days: days, timezone } = play.policy;
      setReferrer(play, claim.partner, late ? daysLater(claim.filed_at, -days, timezone) : null, now);
    }
  }
  return claim.said;
}

/** R4: up to the window after the first purchase known then (before one: after the opening), the log's last referrer is the referrer. */
function onAudit(play: Play, told: Extract<Told, { type: 'audit' }>): Said {
  if (play.opened_at === null) return 'not_found';
  const { now } = told;
  const paid = play.payments.filter((at) => at <= now);
  const from = paid.length > 0 ? Math.min(...paid) : play.opened_at;
  if (!within(play, from, now)) return 'refused R4';
  if (!play.visitor_known) return 'unchanged';
  const log = play.clicks.filter((click) => click.visitor === 'client');
  // The token's own click is known even where its row was lost.
  const found = lastOf(play, play.token && !log.includes(play.token) ? [...log, play.token] : log);
  if (found === null || found === play.referrer) return 'unchanged';
  setReferrer(play, found, null, now);
  return 'corrected';
}

/** Plays a story to its end. */
export function endingOf(policy: ReferrerPolicy, story: readonly Told[]): Ending {
  const play: Play = {
    policy,
    opened_at: null,
    visitor_known: false,
    token: null,
    clicks: [],
    payments: [],
    claims: [],
    referrer: null,
    earns_from: null,
    refused: new Set(),
  };
  const said: Said[] = [];
  for (const told of story) {
    switch (told.type) {
      case 'click':
        play.clicks.push(told.click);
        break;
      case 'signup': {
        play.opened_at = told.signed_up_at;
        play.token = told.token;
        play.visitor_known = told.token !== null;
        if (told.token) play.referrer = lastOf(play, [told.token]);
        // Where the token's own click does not count, the recorded ones of its visitor are looked at.
        if (told.token && play.referrer === null)
          play.referrer = lastOf(play, [...play.clicks.filter((click) => click.visitor === 'client'), told.token]);
        break;
      }
      case 'payment':
        if (told.amount > 0) play.payments.push(told.paid_at);
        break;
      case 'claim':
        said.push(onClaim(play, told));
        break;
      case 'answer':
        said.push(onAnswer(play, told));
        break;
      case 'audit':
        said.push(onAudit(play, told));
    }
  }
  return { referrer: play.referrer, earns_from: play.earns_from, said };
}
