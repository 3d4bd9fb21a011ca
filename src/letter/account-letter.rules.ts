import type { Clause } from '../policy/clauses.ts';
import { dayText, writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

/**
 * What became of an account that looks like the partner's own (S1–S3), that a form brought by address alone (R3), or that an exception or
 * a merge of accounts has given or taken.
 */
export type AccountNews =
  | 'self_referral_blocked'
  | 'self_referral_held'
  | 'self_referral_released'
  | 'self_referral_denied'
  | 'form_join_confirmed'
  | 'form_join_not_confirmed'
  | 'exception_granted'
  | 'exception_away'
  | 'merged_away';

/** The account, as its referrer may see it. */
export interface AccountLabel {
  account_id: string;
  /** The holder's address, masked; null where it is gone. */
  masked: string | null;
  /** When its lines began to be held, where they were; epoch ms. */
  held_since: number | null;
  /** Whether the client answered, rather than our support. */
  by_client: boolean;
  /** The clause that an exception has overruled. */
  clause: Clause | null;
}

const HOLDER =
  'An account belongs to its admin user (L4). Where you manage it for a client, let the client be the admin, with the client’s own name and address; you may be an additional user. An address of yours on the client’s own business domain is no obstacle (S2).';

const EARNED_BACK =
  'What the account had earned you and was not paid yet is taken back. What you were paid for it is earned back from your next payouts first; we never ask for money back (C3).';

/** The letter about such an account. */
export function accountLetter(head: Letterhead, account: AccountLabel, news: AccountNews): Letter {
  const [subject, paragraphs, clauses] = words(head, account, news);
  return writeLetter(head, { subject, paragraphs, clauses });
}

/** What a letter says, and the clauses that it rests on. */
type Words = [string, string[], Clause[]];

/** How the letters name the account, the day and what they rest on. */
interface Named {
  it: string;
  on: string;
  since: string;
  by_client: boolean;
  /** The clause that an exception has overruled, to be read on in a sentence and as a list. */
  cited: string;
  overruled: Clause[];
}

function words(head: Letterhead, account: AccountLabel, news: AccountNews): Words {
  const { account_id, masked, by_client, clause, held_since } = account;
  const named: Named = {
    it: `the account ${account_id}${masked === null ? '' : ` (${masked})`}`,
    on: dayText(head.dated_at, head.timezone),
    since: held_since === null ? '' : ` They had been held since ${dayText(held_since, head.timezone)}.`,
    by_client,
    cited: clause === null ? '' : ` (${clause})`,
    overruled: clause === null ? [] : [clause],
  };
  switch (news) {
    case 'form_join_confirmed':
    case 'form_join_not_confirmed':
      return ofForm(named, news);
    case 'exception_granted':
    case 'exception_away':
    case 'merged_away':
      return ofOrder(named, news);
    default:
      return ofHolder(named, news);
  }
}

/** S1–S3: the account looks like the partner's own. */
function ofHolder({ it, on, since }: Named, news: Extract<AccountNews, `self_${string}`>): Words {
  switch (news) {
    case 'self_referral_blocked':
      return [
        'An account earns no commission',
        [
          `Your link brought ${it}, but its holder’s address is one of your own, or we have found before that it is your own account. An account that its own holder referred earns nothing (S1, S3). You stay recorded as its referrer, marked as self-referral.`,
          HOLDER,
          'If the account is a client’s and only the address is wrong, have the address corrected and write to us.',
        ],
        ['S1', 'S3', 'L4', 'S2'],
      ];
    case 'self_referral_held':
      return [
        'Commissions of an account are held',
        [
          `Since ${on} the commissions of ${it} are held: something about its holder looks like yourself, and an account that its own holder referred earns nothing (S1). That is a sign and no verdict. A person will look at it and decide (S3); nothing is lost until then, and the commissions count as pending.`,
          HOLDER,
          'If you tell us who holds the account and what your part in it is, the decision will be quicker.',
        ],
        ['S1', 'S3', 'L4', 'S2'],
      ];
    case 'self_referral_released':
      return [
        'Commissions of an account are free',
        [
          `On ${on} we looked at ${it} and found that it is not your own. Its commissions are held no more and become payable by the usual rules (S3).${since}`,
          'There is nothing for you to do.',
        ],
        ['S3'],
      ];
    case 'self_referral_denied':
      return [
        'An account earns no commission',
        [
          `On ${on} we looked at ${it} and found that it is your own. An account that its own holder referred earns nothing (S1, S3).${since} What it had earned is taken back; if you were paid for it, your next payouts earn that back first, and we never ask for money back (C3).`,
          HOLDER,
          'If we have it wrong, write to us with what shows whose account it is.',
        ],
        ['S1', 'S3', 'C3', 'L4', 'S2'],
      ];
  }
}

/** R3: a form of the same address spoke for the partner. */
function ofForm({ it, since, by_client }: Named, news: Extract<AccountNews, `form_${string}`>): Words {
  switch (news) {
    case 'form_join_confirmed':
      return [
        'A client has confirmed you',
        [
          `You were shown as the referrer of ${it} because a form with the same address had come by your link. ${by_client ? 'The client has' : 'We have'} now confirmed it (R3). Its commissions are held no more and become payable by the usual rules.${since}`,
          'There is nothing for you to do.',
        ],
        ['R3'],
      ];
    case 'form_join_not_confirmed':
      return [
        'A referral was not confirmed',
        [
          `You were shown as the referrer of ${it} because a form with the same address had come by your link. Anybody can send a form, so it needs the client’s own word. ${by_client ? 'The client’s own answer did not confirm it' : 'It was not confirmed'} (R3). You are not recorded as its referrer now, and the held commissions are gone.${since}`,
          'For clients to come: a sign-up that follows your link in the same browser is recorded by itself and needs no confirmation (L1).',
        ],
        ['R3', 'L1'],
      ];
  }
}

/** What operators ordered: an exception, or that accounts become one. */
function ofOrder(
  { it, on, cited, overruled }: Named,
  news: Extract<AccountNews, `${'exception' | 'merged'}_${string}`>,
): Words {
  switch (news) {
    case 'exception_granted':
      return [
        'You are recorded as a referrer',
        [
          `On ${on} the program made an exception for ${it}: you are recorded as its referrer, against what the rule would say${cited}. Two people agreed on it, with a reason.`,
          'The account stands among your referrals, with what each commission waits for.',
        ],
        overruled,
      ];
    case 'exception_away':
      return [
        'An exception was made for an account',
        [
          `On ${on} the program made an exception for ${it}: you are not recorded as its referrer any more, against what the rule would say${cited}. Two people agreed on it, with a reason.`,
          EARNED_BACK,
          'It is no judgement of your work. If you want to know more about that decision, write to us: we will say what we can without speaking of anybody else.',
        ],
        [...overruled, 'C3'],
      ];
    case 'merged_away':
      return [
        'An account has become part of another',
        [
          `The client of ${it} was a client of ours before, under another account. On ${on} the two became one. The account that was opened first says who is recorded as the referrer, since a click after the client’s sign-up changes nothing (L2).`,
          EARNED_BACK,
        ],
        ['L2', 'C3'],
      ];
  }
}
