import { describe, expect, it } from 'vitest';

import { accountLetter, type AccountNews } from '../../../src/letter/account-letter.rules.ts';
import { emailChangeLetter } from '../../../src/letter/email-change-letter.rules.ts';
import { dayText, daysText, letterHtml, letterText, longDay } from '../../../src/letter/letter.rules.ts';
import { addressLetter, cameBackLetter, listLetter } from '../../../src/letter/payout-letter.rules.ts';
import { questionMail } from '../../../src/letter/question.rules.ts';
import {
  ACCESS_DOORS,
  ACCESS_NEWS,
  accessLetter,
  SECURITY_NEWS,
  securityLetter,
} from '../../../src/letter/security-letter.rules.ts';

const at = (text: string) => Date.parse(text);
const head = { program_name: 'Acme', timezone: 'America/Los_Angeles', dated_at: at('2026-11-21T05:00:00Z') };
const account = {
  account_id: 'acct_1',
  masked: 'j•••@client.example',
  held_since: at('2026-11-01T20:00:00Z'),
  by_client: true,
  clause: 'R1' as const,
};

const ACCOUNTS: [AccountNews, subject: string, clauses: string[], ...words: string[]][] = [
  ['self_referral_blocked', 'An account earns no commission', ['S1', 'S3', 'L4', 'S2'], 'one of your own', 'admin'],
  [
    'self_referral_held',
    'Commissions of an account are held',
    ['S1', 'S3', 'L4', 'S2'],
    'Since 20 November 2026',
    'nothing is lost until then',
  ],
  [
    'self_referral_released',
    'Commissions of an account are free',
    ['S3'],
    'They had been held since 1 November 2026.',
    'nothing for you to do',
  ],
  [
    'self_referral_denied',
    'An account earns no commission',
    ['S1', 'S3', 'C3', 'L4', 'S2'],
    'your next payouts earn that back first',
  ],
  ['form_join_confirmed', 'A client has confirmed you', ['R3'], 'The client has now confirmed it (R3)'],
  [
    'form_join_not_confirmed',
    'A referral was not confirmed',
    ['R3', 'L1'],
    'The client’s own answer did not confirm it (R3)',
    'You are not recorded as its referrer',
  ],
  ['exception_granted', 'You are recorded as a referrer', ['R1'], 'exception', 'Two people agreed'],
  ['exception_away', 'An exception was made for an account', ['R1', 'C3'], 'not recorded as its referrer any more'],
  ['merged_away', 'An account has become part of another', ['L2', 'C3'], 'the two became one'],
];

describe('letters about accounts', () => {
  it.each(ACCOUNTS)('S1–S3, R3: %s', (news, subject, clauses, ...words) => {
    const letter = accountLetter(head, account, news);
    expect(letter).toMatchObject({ dated_on: '2026-11-20', subject, clauses });
    const text = letterText(letter, 'Acme');
    expect(text).toContain('the account acct_1 (j•••@client.example)');
    for (const word of words) expect(text).toContain(word);
    for (const clause of clauses) expect(letter.paragraphs.join(' ')).toMatch(new RegExp(`\\([^)]*\\b${clause}\\b`));
  });

  it('R3: an operator’s word is not told as the client’s', () => {
    const support = { ...account, by_client: false };
    expect(letterText(accountLetter(head, support, 'form_join_confirmed'), 'Acme')).toContain(
      'We have now confirmed it',
    );
    expect(letterText(accountLetter(head, support, 'form_join_not_confirmed'), 'Acme')).not.toContain(
      'The client’s own',
    );
  });

  it('of a holder who was erased nothing is shown', () => {
    const text = letterText(accountLetter(head, { ...account, masked: null }, 'self_referral_held'), 'Acme');
    expect(text).toContain('the account acct_1 are held');
  });
});

describe('letters about signing in', () => {
  it('a change of address: both are asked, by a link of their own, and neither learns the other', () => {
    const letters = (['former', 'new'] as const).map((side) =>
      letterText(
        emailChangeLetter(head, side, head.dated_at + 48 * 3_600_000, `https://go.acme.example/${side}`),
        'Acme',
      ),
    );
    for (const [i, side] of ['former', 'new'].entries()) {
      expect(letters[i]).toContain(`https://go.acme.example/${side}`);
      expect(letters[i]).toContain('up to 22 November 2026');
      expect(letters[i]).toContain('call it off');
      expect(letters[i]).not.toContain('@');
    }
  });

  it.each(SECURITY_NEWS)('%s: says when, and what to do if it was somebody else', (news) => {
    const letter = securityLetter(head, news, 'https://go.acme.example/partners/forgot');
    const text = letterText(letter, 'Acme');
    expect(text).toContain('On 20 November 2026');
    expect(text).toContain('If it was not, set a new password');
    expect(text).toContain('https://go.acme.example/partners/forgot');
  });
});

describe('letters about tokens and the PayPal address', () => {
  const forgot_url = 'https://go.acme.example/partners/forgot';
  const stop = 'https://go.acme.example/partners/stop/a-token';
  const FROM = {
    center: 'It was done in the Partner Center.',
    api: 'It was done through the API, with a token of yours.',
    people: 'It was done by one of our people.',
  };

  it.each(ACCESS_NEWS.flatMap((news) => ACCESS_DOORS.map((door) => ({ news, door }))))(
    '$news, $door: says when and from where, and what to do if it was somebody else',
    ({ news, door }) => {
      for (const stop_url of [stop, null]) {
        const text = letterText(accessLetter(head, { news, door }, { forgot_url, stop_url }), 'Acme');
        expect(text).toContain('On 20 November 2026, at Acme');
        expect(text).toContain(FROM[door]);
        expect(text).toContain('revoke API tokens that you do not know, and answer this mail');
        expect(text).toContain(stop_url ?? forgot_url);
        expect(text).not.toContain('@');
        expect(text.includes('P3: ')).toBe(news !== 'token_issued');
      }
    },
  );
});

describe('letters about payouts and lists', () => {
  it('P3: both addresses are told of the change and of the 72 hours, each without the other', () => {
    const serves = head.dated_at + 72 * 3_600_000;
    const stop = 'https://go.acme.example/partners/stop/a-token';
    const former = letterText(addressLetter(head, 'former', serves, stop), 'Acme');
    const next = letterText(addressLetter(head, 'new', serves, stop), 'Acme');
    for (const text of [former, next]) {
      expect(text).toContain('On 20 November 2026');
      expect(text).toContain('not before 23 November 2026');
      expect(text).toContain('72 hours');
      expect(text).toContain('P3: ');
      expect(text).not.toContain('@');
      expect(text).toContain(stop);
    }
    expect(former).toContain('If it was not, stop it by the link below');
    expect(next).toContain('If you know nothing of it');
  });

  it('P7, P3: a payout that came back', () => {
    const text = letterText(cameBackLetter(head, { pay_date: '2026-11-13', amount: '120.50 USD' }), 'Acme');
    expect(text).toContain('Your payout of 13 November 2026, 120.50 USD, came back to us on 20 November 2026');
    expect(text).toContain('due to you anew');
  });

  it('B1: an accepted list tells no verdict', () => {
    const list = { received_at: at('2026-11-10T20:00:00Z'), rows: 12, accepted_until: at('2026-12-21T05:00:00Z') };
    const letter = listLetter(head, list);
    const text = letterText(letter, 'Acme');
    expect(text).toContain('The list of 12 clients that you handed in on 10 November 2026 was accepted');
    expect(text).toContain('Up to 20 December 2026');
    expect(text).not.toMatch(/existing|already tracked|another partner|refused|of them/);
    expect(letterText(listLetter(head, { ...list, rows: 1 }), 'Acme')).toContain('list of one client');
  });
});

describe('the question to a client', () => {
  const question = { partner_name: 'Ann <script>', expires_at: at('2026-12-21T05:00:00Z') };

  it.each(['claim', 'form_join'] as const)(
    'R3: names the claimant, says what each answer means, decides nothing (%s)',
    (purpose) => {
      const letter = questionMail(head, { purpose, ...question }, 'https://go.acme.com/confirm/a.b.c');
      const text = letterText(letter, 'Acme');
      expect(text).toContain('Did Ann <script> refer you to Acme?');
      expect(text).toContain('Opening it decides nothing.');
      expect(text).toContain('Answer yes or no:\nhttps://go.acme.com/confirm/a.b.c');
      expect(text).toContain('Yes: ');
      expect(text).toContain('No: ');
      expect(text).toContain('up to 20 December 2026');
      expect(letter.subject).not.toContain('Ann');
      const html = letterHtml(letter, 'Acme');
      expect(html).toContain('Ann &lt;script&gt;');
      expect(html).not.toContain('<script');
      expect(html).toContain('<a href="https://go.acme.com/confirm/a.b.c">Answer yes or no</a>');
    },
  );
});

describe('days in letters', () => {
  it('are program days, written out', () => {
    expect(longDay('2026-01-05')).toBe('5 January 2026');
    expect(dayText(at('2027-01-01T07:59:59Z'), 'America/Los_Angeles')).toBe('31 December 2026');
    expect(dayText(at('2027-01-01T08:00:00Z'), 'America/Los_Angeles')).toBe('1 January 2027');
    expect([daysText(1), daysText(30)]).toEqual(['1 day', '30 days']);
  });
});
