import type { Door, Refusal, Written } from '../account/write.ts';
import { addCalendarDays } from '../calendar/zone.rules.ts';
import { removeUser } from '../identity/operator.repo.ts';
import { operatorSubject } from '../identity/operator.ts';
import { payoutAddressAt } from '../partner/facts.rules.ts';
import { readPartnerRecord } from '../partner/record.repo.ts';
import { sha256, type Hasher } from '../people/hash.ts';
import { keepDocument } from '../people/people.repo.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import type { PolicyHistory } from '../policy/policy.rules.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { canonicalJson } from '../program/canonical.rules.ts';
import {
  commit,
  decideAgain,
  guardQuery,
  guardsFrom,
  subjectOf,
  type Database,
  type Guard,
  type Statement,
} from '../program/commit.repo.ts';
import { proposeOrDo } from '../program/proposal.repo.ts';
import {
  clearPaypal,
  emptyDocuments,
  emptyMail,
  emptyPeople,
  forgetAnswers,
  forgetBrowsers,
  forgetHash,
} from './erase.repo.ts';
import { claimsAbout, expectNoneOnTheWay, namedBy, payoutsOnTheWayTo, peopleUnder, rolesOf } from './person.repo.ts';
import { isPaidTo, ruleErasure, type Found } from './privacy.rules.ts';
import { signInsUnder } from './sign-in.repo.ts';

/** What an erasure came to. `nothing`: there was nothing left to erase. */
export interface ErasureAnswer {
  status: 'proposed' | 'done' | 'nothing';
  people: number;
  account_ids: string[];
  partner_ids: string[];
  /** Partners who have no PayPal address any more. */
  unpayable_partner_ids: string[];
}

interface Read extends Found {
  match_hash: string;
  address_hashes: string[];
  document_subjects: string[];
  /** Who signs in by the address. */
  user_ids: string[];
  guards: Guard[];
}

/**
 * Erases a person, by an address in any of its spellings: names, addresses and companies, texts about them, first answers, what mail was
 * about; hashes as far as no rule compares them (docs/privacy.md). Ids, amounts, instants and decisions stay, so the books do not change.
 * It cannot be undone, so two people say it. Again, or of somebody unknown, it is `nothing`. `on_the_way`: a payout still needs the address.
 */
export async function erasePerson(
  door: Door,
  hasher: Hasher,
  order: { email: string; reason: string },
): Promise<Written<ErasureAnswer> | Refusal<'on_the_way' | 'busy'>> {
  const { books, by, now, via } = door;
  const done = await decideAgain(
    async (): Promise<Written<ErasureAnswer> | Refusal<'on_the_way' | 'busy'> | 'conflict'> => {
      const found = await readFound(books, hasher, order.email);
      const ruling = ruleErasure(found);
      if (!ruling.ok) return ruling;
      if (ruling.nothing) return { ok: true, first_time: false, answer: answerOf('nothing', found, []) };
      // What is agreed on is what was found: a row that comes in between is asked about anew. No address and no hash of one goes in.
      const subject = `people:${(await sha256(canonicalJson([[...found.person_ids], [...found.named]]))).slice(0, 24)}`;
      const content_hash = await hasher.text('erasure', order.reason);
      const standing = await proposeOrDo(books, { operation: 'people.erase', subject, content_hash, by, now });
      if (standing.status === 'busy') return { ok: false, reason: 'busy' };
      if (standing.status === 'done') return 'conflict';
      const cleared = await paidTo(books, found, now);
      const unpayable = cleared.map((partner) => partner.partner_id);
      if (standing.status === 'proposed')
        return { ok: true, first_time: true, answer: answerOf('proposed', found, unpayable) };
      const { proposal_id, proposed_by } = standing;
      const statements = [
        expectNoneOnTheWay(books, found.partner_ids, found.person_ids),
        ...cleared.map((partner) => clearPaypal(books, { ...partner, at: now, by })),
        ...erasure(books, found, now, await readPolicy(books)),
        keepDocument(books, {
          document_id: `${proposal_id}-${now}`,
          subject: `erasure:${proposal_id}`,
          kind: 'erasure',
          body: order.reason,
          recorded_at: now,
        }),
        auditStatement(books, {
          at: now,
          actor: by,
          via,
          action: 'people.erase',
          subject: `erasure:${proposal_id}`,
          details: { person_ids: [...found.person_ids], named: [...found.named], proposed_by, unpayable },
          before: { erased: false },
          after: { erased: true },
        }),
        ...standing.statements,
      ];
      if ((await commit(books, found.guards, statements)) === 'conflict') return 'conflict';
      return { ok: true, first_time: true, answer: answerOf('done', found, unpayable) };
    },
  );
  return done.ok ? done.value : { ok: false, reason: 'busy' };
}

function answerOf(status: ErasureAnswer['status'], found: Found, unpayable: string[]): ErasureAnswer {
  return {
    status,
    people: found.person_ids.length,
    account_ids: [...found.account_ids],
    partner_ids: [...found.partner_ids],
    unpayable_partner_ids: unpayable,
  };
}

async function readFound(db: Database, hasher: Hasher, email: string): Promise<Read> {
  const match_hash = await hasher.match(email);
  const rows = await peopleUnder(db, { match_hash });
  const fresh = rows.filter((row) => row.erased_at === null);
  const person_ids = fresh.map((row) => row.person_id);
  const [{ parts, partner_ids }, named] = await Promise.all([rolesOf(db, person_ids), namedBy(db, { match_hash })]);
  const account_ids = [...new Set(parts.map((part) => part.account_id))];
  const held = [...new Set(parts.filter((part) => part.role === 'admin').map((part) => part.account_id))];
  const sign_ins = await signInsUnder(db, email, partner_ids);
  const about = await claimsAbout(db, { account_ids: held, partner_ids });
  const claim_ids = [...named.claims, ...about.of_accounts, ...about.of_partners].map((claim) => claim.claim_id);
  const subjects = [
    ...account_ids.map((id) => subjectOf('account', id)),
    ...partner_ids.map((id) => subjectOf('partner', id)),
  ];
  return {
    match_hash,
    address_hashes: [...new Set(rows.flatMap((row) => row.address_hash ?? []))],
    person_ids,
    account_ids,
    partner_ids,
    named: [
      ...named.forms.map((form) => `form:${form.account_id}`),
      ...named.claims.map((claim) => `claim:${claim.claim_id}`),
      ...named.listed.map((row) => `list:${row.list_id}:${row.row}`),
      ...sign_ins.map(({ user_id }) => `user:${user_id}`),
    ],
    on_the_way: await payoutsOnTheWayTo(db, partner_ids, person_ids),
    document_subjects: [
      ...held.map((id) => subjectOf('account', id)),
      ...new Set(claim_ids.map((id) => subjectOf('claim', id))),
      ...partner_ids.map((id) => subjectOf('partner', id)),
      ...sign_ins.flatMap(({ operator_name }) => (operator_name === null ? [] : [operatorSubject(operator_name)])),
    ],
    user_ids: sign_ins.map(({ user_id }) => user_id),
    guards: guardsFrom(subjects, await guardQuery(db, subjects)),
  };
}

/** Partners whose PayPal address goes with the person, with the number of the fact that says so. */
async function paidTo(db: Database, found: Found, now: number): Promise<{ partner_id: string; n: number }[]> {
  const records = await Promise.all(
    found.partner_ids.map(async (partner_id) => ({ partner_id, record: await readPartnerRecord(db, partner_id) })),
  );
  return records.flatMap(({ partner_id, record }) => {
    const gate = payoutAddressAt(record, now);
    const serving = gate.open ? gate.person_id : null;
    const n = Math.max(0, ...record.facts.map((fact) => fact.n)) + 1;
    return isPaidTo(found.person_ids, record.facts, serving) ? [{ partner_id, n }] : [];
  });
}

/** The instant before which an end is final: no payment can continue the account any more (V2). Epoch ms. */
export function endedBefore(history: PolicyHistory, now: number): number {
  const days = Math.max(...history.map((version) => version.reactivation_days));
  return addCalendarDays(now, -days, history[0].timezone);
}

function erasure(db: Database, found: Read, now: number, history: PolicyHistory): Statement[] {
  const { person_ids, account_ids, partner_ids } = found;
  return [
    emptyPeople(db, person_ids, now, endedBefore(history, now)),
    ...forgetHash(db, found.match_hash, found.address_hashes),
    emptyDocuments(db, found.document_subjects),
    ...forgetAnswers(db, { account_ids, partner_ids }),
    ...emptyMail(db, [...person_ids, ...found.user_ids]),
    ...found.user_ids.flatMap((user_id) => removeUser(db, user_id)),
    forgetBrowsers(db, partner_ids),
  ];
}
