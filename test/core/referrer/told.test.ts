import { describe, expect, it } from 'vitest';

import type { DecisionRow } from '../../../src/account/state.rules.ts';
import type { ConsideredClick } from '../../../src/attribution/last-click.rules.ts';
import {
  isOpenForPartner,
  LAPSED,
  mayBeTold,
  standingForPartner,
  standingOf,
  waitsForClient,
  type ClaimRecord,
} from '../../../src/referrer/claim-view.rules.ts';
import { partnerReceipt, wholeReceipt } from '../../../src/referrer/receipt.rules.ts';
import { concerns, consideredOf, timelineFor, whoseIs } from '../../../src/referrer/timeline.rules.ts';

const T = Date.UTC(2026, 5, 20, 12);

const click = (click_id: string, partner_id: string | null, more: Partial<ConsideredClick> = {}): ConsideredClick => ({
  click_id,
  visitor_id: 'visitor',
  code: `code_${partner_id}`,
  clicked_at: T,
  class: 'person',
  partner_id,
  verdict: 'earlier',
  ...more,
});
const won = click('c3', 'ann', { clicked_at: T + 1000, verdict: 'won' });
const considered = [click('c1', 'bob', { clicked_at: T - 1000 }), won, click('c2', null), click('c4', 'ann')];

describe('R6: the timeline of a decision', () => {
  it('is latest first, of one instant the larger id, and names nobody but its reader', () => {
    const told = { class: 'person', verdict: 'earlier' };
    expect(timelineFor(considered, 'ann')).toEqual([
      { ...told, clicked_at: T + 1000, verdict: 'won', whose: 'yours', code: 'code_ann' },
      { ...told, clicked_at: T, whose: 'yours', code: 'code_ann' },
      { ...told, clicked_at: T, whose: 'nobody', code: null },
      { ...told, clicked_at: T - 1000, whose: 'another_partner', code: null },
    ]);
    expect(timelineFor(considered.toReversed(), 'ann')).toEqual(timelineFor(considered, 'ann'));
  });

  it('says whose a partner is, to the one who reads', () => {
    expect([whoseIs('ann', 'ann'), whoseIs('bob', 'ann'), whoseIs(null, 'ann')]).toEqual([
      'yours',
      'another_partner',
      'nobody',
    ]);
  });

  it('is empty where a decision rested on something else', () => {
    expect(consideredOf({ considered })).toEqual(considered);
    expect([consideredOf({}), consideredOf({ considered: null }), consideredOf({ considered: 'x' })]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('is for whom it names, who asked, and on whose link one of the clicks was', () => {
    const decision = { partner_id: 'ann', asked_by: 'partner:cat' };
    const readers = ['ann', 'bob', 'cat', 'dan', 'partner:cat'];
    expect(readers.map((reader) => concerns(decision, considered, reader))).toEqual([true, true, true, false, false]);
    expect(concerns({ partner_id: null, asked_by: 'ana' }, [], 'ann')).toBe(false);
  });
});

describe('R6: receipts', () => {
  const decision = {
    account_id: 'acc',
    n: 2,
    decision_id: 'dec_1',
    kind: 'audit',
    at: T,
    outcome: 'corrected',
    source: 'last_click',
    earns_from: null,
    clause: 'R4',
    policy_version: 3,
    flags: '["late"]',
    partner_id: 'ann',
    sets_referrer: 1,
    asked_by: 'partner:cat',
    facts: JSON.stringify({ considered: [won, click('c1', 'bob')], window_ends_at: 5 }),
  } as unknown as DecisionRow;
  const head = {
    decision_id: 'dec_1',
    account_id: 'acc',
    kind: 'audit',
    at: '2026-06-20T12:00:00Z',
    signed_up_at: '2026-06-19T12:00:00Z',
    outcome: 'corrected',
    source: 'last_click',
    earns_from: null,
    clause: 'R4',
    policy_version: 3,
    flags: ['late'],
  };
  const signed_up_at = T - 86_400_000;

  it('the company’s own tells every click and fact, but no visitor', () => {
    const told = { clicked_at: '2026-06-20T12:00:00Z', class: 'person', verdict: 'earlier' };
    expect(wholeReceipt(decision, signed_up_at)).toEqual({
      ...head,
      partner_id: 'ann',
      asked_by: 'partner:cat',
      clicks: [
        {
          ...told,
          click_id: 'c3',
          clicked_at: '2026-06-20T12:00:01Z',
          verdict: 'won',
          partner_id: 'ann',
          code: 'code_ann',
        },
        { ...told, click_id: 'c1', partner_id: 'bob', code: 'code_bob' },
      ],
      facts: { window_ends_at: 5 },
    });
  });

  it('of what sets no referrer says nobody’s', () => {
    const refused = { ...decision, outcome: 'refused', partner_id: null, sets_referrer: 0 } as DecisionRow;
    expect(partnerReceipt(refused, signed_up_at, 'cat').referrer).toBeNull();
  });

  it.each([
    ['last_click', 'L1'],
    ['code', 'L3'],
    ['how_heard', 'L3'],
    ['bulk', 'B1'],
    ['claim', 'R3'],
  ])('that another is the account’s own holder is told to nobody but that one (%s)', (source, clause) => {
    const own = { ...decision, source, outcome: 'self_referral', clause: 'S1', blocked: 1 };
    const flagged = { ...own, flags: '["invalid_token","self_referral"]' } as DecisionRow;
    const told = partnerReceipt(flagged, signed_up_at, 'bob');
    expect(told).toMatchObject({ outcome: 'referred', clause, flags: ['invalid_token'] });
    const whole = { outcome: 'self_referral', clause: 'S1', flags: ['invalid_token', 'self_referral'] };
    expect(partnerReceipt(flagged, signed_up_at, 'ann')).toMatchObject(whole);
    expect(wholeReceipt(flagged, signed_up_at)).toMatchObject(whole);
  });

  it('a partner’s names the partner’s own part, and nobody else', () => {
    const receipt = partnerReceipt({ ...decision, earns_from: T } as DecisionRow, signed_up_at, 'bob');
    expect(receipt).toEqual({
      ...head,
      earns_from: '2026-06-20T12:00:00Z',
      reader: 'bob',
      referrer: 'another_partner',
      clicks: [
        { clicked_at: '2026-06-20T12:00:01Z', class: 'person', verdict: 'won', whose: 'another_partner', code: null },
        { clicked_at: '2026-06-20T12:00:00Z', class: 'person', verdict: 'earlier', whose: 'yours', code: 'code_bob' },
      ],
    });
    expect(JSON.stringify(receipt)).not.toMatch(/ann|cat|visitor/);
  });
});

describe('R3: how a claim stands', () => {
  const claim = (more: Partial<ClaimRecord> = {}): ClaimRecord => ({
    claim_id: 'clm_1',
    partner_id: 'bob',
    kind: 'claim',
    named_by: 'account_id',
    account_id: 'a1',
    match_hash: null,
    filed_at: T,
    expires_at: T + 10,
    policy_version: 1,
    n: 1,
    outcome: 'needs_client_confirmation',
    clause: 'R3',
    reason: 'asked_client',
    at: T,
    by: 'partner:bob',
    decision_id: null,
    earns_from: null,
    asked: true,
    answer: null,
    answered_at: null,
    answered_by: null,
    ...more,
  });

  it('a claim waits for the client up to its last instant, and while there is no answer', () => {
    expect(waitsForClient(claim(), T + 10)).toBe(true);
    expect(waitsForClient(claim(), T + 11)).toBe(false);
    expect(waitsForClient(claim({ answer: 'yes' }), T)).toBe(false);
    expect(waitsForClient(claim({ outcome: 'granted' }), T)).toBe(false);
  });

  it('a lapse says its clause, its instant and what may be done', () => {
    expect(standingOf(claim({ earns_from: 5, decision_id: 'dec' }), T + 11)).toEqual({
      outcome: 'lapsed',
      clause: 'R3',
      reason: 'lapsed',
      detail: LAPSED,
      at: T + 10,
      earns_from: null,
      decision_id: null,
    });
  });

  it('what the client has answered in time does not lapse before its decision is written', () => {
    expect(standingOf(claim({ answer: 'yes' }), T + 11).outcome).toBe('needs_client_confirmation');
  });

  it('by address it is told after the yes, or where the partner is not active', () => {
    const by = { named_by: 'account_email' } as const;
    expect(mayBeTold(claim(by))).toBe(false);
    expect(mayBeTold(claim({ ...by, answer: 'no' }))).toBe(false);
    expect(mayBeTold(claim({ ...by, answer: 'yes' }))).toBe(true);
    const refused = claim({ ...by, outcome: 'refused', reason: 'partner_not_active' });
    expect(mayBeTold(refused)).toBe(true);
    expect(standingForPartner(refused, T)).toMatchObject({ outcome: 'refused', reason: 'partner_not_active' });
  });

  it('a claim is open while it waits, for the client or for an operator, and not once it is decided', () => {
    const audit = claim({ kind: 'audit', outcome: 'received', clause: 'R4', reason: 'audit_waits' });
    expect(
      [claim(), audit, claim({ outcome: 'granted' }), claim({ outcome: 'refused' })].map((one) =>
        isOpenForPartner(one, T),
      ),
    ).toEqual([true, true, false, false]);
    expect(isOpenForPartner(audit, T + 11)).toBe(true);
  });
});
