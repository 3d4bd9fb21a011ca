import { formatInstant } from '../clock.ts';
import type { Hasher } from '../people/hash.ts';
import type { Database } from '../program/commit.repo.ts';
import { askedOf, claimsAbout, documentsOf, namedBy, peopleUnder, recordsOfPartners, rolesOf } from './person.repo.ts';
import { sessionsOfUsers, signInsUnder, wishesOf } from './sign-in.repo.ts';

type Rows = readonly object[];
type Out = { [field: string]: unknown }[];

/** Columns that say nothing to a person: hashes, and the program's own bookkeeping. */
const LEFT_OUT = new Set(['address_hash', 'match_hash', 'recorded_at']);

/** Rows as they are handed out: instants as RFC 3339, JSON as itself, hashes left out. */
function shown(rows: Rows): Out {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([column]) => !LEFT_OUT.has(column))
        .map(([column, value]: [string, unknown]) => {
          if (typeof value === 'number' && (column === 'at' || /_(at|until)$/.test(column)))
            return [column, formatInstant(value)];
          return [column, column === 'facts' && typeof value === 'string' ? JSON.parse(value) : value];
        }),
    ),
  );
}

/** Everything that the books hold of a person. */
export interface PersonExport {
  people: Out;
  accounts: Out;
  forms: Out;
  partners: { facts: Out; links: Out; tokens: Out; payouts: Out; email_changes: Out; mail_choices: Out };
  sign_ins: Out;
  sessions: Out;
  lists: Out;
  claims: Out;
  questions: Out;
  mails: Out;
  documents: Out;
}

/**
 * What the books hold of a person, by an address in any of its spellings (S1). Empty lists where nothing is held. Of partners their records
 * and payouts; the lines behind them are in their statements. Reads only.
 */
export async function exportPerson(db: Database, hasher: Hasher, email: string): Promise<PersonExport> {
  const key = { match_hash: await hasher.match(email) };
  const persons = await peopleUnder(db, key);
  const person_ids = persons.map((person) => person.person_id);
  const [{ parts, partner_ids }, named] = await Promise.all([rolesOf(db, person_ids), namedBy(db, key)]);
  const sign_ins = await signInsUnder(db, email, partner_ids);
  const user_ids = sign_ins.map(({ user_id }) => user_id);
  const account_ids = [...new Set(parts.filter((part) => part.role === 'admin').map((part) => part.account_id))];
  const [about, partners, wishes, sessions, asked] = await Promise.all([
    claimsAbout(db, { account_ids, partner_ids }),
    recordsOfPartners(db, partner_ids),
    wishesOf(db, partner_ids),
    sessionsOfUsers(db, user_ids),
    // What is about signing in is mailed to who signs in.
    askedOf(db, [...person_ids, ...user_ids]),
  ]);
  const all = [...named.claims, ...about.of_accounts, ...about.of_partners];
  const claims = [...new Map(all.map((claim) => [claim.claim_id, claim])).values()];
  const subjects = [
    ...account_ids.map((id) => `account:${id}`),
    ...claims.map(({ claim_id }) => `claim:${claim_id}`),
    ...partner_ids.map((id) => `partner:${id}`),
  ];
  const own = partner_ids.length > 0 ? new Set(partner_ids) : null;
  return {
    people: shown(persons),
    accounts: shown(parts),
    forms: shown(named.forms),
    partners: {
      facts: shown(partners.facts),
      links: shown(partners.links),
      tokens: shown(partners.tokens),
      payouts: shown(partners.payouts),
      email_changes: shown(wishes.email_changes),
      mail_choices: shown(wishes.mail_choices),
    },
    sign_ins: shown(sign_ins),
    sessions: shown(sessions),
    lists: shown(named.listed),
    // Who else claimed is nobody's business but theirs: the partner of a claim is told to that partner alone.
    claims: shown(
      claims.map((claim) => ({ ...claim, partner_id: own?.has(claim.partner_id) ? claim.partner_id : null })),
    ),
    questions: shown(asked.questions),
    mails: shown(asked.mails),
    documents: shown(await documentsOf(db, subjects)),
  };
}
