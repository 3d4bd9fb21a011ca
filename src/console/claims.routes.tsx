import * as z from 'zod';

import { page } from '../http/cursor.ts';
import { readClaimLetter } from '../letter/read-claim.ts';
import { Select } from '../pages/parts.tsx';
import { TextArea } from '../pages/text-area.tsx';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyOf } from '../policy/policy.rules.ts';
import { readAuditLog } from '../program/audit.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { answerClaim, decideAnswer } from '../referrer/answer-claim.ts';
import { readAuditLog as readClickLog } from '../referrer/audit-log.ts';
import { standingOf, type ClaimRecord } from '../referrer/claim-view.rules.ts';
import { findClaim, listClaims, openingOf } from '../referrer/claim.repo.ts';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import { ClaimBody, ClaimsBody } from './claims.page.tsx';
import { readClaimStory } from './claims.repo.ts';
import {
  asked,
  at,
  consoleDoor,
  cursorKey,
  missing,
  PAGE_ROWS,
  pathPart,
  show,
  withQuery,
  wordsOf,
  type ConsoleContext,
} from './common.tsx';
import { consequence } from './consequence.ts';
import { EvidenceField } from './fields.ts';
import { HISTORY_ROWS } from './history.tsx';
import { openedState } from './read-account.ts';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';
import { CLAIM_WORDS } from './words.ts';

/** Claims and audits (R3–R5): what was asked, what shows it, and the client's word as support records it. */
export const claimPages = createConsolePages();

const CURSOR = /^(\d{1,16}):([A-Za-z0-9_-]{1,64})$/;

claimPages.get('/claims', async (c) => {
  const { books, now } = c.var;
  const all = asked(c, 'status') === 'all';
  const [, filed_at, claim_id] = CURSOR.exec(cursorKey(c) ?? '') ?? [];
  const before = filed_at === undefined || claim_id === undefined ? null : { filed_at: Number(filed_at), claim_id };
  const open_at = all ? undefined : now;
  const [words, found] = await Promise.all([wordsOf(c), listClaims(books, { open_at, before, limit: PAGE_ROWS })]);
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => `${row.filed_at}:${row.claim_id}`);
  const more =
    next_cursor === null ? null : withQuery('/console/claims', { status: all ? 'all' : null, cursor: next_cursor });
  return show(c, '/console/claims', {
    title: 'Claims',
    body: <ClaimsBody rows={data} all={all} more={more} words={words} />,
  });
});

/** The clicks that an audit goes by; null for a claim, or where there is no account. */
async function clicksOf(c: ConsoleContext, { kind, account_id }: ClaimRecord) {
  const { books, clicks } = c.var;
  const opening = kind === 'claim' || account_id === null ? null : await openingOf(books, account_id);
  if (account_id === null || opening === null) return null;
  const policy = policyOf(await readPolicy(books), opening.policy_version);
  const { signed_up_at } = opening;
  return (await readClickLog({ books, clicks }, { account_id, signed_up_at }, policy)).considered;
}

claimPages.get('/claims/:claim_id', async (c) => {
  const { books, config, now } = c.var;
  const claim_id = pathPart(c, 'claim_id');
  const claim = await findClaim(books, claim_id);
  if (!claim) return missing(c);
  const [words, story, read, clicks, history] = await Promise.all([
    wordsOf(c),
    readClaimStory(books, claim_id),
    readClaimLetter(books, claim_id, { program_name: config.program_name, now }),
    clicksOf(c, claim),
    readAuditLog(books, { before: null, limit: HISTORY_ROWS, subject: `claim:${claim_id}` }),
  ]);
  const seen = { claim, story, letter: read?.letter ?? null, clicks, history };
  return show(c, '/console/claims', {
    title: `Claim ${claim_id}`,
    body: <ClaimBody seen={seen} words={words} done={c.req.query('done')} />,
  });
});

const ConfirmationSchema = z.object({
  answer: z.enum(['yes', 'no'], 'Choose what the client said'),
  evidence: EvidenceField,
});

const REFUSALS = {
  ...COMMON_REFUSALS,
  no_account: 'There is no account of its own that the claim is about.',
  lapsed: 'It has lapsed: a new one may be filed.',
  same: 'This is recorded already.',
} as const;

const confirmation: Action<typeof ConfirmationSchema, ClaimRecord> = {
  path: '/claims/:claim_id/confirmation',
  place: '/console/claims',
  title: ({ claim_id }) => `The client’s word on ${claim_id}`,
  about: ({ partner_id, account_id }) =>
    `${partner_id} says to have referred account ${account_id ?? '–'}. Without the client’s own word no claim is granted; another answer cannot be recorded later.`,
  schema: ConfirmationSchema,
  fields: ({ sent, faults }) => (
    <>
      <Select
        name="answer"
        label="The client says"
        choices={[
          { value: 'yes', text: 'Yes, this partner referred us' },
          { value: 'no', text: 'No' },
        ]}
        value={sent['answer']}
        fault={faults['answer']}
        empty="Choose"
      />
      <TextArea
        name="evidence"
        label="What shows it"
        value={sent['evidence']}
        fault={faults['evidence']}
        hint="Who of the client’s said it, where and when. It is kept, and can be erased."
        maxlength={4000}
      />
    </>
  ),
  go: 'Record it',
  find: (c) => findClaim(c.var.books, pathPart(c, 'claim_id')),
  ask: async (c, claim, { answer, evidence }) => {
    const { books } = c.var;
    const { claim_id, partner_id, account_id } = claim;
    const state = account_id === null ? null : await openedState(c, account_id, [partner_id]);
    if (!state) return refusal(REFUSALS, 'no_account');
    const { hasher } = await readProgram(books);
    const door = consoleDoor(c);
    const decided = await decideAnswer(door, hasher, state, { claim_id, answer, by: door.by, evidence });
    if (!decided.ok) return refusal(REFUSALS, decided.reason);
    const said =
      answer === 'yes'
        ? `The client says that ${partner_id} referred them.`
        : `The client says no to ${partner_id}, which ends the claim for good (R3).`;
    const now_decides = claim.outcome === 'needs_client_confirmation';
    return {
      ok: true,
      says: [
        said,
        now_decides
          ? 'The claim is decided by it at once.'
          : `The claim stays ${CLAIM_WORDS[standingOf(claim, c.var.now).outcome]}; this says whether its partner is told.`,
        ...consequence(books, decided.after, await wordsOf(c)),
      ],
      yes: `Record the ${answer}`,
    };
  },
  act: async (c, { claim_id }, { answer, evidence }) => {
    const { hasher } = await readProgram(c.var.books);
    const door = consoleDoor(c);
    const done = await answerClaim(door, hasher, { claim_id, answer, by: door.by, evidence });
    if (!done.ok) return refusal(REFUSALS, done.reason);
    return { ok: true, done: done.first_time ? 'confirmed' : 'done_before', to: at.claim(claim_id) };
  },
  back: ({ claim_id }) => at.claim(claim_id),
};

addAction(claimPages, confirmation);
