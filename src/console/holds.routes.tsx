import * as z from 'zod';

import { readEarnings } from '../earnings/earnings.ts';
import { accountHoldDecided, decideHold, type HoldDecision } from '../hold/decide.ts';
import { findHold, listHolds } from '../hold/hold.repo.ts';
import { HOLD_CLAUSES, type HoldKind, type HoldRow } from '../hold/hold.rules.ts';
import { page } from '../http/cursor.ts';
import { Select } from '../pages/parts.tsx';
import { readAuditLog } from '../program/audit.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { findingDecided } from '../referrer/decide-finding.ts';
import { heldBy } from './accounts.repo.ts';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import {
  asked,
  askPayouts,
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
  type Words,
} from './common.tsx';
import { consequence } from './consequence.ts';
import { ReasonField } from './fields.ts';
import { HISTORY_ROWS } from './history.tsx';
import { HoldBody, HoldsBody } from './holds.page.tsx';
import { openedState } from './read-account.ts';
import { ReasonArea } from './reason-area.tsx';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';
import { HOLD_WORDS } from './words.ts';

/** Everything that waits for an operator's word (S3, R3, R4, P3, P4, P7). */
export const holdPages = createConsolePages();

const isKind = (text: string): text is HoldKind => Object.hasOwn(HOLD_CLAUSES, text);

holdPages.get('/holds', async (c) => {
  const asked_kind = asked(c, 'kind');
  const kind = isKind(asked_kind) ? asked_kind : undefined;
  const decided = asked(c, 'status') === 'decided';
  const [words, found] = await Promise.all([
    wordsOf(c),
    listHolds(c.var.books, { open: !decided, kind, after: cursorKey(c), limit: PAGE_ROWS }),
  ]);
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => row.hold_id);
  const query = { kind: kind ?? null, status: decided ? 'decided' : null };
  const more = next_cursor === null ? null : withQuery('/console/holds', { ...query, cursor: next_cursor });
  return show(c, '/console', {
    title: 'Holds',
    body: <HoldsBody rows={data} kind={kind} decided={decided} more={more} words={words} />,
  });
});

/** What the books keep back because of a hold, in sentences. */
async function heldText(c: ConsoleContext, hold: HoldRow, words: Words): Promise<string[]> {
  const facts = JSON.parse(hold.facts) as { amount?: unknown };
  if (hold.kind === 'came_back') return [`${words.money(Number(facts.amount ?? 0))} came back.`];
  const held = await heldBy(c.var.books, hold);
  if (held.length > 0) return held.map(({ partner_id, amount }) => `${words.money(amount)} of ${partner_id} are held.`);
  if (hold.partner_id === null || hold.account_id !== null) return [`${words.money(0)} are held.`];
  const { totals } = await readEarnings(c.var.books, hold.partner_id, c.var.now, c.var.now);
  return [`${words.money(totals.payable)} is payable to ${hold.partner_id}, and is not paid while this gate is shut.`];
}

holdPages.get('/holds/:hold_id', async (c) => {
  const hold = await findHold(c.var.books, pathPart(c, 'hold_id'));
  if (!hold) return missing(c);
  const subject = `hold:${hold.hold_id}`;
  const [words, history] = await Promise.all([
    wordsOf(c),
    readAuditLog(c.var.books, { before: null, limit: HISTORY_ROWS, subject }),
  ]);
  const held = hold.decision === null ? await heldText(c, hold, words) : [];
  return show(c, '/console', {
    title: `Hold: ${HOLD_WORDS[hold.kind]}`,
    body: <HoldBody hold={hold} held={held} history={history} words={words} done={c.req.query('done')} />,
  });
});

const DecisionSchema = z.object({
  decision: z.enum(['release', 'deny'], 'Choose'),
  reason: ReasonField,
});

/** What each word means for each kind, in a sentence. */
const MEANS: Record<HoldKind, Record<HoldDecision['decision'], string>> = {
  self_referral: {
    release: 'It is no self-referral: what is held can be paid.',
    deny: 'It is a self-referral: the account earns nothing, from its first payment on (S1).',
  },
  form_join: {
    release: 'The client confirms the referrer: what is held can be paid.',
    deny: 'The client does not confirm it: nobody is the referrer (R3).',
  },
  audit_finding: {
    release: 'The referrer is corrected to the partner whom the clicks name (R4).',
    deny: 'The referrer stays as it is.',
  },
  residency: { release: 'The partner can be paid.', deny: 'The gate stays shut.' },
  address_in_use: { release: 'The address serves this partner.', deny: 'The address does not serve this partner.' },
  country_change: { release: 'The change of country stands, and the gate opens.', deny: 'The gate stays shut.' },
  came_back: {
    release: 'What came back is due to the partner anew.',
    deny: 'What came back is written off: it counts neither as paid nor as due.',
  },
  dispute: {
    release: 'What is held can be paid though the dispute is open.',
    deny: 'This is not for an operator: the bank decides, and a lost dispute is a refund.',
  },
};

/** What a word books, by the functions that decide it; nothing where it moves no commission. */
async function booked(c: ConsoleContext, hold: HoldRow, word: HoldDecision, words: Words): Promise<string[]> {
  const { account_id, partner_id } = hold;
  if (account_id === null) return [];
  const { books } = c.var;
  const { hasher } = await readProgram(books);
  const state = await openedState(c, account_id, partner_id === null ? [] : [partner_id]);
  if (!state) return [];
  const door = consoleDoor(c);
  if (hold.kind === 'audit_finding') {
    const settled = await findingDecided(door, hasher, state, { ...hold, account_id }, word);
    return settled ? consequence(books, settled.after, words) : [];
  }
  if (hold.kind !== 'self_referral' && hold.kind !== 'form_join') return [];
  const decision = await accountHoldDecided(door, hasher, state, hold, word);
  const decisions = decision ? [...state.decisions, decision] : state.decisions;
  return consequence(books, { ...state, decisions }, words);
}

const decision: Action<typeof DecisionSchema, HoldRow> = {
  path: '/holds/:hold_id/decision',
  place: '/console',
  title: ({ kind }) => `Decide: ${HOLD_WORDS[kind]}`,
  about: ({ clause }) => `A hold never decides itself (${clause}). Your word is kept with its reason, and stands.`,
  schema: DecisionSchema,
  fields: ({ sent, faults, subject }) => (
    <>
      <Select
        name="decision"
        label="Decision"
        choices={[
          { value: 'release', text: `Release: ${MEANS[subject.kind].release}` },
          { value: 'deny', text: `Deny: ${MEANS[subject.kind].deny}` },
        ]}
        value={sent['decision']}
        fault={faults['decision']}
        empty="Choose"
      />
      <ReasonArea sent={sent} faults={faults} />
    </>
  ),
  go: 'Decide',
  find: (c) => findHold(c.var.books, pathPart(c, 'hold_id')),
  ask: async (c, hold, { decision: said, reason }) => {
    if (hold.decision !== null) return refusal(COMMON_REFUSALS, 'already_decided');
    const words = await wordsOf(c);
    const word = { hold_id: hold.hold_id, decision: said, reason };
    return {
      ok: true,
      says: [...(await heldText(c, hold, words)), MEANS[hold.kind][said], ...(await booked(c, hold, word, words))],
      yes: said === 'release' ? 'Release it' : 'Deny it',
    };
  },
  act: async (c, hold, { decision: said, reason }) => {
    const { hasher } = await readProgram(c.var.books);
    const { PAYOUTS } = c.env;
    // The vault may not answer; whatever else is asked of it is passed on as it is.
    const vault = {
      decideCameBack: (...word: Parameters<typeof PAYOUTS.decideCameBack>) =>
        askPayouts(() => PAYOUTS.decideCameBack(...word)),
    };
    const word = { hold_id: hold.hold_id, decision: said, reason };
    const done = await decideHold(consoleDoor(c), hasher, vault, word);
    if (!done.ok) return refusal(COMMON_REFUSALS, done.reason);
    return { ok: true, done: said === 'release' ? 'released' : 'denied', to: at.hold(hold.hold_id) };
  },
  back: ({ hold_id }) => at.hold(hold_id),
};

addAction(holdPages, decision);
