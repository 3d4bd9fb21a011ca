import * as z from 'zod';

import { decideMove, isOpened, moveAccount, type AccountMove } from '../account/merge.ts';
import { formatInstant, parseInstant } from '../clock.ts';
import { decideOverruling, OVERRULABLE, overrule, type Overruling } from '../exception/overrule.ts';
import { Instant, toInstant } from '../http/schema.ts';
import { Field, Select } from '../pages/parts.tsx';
import { partnerExists } from '../partner/partner.repo.ts';
import { CLAUSES } from '../policy/clauses.ts';
import { readProgram } from '../program/program.repo.ts';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import { at, consoleDoor, pathPart, wordsOf, type ConsoleContext } from './common.tsx';
import { consequence } from './consequence.ts';
import { IdField, LongIdField, ReasonField } from './fields.ts';
import { openedState, type OpenedState } from './read-account.ts';
import { ReasonArea } from './reason-area.tsx';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';

/** What operators order of an account against, or beside, the policy: exceptions, merges, handovers. */
export const accountActions = createConsolePages();

interface Subject {
  account_id: string;
  state: OpenedState;
}

/** An account that a trusted record has opened; a form's own account is nobody's yet. */
async function subjectOf(c: ConsoleContext): Promise<Subject | null> {
  const account_id = pathPart(c, 'account_id');
  const state = await openedState(c, account_id);
  return state && isOpened(state) ? { account_id, state } : null;
}

const common = {
  place: '/console/accounts',
  find: subjectOf,
  back: ({ account_id }: Subject) => at.account(account_id),
} as const;

const ExceptionSchema = z.object({
  clause: z.enum(OVERRULABLE, 'Choose a clause'),
  partner_id: IdField.optional(),
  earns_from: z.string().pipe(Instant).optional(),
  reason: ReasonField,
});

const EXCEPTION_REFUSALS = { ...COMMON_REFUSALS, unknown_partner: 'There is no such partner.' } as const;

function orderOf(account_id: string, value: z.output<typeof ExceptionSchema>): Overruling {
  const { clause, partner_id = null, earns_from, reason } = value;
  return {
    account_id,
    clause,
    partner_id,
    earns_from: earns_from === undefined ? null : toInstant(earns_from),
    reason,
  };
}

/** An instant as a form has it: the same instant whoever says it. */
function asInstant(typed: string | undefined): string | undefined {
  const instant = typed === undefined ? null : parseInstant(typed);
  return instant === null ? typed : formatInstant(instant);
}

const exception: Action<typeof ExceptionSchema, Subject> = {
  ...common,
  path: '/accounts/:account_id/exception',
  title: ({ account_id }) => `Overrule a clause for account ${account_id}`,
  about: () =>
    'An exception names the clause that it overrules, and who is the referrer from now on. Two people have to say the same, in the same words.',
  schema: ExceptionSchema,
  fields: ({ sent, faults }) => (
    <>
      <Select
        name="clause"
        label="The clause that is overruled"
        choices={OVERRULABLE.map((value) => ({ value, text: `${value}: ${CLAUSES[value]}` }))}
        value={sent['clause']}
        fault={faults['clause']}
        empty="Choose"
      />
      <Field
        name="partner_id"
        label="The referrer from now on"
        value={sent['partner_id']}
        fault={faults['partner_id']}
        hint="A partner’s id. Empty: nobody."
        required={false}
        maxlength={64}
      />
      <Field
        name="earns_from"
        label="Payments earn from"
        value={asInstant(sent['earns_from'])}
        fault={faults['earns_from']}
        hint="An instant such as 2026-11-20T17:00:00Z. Empty: all payments earn."
        required={false}
      />
      <ReasonArea sent={sent} faults={faults} hint="The second person has to give the same words." />
    </>
  ),
  go: 'Overrule',
  ask: async (c, { account_id }, value) => {
    const { books } = c.var;
    const order = orderOf(account_id, value);
    const { partner_id } = order;
    if (partner_id !== null && !(await partnerExists(books, partner_id)))
      return refusal(EXCEPTION_REFUSALS, 'unknown_partner', 'partner_id');
    const state = await openedState(c, account_id, partner_id === null ? [] : [partner_id]);
    if (!state) return refusal(EXCEPTION_REFUSALS, 'not_found');
    const { hasher } = await readProgram(books);
    const { decision } = await decideOverruling(consoleDoor(c), hasher, order, state);
    const after = { ...state, decisions: [...state.decisions, decision] };
    const words = await wordsOf(c);
    const who = partner_id === null ? 'Nobody is' : `${partner_id} is`;
    const blocked = decision.blocked === 1 ? ['It stays a self-referral, so it earns nothing (S1).'] : [];
    return {
      ok: true,
      says: [
        `${who} the referrer of account ${account_id} from now on, against ${order.clause}: ${CLAUSES[order.clause]}`,
        ...blocked,
        ...consequence(books, after, words),
      ],
      yes: `Overrule ${order.clause}`,
    };
  },
  act: async (c, { account_id }, value) => {
    const { hasher } = await readProgram(c.var.books);
    const done = await overrule(consoleDoor(c), hasher, orderOf(account_id, value));
    if (!done.ok) return refusal(EXCEPTION_REFUSALS, done.reason);
    if (done.answer.status === 'proposed') return { ok: true, done: 'proposed', to: at.account(account_id) };
    return { ok: true, done: done.first_time ? 'overruled' : 'done_before', to: at.account(account_id) };
  },
};

const KINDS = {
  merged: 'They are one client: merge it into the other',
  handed_over: 'The client goes on under the other: hand it over',
} as const satisfies Record<AccountMove['kind'], string>;

const MoveSchema = z.object({
  into_account_id: LongIdField,
  kind: z.enum(['merged', 'handed_over'], 'Choose'),
  reason: ReasonField,
});

const MOVE_REFUSALS = {
  ...COMMON_REFUSALS,
  not_found: 'One of the two is not an account of its own.',
  same_account: 'These are one and the same.',
  already_moved: 'It has become part of another account already.',
  held: 'A hold on one of them, or a question to its client, waits for an answer first.',
} as const;

const move: Action<typeof MoveSchema, Subject> = {
  ...common,
  path: '/accounts/:account_id/move',
  title: ({ account_id }) => `Make account ${account_id} part of another`,
  about: () =>
    'From then on the two are one, for good. The one that was opened first gives the signup, the term and the referrer (L1, L2, V1).',
  schema: MoveSchema,
  fields: ({ sent, faults }) => (
    <>
      <Field
        name="into_account_id"
        label="The account that goes on"
        value={sent['into_account_id']}
        fault={faults['into_account_id']}
        maxlength={128}
      />
      <Select
        name="kind"
        label="Why"
        choices={(['merged', 'handed_over'] as const).map((value) => ({ value, text: KINDS[value] }))}
        value={sent['kind']}
        fault={faults['kind']}
        empty="Choose"
      />
      <ReasonArea sent={sent} faults={faults} />
    </>
  ),
  go: 'Make them one',
  ask: async (c, { account_id, state: former }, value) => {
    const { books } = c.var;
    const { into_account_id, kind } = value;
    if (into_account_id === account_id) return refusal(MOVE_REFUSALS, 'same_account', 'into_account_id');
    if (former.account_id !== account_id) return refusal(MOVE_REFUSALS, 'already_moved');
    const into = await openedState(c, into_account_id);
    if (!into || !isOpened(into) || into.account_id !== into_account_id)
      return refusal(MOVE_REFUSALS, 'not_found', 'into_account_id');
    const { hasher } = await readProgram(books);
    const made = await decideMove(consoleDoor(c), hasher, { account_id, ...value }, former, into);
    const { governed_by, referrer } = made.answer();
    return {
      ok: true,
      says: [
        `${account_id} ${kind === 'merged' ? 'is merged into' : 'is handed over to'} ${into_account_id}, for good. ${governed_by} was opened first and governs; the referrer is ${referrer?.partner_id ?? 'nobody'}.`,
        ...consequence(books, made.after, await wordsOf(c)),
      ],
      yes: 'Make them one',
    };
  },
  act: async (c, { account_id }, value) => {
    const { hasher } = await readProgram(c.var.books);
    const done = await moveAccount(consoleDoor(c), hasher, { account_id, ...value });
    if (!done.ok) return refusal(MOVE_REFUSALS, done.reason);
    return { ok: true, done: done.first_time ? 'moved' : 'done_before', to: at.account(value.into_account_id) };
  },
};

addAction(accountActions, exception);
addAction(accountActions, move);
