import { addressesIn } from '../attribution/how-heard.rules.ts';
import { activeAt, registeredAt } from '../partner/signal.rules.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyAt } from '../policy/policy.rules.ts';
import { isFreeMail } from '../referrer/free-mail.rules.ts';
import { readPartnerIdentities } from '../referrer/self-referral.repo.ts';
import { assessSelfReferral } from '../referrer/self-referral.rules.ts';
import { partnerSignals, type PartnerFactRow } from '../signup/evidence.repo.ts';
import type { SignupInput } from '../signup/record.ts';
import { namedPartner } from '../signup/signup.rules.ts';
import { contactsAmong, signupsToLookAt } from './import.repo.ts';
import type { ImportContext, ImportRow } from './operation.ts';

type Row = ImportRow<SignupInput>;

/** What bears on signups about to be imported, by row key. */
export interface LookedAt {
  /** Rows that the operation of single signups is to decide. */
  single: Row[];
  /** Rows that name a partner whom nobody knows. */
  unknown: ReadonlySet<string>;
  /** Partners that answers name (L3). */
  named: ReadonlyMap<string, readonly string[]>;
  /** Who each row would make the referrer. */
  referrers: ReadonlyMap<string, string>;
}

/** Whether a row brings what only the operation of single signups weighs. */
export function isAlone({ codes, tokens, signup_ref, users }: SignupInput): boolean {
  return codes.length > 0 || tokens.length > 0 || signup_ref !== null || users.length > 0;
}

/** Partners' facts as they bear on signups: their statuses and addresses, by partner and by address. */
async function readNamed({ door, hasher }: ImportContext, rows: readonly Row[]) {
  const addresses = new Map<string, string[]>();
  for (const { key, input } of rows) addresses.set(key, input.how_heard === null ? [] : addressesIn(input.how_heard));
  const hashes = new Map<string, string>();
  for (const address of new Set([...addresses.values()].flat())) hashes.set(address, await hasher.address(address));
  const contacts = await contactsAmong(door.books, [...hashes.values()]);
  const told = rows.flatMap((row) => row.input.told_partner ?? []);
  const partner_ids = [...new Set([...contacts.map((row) => row.partner_id), ...told])];
  const facts = Map.groupBy(await partnerSignals(door.books, partner_ids), (fact) => fact.partner_id);
  const byHash = Map.groupBy(contacts, (row) => row.address_hash);
  const namedBy = (row: Row): string[] => {
    const own = (addresses.get(row.key) ?? []).flatMap((address) => hashes.get(address) ?? []);
    const candidates = new Set(own.flatMap((hash) => (byHash.get(hash) ?? []).map((found) => found.partner_id)));
    const at = row.input.signed_up_at;
    return [...candidates].filter((partner_id) => {
      const known: readonly PartnerFactRow[] = facts.get(partner_id) ?? [];
      return activeAt(known, partner_id, at) && registeredAt(known, partner_id, own, at);
    });
  };
  return { facts, namedBy };
}

/**
 * Looks, for many signups at once, for all that single signups look for: forms, lists, other accounts of the address, partners named, and
 * signs of self-referral. A row about which there is any of that but a named partner is left to the single operation.
 */
export async function lookAtSignups(context: ImportContext, rows: readonly Row[]): Promise<LookedAt> {
  if (rows.length === 0) return { single: [], unknown: new Set(), named: new Map(), referrers: new Map() };
  const { door, hasher } = context;
  const matches = new Map<string, string>();
  for (const row of rows) matches.set(row.key, await hasher.match(row.input.email));
  const noticed = await signupsToLookAt(door.books, {
    account_ids: rows.map((row) => row.id),
    match_hashes: [...matches.values()],
  });
  const { facts, namedBy } = await readNamed(context, rows);
  const named = new Map(rows.map((row) => [row.key, namedBy(row)]));
  const referrers = new Map<string, string>();
  const unknown = new Set<string>();
  for (const { key, input } of rows) {
    const referrer = input.told_partner ?? namedPartner(named.get(key) ?? []);
    if (referrer !== null) referrers.set(key, referrer);
    if (input.told_partner != null && !facts.has(input.told_partner)) unknown.add(key);
  }
  const identities = await readPartnerIdentities(door.books, [...new Set(referrers.values())]);
  const policies = await readPolicy(door.books);
  const seen = new Set<string>();
  const single = rows.filter(({ key, id, input }) => {
    const match_hash = matches.get(key) ?? '';
    const again = seen.has(match_hash);
    seen.add(match_hash);
    if (again || isAlone(input)) return true;
    if (noticed.account_ids.has(id) || noticed.match_hashes.has(match_hash)) return true;
    const partner = identities.get(referrers.get(key) ?? '');
    if (!partner) return false;
    const account = { holder: { email: input.email, name: input.name, match_hash }, users: [] };
    const policy = policyAt(policies, input.signed_up_at);
    return assessSelfReferral(account, partner, policy, isFreeMail).signals.length > 0;
  });
  return { single, unknown, named, referrers };
}
