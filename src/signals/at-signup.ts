import type { Database, Statement } from '../program/commit.repo.ts';
import { addressClusterStatement, keepSignals, ownBrowserClickStatement, ownBrowserStatements } from './signal.repo.ts';
import { quickSeconds, type SignalRow } from './signal.rules.ts';

/** A signup with a referrer, as far as it may be worth an operator's look. */
export interface NoticedSignup {
  account_id: string;
  partner_id: string;
  signed_up_at: number;
  now: number;
  holder_match: string | null;
  /** S3: the holder's address is the partner's own. */
  blocked: boolean;
  /** The click that won, if one did. */
  click: { click_id: string; clicked_at: number } | null;
  /** Browsers whose clicks came with it. */
  visitor_ids: readonly string[];
  /** The form of the same address that the referrer rests on, with the hold that it opened. */
  form: { form_account_id: string; hold_id: string } | null;
  /** Signals of self-referral that hold nothing (S2, L4). */
  listed: readonly SignalRow[];
}

/**
 * The statements, after the account's own in its batch, that list what is worth an operator's look about a trusted signup. Nothing of it
 * decides. A holder with the partner's own address makes its browsers known as the partner's.
 */
export function signupSignals(db: Database, signup: NoticedSignup): Statement[] {
  const { account_id, partner_id, signed_up_at, click, form, now } = signup;
  const row = (kind: SignalRow['kind'], facts: Record<string, unknown>): SignalRow => ({
    partner_id,
    kind,
    subject: account_id,
    account_id,
    at: now,
    facts: JSON.stringify(facts),
  });
  const rows = [...signup.listed];
  const seconds = click ? quickSeconds(click.clicked_at, signed_up_at) : null;
  if (click && seconds !== null) {
    const { click_id, clicked_at } = click;
    rows.push(row('quick_signup', { seconds, click_id, clicked_at, signed_up_at }));
  }
  if (form) rows.push(row('form_join', { ...form, signed_up_at }));
  const statements = keepSignals(db, rows);
  if (signup.blocked)
    statements.push(...ownBrowserStatements(db, partner_id, signup.visitor_ids, { via: 'own_account', at: now }));
  else if (signup.visitor_ids.length > 0)
    statements.push(ownBrowserClickStatement(db, { account_id, partner_id, at: now }));
  if (signup.holder_match !== null)
    statements.push(addressClusterStatement(db, { partner_id, match_hash: signup.holder_match, at: now }));
  return statements;
}
