import { openHolds } from '../hold/hold.repo.ts';
import type { HoldRow } from '../hold/hold.rules.ts';
import { tellHoldsOpened } from '../mail/letters.ts';
import type { Hasher } from '../people/hash.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyOf } from '../policy/policy.rules.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import { keepSignals } from '../signals/signal.repo.ts';
import type { SignalRow } from '../signals/signal.rules.ts';
import { isFreeMail } from './free-mail.rules.ts';
import {
  expectHolders,
  readFormerHolds,
  readReferredHolders,
  readUsedAccounts,
  type ReferredHolder,
} from './self-referral.repo.ts';
import { assessSelfReferral, type FoundSignal, type PartnerIdentity } from './self-referral.rules.ts';
import { coveredCauses, verdictOf } from './self-referral.ts';

/** Accounts read at once: their ids go back as one parameter, far below D1's 2 MB. */
const PAGE = 5000;
/** Holds or signals written by one statement, for the same reason. */
const ROWS = 2000;

/** A partner's name and addresses before and after a change, at the door's clock. */
export interface PartnerChanged {
  partner_id: string;
  before: PartnerIdentity;
  after: PartnerIdentity;
  at: number;
}

/**
 * S3: reads the signals of all accounts that a partner refers again, since its name or an address changes: what the change makes match
 * is held, never blocked. The statements, for the batch of the change, open the holds and list what operators read, and let the batch
 * pass only while these accounts have the very holders that were read. Two queries a thousand accounts at most.
 */
export async function rereadReferred(
  db: Database,
  hasher: Hasher,
  change: PartnerChanged,
): Promise<{ holds: HoldRow[]; statements: Statement[] }> {
  const { partner_id } = change;
  const former = Map.groupBy(await readFormerHolds(db, partner_id), (hold) => hold.account_id);
  const policy = await readPolicy(db);
  const statements: Statement[] = [];
  const holds: HoldRow[] = [];
  const listed: SignalRow[] = [];
  for (let after: string | null = ''; after !== null;) {
    const rows: ReferredHolder[] = await readReferredHolders(db, partner_id, after, PAGE);
    const through: string | null = rows.length < PAGE ? null : (rows.at(-1)?.account_id ?? null);
    statements.push(expectHolders(db, partner_id, { after, through }, rows));
    for (const row of rows) {
      const version = policyOf(policy, row.policy_version);
      const judge = (partner: PartnerIdentity) =>
        assessSelfReferral({ holder: row, users: [] }, { ...partner, former_matches: [] }, version, isFreeMail);
      const earlier = judge(change.before).signals;
      const assessed = judge(change.after);
      if (assessed.signals.every((found) => isAmong(found, earlier))) continue;
      const question = {
        account_id: row.account_id,
        partner_id,
        policy: version,
        read: 'partner_changed' as const,
        at: change.at,
      };
      const judged = { holds: coveredCauses(former.get(row.account_id) ?? []), earlier };
      const verdict = await verdictOf(hasher, question, assessed, judged);
      if (verdict.hold) holds.push(verdict.hold);
      listed.push(...verdict.listed);
    }
    after = through;
  }
  listed.push(...(await usedAccounts(db, change)));
  for (const chunk of chunksOf(holds)) statements.push(openHolds(db, chunk), ...tellHoldsOpened(db, chunk, change.at));
  for (const chunk of chunksOf(listed)) statements.push(...keepSignals(db, chunk));
  return { holds, statements };
}

function isAmong(found: FoundSignal, others: readonly FoundSignal[]): boolean {
  return others.some((other) => other.signal === found.signal && other.evidence === found.evidence);
}

function chunksOf<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / ROWS) }, (_, i) => rows.slice(i * ROWS, (i + 1) * ROWS));
}

/** L4: accounts of which the partner is a user under its new addresses, for the list. */
async function usedAccounts(db: Database, { partner_id, before, after, at }: PartnerChanged): Promise<SignalRow[]> {
  const had = new Set([before.contact.match_hash, before.paypal?.match_hash]);
  const fresh = [after.contact.match_hash, after.paypal?.match_hash].filter(
    (hash): hash is string => hash != null && !had.has(hash),
  );
  const used = await readUsedAccounts(db, partner_id, fresh);
  return used.map(({ account_id }) => ({
    partner_id,
    kind: 'partner_is_user',
    subject: account_id,
    account_id,
    at,
    facts: JSON.stringify({ read: 'partner_changed' }),
  }));
}
