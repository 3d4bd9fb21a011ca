import type { Clause } from '../policy/clauses.ts';
import type { ClaimReason } from '../referrer/claim.rules.ts';
import { dayText, daysText, writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

/** The claim or audit that a letter is about, as its partner may know it; whoever else is concerned is never named (R6). */
export interface ClaimTold {
  kind: 'claim' | 'audit';
  filed_at: number;
  expires_at: number;
  /** The account's id where the reader may know it; null for a client that was named by address. */
  account_id: string | null;
  reason: ClaimReason | 'lapsed';
  /** R5: from which instant on payments earn; null: all. */
  earns_from: number | null;
  /** `referrer_window_days` of the version that governs. */
  window_days: number;
}

/** The parts of which the sentences are made. */
interface Parts {
  /** `On 3 May 2026 you asked …` */
  asked: string;
  whom: string;
  days: string;
  expires: string;
  earns_from: string;
}

type Words = readonly [subject: string, clauses: readonly Clause[], ...paragraphs: string[]];

const OWN_LINK =
  'For clients to come, see to it that they follow your own link right before they sign up; then the record says so, and no claim is needed.';
const AMONG_REFERRALS = 'The account stands among your referrals, with what each commission waits for.';

const WORDS: Record<
  Exclude<ClaimTold['reason'], 'asked_client' | 'audit_received' | 'audit_waits'>,
  (parts: Parts) => Words
> = {
  granted_in_time: ({ asked }) => [
    'Your claim is granted',
    ['R3'],
    `${asked} The client has confirmed it, and you are the referrer now (R3).`,
    `You earn on all payments of this account. ${AMONG_REFERRALS}`,
  ],
  granted_late: ({ asked, days, earns_from }) => [
    'Your claim is granted',
    ['R3', 'R5'],
    `${asked} The client has confirmed it, and you are the referrer now (R3).`,
    `When you asked, more than ${days} had passed since the account was opened. So you earn on payments made from ${earns_from} on, which is ${days} before you asked, and on all later ones. Payments made before that day earn you nothing (R5).`,
    `Had the claim come sooner, nothing would have been lost: a look at your referrals soon after a client signs up is worth it. ${AMONG_REFERRALS}`,
  ],
  granted_blocked: ({ asked }) => [
    'Your claim is granted, and earns nothing',
    ['R3', 'S1', 'S3', 'L4'],
    `${asked} The client has confirmed it, and you are recorded as the referrer (R3). But the account’s holder has one of your own addresses, or we have found before that it is your own, and an account that its own holder referred earns nothing (S1, S3).`,
    'An account belongs to its admin user (L4). If it is a client’s, let the client be the admin, with the client’s own name and address, and write to us.',
  ],
  already_referrer: ({ asked }) => [
    'You are the referrer already',
    ['R3'],
    `${asked} There is nothing to claim: the record names you as the referrer (R3).`,
    AMONG_REFERRALS,
  ],
  another_referrer: ({ asked, days }) => [
    'Your claim could not be granted',
    ['R1', 'R4'],
    `${asked} Another partner is recorded as the referrer already. No request, yours or the client’s, takes an account away from the partner who is recorded (R1).`,
    'You may know this client well, and have put real work into them; we do not doubt it. But we do not weigh one partner’s work against another’s. What was recorded decides, for you as much as against you: nobody can ask your accounts away from you either.',
    `If you believe that the record itself is wrong, you may ask for an audit up to ${days} after the first purchase: it reads the recorded clicks again (R4).`,
    OWN_LINK,
  ],
  another_claim_confirmed_first: ({ asked }) => [
    'Your claim could not be granted',
    ['R3', 'R1'],
    `${asked} Before it was confirmed, another partner became the referrer. Of several claims the first that is confirmed counts (R3), and no later one takes an account away from the partner who is recorded (R1).`,
    'We cannot tell you who it is, as we would tell nobody about you.',
    OWN_LINK,
  ],
  client_said_no: ({ asked }) => [
    'Your claim was not confirmed',
    ['R3'],
    `${asked} The client was asked, and the answer was no. Without the client’s own confirmation no claim is granted, and a no ends it for good (R3).`,
    'We know nothing beyond that answer. If you think that it was a mistake, please talk to the client: the decision is theirs, not ours.',
    OWN_LINK,
  ],
  late_closed: ({ asked, days }) => [
    'Your claim came too late',
    ['R2'],
    `${asked} By then more than ${days} had passed since the account was opened, and this program takes no claims after that time (R2).`,
    'We know that this is hard where the work was real. The limit is the same for everybody, and it keeps accounts from being claimed by people who only hear of them later.',
    OWN_LINK,
  ],
  partner_not_active: ({ asked }) => [
    'Your request could not be taken up',
    ['R3'],
    `${asked} Only a partner who is active may claim an account or ask for an audit, and you were not active then (R3).`,
    'Once you are active again you may file it anew. If you do not know why you are not, please ask us.',
  ],
  lapsed: ({ asked, days, expires }) => [
    'Your request has lapsed',
    ['R3'],
    `${asked} It needed the client’s own confirmation within ${days}. Up to ${expires} none came, so it has lapsed (R3).`,
    'You may file a new one. It helps to tell the client beforehand: our question comes by mail to the address of the account’s admin, and only a button on its page counts as an answer.',
    OWN_LINK,
  ],
  audit_too_late: ({ asked, days }) => [
    'Your audit came too late',
    ['R4'],
    `${asked} An audit may be asked for up to ${days} after the first purchase (before a purchase: after the opening), and that time was over (R4). The record stays as it is.`,
    OWN_LINK,
  ],
  no_visitor: ({ asked }) => [
    'The audit changes nothing',
    ['R4', 'L1'],
    `${asked} An audit reads the recorded clicks of the browser that signed up, and with this sign-up no such browser was known to us. There is nothing to read, so the record stays as it is (R4).`,
    `That is no judgement of your work: without a click on a link we simply have nothing to go by (L1). ${OWN_LINK}`,
  ],
  no_click_counts: ({ asked }) => [
    'The audit changes nothing',
    ['L1', 'L2', 'R4'],
    `${asked} It read the recorded clicks up to the sign-up once more, and none of them counts: a click counts when a person follows the live link of an active partner, before the sign-up and not too long before it (L1, L2). The record stays as it is (R4).`,
    OWN_LINK,
  ],
  same_referrer: ({ asked }) => [
    'The audit changes nothing',
    ['L1', 'R4'],
    `${asked} It read the recorded clicks up to the sign-up once more. The last one that counts is that of the partner who is recorded (L1), so the record stays as it is (R4).`,
    OWN_LINK,
  ],
  exception_stands: ({ asked }) => [
    'The audit changes nothing',
    ['R4'],
    `${asked} Who is recorded for this account rests on an exception, which two people of the program agreed on with a reason. An audit does not undo it, whatever the recorded clicks say, so the record stays as it is (R4).`,
    'If you want to know more about that decision, write to us: we will say what we can without speaking of anybody else.',
  ],
  finding_denied: ({ asked }) => [
    'The audit changes nothing',
    ['R4'],
    `${asked} Its finding was looked at by a person, who decided not to change the record (R4).`,
    'If you want to know more about that decision, write to us: we will say what we can without speaking of anybody else.',
  ],
  corrected_to_asker: ({ asked }) => [
    'The audit found in your favour',
    ['L1', 'R4'],
    `${asked} The recorded clicks show that the last one that counts was made on your link (L1). The record has been corrected: you are the referrer now, and are credited in full (R4).`,
    AMONG_REFERRALS,
  ],
  corrected_to_another: ({ asked }) => [
    'The audit is done',
    ['L1', 'R4'],
    `${asked} The recorded clicks show that the last one that counts was made on the link of another partner, who was not the one recorded (L1). The record has been corrected to that partner (R4). You are not the referrer.`,
    'This is not what you hoped for. An audit reads what was recorded and nothing else, whoever asks.',
    OWN_LINK,
  ],
};

/** The letter to the partner who filed a claim or asked for an audit; null while there is nothing to tell. */
export function claimLetter(head: Letterhead, claim: ClaimTold): Letter | null {
  const { reason, account_id } = claim;
  if (reason === 'asked_client' || reason === 'audit_received' || reason === 'audit_waits') return null;
  const day = (at: number) => dayText(at, head.timezone);
  const whom = account_id === null ? 'the client whom you named by email address' : `the account ${account_id}`;
  const what = claim.kind === 'claim' ? 'to be recorded as the referrer' : 'for an audit';
  const [subject, clauses, ...paragraphs] = WORDS[reason]({
    asked: `On ${day(claim.filed_at)} you asked ${what} of ${whom}.`,
    whom,
    days: daysText(claim.window_days),
    expires: day(claim.expires_at),
    earns_from: day(claim.earns_from ?? claim.filed_at),
  });
  return writeLetter(head, { subject, paragraphs, clauses });
}

/** The letter to the partner whose account an audit has found to be another's (R4, C3). */
export function correctedAwayLetter(head: Letterhead, account_id: string): Letter {
  const paragraphs = [
    `An audit has read the recorded clicks of the account ${account_id} again. They show that the last one that counts was made on another partner’s link, and not on yours (L1). On ${dayText(head.dated_at, head.timezone)} the record was corrected: you are not the referrer any more (R4).`,
    'What this account had earned you and was not paid yet has gone to that partner. What you were paid for it is earned back from your next payouts first; we never ask for money back (C3).',
    'The mistake was in our record, not in what you did. The timeline of the clicks that decided stands among your referrals, under this account.',
  ];
  return writeLetter(head, { subject: 'An account was corrected', paragraphs, clauses: ['L1', 'R4', 'C3'] });
}
