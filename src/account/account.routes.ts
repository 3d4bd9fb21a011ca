import { createRoute, z } from '@hono/zod-openapi';

import { paymentStanding } from '../billing/answers.rules.ts';
import { holdsOfAccount } from '../hold/hold.repo.ts';
import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { fail } from '../http/fail.ts';
import { Bps, Email, Id, InstantOut, instantOut, LongId, Name } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import { signalsOfAccount } from '../signals/signal.repo.ts';
import { SignalOut, signalOut } from '../signals/signal.schemas.ts';
import { peopleOfAccount } from './account.repo.ts';
import { referrerOf } from './decision.ts';
import { movedInto } from './family.repo.ts';
import { patchAccount } from './patch.ts';
import { readAccountState } from './state.repo.ts';
import { withParkedReasons, type AccountState, type DecisionRow } from './state.rules.ts';

/** Accounts: their own facts, and the whole of one for operators. */
export const accountRoutes = createRoutes();

const Params = z.object({ account_id: LongId });
const WAITING_FLAGS: ReadonlySet<string> = new Set(['form_join', 'self_referral_held']);
const Users = z.array(z.strictObject({ email: Email, name: Name.optional() })).max(100);

const patchRoute = createRoute({
  method: 'patch',
  path: '/v1/accounts/{account_id}',
  tags: ['ingest'],
  middleware: allow('ingest'),
  request: {
    params: Params,
    body: jsonBody(
      z
        .strictObject({
          email: Email.optional(),
          name: Name.optional(),
          company: Name.optional(),
          users: Users.optional(),
        })
        .openapi('AccountChange'),
    ),
  },
  responses: {
    200: jsonAnswer(z.object({ account_id: LongId }), 'Changed; the former facts stay dated'),
    ...PROBLEM_ANSWERS,
  },
});
accountRoutes.openapi(patchRoute, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const written = await patchAccount(doorOf(c), hasher, c.req.valid('param').account_id, c.req.valid('json'));
  if (!written.ok) return failed({ not_found: 'not_found', conflict: 'conflict', busy: 'busy' }, written.reason);
  return c.json(written.answer, 200);
});

const Decision = z
  .object({
    decision_id: Id,
    at: InstantOut,
    kind: z.enum(['signup', 'claim', 'audit', 'operator']),
    outcome: z.string(),
    source: z.string().nullable(),
    partner_id: Id.nullable(),
    earns_from: InstantOut.nullable(),
    flags: z.array(z.string()),
    clause: z.string(),
    policy_version: z.int(),
    asked_by: z.string(),
    facts: z.record(z.string(), z.unknown()),
  })
  .openapi('Decision');

const Account = z
  .object({
    account_id: LongId,
    opened_by: z.enum(['server', 'form', 'stripe', 'import']),
    signed_up_at: InstantOut,
    policy_version: z.int(),
    joined_to: LongId.nullable(),
    moved_in: z.array(
      z.object({
        account_id: LongId,
        kind: z.enum(['merged', 'handed_over']),
        by: z.string(),
        reason: z.string(),
        at: InstantOut,
      }),
    ),
    people: z.array(
      z.object({
        role: z.enum(['admin', 'user']),
        email: z.string().nullable(),
        name: z.string().nullable(),
        company: z.string().nullable(),
      }),
    ),
    referrer: z.object({ partner_id: Id, source: z.string().nullable(), decision_id: Id }).nullable(),
    flags: z.array(z.string()),
    holds: z.array(z.object({ hold_id: Id, kind: z.string(), opened_at: InstantOut, decision: z.string().nullable() })),
    signals: z.array(SignalOut).openapi({ description: 'what was noticed about it (GET /v1/signals)' }),
    decisions: z.array(Decision),
    payments: z.array(
      z.object({
        payment_id: LongId,
        amount: z.int(),
        tax_amount: z.int(),
        currency: z.string(),
        plan: z.string().nullable(),
        paid_at: InstantOut,
        status: z.enum(['recorded', 'parked']),
        reason: z.string().optional(),
        commission: z.object({ partner_id: Id, amount: z.int(), rate_bps: Bps, vests_at: InstantOut }).nullable(),
      }),
    ),
    cancellations: z.array(z.object({ cancelled_at: InstantOut, voided: z.boolean() })),
  })
  .openapi('Account');

function decisionOut(row: DecisionRow): z.infer<typeof Decision> {
  const { decision_id, kind, outcome, source, partner_id, clause, policy_version, asked_by } = row;
  const flags: string[] = JSON.parse(row.flags);
  const facts: Record<string, unknown> = JSON.parse(row.facts);
  return {
    decision_id,
    at: instantOut(row.at),
    kind,
    outcome,
    source,
    partner_id,
    earns_from: instantOut(row.earns_from),
    flags,
    clause,
    policy_version,
    asked_by,
    facts,
  };
}

function paymentsOut(state: AccountState): z.infer<typeof Account>['payments'] {
  return state.payments
    .toSorted((a, b) => a.paid_at - b.paid_at)
    .map(({ payment_id, amount, tax_amount, currency, plan, paid_at }) => {
      const { status, reason, commission } = paymentStanding(state, payment_id);
      return {
        payment_id,
        amount,
        tax_amount,
        currency,
        plan,
        paid_at: instantOut(paid_at),
        status,
        commission,
        ...(reason === undefined ? {} : { reason }),
      };
    });
}

const getRoute = createRoute({
  method: 'get',
  path: '/v1/accounts/{account_id}',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { params: Params },
  responses: { 200: jsonAnswer(Account, 'The account, its decisions in order, its payments'), ...PROBLEM_ANSWERS },
});
accountRoutes.openapi(getRoute, async (c) => {
  const state = withParkedReasons(await readAccountState(c.var.books, c.req.valid('param')));
  // The id asked for, or that of the account that it has become part of.
  const { account, account_id } = state;
  if (!account) return fail('not_found');
  const { books } = c.var;
  const [people, holds, noticed, moved] = await Promise.all([
    peopleOfAccount(books, account_id),
    holdsOfAccount(books, account_id),
    signalsOfAccount(books, account_id),
    movedInto(books, account_id),
  ]);
  const referrer = referrerOf(state.decisions);
  const open = holds.filter((hold) => hold.decision === null).map((hold) => hold.kind);
  const decided: string[] = JSON.parse(state.decisions.findLast((row) => row.sets_referrer === 1)?.flags ?? '[]');
  return c.json(
    {
      account_id,
      opened_by: account.opened_by,
      signed_up_at: instantOut(account.signed_up_at),
      policy_version: account.policy_version,
      joined_to: account.joined_to,
      moved_in: moved.map(({ account_id: former, kind, by, reason, at }) => {
        return { account_id: former, kind, by, reason, at: instantOut(at) };
      }),
      people: people.map(({ role, email, name, company }) => ({ role, email, name, company })),
      referrer:
        referrer && referrer.partner_id !== null
          ? { partner_id: referrer.partner_id, source: referrer.source, decision_id: referrer.decision_id }
          : null,
      // What waits for a word is flagged while its hold stands; every other flag is the decision's own.
      flags: [...new Set([...decided.filter((flag) => !WAITING_FLAGS.has(flag)), ...open])],
      holds: holds.map((hold) => ({
        hold_id: hold.hold_id,
        kind: hold.kind,
        opened_at: instantOut(hold.opened_at),
        decision: hold.decision,
      })),
      signals: noticed.map(signalOut),
      decisions: state.decisions.map(decisionOut),
      payments: paymentsOut(state),
      cancellations: state.cancellations.map((row) => ({
        cancelled_at: instantOut(row.cancelled_at),
        voided: row.voided_reason !== null,
      })),
    },
    200,
  );
});
