import { holdIdOf } from '../hold/hold-id.ts';
import { openHolds } from '../hold/hold.repo.ts';
import { openedHold } from '../hold/hold.rules.ts';
import { ownMatches } from '../partner/signal.rules.ts';
import type { Hasher } from '../people/hash.ts';
import { insertPeople, makePerson, renamePerson, type PersonRow } from '../people/people.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import type { Statement } from '../program/commit.repo.ts';
import { partnerSignals } from '../signup/evidence.repo.ts';
import { refersItself } from '../signup/signup.rules.ts';
import { endAccountPerson, insertAccountPeople, peopleOfAccount } from './account.repo.ts';
import { referrerOf } from './decision.ts';
import type { AccountState } from './state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from './write.ts';

/** Facts of the account's own that changed; absent fields stay. `users` replaces the whole list of secondary users. */
export interface AccountPatch {
  email?: string | undefined;
  name?: string | undefined;
  company?: string | undefined;
  users?: readonly { email: string; name?: string | undefined }[] | undefined;
}

type Member = Awaited<ReturnType<typeof peopleOfAccount>>[number];

/**
 * Changes an account's own facts; the former ones stay dated (L4). Signals of self-referral are read again when the address changes:
 * a match found later holds the account's lines until an operator decides (S3).
 */
export async function patchAccount(
  door: Door,
  hasher: Hasher,
  account_id: string,
  patch: AccountPatch,
): Promise<Written<{ account_id: string }> | Refusal<'not_found' | 'conflict' | 'busy'>> {
  return writeAccount<{ account_id: string }, 'not_found'>(door, null, { account_id }, async (state) => {
    if (!state.account) return { ok: false, reason: 'not_found' };
    const members = await peopleOfAccount(door.books, account_id);
    const statements = [
      ...(await holderStatements(door, hasher, state, members, patch)),
      ...(await userStatements(door, hasher, account_id, members, patch)),
      auditStatement(door.books, {
        at: door.now,
        actor: door.by,
        action: 'account.change',
        subject: `account:${account_id}`,
        details: { fields: Object.keys(patch).toSorted() },
      }),
    ];
    return { ok: true, after: state, statements, answer: () => ({ account_id }) };
  });
}

async function holderStatements(
  door: Door,
  hasher: Hasher,
  state: AccountState,
  members: readonly Member[],
  patch: AccountPatch,
): Promise<Statement[]> {
  const { account_id } = state;
  const holder = members.find((member) => member.role === 'admin');
  const named = {
    ...(patch.name === undefined ? {} : { name: patch.name }),
    ...(patch.company === undefined ? {} : { company: patch.company }),
  };
  const sameAddress = patch.email === undefined || (holder?.email != null && holder.email === patch.email.trim());
  if (holder && sameAddress)
    return Object.keys(named).length > 0 ? [renamePerson(door.books, holder.person_id, named)] : [];
  if (patch.email === undefined) return [];
  const person = await makePerson(hasher, {
    email: patch.email,
    name: patch.name ?? holder?.name,
    company: patch.company ?? holder?.company,
  });
  return [
    ...(holder ? [endAccountPerson(door.books, account_id, holder.person_id, door.now)] : []),
    insertPeople(door.books, [person]),
    insertAccountPeople(door.books, [
      { account_id, person_id: person.person_id, role: 'admin', from_at: door.now, until_at: null },
    ]),
    ...(await selfReferralHold(door, state, person)),
  ];
}

/** The hold that a match found later opens (S3): one for an account and its referrer. */
async function selfReferralHold(door: Door, state: AccountState, holder: PersonRow): Promise<Statement[]> {
  const referrer = referrerOf(state.decisions);
  if (!referrer?.partner_id || referrer.blocked === 1 || holder.match_hash === null) return [];
  const { partner_id } = referrer;
  if (!refersItself(holder.match_hash, ownMatches(await partnerSignals(door.books, [partner_id]), partner_id)))
    return [];
  const { account_id } = state;
  const hold_id = await holdIdOf(['self_referral', account_id, partner_id]);
  const facts = { match_hash: holder.match_hash };
  return [openHolds(door.books, [openedHold('self_referral', hold_id, { account_id, partner_id }, facts, door.now)])];
}

async function userStatements(
  door: Door,
  hasher: Hasher,
  account_id: string,
  members: readonly Member[],
  patch: AccountPatch,
): Promise<Statement[]> {
  if (patch.users === undefined) return [];
  const ended = members
    .filter((member) => member.role === 'user')
    .map((member) => endAccountPerson(door.books, account_id, member.person_id, door.now));
  const users = await Promise.all(patch.users.map((user) => makePerson(hasher, user)));
  if (users.length === 0) return ended;
  const parts = users.map((person) => ({
    account_id,
    person_id: person.person_id,
    role: 'user' as const,
    from_at: door.now,
    until_at: null,
  }));
  return [...ended, insertPeople(door.books, users), insertAccountPeople(door.books, parts)];
}
