import { describe, expect, it } from 'vitest';

import { claimLetter, correctedAwayLetter, type ClaimTold } from '../../../src/letter/claim-letter.rules.ts';
import { citedIn, letterHtml, letterText } from '../../../src/letter/letter.rules.ts';
import { CLAUSES } from '../../../src/policy/clauses.ts';
import { CLAIM_REASONS } from '../../../src/referrer/claim.rules.ts';

const at = (text: string) => Date.parse(text);
const head = { program_name: 'Acme', timezone: 'America/Los_Angeles', dated_at: at('2026-11-21T05:00:00Z') };
const told = (reason: ClaimTold['reason'], change: Partial<ClaimTold> = {}): ClaimTold => ({
  kind: 'claim',
  // 03:00 UTC: the evening before in the program's zone.
  filed_at: at('2026-11-04T03:00:00Z'),
  expires_at: at('2026-12-04T03:00:00Z'),
  account_id: 'acct_1',
  reason,
  earns_from: null,
  window_days: 30,
  ...change,
});
const audit = { kind: 'audit' as const };
const asked = 'On 3 November 2026 you asked to be recorded as the referrer of the account acct_1.';
const askedAudit = 'On 3 November 2026 you asked for an audit of the account acct_1.';

/** What is told, the subject, the clauses, and words that the letter has to have. */
const EXAMPLES: [name: string, ClaimTold, subject: string, clauses: string[], ...words: string[]][] = [
  ['R3 granted', told('granted_in_time'), 'Your claim is granted', ['R3'], asked, 'You earn on all payments'],
  [
    'R5 granted late: from which day on, in the program’s zone',
    told('granted_late', { earns_from: at('2026-10-05T02:00:00Z') }),
    'Your claim is granted',
    ['R3', 'R5'],
    asked,
    'you earn on payments made from 4 October 2026 on, which is 30 days before you asked',
    'Payments made before that day earn you nothing (R5)',
  ],
  [
    'S1 granted to the holder’s own partner',
    told('granted_blocked'),
    'Your claim is granted, and earns nothing',
    ['R3', 'S1', 'S3', 'L4'],
    'one of your own addresses',
  ],
  ['R3 the referrer already', told('already_referrer'), 'You are the referrer already', ['R3'], 'nothing to claim'],
  [
    'R1 another is recorded',
    told('another_referrer'),
    'Your claim could not be granted',
    ['R1', 'R4'],
    asked,
    'Another partner is recorded',
    'you may ask for an audit up to 30 days after the first purchase',
  ],
  [
    'R1 another was confirmed first',
    told('another_claim_confirmed_first'),
    'Your claim could not be granted',
    ['R3', 'R1'],
    'the first that is confirmed counts',
  ],
  ['R3 the client said no', told('client_said_no'), 'Your claim was not confirmed', ['R3'], 'the answer was no'],
  ['R2 too late where late claims are closed', told('late_closed'), 'Your claim came too late', ['R2'], '30 days'],
  ['R3 not active', told('partner_not_active'), 'Your request could not be taken up', ['R3'], 'you were not active'],
  [
    'R3 lapsed',
    told('lapsed'),
    'Your request has lapsed',
    ['R3'],
    'Up to 3 December 2026 none came',
    'You may file a new one',
  ],
  ['R4 asked too late', told('audit_too_late', audit), 'Your audit came too late', ['R4'], askedAudit, '30 days'],
  ['R4 no visitor', told('no_visitor', audit), 'The audit changes nothing', ['R4', 'L1'], askedAudit],
  ['R4 no click counts', told('no_click_counts', audit), 'The audit changes nothing', ['L1', 'L2', 'R4'], askedAudit],
  ['R4 unchanged', told('same_referrer', audit), 'The audit changes nothing', ['L1', 'R4'], 'stays as it is'],
  ['R4 exception', told('exception_stands', audit), 'The audit changes nothing', ['R4'], 'an exception', 'two people'],
  ['R4 finding denied', told('finding_denied', audit), 'The audit changes nothing', ['R4'], 'a person'],
  [
    'R4 corrected to the one who asked',
    told('corrected_to_asker', audit),
    'The audit found in your favour',
    ['L1', 'R4'],
    'you are the referrer now',
  ],
  [
    'R4 corrected to another, who is not named',
    told('corrected_to_another', audit),
    'The audit is done',
    ['L1', 'R4'],
    'on the link of another partner',
    'You are not the referrer',
  ],
];

describe('letters about claims and audits', () => {
  it.each(EXAMPLES)('%s', (_, claim, subject, clauses, ...words) => {
    const letter = claimLetter(head, claim);
    expect(letter).toMatchObject({ dated_on: '2026-11-20', subject, clauses });
    const text = letterText(letter!, 'Acme');
    for (const word of words) expect(text).toContain(word);
    // Each clause is cited where it is used, and its sentence stands below.
    for (const { clause, says } of citedIn(letter!)) {
      expect(letter!.paragraphs.join(' ')).toMatch(new RegExp(`\\([^)]*\\b${clause}\\b`));
      expect(text).toContain(`${clause}: ${says}`);
    }
    expect(text.startsWith('20 November 2026\n\n')).toBe(true);
    expect(text.length).toBeLessThan(1800);
  });

  it('R3: every reason of a claim has its letter, or waits for one', () => {
    const without = Object.keys(CLAIM_REASONS).filter(
      (reason) => claimLetter(head, told(reason as ClaimTold['reason'])) === null,
    );
    expect(without).toEqual(['asked_client', 'audit_received', 'audit_waits']);
    const shown = new Set(EXAMPLES.map(([, { reason }]) => reason));
    expect(Object.keys(CLAIM_REASONS).filter((reason) => !shown.has(reason as ClaimTold['reason']))).toEqual(without);
  });

  it('R3: of a client named by address the letter tells nothing that its reader did not write', () => {
    const letter = claimLetter(head, told('lapsed', { account_id: null }))!;
    expect(letter.paragraphs[0]).toContain('the client whom you named by email address');
    expect(letterText(letter, 'Acme')).not.toContain('acct_1');
  });

  it('R3: a lapse does not say that anybody was asked: a stranger was not', () => {
    expect(letterText(claimLetter(head, told('lapsed'))!, 'Acme')).not.toMatch(/asked the client|client was asked/);
  });

  it('R4, C3: the former referrer hears of the correction, and of what is earned back', () => {
    const letter = correctedAwayLetter(head, 'acct_1');
    expect(letter.clauses).toEqual(['L1', 'R4', 'C3']);
    const text = letterText(letter, 'Acme');
    expect(text).toContain('On 20 November 2026 the record was corrected');
    expect(text).toContain('your next payouts first; we never ask for money back (C3)');
  });
});

describe('the form of a letter', () => {
  it('HTML has the words of the text, escaped, and fetches nothing', () => {
    const claim = told('another_referrer', { account_id: '<b>&"x"' });
    const letter = claimLetter(head, claim)!;
    const html = letterHtml(letter, 'Acme & <Sons>');
    expect(html).toContain('the account &lt;b&gt;&amp;&quot;x&quot;.');
    expect(html).toContain('Acme &amp; &lt;Sons&gt;');
    expect(html).not.toMatch(/<(?:script|img|link|iframe|b)\b|src=/);
    const words = (text: string) =>
      text
        .replaceAll(/<title>.*<\/title>|<style>.*<\/style>|<[^>]+>/g, ' ')
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&')
        .split(/\s+/)
        .filter((word) => word !== '')
        .join(' ');
    const text = letterText(letter, 'Acme & <Sons>')
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' ');
    const told_in_html = words(html)
      .replace(`${letter.subject} `, '')
      .replaceAll(/(\b[A-Z]\d) :/g, '$1:');
    expect(told_in_html).toBe(text);
  });

  it('every clause has a sentence to cite', () => {
    for (const says of Object.values(CLAUSES)) expect(says).toMatch(/^[A-Z].*\.$/);
  });
});
