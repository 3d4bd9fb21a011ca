import { expect, it } from 'vitest';

import type { DecisionRow } from '../../../src/account/state.rules.ts';
import { heardOf, isCompletable, sameDecision } from '../../../src/signup/complete.rules.ts';

const row = (more: Partial<DecisionRow> = {}): DecisionRow => ({
  account_id: 'a',
  n: 1,
  decision_id: 'd',
  at: 5,
  kind: 'signup',
  outcome: 'referred',
  source: 'last_click',
  partner_id: 'ann',
  sets_referrer: 1,
  earns_from: null,
  blocked: 0,
  flags: '[]',
  clause: 'L1',
  policy_version: 1,
  asked_by: 'stripe',
  facts: JSON.stringify({ click: { click_id: 'c' } }),
  recorded_at: 9,
  ...more,
});

it.each([
  ['nothing decided', [], true],
  ['a signup', [row()], true],
  ['a claim', [row(), row({ n: 2, kind: 'claim' })], false],
  ['a refused claim, which sets nobody', [row(), row({ n: 2, kind: 'claim', sets_referrer: 0 })], true],
  ['an audit', [row(), row({ n: 2, kind: 'audit' })], false],
  ['an operator', [row(), row({ n: 2, kind: 'operator' })], false],
  ['a merge by Stripe’s events of what a click decided', [row({ kind: 'operator', outcome: 'merged' })], true],
  [
    'a merge by Stripe’s events of what a claim decided',
    [row({ kind: 'operator', outcome: 'merged', source: 'claim' })],
    false,
  ],
  ['a merge by an operator', [row({ kind: 'operator', outcome: 'merged', asked_by: 'ana' })], false],
] as const)('R1, R4: completable after %s: %s', (_, decisions, expected) => {
  expect(isCompletable(decisions)).toBe(expected);
});

it.each([
  [{}, true],
  [{ n: 2, decision_id: 'e', recorded_at: 10 }, true],
  [{ at: 4 }, false],
  [{ partner_id: 'bob' }, false],
  [{ blocked: 1 }, false],
  [{ source: 'code' }, false],
  [{ facts: JSON.stringify({ click: { click_id: 'other' } }) }, false],
] as const)('L1: the same decision %j: %s', (more, expected) => {
  expect(sameDecision([row()], row(more))).toBe(expected);
});

it('L1: what was decided by before a merge counts anew after it', () => {
  const key = 'k1';
  const heard = row({ facts: JSON.stringify({ evidence_key: key }) });
  expect(heardOf([], key)).toBe(false);
  expect(heardOf([heard, row({ n: 2 })], key)).toBe(true);
  expect(heardOf([heard, row({ n: 2, kind: 'operator', outcome: 'merged' })], key)).toBe(false);
});
