import type { AccountState } from '../account/state.rules.ts';
import { writeAccount, type Change, type Door, type Refusal, type Written } from '../account/write.ts';
import { holdsOfAccount } from '../hold/hold.repo.ts';
import { tellClaim } from '../mail/letters.ts';
import type { Hasher } from '../people/hash.ts';
import { keepDocument } from '../people/people.repo.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { expectThat, type Statement } from '../program/commit.repo.ts';
import type { ClaimRecord } from './claim-view.rules.ts';
import { claimsOfAccount, findClaim, partnersRefused, subjectOfClaim } from './claim.repo.ts';
import { decideClaim, windowEnd } from './claim.rules.ts';
import { answerConfirmation, stillOpen } from './confirmation.repo.ts';
import { assessReferrer, governingPolicy, settle, trackedOf, type Grounds } from './settle.ts';

/** The client's answer to a claim: given on the page (`by` is 'client'), or recorded by support (an operator's name) with its evidence. */
export interface ClaimAnswer {
  claim_id: string;
  answer: 'yes' | 'no';
  by: string;
  evidence?: string;
}

type Reason = 'no_account' | 'lapsed' | 'already_decided';
type Answered = Written<ClaimRecord> | Refusal<Reason | 'not_found' | 'conflict' | 'busy'>;

/**
 * Takes the client's answer to a claim, once, up to and at `expires_at` (R3). A *yes* decides on the state as it is then: granted, with
 * the earlier payments that T allows (R5), or refused because another is tracked (R1); a *no* ends the claim for good. Of an audit by
 * address it only decides whether its partner is told. The same answer again is answered with the claim as it stands. Errors:
 * `already_decided` another answer was first, or nobody was asked; `lapsed` it comes too late; `no_account` at the filing no account had
 * the address that was named, or it has become part of another since.
 */
export async function answerClaim(door: Door, hasher: Hasher, word: ClaimAnswer): Promise<Answered> {
  const filed = await findClaim(door.books, word.claim_id);
  if (!filed) return { ok: false, reason: 'not_found' };
  if (filed.account_id === null) return { ok: false, reason: 'no_account' };
  const { account_id, partner_id } = filed;
  const asking: Door = { ...door, by: word.by };
  const written = await writeAccount<null, Reason | 'same'>(
    asking,
    null,
    { account_id, partner_ids: [partner_id] },
    (state) => decideAnswer(asking, hasher, state, word),
  );
  if (!written.ok && written.reason !== 'same') return { ok: false, reason: written.reason };
  const claim = await findClaim(door.books, word.claim_id);
  return claim ? { ok: true, first_time: written.ok, answer: claim } : { ok: false, reason: 'not_found' };
}

/** What the client's answer comes to on the account as it stands: the state after it, or why it decides nothing. Writes nothing. */
export async function decideAnswer(
  door: Door,
  hasher: Hasher,
  state: AccountState,
  word: ClaimAnswer,
): Promise<Change<null> | Refusal<Reason | 'same'>> {
  const { books, now } = door;
  const [claims, holds, refused] = await Promise.all([
    claimsOfAccount(books, state.account_id),
    holdsOfAccount(books, state.account_id),
    partnersRefused(books, state.account_id),
  ]);
  const claim = claims.find((one) => one.claim_id === word.claim_id);
  if (!claim || !state.account || state.account.joined_to !== null) return { ok: false, reason: 'no_account' };
  if (claim.answer !== null) return { ok: false, reason: claim.answer === word.answer ? 'same' : 'already_decided' };
  if (!claim.asked) return { ok: false, reason: 'already_decided' };
  if (now > claim.expires_at) return { ok: false, reason: 'lapsed' };
  const statements = answerStatements(door, word);
  // A claim that is decided already stays so; the answer still says whether its partner is told, or has been ended for good.
  if (claim.outcome !== 'needs_client_confirmation') {
    const decided = claim.outcome !== 'received';
    if (claim.named_by === 'account_email' && word.answer === 'yes' && decided)
      statements.push(tellClaim(books, claim, claim.n, now));
    return { ok: true, after: state, statements, answer: () => null };
  }
  const around = { state, claims, holds };
  const policy = governingPolicy(state);
  const ruling = decideClaim({
    claimant: claim.partner_id,
    partner_active: true,
    tracked: trackedOf(around),
    said_no: refused.includes(claim.partner_id),
    filed_at: claim.filed_at,
    signed_up_at: state.account.signed_up_at,
    answer: word.answer,
    policy,
  });
  const grounds: Grounds = {
    told: claim.named_by === 'account_id' || word.answer === 'yes',
    facts: {
      filed_at: claim.filed_at,
      named_by: claim.named_by,
      window_ends_at: windowEnd(state.account.signed_up_at, policy),
      tracked: trackedOf(around)?.partner_id ?? null,
      answer: word.answer,
      answered_by: word.by,
    },
  };
  if (ruling.outcome === 'granted') {
    grounds.referrer = claim.partner_id;
    grounds.verdict = await assessReferrer(door, hasher, state, claim.partner_id, 'at_claim');
  }
  const settled = await settle(door, hasher, around, claim, ruling, grounds);
  return { ok: true, after: settled.after, statements: [...statements, ...settled.statements], answer: () => null };
}

/** The answer itself, with its evidence where support records it. */
function answerStatements(door: Door, word: ClaimAnswer): Statement[] {
  const { books, now, by, via } = door;
  const { claim_id, answer, evidence } = word;
  const subject = subjectOfClaim(claim_id);
  const about = { purpose: 'claim', subject_id: claim_id } as const;
  const statements = [answerConfirmation(books, about, { answer, now, by })];
  // On the page only who holds the account answers, also while that changes (L4).
  if (by === 'client') statements.unshift(expectThat(books, stillOpen(about, now)));
  if (evidence !== undefined) {
    const document_id = `doc_${crypto.randomUUID().replaceAll('-', '')}`;
    statements.push(keepDocument(books, { document_id, subject, kind: 'evidence', body: evidence, recorded_at: now }));
  }
  if (by !== 'client')
    statements.push(
      auditStatement(books, {
        at: now,
        actor: by,
        via,
        action: 'claim.confirmation',
        subject,
        details: {},
        before: { answer: null },
        after: { answer },
      }),
    );
  return statements;
}
