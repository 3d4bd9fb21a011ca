import type { Door, Refusal } from '../account/write.ts';
import type { Hasher } from '../people/hash.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { canonicalJson } from '../program/canonical.rules.ts';
import { commit, decideAgain, type Statement } from '../program/commit.repo.ts';
import { proposeOrDo } from '../program/proposal.repo.ts';
import { partnersReachedAt } from './contact.repo.ts';
import { forgetProposed, nameWrittenAlike, nobodySignsIn, removeUser, timesLogged } from './operator.repo.ts';
import { passwordMail } from './password-mail.repo.ts';
import { insertUser, userByEmail, userOfOperator } from './user.repo.ts';

/** Names that the books keep for who is no operator. */
const RESERVED: ReadonlySet<string> = new Set([
  'anyone',
  'applicant',
  'client',
  'form',
  'import',
  'ingest',
  'letter',
  'migration',
  'program',
  'replay',
  'stripe',
]);

type OperatorDoor = Door & { machine_now: number };
type Settled = 'done' | 'proposed' | 'unchanged';
export type AddRefusal = 'reserved' | 'name_alike' | 'name_taken' | 'address_taken' | 'busy';

/** What an operator's login is logged under. */
export function operatorSubject(name: string): string {
  return `operator:${name}`;
}

/**
 * Lets an operator sign in to the console by an address, under a name: the name of a key of theirs, or a new one. They are mailed a link to
 * set a password, and set up a second factor before anything opens. For one's own name it is done at once, for another it needs two people.
 * `name_alike`: another name (`keys`: those of the API) is written alike but for case. `address_taken`: somebody signs in by the address, or
 * a partner has it as its contact.
 */
export async function addOperator(
  { books, now, by, via, machine_now }: OperatorDoor,
  hasher: Hasher,
  keys: readonly string[],
  order: { name: string; email: string },
): Promise<{ ok: true; status: Settled } | Refusal<AddRefusal>> {
  const name = order.name;
  const email = order.email.trim().toLowerCase();
  const alike = keys.some((key) => key !== name && key.toLowerCase() === name.toLowerCase());
  if (RESERVED.has(name.toLowerCase())) return { ok: false, reason: 'reserved' };
  if (alike || (await nameWrittenAlike(books, name)) !== null) return { ok: false, reason: 'name_alike' };
  const subject = operatorSubject(name);
  const done = await decideAgain(
    async (): Promise<{ ok: true; status: Settled } | Refusal<AddRefusal> | 'conflict'> => {
      const [named, addressed, contacts] = await Promise.all([
        userOfOperator(books, name),
        userByEmail(books, email),
        partnersReachedAt(books, await hasher.address(email)),
      ]);
      if (named) return named.email === email ? { ok: true, status: 'unchanged' } : { ok: false, reason: 'name_taken' };
      if (addressed || contacts.length > 0) return { ok: false, reason: 'address_taken' };
      const agreed = await agreeOn({ books, now, by }, hasher, {
        operation: 'operators.add',
        name,
        content: { name, email },
        anew: String(await timesLogged(books, subject)),
      });
      if (!agreed.ok) return agreed.status === 'again' ? 'conflict' : settledBy(agreed.status);
      const user = { email, name, role: 'operator', operator_name: name } as const;
      const outcome = await commit(
        books,
        [],
        [
          nobodySignsIn(books, { email, name }),
          insertUser(books, user, machine_now),
          passwordMail(books, { operator_name: name }, 'invited', now),
          ...agreed.statements,
          auditStatement(books, {
            at: now,
            actor: by,
            via,
            action: 'operators.add',
            subject,
            details: { proposed_by: agreed.proposed_by },
            before: { signs_in: false },
            after: { signs_in: true },
          }),
        ],
      );
      return outcome === 'conflict' ? 'conflict' : { ok: true, status: 'done' };
    },
  );
  return done.ok ? done.value : { ok: false, reason: 'busy' };
}

/**
 * Takes an operator's sign-in away: password, second factor, and every session of theirs at once. Of one's own name it is done at once, of
 * another it needs two people. A key of the API under that name is not touched.
 */
export async function removeOperator(
  { books, now, by, via }: Door,
  hasher: Hasher,
  name: string,
): Promise<{ ok: true; status: Settled } | Refusal<'not_found' | 'busy'>> {
  const subject = operatorSubject(name);
  const done = await decideAgain(async () => {
    const user = await userOfOperator(books, name);
    if (!user) return { ok: false, reason: 'not_found' } as const;
    const agreed = await agreeOn({ books, now, by }, hasher, {
      operation: 'operators.remove',
      name,
      content: { name },
      anew: user.id,
    });
    if (!agreed.ok) return agreed.status === 'again' ? 'conflict' : settledBy(agreed.status);
    const outcome = await commit(
      books,
      [],
      [
        ...removeUser(books, user.id),
        forgetProposed(books, subject),
        ...agreed.statements,
        auditStatement(books, {
          at: now,
          actor: by,
          via,
          action: 'operators.remove',
          subject,
          details: { proposed_by: agreed.proposed_by },
          before: { signs_in: true },
          after: { signs_in: false },
        }),
      ],
    );
    return outcome === 'conflict' ? 'conflict' : ({ ok: true, status: 'done' } as const);
  });
  return done.ok ? done.value : { ok: false, reason: 'busy' };
}

interface Agreement {
  operation: 'operators.add' | 'operators.remove';
  name: string;
  content: { name: string; email?: string };
  /** What tells this agreement from an earlier one about the same. */
  anew: string;
}
type Agreed =
  | { ok: true; proposed_by: string | null; statements: Statement[] }
  | { ok: false; status: 'proposed' | 'busy' | 'again' };

/** One's own name needs nobody else; another's needs a second person who says the same. */
async function agreeOn({ books, now, by }: Door, hasher: Hasher, agreement: Agreement): Promise<Agreed> {
  const { operation, name, content, anew } = agreement;
  if (name === by) return { ok: true, proposed_by: null, statements: [] };
  const subject = operatorSubject(name);
  const content_hash = await hasher.text(operation, `${canonicalJson(content)}\n${anew}`);
  const standing = await proposeOrDo(books, { operation, subject, content_hash, content, by, now });
  if (standing.status === 'go') {
    const { proposed_by, statements } = standing;
    return { ok: true, proposed_by, statements: [...statements, forgetProposed(books, subject)] };
  }
  return { ok: false, status: standing.status === 'done' ? 'again' : standing.status };
}

function settledBy(status: 'proposed' | 'busy'): { ok: true; status: 'proposed' } | Refusal<'busy'> {
  return status === 'proposed' ? { ok: true, status } : { ok: false, reason: 'busy' };
}
