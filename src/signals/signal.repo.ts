import { and, desc, eq, sql } from 'drizzle-orm';

import { accountClicks, accountPeople, accounts, decisions, forms } from '../account/account.schema.ts';
import { people } from '../people/people.schema.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import {
  ADDRESS_CLUSTER,
  CLUSTER_MS,
  FORM_CLUSTER,
  MOST_COUNTED,
  type SignalKind,
  type SignalRow,
} from './signal.rules.ts';
import { partnerVisitors, signals } from './signal.schema.ts';

/** The statements that list signals; one that is listed stays as it is. */
export function keepSignals(db: Database, rows: readonly SignalRow[]): Statement[] {
  return rows.length === 0 ? [] : [insertRows(db, signals, rows, 'ignore')];
}

/** Where a page of the list goes on: the last row of the former one. */
export type SignalKey = readonly [at: number, partner_id: string, kind: SignalKind, subject: string];

/** The query behind `listSignals`, for looking at its plan. */
export function listSignalsQuery(
  db: Database,
  query: { kind?: SignalKind | undefined; partner_id?: string | undefined; after: SignalKey | null; limit: number },
) {
  const { kind, partner_id, after, limit } = query;
  return db
    .select()
    .from(signals)
    .where(
      and(
        kind === undefined ? undefined : eq(signals.kind, kind),
        partner_id === undefined ? undefined : eq(signals.partner_id, partner_id),
        after === null
          ? undefined
          : sql`(${signals.at}, ${signals.partner_id}, ${signals.kind}, ${signals.subject}) < (${after[0]}, ${after[1]}, ${after[2]}, ${after[3]})`,
      ),
    )
    .orderBy(desc(signals.at), desc(signals.partner_id), desc(signals.kind), desc(signals.subject))
    .limit(limit + 1);
}

/** Signals, newest first, of one kind or partner where asked for. One row more than `limit` tells that there are more. */
export async function listSignals(db: Database, query: Parameters<typeof listSignalsQuery>[1]): Promise<SignalRow[]> {
  return listSignalsQuery(db, query);
}

/** Signals about one account, newest first. */
export async function signalsOfAccount(db: Database, account_id: string): Promise<SignalRow[]> {
  return db.select().from(signals).where(eq(signals.account_id, account_id)).orderBy(desc(signals.at), signals.kind);
}

/** A form that was just kept, for telling whether it is one of many. */
export interface KeptForm {
  partner_id: string;
  sender_hash: string | null;
  click_id: string | null;
  submitted_at: number;
}

/**
 * The statements, in the batch after the form's own, that list it as one of a cluster: of its sender, and of its click. They read no
 * more than a cluster's worth of forms by index, and count on from there.
 */
export function formClusterStatements(db: Database, form: KeptForm): Statement[] {
  const { partner_id, sender_hash, click_id, submitted_at } = form;
  const common = { sender_hash: ['forms_by_sender', sender_hash], click_id: ['forms_by_click', click_id] } as const;
  return (['sender_hash', 'click_id'] as const).flatMap((column) => {
    const [kind, value] = common[column];
    return value === null ? [] : [db.run(formClusterQuery(column, kind, value, partner_id, submitted_at))];
  });
}

// Named: statistics of a table that one attack fills would have it scanned.
const FORM_INDEX = { sender_hash: 'forms_sender', click_id: 'forms_click' } as const;

/** The statement behind `formClusterStatements`, for looking at its plan. */
export function formClusterQuery(
  column: 'sender_hash' | 'click_id',
  kind: SignalKind,
  value: string,
  partner_id: string,
  at: number,
) {
  return sql`INSERT INTO ${signals} (partner_id, kind, subject, account_id, at, facts)
    SELECT ${partner_id}, ${kind}, ${value}, NULL, ${at}, json_object('forms', count(*), 'first_at', min(of.at), 'last_at', max(of.at))
    FROM (SELECT f.submitted_at AS at FROM ${forms} AS f INDEXED BY ${sql.raw(FORM_INDEX[column])} CROSS JOIN ${decisions} AS d ON d.account_id = f.account_id AND d.n = 1
      WHERE ${sql.raw(`f.${column}`)} = ${value} AND f.submitted_at > ${at - CLUSTER_MS} AND d.partner_id = ${partner_id} LIMIT ${FORM_CLUSTER}) AS of
    WHERE true HAVING count(*) >= ${FORM_CLUSTER}
    ON CONFLICT (partner_id, kind, subject) DO UPDATE
    SET facts = json_set(facts, '$.forms', (facts ->> '$.forms') + 1, '$.last_at', json(${String(at)}))`;
}

/** The statement, after an account's own, that lists it as one of several of the partner with one folded address (S1). */
export function addressClusterStatement(
  db: Database,
  account: { partner_id: string; match_hash: string; at: number },
): Statement {
  return db.run(addressClusterQuery(account));
}

/** The statement behind `addressClusterStatement`, for looking at its plan. */
export function addressClusterQuery({
  partner_id,
  match_hash,
  at,
}: {
  partner_id: string;
  match_hash: string;
  at: number;
}) {
  return sql`INSERT INTO ${signals} (partner_id, kind, subject, account_id, at, facts)
    SELECT ${partner_id}, 'accounts_by_address', ${match_hash}, NULL, ${at}, json_object('accounts', count(*))
    FROM (SELECT DISTINCT ap.account_id FROM ${people} AS p
      CROSS JOIN ${accountPeople} AS ap ON ap.person_id = p.person_id AND ap.role = 'admin' AND ap.until_at IS NULL
      CROSS JOIN ${accounts} AS a ON a.account_id = ap.account_id AND a.joined_to IS NULL AND a.opened_by <> 'form'
      CROSS JOIN ${decisions} AS d ON d.account_id = ap.account_id AND d.sets_referrer = 1 AND d.partner_id = ${partner_id}
      WHERE p.match_hash = ${match_hash} LIMIT ${MOST_COUNTED}) AS own
    WHERE true HAVING count(*) >= ${ADDRESS_CLUSTER}
    ON CONFLICT (partner_id, kind, subject) DO UPDATE SET facts = excluded.facts`;
}

/** Whether a browser is known as the partner's own. */
export async function isOwnBrowser(db: Database, partner_id: string, visitor_id: string): Promise<boolean> {
  const [row] = await db
    .select({ seen_at: partnerVisitors.seen_at })
    .from(partnerVisitors)
    .where(and(eq(partnerVisitors.partner_id, partner_id), eq(partnerVisitors.visitor_id, visitor_id)));
  return row !== undefined;
}

/** The statements that keep browsers as the partner's own, and list the accounts of the partner that came with their clicks. */
export function ownBrowserStatements(
  db: Database,
  partner_id: string,
  visitor_ids: readonly string[],
  seen: { via: 'token' | 'own_account'; at: number },
): Statement[] {
  if (visitor_ids.length === 0) return [];
  const rows = visitor_ids.map((visitor_id) => ({ partner_id, visitor_id, via: seen.via, seen_at: seen.at }));
  return [
    insertRows(db, partnerVisitors, rows, 'ignore'),
    db.run(browserAccountsQuery(partner_id, visitor_ids, seen.at)),
  ];
}

/** The statement that lists accounts by their browsers, for looking at its plan. */
export function browserAccountsQuery(partner_id: string, visitor_ids: readonly string[], at: number) {
  return sql`INSERT INTO ${signals} (partner_id, kind, subject, account_id, at, facts)
    SELECT ${partner_id}, 'own_browser', c.account_id, c.account_id, ${at},
      json_object('click_id', max(c.click_id), 'clicked_at', max(c.clicked_at), 'seen_at', min(v.seen_at), 'via', min(v.via))
    FROM json_each(${JSON.stringify(visitor_ids)}) AS ids
    CROSS JOIN ${partnerVisitors} AS v ON v.partner_id = ${partner_id} AND v.visitor_id = ids.value
    CROSS JOIN ${accountClicks} AS c ON c.visitor_id = v.visitor_id
    CROSS JOIN ${accounts} AS a ON a.account_id = c.account_id AND a.joined_to IS NULL AND a.opened_by <> 'form'
    CROSS JOIN ${decisions} AS d ON d.account_id = c.account_id AND d.partner_id = ${partner_id} AND d.sets_referrer = 1 AND d.blocked = 0
    WHERE true GROUP BY c.account_id LIMIT ${MOST_COUNTED} ON CONFLICT DO NOTHING`;
}

/** The statement, after an account's own, that lists it where one of its clicks is of the partner's own browser. */
export function ownBrowserClickStatement(
  db: Database,
  account: { account_id: string; partner_id: string; at: number },
): Statement {
  return db.run(ownBrowserClickQuery(account));
}

/** The statement behind `ownBrowserClickStatement`, for looking at its plan. */
export function ownBrowserClickQuery({
  account_id,
  partner_id,
  at,
}: {
  account_id: string;
  partner_id: string;
  at: number;
}) {
  return sql`INSERT INTO ${signals} (partner_id, kind, subject, account_id, at, facts)
    SELECT ${partner_id}, 'own_browser', ${account_id}, ${account_id}, ${at},
      json_object('click_id', max(c.click_id), 'clicked_at', max(c.clicked_at), 'seen_at', min(v.seen_at), 'via', min(v.via))
    FROM ${accountClicks} AS c CROSS JOIN ${partnerVisitors} AS v ON v.partner_id = ${partner_id} AND v.visitor_id = c.visitor_id
    WHERE c.account_id = ${account_id} HAVING count(*) > 0 ON CONFLICT DO NOTHING`;
}
