import { describe, expect, it } from 'vitest';

import { usedCode } from '../../../src/promotion/promotion.rules.ts';
import { decideSignup, type SignupEvidence } from '../../../src/signup/signup.rules.ts';

const click = { partner_id: 'ann', code: 'ann', click_id: 'c', clicked_at: 5000 };
const code = (as_click: boolean, used_at = 6000) => ({ code: 'fall20', partner_id: 'bob', used_at, as_click });
const evidence = (more: Partial<SignupEvidence>): SignupEvidence => ({
  click: null,
  promotion: null,
  how_heard_partners: [],
  expected_partner: null,
  form: null,
  invalid_token: false,
  invalid_signup_ref: false,
  ...more,
});

describe('L3: a promotion code', () => {
  it.each([
    ['alone', { promotion: code(false) }, 'bob'],
    ['fallback: never over a click', { promotion: code(false), click }, 'ann'],
    ['click: over an earlier click', { promotion: code(true), click }, 'bob'],
    ['click: not over a later click', { promotion: code(true, 4000), click }, 'ann'],
    ['before how_heard', { promotion: code(false), how_heard_partners: ['cat'] }, 'bob'],
    ['before a list', { promotion: code(false), expected_partner: { partner_id: 'cat', list_id: 'l' } }, 'bob'],
  ] as const)('%s', (_, more, partner_id) => {
    const decision = decideSignup(evidence(more));
    expect(decision.partner_id).toBe(partner_id);
    if (partner_id === 'bob') expect(decision).toMatchObject({ source: 'code', clause: 'L3', click: null });
  });

  it('the last one up to the signup; else the first one within the window after it', () => {
    const use = (name: string, used_at: number) => ({ code: name, partner_id: name, used_at });
    expect(usedCode([use('a', 1000), use('b', 2999), use('c', 4000)], 2000, 9000)?.code).toBe('b');
    expect(usedCode([use('c', 5000), use('b', 4000)], 2000, 9000)?.code).toBe('b');
    expect(usedCode([use('c', 9001)], 2000, 9000)).toBeNull();
  });
});
