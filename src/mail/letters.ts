import type { HoldRow } from '../hold/hold.rules.ts';
import type { AccountNews } from '../letter/account-letter.rules.ts';
import type { AccessDoor, AccessNews } from '../letter/security-letter.rules.ts';
import type { Clause } from '../policy/clauses.ts';
import type { Via } from '../program/audit.rules.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import { queueMail, queueMailToPartners, type PartnerMail } from './mail.repo.ts';

/** What an account's letter tells: the words of `src/letter`, or that an audit took the account away from the reader (R4). */
export type AccountLetterNews = AccountNews | 'corrected_away';

/** The statement that queues the letter about a claim that has just been decided and may be told (R3–R5). `n`: the outcome's number. */
export function tellClaim(
  db: Database,
  claim: { claim_id: string; partner_id: string },
  n: number,
  now: number,
): Statement {
  const { claim_id, partner_id } = claim;
  return queueMailToPartners(db, [
    {
      partner_id,
      kind: 'claim_letter',
      cause: `${claim_id}:${n}`,
      subject: `claim:${claim_id}`,
      facts: { claim_id },
      now,
    },
  ]);
}

/**
 * The statement that queues, at the filing of a claim, the letter that tells of its lapse (R3). It is dropped where the claim has been
 * decided by then.
 */
export function tellLapse(
  db: Database,
  claim: { claim_id: string; partner_id: string; expires_at: number },
  now: number,
): Statement {
  const { claim_id, partner_id, expires_at } = claim;
  return queueMailToPartners(db, [
    {
      partner_id,
      kind: 'claim_letter',
      cause: `${claim_id}:lapse`,
      subject: `claim:${claim_id}`,
      facts: { claim_id, lapse: 1 },
      now,
      send_after_at: expires_at + 1,
    },
  ]);
}

/** What a letter about an account tells, and of what decision or hold (`cause`). */
export interface AccountTold {
  partner_id: string;
  account_id: string;
  news: AccountLetterNews;
  cause: string;
  held_since?: number | null;
  by_client?: boolean;
  clause?: Clause | null;
}

function accountMail(about: AccountTold, now: number): PartnerMail {
  const { partner_id, account_id, news, cause, held_since = null, by_client = false, clause = null } = about;
  return {
    partner_id,
    kind: 'account_letter',
    cause: `${cause}:${news}`,
    subject: `account:${account_id}`,
    facts: { account_id, news, at: now, held_since, by_client: by_client ? 1 : 0, clause },
    now,
  };
}

/** The statement that queues a letter about an account to its (former) referrer. */
export function tellAccount(db: Database, about: AccountTold, now: number): Statement {
  return queueMailToPartners(db, [accountMail(about, now)]);
}

/** The statements that queue the letters about holds that are being opened: those for self-referral (S3); others tell nobody yet. */
export function tellHoldsOpened(db: Database, rows: readonly HoldRow[], now: number): Statement[] {
  const mails = rows.flatMap(({ kind, hold_id, partner_id, account_id }) =>
    kind === 'self_referral' && partner_id !== null && account_id !== null
      ? [accountMail({ partner_id, account_id, news: 'self_referral_held', cause: hold_id }, now)]
      : [],
  );
  return mails.length === 0 ? [] : [queueMailToPartners(db, mails)];
}

const DECIDED = {
  self_referral: { release: 'self_referral_released', deny: 'self_referral_denied' },
  form_join: { release: 'form_join_confirmed', deny: 'form_join_not_confirmed' },
} as const;

/** The statements that queue the letter about a hold on an account that is being decided (S3, R3). */
export function tellHoldDecided(
  db: Database,
  hold: Pick<HoldRow, 'kind' | 'hold_id' | 'partner_id' | 'account_id' | 'opened_at'>,
  decision: 'release' | 'deny',
  who: { now: number; by: string },
): Statement[] {
  const { kind, hold_id, partner_id, account_id, opened_at } = hold;
  if ((kind !== 'self_referral' && kind !== 'form_join') || partner_id === null || account_id === null) return [];
  const about = { partner_id, account_id, news: DECIDED[kind][decision], cause: hold_id };
  return [tellAccount(db, { ...about, held_since: opened_at, by_client: who.by === 'client' }, who.now)];
}

/** The statements that tell the former and the new PayPal address that one replaces the other (P3). `n`: the fact's number. */
export function tellAddresses(
  db: Database,
  change: { partner_id: string; n: number; former: string; next: string; serves_from: number },
  now: number,
): Statement[] {
  const { partner_id, n, former, next, serves_from } = change;
  // `whose`, not `partner_id`: it goes to an address, whoever the contact is by then.
  const mail = (to: 'former' | 'new', person_id: string) =>
    queueMail(db, {
      kind: 'address_letter',
      cause: `${partner_id}:${n}:${to}`,
      subject: `partner:${partner_id}`,
      person_id,
      facts: { to, at: now, serves_from, whose: partner_id, n },
      now,
    });
  return [mail('former', former), mail('new', next)];
}

/** The statement that tells the former address of a partner's contact that an operator has set another (`next`). */
export function tellMoved(
  db: Database,
  moved: { partner_id: string; former: string; next: string },
  now: number,
): Statement {
  const { partner_id, former, next } = moved;
  return queueMail(db, {
    kind: 'security_letter',
    cause: `${partner_id}:${next}`,
    subject: `partner:${partner_id}`,
    person_id: former,
    facts: { news: 'address_moved', at: now },
    now,
  });
}

/** What has become of a partner's tokens or PayPal address, and by whom. `cause`: the token's id, or the fact's number. */
export interface AccessTold {
  partner_id: string;
  news: AccessNews;
  cause: string | number;
  by: string;
  via: Via | undefined;
}

/** The statement that queues the mail to a partner's contact about an API token that is being issued, or about the PayPal address (P3). */
export function tellAccess(db: Database, told: AccessTold, now: number): Statement {
  const { partner_id, news, cause, by, via } = told;
  const own: AccessDoor = via === 'center' ? 'center' : 'api';
  const door = by === `partner:${partner_id}` ? own : 'people';
  return queueMailToPartners(db, [
    {
      partner_id,
      kind: 'security_letter',
      cause: `${partner_id}:${news}:${cause}`,
      subject: `partner:${partner_id}`,
      facts: { news, door, at: now, ...(typeof cause === 'number' ? { n: cause } : {}) },
      now,
    },
  ]);
}

/** The statements that ask the former and the new address of a partner's contact whether the one shall replace the other. */
export function askEmailChange(
  db: Database,
  change: { change_id: string; partner_id: string; former: string; next: string; expires_at: number },
  now: number,
): Statement[] {
  const { change_id, partner_id, former, next, expires_at } = change;
  const mail = (side: 'former' | 'new', person_id: string) =>
    queueMail(db, {
      kind: 'email_change_letter',
      cause: `${change_id}:${side}`,
      subject: `partner:${partner_id}`,
      person_id,
      facts: { change_id, side, at: now, until: expires_at },
      now,
      drop_after_at: expires_at,
    });
  return [mail('former', former), mail('new', next)];
}

/** Of no use after so long: what the books are told anew after a restore writes no letters about long ago. */
const USEFUL_MS = 30 * 24 * 60 * 60 * 1000;

/** What a letter about a payout tells: which one, the amount that moved (minor units), and when. */
type PayoutTold = { partner_id: string; payout_id: string; amount: number; at: number };

function tellPayouts(
  db: Database,
  kind: 'came_back_letter' | 'paid_letter',
  pay_date: string,
  payouts: readonly PayoutTold[],
  now: number,
): Statement[] {
  const mails = payouts.map(({ partner_id, payout_id, amount, at }): PartnerMail => ({
    partner_id,
    kind,
    cause: `${payout_id}:${at}`,
    subject: `payout:${payout_id}`,
    facts: { pay_date, amount, at },
    now,
    drop_after_at: at + USEFUL_MS,
  }));
  return mails.length === 0 ? [] : [queueMailToPartners(db, mails)];
}

/** The statements that queue the letters about payouts that came back for a reason on the receiver's side (P3, P7). `amount`: what came back. */
export function tellCameBack(db: Database, pay_date: string, payouts: readonly PayoutTold[], now: number): Statement[] {
  return tellPayouts(db, 'came_back_letter', pay_date, payouts, now);
}

/** The statements that queue the letters about payouts that arrived (P7), one for each part in which an amount went out. */
export function tellPaid(db: Database, pay_date: string, payouts: readonly PayoutTold[], now: number): Statement[] {
  return tellPayouts(db, 'paid_letter', pay_date, payouts, now);
}

/** The statement that queues the letter about a list of expected clients that is being accepted (B1). */
export function tellListAccepted(
  db: Database,
  list: { partner_id: string; list_id: string; received_at: number; row_count: number; accepted_until: number },
  now: number,
): Statement {
  const { partner_id, list_id, received_at, row_count, accepted_until } = list;
  return queueMailToPartners(db, [
    {
      partner_id,
      kind: 'list_letter',
      cause: list_id,
      subject: `list:${list_id}`,
      facts: { received_at, rows: row_count, accepted_until, at: now },
      now,
    },
  ]);
}
