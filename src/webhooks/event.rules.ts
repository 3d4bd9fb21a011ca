import { formatInstant } from '../clock.ts';
import type { Json } from '../program/canonical.rules.ts';

/** What other systems are told of. The list is closed; receivers ignore types that they do not know. */
export const EVENT_TYPES = [
  'signup.attributed',
  'commission.earned',
  'commission.changed',
  'claim.decided',
  'batch.frozen',
  'payout.paid',
  'payout.needs_attention',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Something that happened, as it is told: ids, amounts (minor units), instants and clauses; no names, no addresses. */
export interface Happening {
  type: EventType;
  /** What its order is kept for. */
  subject: string;
  /** Epoch ms. */
  occurred_at: number;
  /** The row that it comes from; with the content it makes the event's id. */
  source: string;
  data: { [field: string]: Json };
}

/** The body of an event in the Standard Webhooks form. The same event always has the same bytes. */
export function bodyOf({ type, occurred_at, data }: Happening): string {
  return JSON.stringify({ type, timestamp: formatInstant(occurred_at), data });
}

const instant = (at: number | null): string | null => (at === null ? null : formatInstant(at));
/** A list kept as JSON text. */
const listOf = (text: string): Json => JSON.parse(text) as Json;

/** A decision that set a referrer, as it is read for telling. */
export interface AttributionRow {
  account_id: string;
  n: number;
  decision_id: string;
  at: number;
  kind: string;
  source: string | null;
  partner_id: string | null;
  earns_from: number | null;
  blocked: number;
  flags: string;
  clause: string;
  policy_version: number;
}

/** `signup.attributed`: an account has this referrer from now on (L1–L3, B1), by its signup or by a later decision (R3–R5). */
export function attributed(row: AttributionRow): Happening {
  const { account_id, n, decision_id, partner_id, source, kind, clause, policy_version } = row;
  const data = {
    account_id,
    partner_id,
    source,
    decision_id,
    decided_by: kind,
    clause,
    policy_version,
    attributed_at: formatInstant(row.at),
    earns_from: instant(row.earns_from),
    blocked: row.blocked === 1,
    flags: listOf(row.flags),
  };
  const subject = `account:${account_id}`;
  return { type: 'signup.attributed', subject, occurred_at: row.at, source: `decision:${account_id}:${n}`, data };
}

/** What became of a claim, as it is read for telling. */
export interface ClaimDecidedRow {
  claim_id: string;
  n: number;
  partner_id: string;
  kind: string;
  account_id: string | null;
  outcome: string;
  clause: string;
  reason: string;
  at: number;
  earns_from: number | null;
  decision_id: string | null;
}

/** `claim.decided`: a claim or an audit has come to its end (R1–R5). One that lapses is not decided, and tells nothing. */
export function claimDecided(row: ClaimDecidedRow): Happening {
  const { claim_id, n, partner_id, kind, account_id, outcome, clause, reason, decision_id } = row;
  const data = {
    claim_id,
    kind,
    partner_id,
    account_id,
    outcome,
    clause,
    reason,
    decision_id,
    decided_at: formatInstant(row.at),
    earns_from: instant(row.earns_from),
  };
  const subject = account_id === null ? `claim:${claim_id}` : `account:${account_id}`;
  return { type: 'claim.decided', subject, occurred_at: row.at, source: `claim:${claim_id}:${n}`, data };
}

/** A frozen batch, as it is read for telling. */
export interface FrozenRow {
  pay_date: string;
  week_start_on: string;
  week_end_on: string;
  frozen_at: number;
  rail: string;
  approval: string;
  approval_reasons: string;
  currency: string;
  manifest_sha256: string | null;
  payout_count: number | null;
  payout_amount: number | null;
  skipped_count: number | null;
}

/** `batch.frozen`: a Friday's payouts are fixed (P1), with whether they wait for an approval (P8). */
export function batchFrozen(row: FrozenRow): Happening {
  const { pay_date, rail, currency, manifest_sha256, payout_count, payout_amount, skipped_count } = row;
  const reasons = listOf(row.approval_reasons);
  const waits = row.approval === 'manual' || (Array.isArray(reasons) && reasons.length > 0);
  const data = {
    pay_date,
    week: { start: row.week_start_on, end: row.week_end_on },
    rail,
    currency,
    payout_count,
    payout_amount,
    skipped_count,
    manifest_sha256,
    needs_approval: waits && payout_count !== 0,
    approval_reasons: reasons,
    frozen_at: formatInstant(row.frozen_at),
  };
  const subject = `batch:${pay_date}`;
  return { type: 'batch.frozen', subject, occurred_at: row.frozen_at, source: `batch:${pay_date}`, data };
}

/** A movement of a payout's money, as it is read for telling. */
export interface MovedRow {
  seq: number;
  kind: string;
  ref: string;
  payout_id: string;
  partner_id: string;
  pay_date: string;
  amount: number;
  currency: string;
  at: number;
}

/** `payout.paid`: the item has succeeded (P7). `payout.needs_attention`: money came back after success, and waits for an operator. */
export function moneyMoved(row: MovedRow): Happening {
  const { payout_id, partner_id, pay_date, amount, currency, at } = row;
  const common = { payout_id, partner_id, pay_date, amount, currency, clause: 'P7' };
  const base = { subject: `payout:${payout_id}`, occurred_at: at, source: `transfer:${row.ref}` };
  return row.kind === 'paid'
    ? { ...base, type: 'payout.paid', data: { ...common, paid_at: formatInstant(at) } }
    : { ...base, type: 'payout.needs_attention', data: { ...common, attention: 'came_back', ...NO_SENDING } };
}

const NO_SENDING = { sender_batch_id: null, chunk: null };

/** A sending that a person has to look at, as it is read for telling. */
export interface AttentionRow {
  seq: number;
  sender_batch_id: string;
  pay_date: string;
  chunk: number;
  attention: string;
  at: number;
}

/** `payout.needs_attention`: a sending, and all payouts in it, waits for a person (P7). `attention`: a code of docs/webhooks.md. */
export function sendNeedsAttention(row: AttentionRow): Happening {
  const { sender_batch_id, pay_date, chunk, attention, at } = row;
  const data = {
    payout_id: null,
    partner_id: null,
    pay_date,
    amount: null,
    currency: null,
    clause: 'P7',
    attention,
    sender_batch_id,
    chunk,
  };
  const source = `send:${sender_batch_id}:${attention}:${at}:${row.seq}`;
  return { type: 'payout.needs_attention', subject: `batch:${pay_date}`, occurred_at: at, source, data };
}
