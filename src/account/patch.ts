import { openHolds } from '../hold/hold.repo.ts';
import { tellHoldsOpened } from '../mail/letters.ts';
import type { Hasher } from '../people/hash.ts';
import { insertPeople, makePerson, renamePerson, type PersonRow } from '../people/people.repo.ts';
import { policyOf } from '../policy/policy.rules.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { changedOnly } from '../program/audit.rules.ts';
import type { Statement } from '../program/commit.repo.ts';
import type { Identity } from '../referrer/self-referral.rules.ts';
import { selfReferralOf } from '../referrer/self-referral.ts';
import { keepSignals } from '../signals/signal.repo.ts';
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

/** What a change of an account's people writes, and who they then are. */
interface ChangedPeople<Who> {
  statements: Statement[];
  after: Who;
}

/**
 * Changes an account's own facts; the former ones stay dated (L4). Signals of self-referral are read again when the holder's address or
 * name or the users change: what is found later holds the account's lines until an operator decides (S3); it never blocks.
 */
export async function patchAccount(
  door: Door,
  hasher: Hasher,
  account_id: string,
  patch: AccountPatch,
): Promise<Written<{ account_id: string }> | Refusal<'not_found' | 'conflict' | 'busy'>> {
  return writeAccount<{ account_id: string }, 'not_found'>(door, null, { account_id }, async (state) => {
    if (!state.account) return { ok: false, reason: 'not_found' };
    // An account that became part of another is that other one.
    const { account_id: own_id } = state;
    const members = await peopleOfAccount(door.books, own_id);
    const holder = await changeHolder(door, hasher, own_id, members, patch);
    const users = await changeUsers(door, hasher, own_id, members, patch);
    const statements = [
      ...holder.statements,
      ...users.statements,
      ...(await selfReferralStatements(door, hasher, state, members, { holder: holder.after, users: users.after })),
      auditStatement(door.books, {
        at: door.now,
        actor: door.by,
        via: door.via,
        action: 'account.change',
        subject: `account:${own_id}`,
        details: {},
        after: changedOnly(Object.keys(patch).toSorted()),
      }),
    ];
    return { ok: true, after: state, statements, answer: () => ({ account_id }) };
  });
}

/** The holder after the change. Another address or name is a new row, so that the former one stays dated; a company changes in place. */
async function changeHolder(
  door: Door,
  hasher: Hasher,
  account_id: string,
  members: readonly Member[],
  patch: AccountPatch,
): Promise<ChangedPeople<Member | PersonRow | null>> {
  const holder = members.find((member) => member.role === 'admin') ?? null;
  const email = patch.email ?? holder?.email ?? null;
  const sameAddress = patch.email === undefined || (holder?.email != null && holder.email === patch.email.trim());
  const sameName = patch.name === undefined || patch.name === holder?.name;
  if (email === null || (holder && sameAddress && sameName)) {
    const company = holder && patch.company !== undefined ? { company: patch.company } : null;
    const statements = holder && company ? [renamePerson(door.books, holder.person_id, company)] : [];
    return { statements, after: holder };
  }
  const person = await makePerson(hasher, {
    email,
    name: patch.name ?? holder?.name,
    company: patch.company ?? holder?.company,
  });
  const part = { account_id, person_id: person.person_id, role: 'admin' as const, from_at: door.now, until_at: null };
  const statements = [
    ...(holder ? [endAccountPerson(door.books, account_id, holder.person_id, door.now)] : []),
    insertPeople(door.books, [person]),
    insertAccountPeople(door.books, [part]),
  ];
  return { statements, after: person };
}

const NOBODY: Identity = { email: null, name: null, match_hash: null };

/** S3: the hold over what the change has made of the account, and what operators read of it; nothing where its people are as they were. */
async function selfReferralStatements(
  door: Door,
  hasher: Hasher,
  state: AccountState,
  members: readonly Member[],
  after: { holder: Member | PersonRow | null; users: readonly (Member | PersonRow)[] },
): Promise<Statement[]> {
  const referrer = referrerOf(state.decisions);
  const ids = [after.holder, ...after.users].map((person) => person?.person_id);
  const unchanged = ids.length === members.length && members.every((member) => ids.includes(member.person_id));
  if (unchanged || !referrer?.partner_id || referrer.blocked === 1 || !state.account) return [];
  const { account_id, account, policy } = state;
  const { hold, listed } = await selfReferralOf(
    door.books,
    hasher,
    {
      account_id,
      partner_id: referrer.partner_id,
      policy: policyOf(policy, account.policy_version),
      read: 'account_changed',
      at: door.now,
    },
    { holder: after.holder ?? NOBODY, users: after.users },
    {
      holder: members.find((member) => member.role === 'admin') ?? NOBODY,
      users: members.filter((member) => member.role === 'user'),
    },
  );
  const held = hold ? [openHolds(door.books, [hold]), ...tellHoldsOpened(door.books, [hold], door.now)] : [];
  return [...held, ...keepSignals(door.books, listed)];
}

async function changeUsers(
  door: Door,
  hasher: Hasher,
  account_id: string,
  members: readonly Member[],
  patch: AccountPatch,
): Promise<ChangedPeople<readonly (Member | PersonRow)[]>> {
  const former = members.filter((member) => member.role === 'user');
  if (patch.users === undefined) return { statements: [], after: former };
  const ended = former.map((member) => endAccountPerson(door.books, account_id, member.person_id, door.now));
  const users = await Promise.all(patch.users.map((user) => makePerson(hasher, user)));
  if (users.length === 0) return { statements: ended, after: [] };
  const parts = users.map((person) => ({
    account_id,
    person_id: person.person_id,
    role: 'user' as const,
    from_at: door.now,
    until_at: null,
  }));
  return {
    statements: [...ended, insertPeople(door.books, users), insertAccountPeople(door.books, parts)],
    after: users,
  };
}
