import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Email, Id, InstantOut, instantOut, LongId, pageOf, PageQuery, text } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { CLAUSES, type Clause } from '../policy/clauses.ts';
import { readProgram } from '../program/program.repo.ts';
import { answerClaim } from './answer-claim.ts';
import { standingForPartner, standingOf, type ClaimRecord, type ClaimStanding } from './claim-view.rules.ts';
import { listClaims } from './claim.repo.ts';
import { CLAIM_REASONS, type ClaimReason } from './claim.rules.ts';
import { claimOutcomes, claims } from './claim.schema.ts';
import { fileClaim } from './file-claim.ts';

/** Claims and audits: filed by partners, confirmed by clients or by support in their name (R3–R5). */
export const claimRoutes = createRoutes();

const Kind = z.enum(claims.kind.enumValues);
const Outcome = z.enum([...claimOutcomes.outcome.enumValues, 'lapsed']);
const reasons = Object.keys(CLAIM_REASONS) as [ClaimReason, ...ClaimReason[]];
const clauses = Object.keys(CLAUSES) as [Clause, ...Clause[]];

/** How a claim stands, as its reader may know. */
const standing = {
  claim_id: Id,
  kind: Kind,
  account_id: LongId.nullable().openapi({ description: 'null where a client was named by address' }),
  outcome: Outcome,
  clause: z.enum(clauses),
  reason: z.enum([...reasons, 'lapsed']).openapi({ description: 'which sentence of the clause' }),
  detail: z.string(),
  effective_from: InstantOut.nullable().openapi({
    description: 'of a granted late claim (R5): payments made at or after this instant earn; null: all earn',
  }),
  filed_at: InstantOut,
  expires_at: InstantOut.openapi({ description: 'the last instant at which the client can confirm' }),
  at: InstantOut.openapi({ description: 'since when it stands so' }),
  decision_id: Id.nullable().openapi({
    description: 'for GET /v1/receipts/{id}, once there is a decision that may be told',
  }),
};
const Claim = z.object(standing).openapi('Claim');

/** A claim in a list: to its partner with its own note, to an operator with all there is. */
const ListedClaim = z
  .object({
    ...standing,
    note: z.string().nullable(),
    partner_id: Id,
    named_by: z.enum(['account_id', 'account_email']),
    answer: z.enum(['yes', 'no']).nullable().optional(),
    answered_at: InstantOut.nullable().optional(),
    answered_by: z.string().nullable().optional(),
    evidence: z.string().nullable().optional(),
  })
  .openapi('ListedClaim');

function claimOut(claim: ClaimRecord, stands: ClaimStanding, account_id: string | null): z.infer<typeof Claim> {
  const { claim_id, kind } = claim;
  const { outcome, clause, reason, detail, decision_id } = stands;
  return {
    claim_id,
    kind,
    account_id,
    outcome,
    clause,
    reason,
    detail,
    effective_from: instantOut(stands.earns_from),
    filed_at: instantOut(claim.filed_at),
    expires_at: instantOut(claim.expires_at),
    at: instantOut(stands.at),
    decision_id,
  };
}

/** A claim as its partner may see it. An account that was named by address has no id in it. */
function ownOut(claim: ClaimRecord, now: number): z.infer<typeof Claim> {
  return claimOut(claim, standingForPartner(claim, now), claim.named_by === 'account_id' ? claim.account_id : null);
}

const postClaim = createRoute({
  method: 'post',
  path: '/v1/claims',
  tags: ['partner'],
  middleware: allow('partner'),
  request: {
    body: jsonBody(
      z
        .strictObject({
          kind: Kind,
          account_id: LongId.optional(),
          account_email: Email.optional(),
          note: text(2000).optional(),
        })
        .refine((body) => (body.account_id === undefined) !== (body.account_email === undefined), {
          path: ['account_id'],
          message: 'either account_id or account_email',
        })
        .openapi('ClaimFiling'),
    ),
  },
  responses: {
    200: jsonAnswer(Claim, 'On file already: the open one, or the same decision as before'),
    201: jsonAnswer(Claim, 'Filed'),
    ...PROBLEM_ANSWERS,
  },
});
claimRoutes.openapi(postClaim, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'claims');
  const { hasher } = await readProgram(c.var.books);
  const { kind, account_id, account_email, note = null } = c.req.valid('json');
  const named = account_id === undefined ? { email: account_email ?? '' } : { account_id };
  const context = { door: doorOf(c), hasher, clicks: c.var.clicks };
  const done = await fileClaim(context, { partner_id, kind, named, note });
  if (!done.ok)
    return failed(
      { not_found: 'not_found', rate_limited: 'rate_limited', conflict: 'conflict', busy: 'busy' },
      done.reason,
      done.reason === 'rate_limited' ? 'at most 20 claims by address a day (R3)' : undefined,
    );
  return c.json(ownOut(done.answer, c.var.now), done.first_time ? 201 : 200);
});

const CURSOR = /^(\d{1,16}):([A-Za-z0-9_-]{1,64})$/;

function beforeOf(cursor: string | undefined): { filed_at: number; claim_id: string } | null {
  const key = keyOfCursor(cursor);
  if (key === null) return null;
  const [, filed_at, claim_id] = CURSOR.exec(key) ?? [];
  if (filed_at === undefined || claim_id === undefined)
    return fail('malformed', 'the cursor is not one of ours', [
      { path: 'query.cursor', message: 'a next_cursor of a former page' },
    ]);
  return { filed_at: Number(filed_at), claim_id };
}

const getClaims = createRoute({
  method: 'get',
  path: '/v1/claims',
  tags: ['partner', 'operator'],
  middleware: allow('partner', 'operator'),
  request: {
    query: PageQuery.extend({
      partner_id: Id.optional(),
      account_id: LongId.optional(),
      kind: Kind.optional(),
      status: z
        .enum(['open', 'all'])
        .default('all')
        .openapi({ description: 'open: waits for the client or an operator' }),
    }),
  },
  responses: {
    200: jsonAnswer(
      pageOf(ListedClaim),
      'Claims, the latest first: a partner’s own, to an operator all. The filters are for operators',
    ),
    ...PROBLEM_ANSWERS,
  },
});
claimRoutes.openapi(getClaims, async (c) => {
  const { actor, now } = c.var;
  const { cursor, limit, status, partner_id, account_id, kind } = c.req.valid('query');
  const before = beforeOf(cursor);
  if (actor.role === 'partner') {
    const own = partnerActor(actor, actor.scopes.has('claims') ? 'claims' : 'read').partner_id;
    // What a filter lets through would tell what the answer does not.
    if (status !== 'all' || partner_id !== undefined || account_id !== undefined || kind !== undefined)
      return fail('forbidden', 'the filters are for operators');
    const rows = await listClaims(c.var.books, { partner_id: own, before, limit });
    const { data, next_cursor } = page(rows, limit, (row) => `${row.filed_at}:${row.claim_id}`);
    const listed = data.map((row) => {
      const { note, named_by } = row;
      return { ...ownOut(row, now), partner_id: own, named_by, note };
    });
    return c.json({ data: listed, next_cursor }, 200);
  }
  const open_at = status === 'open' ? now : undefined;
  const rows = await listClaims(c.var.books, { partner_id, account_id, kind, open_at, before, limit });
  const { data, next_cursor } = page(rows, limit, (row) => `${row.filed_at}:${row.claim_id}`);
  return c.json({ data: data.map((row) => operatorOut(row, now)), next_cursor }, 200);
});

function operatorOut(
  row: ClaimRecord & { note: string | null; evidence: string | null },
  now: number,
): z.infer<typeof ListedClaim> {
  const { partner_id, named_by, note, evidence, answer, answered_by } = row;
  return {
    ...claimOut(row, standingOf(row, now), row.account_id),
    partner_id,
    named_by,
    note,
    answer,
    answered_at: instantOut(row.answered_at),
    answered_by,
    evidence,
  };
}

const postConfirmation = createRoute({
  method: 'post',
  path: '/v1/claims/{claim_id}/confirmation',
  tags: ['operator'],
  middleware: allow('operator'),
  request: {
    params: z.object({ claim_id: Id }),
    body: jsonBody(z.strictObject({ confirmed: z.boolean(), evidence: text(4000) }).openapi('ClaimConfirmation')),
  },
  responses: {
    200: jsonAnswer(Claim, 'Recorded before, the same answer'),
    201: jsonAnswer(Claim, 'Recorded, and what the claim came to'),
    ...PROBLEM_ANSWERS,
  },
});
claimRoutes.openapi(postConfirmation, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const door = doorOf(c);
  const { confirmed, evidence } = c.req.valid('json');
  const word = {
    claim_id: c.req.valid('param').claim_id,
    answer: confirmed ? 'yes' : 'no',
    by: door.by,
    evidence,
  } as const;
  const done = await answerClaim(door, hasher, word);
  if (!done.ok) {
    const details: Partial<Record<typeof done.reason, string>> = {
      lapsed: 'the claim has lapsed: a new one may be filed',
      no_account: 'there is no account of its own that the claim is about',
    };
    return failed(
      {
        not_found: 'not_found',
        no_account: 'invalid',
        lapsed: 'already_decided',
        already_decided: 'already_decided',
        conflict: 'conflict',
        busy: 'busy',
      },
      done.reason,
      details[done.reason],
    );
  }
  const claim = done.answer;
  return c.json(claimOut(claim, standingOf(claim, c.var.now), claim.account_id), done.first_time ? 201 : 200);
});
