import { readEarnings, type Earnings } from '../earnings/earnings.ts';
import type { HoldRow } from '../hold/hold.rules.ts';
import { page } from '../http/cursor.ts';
import { userOfPartner } from '../identity/user.repo.ts';
import { listLinks, type StoredLink } from '../partner/link.repo.ts';
import { readPartner } from '../partner/partner.repo.ts';
import type { StoredPartner } from '../partner/partner.rules.ts';
import { listTokens, type TokenRow } from '../partner/token.repo.ts';
import { partnerView, type PartnerView } from '../partner/view.ts';
import { payoutsOfPartner, type PartnerPayout } from '../payout/batch.repo.ts';
import { readAuditLog } from '../program/audit.repo.ts';
import { listReferred, type ReferredAccount } from '../referral/referral.repo.ts';
import { listSignals } from '../signals/signal.repo.ts';
import type { SignalRow } from '../signals/signal.rules.ts';
import { asked, at, cursorKey, withQuery, type ConsoleContext } from './common.tsx';
import { HISTORY_ROWS, type AuditRow } from './history.tsx';
import { holdsOfPartner, sayersOfFacts } from './partners.repo.ts';

/** Rows of each list on a partner's page. */
const ROWS = 25;

/** A list of the page with where it goes on. */
export interface Listed<Row> {
  rows: readonly Row[];
  more: string | null;
}

/** All that a partner's page shows. */
export interface PartnerSeen {
  partner: StoredPartner;
  view: PartnerView;
  sayers: ReadonlyMap<number, { by: string; reason: string | null }>;
  earnings: Earnings;
  accounts: Listed<ReferredAccount>;
  payouts: Listed<PartnerPayout>;
  links: Listed<StoredLink>;
  tokens: Listed<TokenRow>;
  holds: readonly HoldRow[];
  signals: readonly SignalRow[];
  history: readonly AuditRow[];
  /** Whether somebody can sign in for the partner, and whether with a second factor. */
  sign_in: 'none' | 'password' | 'second_factor';
}

const LISTS = ['accounts', 'payouts', 'links', 'tokens'] as const;

function lister(c: ConsoleContext, path: string) {
  const query = Object.fromEntries(LISTS.map((name) => [name, asked(c, name)]));
  return <Row>(name: (typeof LISTS)[number], found: readonly Row[], key: (row: Row) => string): Listed<Row> => {
    const { data, next_cursor } = page(found, ROWS, key);
    return {
      rows: data,
      more: next_cursor === null ? null : `${withQuery(path, { ...query, [name]: next_cursor })}#${name}`,
    };
  };
}

/** Reads a partner's page; null where there is no such partner. What it reads does not grow with the partner's history, but for its facts. */
export async function readPartnerSeen(c: ConsoleContext, partner_id: string): Promise<PartnerSeen | null> {
  const { books, now } = c.var;
  const { partner } = await readPartner(books, partner_id);
  if (!partner) return null;
  const after = (name: (typeof LISTS)[number]) => cursorKey(c, name);
  const [sayers, earnings, accounts, payouts, links, tokens, holds, signals, history, user] = await Promise.all([
    sayersOfFacts(books, partner_id),
    readEarnings(books, partner_id, now, now),
    listReferred(books, partner_id, after('accounts'), ROWS + 1),
    payoutsOfPartner(books, partner_id, after('payouts'), ROWS),
    listLinks(books, { partner_id, now, after: after('links'), limit: ROWS + 1 }),
    listTokens(books, partner_id, after('tokens'), ROWS + 1),
    holdsOfPartner(books, partner_id),
    listSignals(books, { partner_id, after: null, limit: ROWS }),
    readAuditLog(books, { before: null, limit: HISTORY_ROWS, subject: `partner:${partner_id}` }),
    userOfPartner(books, partner_id),
  ]);
  const listed = lister(c, at.partner(partner_id));
  return {
    partner,
    view: partnerView(partner, now),
    sayers,
    earnings,
    accounts: listed('accounts', accounts, (row) => row.account_id),
    payouts: listed('payouts', payouts, (row) => row.pay_date),
    links: listed('links', links, (row) => row.code),
    tokens: listed('tokens', tokens, (row) => row.jti),
    holds,
    signals: signals.slice(0, ROWS),
    history,
    sign_in: user === null ? 'none' : user.twoFactorEnabled === true ? 'second_factor' : 'password',
  };
}
