import type { Clause } from '../policy/clauses.ts';
import { dayText, writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

/** What became of an account that looks like the partner's own (S1–S3), or that a form brought by address alone (R3). */
export type AccountNews =
  | 'self_referral_blocked'
  | 'self_referral_held'
  | 'self_referral_released'
  | 'self_referral_denied'
  | 'form_join_confirmed'
  | 'form_join_not_confirmed';

/** The account, as its referrer may see it. */
export interface AccountLabel {
  account_id: string;
  /** The holder's address, masked; null where it is gone. */
  masked: string | null;
  /** When its lines began to be held, where they were; epoch ms. */
  held_since: number | null;
  /** Whether the client answered, rather than our support. */
  by_client: boolean;
}

const HOLDER =
  'An account belongs to its admin user (L4). Where you manage it for a client, let the client be the admin, with the client’s own name and address; you may be an additional user. An address of yours on the client’s own business domain is no obstacle (S2).';

/** The letter about such an account. */
export function accountLetter(head: Letterhead, account: AccountLabel, news: AccountNews): Letter {
  const [subject, paragraphs, clauses] = words(head, account, news);
  return writeLetter(head, { subject, paragraphs, clauses });
}

function words(head: Letterhead, account: AccountLabel, news: AccountNews): [string, string[], Clause[]] {
  const { account_id, masked } = account;
  const it = `the account ${account_id}${masked === null ? '' : ` (${masked})`}`;
  const on = dayText(head.dated_at, head.timezone);
  const since =
    account.held_since === null ? '' : ` They had been held since ${dayText(account.held_since, head.timezone)}.`;
  switch (news) {
    case 'self_referral_blocked':
      return [
        'An account earns no commission',
        [
          `Your link brought ${it}, but its holder’s address is one of your own. An account that its own holder referred earns nothing (S1, S3). You stay recorded as its referrer, marked as self-referral.`,
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
    case 'form_join_confirmed':
      return [
        'A client has confirmed you',
        [
          `You were shown as the referrer of ${it} because a form with the same address had come by your link. ${account.by_client ? 'The client has' : 'We have'} now confirmed it (R3). Its commissions are held no more and become payable by the usual rules.${since}`,
          'There is nothing for you to do.',
        ],
        ['R3'],
      ];
    case 'form_join_not_confirmed':
      return [
        'A referral was not confirmed',
        [
          `You were shown as the referrer of ${it} because a form with the same address had come by your link. Anybody can send a form, so it needs the client’s own word. ${account.by_client ? 'The client’s own answer did not confirm it' : 'It was not confirmed'} (R3). Nobody is recorded as the referrer now, and the held commissions are gone.${since}`,
          'For clients to come: a sign-up that follows your link in the same browser is recorded by itself and needs no confirmation (L1).',
        ],
        ['R3', 'L1'],
      ];
  }
}
