import fc from 'fast-check';
import { expect, it } from 'vitest';

import { CLICK_CLASSES } from '../../../src/attribution/click.ts';
import { lastClick, type CandidateClick, type LinkStanding } from '../../../src/attribution/last-click.rules.ts';

const SIGNUP = Date.parse('2026-06-01T12:00:00.500Z');
const bounds = { signed_up_at: SIGNUP, oldest_at: Date.parse('2025-06-01T12:00:00.500Z') };
const live = (code: string): LinkStanding => ({ partner_id: `p_${code}`, link_live: true, partner_active: true });

let n = 0;
const click = (code: string, clicked_at: number, more: Partial<CandidateClick> = {}): CandidateClick => ({
  click_id: `c${String(n++).padStart(4, '0')}`,
  visitor_id: 'visitor',
  code,
  clicked_at,
  class: 'person',
  ...more,
});
const decide = (clicks: readonly CandidateClick[], standing = (candidate: CandidateClick) => live(candidate.code)) =>
  lastClick(clicks, standing, bounds);
const verdicts = (decided: ReturnType<typeof decide>) =>
  decided.considered.map((considered) => [considered.code, considered.verdict]);

it('L1: the last click before the signup wins, in whatever order clicks are given', () => {
  const decided = decide([click('late', SIGNUP - 1000), click('early', SIGNUP - 9000)]);
  expect(decided.winner?.partner_id).toBe('p_late');
  expect(verdicts(decided)).toEqual([
    ['late', 'won'],
    ['early', 'earlier'],
  ]);
});

it.each(CLICK_CLASSES.filter((name) => name !== 'person'))('L1: a %s never wins', (name) => {
  const decided = decide([click('other', SIGNUP - 1, { class: name }), click('person', SIGNUP - 5000)]);
  expect(decided.winner?.code).toBe('person');
  expect(verdicts(decided)[0]).toEqual(['other', 'not_a_person']);
});

it.each([
  ['link_retired', { partner_id: 'p', link_live: false, partner_active: true }],
  ['partner_not_active', { partner_id: 'p', link_live: true, partner_active: false }],
  ['unknown_code', null],
] as const)('L1: link and partner count as both were at the click: %s', (verdict, standing) => {
  const decided = decide([click('bad', SIGNUP - 1), click('good', SIGNUP - 5000)], (candidate) =>
    candidate.code === 'bad' ? standing : live(candidate.code),
  );
  expect(decided.winner?.code).toBe('good');
  expect(verdicts(decided)[0]).toEqual(['bad', verdict]);
});

it('L2: a click after the signup changes nothing; one in the same second counts', () => {
  const decided = decide([click('next_second', SIGNUP + 500), click('same_second', SIGNUP + 499)]);
  expect(verdicts(decided)).toEqual([
    ['next_second', 'after_signup'],
    ['same_second', 'won'],
  ]);
});

it('L2: a click at the very end of its life wins, one older does not', () => {
  expect(decide([click('edge', bounds.oldest_at)]).winner?.code).toBe('edge');
  const decided = decide([click('old', bounds.oldest_at - 1)]);
  expect(decided.winner).toBeNull();
  expect(verdicts(decided)).toEqual([['old', 'expired']]);
});

it('L1: of two clicks at one instant the larger id is the later', () => {
  const clicks = [click('small', SIGNUP - 1, { click_id: 'a' }), click('large', SIGNUP - 1, { click_id: 'b' })];
  expect(decide(clicks).winner?.code).toBe('large');
  expect(decide(clicks.toReversed()).winner?.code).toBe('large');
});

it('L1: nobody clicked, nobody won', () => {
  expect(decide([])).toEqual({ winner: null, considered: [] });
});

it('L1, L2: the winner is the latest of those that count, whatever the order', () => {
  const arbitrary = fc.record({
    clicked_at: fc.integer({ min: SIGNUP - 3000, max: SIGNUP + 3000 }),
    code: fc.constantFrom('live', 'retired', 'suspended', 'unknown'),
    class: fc.constantFrom(...CLICK_CLASSES),
    id: fc.integer({ min: 0, max: 99 }),
  });
  const standing = ({ code }: CandidateClick): LinkStanding =>
    code === 'unknown'
      ? null
      : { partner_id: 'p', link_live: code !== 'retired', partner_active: code !== 'suspended' };
  fc.assert(
    fc.property(fc.uniqueArray(arbitrary, { selector: ({ id }) => id }), (list) => {
      const clicks = list.map(({ id, ...rest }) =>
        click(rest.code, rest.clicked_at, { ...rest, click_id: `c${id + 100}` }),
      );
      const counts = clicks.filter(
        (candidate) =>
          candidate.class === 'person' &&
          candidate.code === 'live' &&
          Math.floor(candidate.clicked_at / 1000) <= Math.floor(SIGNUP / 1000),
      );
      const rank = (candidate: CandidateClick) => `${candidate.clicked_at}|${candidate.click_id}`;
      const expected = counts
        .map((candidate) => rank(candidate))
        .toSorted()
        .at(-1);
      const { winner, considered } = decide(clicks, standing);
      expect(winner && rank(winner)).toBe(expected ?? null);
      expect(decide(clicks.toReversed(), standing).winner?.click_id).toBe(winner?.click_id);
      expect(considered).toHaveLength(clicks.length);
    }),
  );
});
