import { describe, expect, it } from 'vitest';

import { DEFAULT_POLICY, type PolicyFields } from '../../../src/policy/policy.rules.ts';
import { auditWindowEnd, decideAudit, firstPurchase, type AuditFacts } from '../../../src/referrer/audit.rules.ts';
import {
  isOpenForPartner,
  standingForPartner,
  standingOf,
  type ClaimRecord,
} from '../../../src/referrer/claim-view.rules.ts';
import { CLAIM_REASONS, decideClaim, windowEnd, type ClaimFacts } from '../../../src/referrer/claim.rules.ts';

const at = (text: string) => Date.parse(text);
const OPENED = at('2026-06-01T17:00:00Z');
/** 30 calendar days later at the same wall-clock time in Los Angeles. */
const LAST = at('2026-07-01T17:00:00Z');
const policy = (more: Partial<PolicyFields> = {}): PolicyFields => ({ ...DEFAULT_POLICY, ...more });

const tracked = (partner_id: string, more: { by_address_alone?: boolean; claim_granted_at?: number | null } = {}) => ({
  partner_id,
  by_address_alone: false,
  claim_granted_at: null,
  ...more,
});

/** A claim by bob on the third day of an account that nobody is tracked for, without an answer yet. */
const claim = (more: Partial<ClaimFacts> = {}): ClaimFacts => ({
  claimant: 'bob',
  partner_active: true,
  tracked: null,
  said_no: false,
  filed_at: at('2026-06-04T17:00:00Z'),
  signed_up_at: OPENED,
  answer: null,
  policy: policy(),
  ...more,
});
const ruled = (more: Partial<ClaimFacts> = {}) => {
  const { outcome, clause, reason, earns_from } = decideClaim(claim(more));
  return [outcome, clause, reason, earns_from];
};

/** An audit by bob on the third day of an account tracked to ann, without a purchase yet, whose last recorded click was on bob's link. */
const audit = (more: Partial<AuditFacts> = {}): AuditFacts => ({
  asker: 'bob',
  partner_active: true,
  tracked: tracked('ann'),
  by_exception: false,
  visitors_known: true,
  found: 'bob',
  filed_at: at('2026-06-04T17:00:00Z'),
  signed_up_at: OPENED,
  first_purchase_at: null,
  policy: policy(),
  ...more,
});
const audited = (more: Partial<AuditFacts> = {}) => {
  const { outcome, clause, reason } = decideAudit(audit(more));
  return [outcome, clause, reason];
};

describe('R: the decision table, row by row', () => {
  it('R3: none tracked, not confirmed: needs_client_confirmation, however late', () => {
    expect(ruled()).toEqual(['needs_client_confirmation', 'R3', 'asked_client', null]);
    expect(ruled({ filed_at: LAST + 1 })).toEqual(['needs_client_confirmation', 'R3', 'asked_client', null]);
  });

  it('R3: none tracked, confirmed, within the window: granted on all payments', () => {
    expect(ruled({ answer: 'yes' })).toEqual(['granted', 'R3', 'granted_in_time', null]);
  });

  it('R5: none tracked, confirmed, filed after the window: granted from T − 30 days on', () => {
    const filed_at = at('2026-09-10T08:30:00Z');
    expect(ruled({ answer: 'yes', filed_at })).toEqual(['granted', 'R5', 'granted_late', at('2026-08-11T08:30:00Z')]);
  });

  it('R2: the same is refused where late claims are closed, confirmed or not', () => {
    const closed = { filed_at: LAST + 1, policy: policy({ late_claims: 'closed' }) };
    expect(ruled(closed)).toEqual(['refused', 'R2', 'late_closed', null]);
    expect(ruled({ ...closed, answer: 'yes' })).toEqual(['refused', 'R2', 'late_closed', null]);
  });

  it.each([null, 'yes'] as const)(
    'the claimant is tracked: already_referrer (answer %s), within the window or not',
    (answer) => {
      for (const filed_at of [LAST, LAST + 1])
        expect(ruled({ tracked: tracked('bob'), answer, filed_at })).toEqual([
          'already_referrer',
          'R3',
          'already_referrer',
          null,
        ]);
    },
  );

  it.each([null, 'yes'] as const)('R1: another is tracked: refused (answer %s), within the window or not', (answer) => {
    for (const filed_at of [LAST, LAST + 1])
      expect(ruled({ tracked: tracked('ann'), answer, filed_at })).toEqual(['refused', 'R1', 'another_referrer', null]);
  });

  it('R4: another or none tracked, an audit within the window: corrected to the log’s last referrer, or unchanged', () => {
    expect(audited()).toEqual(['corrected', 'R4', 'corrected_to_asker']);
    expect(audited({ tracked: null })).toEqual(['corrected', 'R4', 'corrected_to_asker']);
    expect(audited({ found: 'ann' })).toEqual(['unchanged', 'R4', 'same_referrer']);
    expect(audited({ found: null })).toEqual(['unchanged', 'R4', 'no_click_counts']);
    expect(audited({ found: null, tracked: null })).toEqual(['unchanged', 'R4', 'no_click_counts']);
    expect(audited({ visitors_known: false, found: null })).toEqual(['unchanged', 'R4', 'no_visitor']);
  });

  it('R4: what an exception has set, be it nobody, an audit does not undo; the rows before it stand', () => {
    const by_exception = { by_exception: true };
    expect(audited(by_exception)).toEqual(['unchanged', 'R4', 'exception_stands']);
    expect(audited({ ...by_exception, tracked: null })).toEqual(['unchanged', 'R4', 'exception_stands']);
    expect(audited({ ...by_exception, policy: policy({ audit_correction: 'operator' }) })[2]).toBe('exception_stands');
    expect(audited({ ...by_exception, found: 'ann' })[2]).toBe('same_referrer');
    expect(audited({ ...by_exception, filed_at: LAST + 1 })[2]).toBe('audit_too_late');
  });

  it('R4: an audit after the window: refused, whatever the log would say', () => {
    expect(audited({ filed_at: LAST + 1 })).toEqual(['refused', 'R4', 'audit_too_late']);
    expect(audited({ filed_at: LAST + 1, tracked: null })).toEqual(['refused', 'R4', 'audit_too_late']);
  });
});

describe('R: every boundary', () => {
  it('R2, R5: exactly 30 days is within the window, a second or a millisecond after is not', () => {
    expect(windowEnd(OPENED, policy())).toBe(LAST);
    expect(ruled({ answer: 'yes', filed_at: LAST - 1000 })[2]).toBe('granted_in_time');
    expect(ruled({ answer: 'yes', filed_at: LAST })[2]).toBe('granted_in_time');
    expect(ruled({ answer: 'yes', filed_at: LAST + 1 })[2]).toBe('granted_late');
    expect(ruled({ answer: 'yes', filed_at: LAST + 1000 })[2]).toBe('granted_late');
    expect(ruled({ filed_at: LAST, policy: policy({ late_claims: 'closed' }) })[2]).toBe('asked_client');
  });

  it('R5: a claim one millisecond late earns from one millisecond after the opening on', () => {
    expect(ruled({ answer: 'yes', filed_at: LAST + 1 })[3]).toBe(OPENED + 1);
  });

  it('R2, R4, R5: a window over a change of clocks keeps the wall-clock time', () => {
    // Los Angeles: 2026-03-08 has 23 hours, 2026-11-01 has 25.
    const spring = at('2026-02-20T20:00:00Z');
    expect(windowEnd(spring, policy())).toBe(at('2026-03-22T19:00:00Z'));
    expect(ruled({ answer: 'yes', signed_up_at: spring, filed_at: at('2026-03-22T19:00:00Z') })[2]).toBe(
      'granted_in_time',
    );
    expect(ruled({ answer: 'yes', signed_up_at: spring, filed_at: at('2026-03-22T19:00:00.001Z') })[2]).toBe(
      'granted_late',
    );
    const autumn = at('2026-10-15T19:00:00Z');
    expect(windowEnd(autumn, policy())).toBe(at('2026-11-14T20:00:00Z'));
    expect(audited({ signed_up_at: autumn, filed_at: at('2026-11-14T20:00:00Z') })[0]).toBe('corrected');
    expect(audited({ signed_up_at: autumn, filed_at: at('2026-11-14T20:00:00.001Z') })[0]).toBe('refused');
    expect(ruled({ answer: 'yes', signed_up_at: spring, filed_at: at('2026-11-14T20:00:00Z') })[3]).toBe(autumn);
    // In a zone without summer time the same instants are 30 × 24 hours.
    expect(windowEnd(spring, policy({ timezone: 'UTC' }))).toBe(at('2026-03-22T20:00:00Z'));
  });

  it('R2–R5: the window is the policy’s own number of days', () => {
    expect(windowEnd(OPENED, policy({ referrer_window_days: 7 }))).toBe(at('2026-06-08T17:00:00Z'));
  });

  it('R4: the window runs from the first purchase, before one from the opening', () => {
    const first_purchase_at = at('2026-06-20T12:00:00Z');
    expect(auditWindowEnd(audit({ first_purchase_at }))).toBe(at('2026-07-20T12:00:00Z'));
    expect(audited({ first_purchase_at, filed_at: at('2026-07-20T12:00:00Z') })[0]).toBe('corrected');
    expect(audited({ first_purchase_at, filed_at: at('2026-07-20T12:00:00.001Z') })[0]).toBe('refused');
    // A purchase dated before the signup (an account that was imported) ends the window earlier.
    expect(audited({ first_purchase_at: at('2026-03-01T00:00:00Z') })[0]).toBe('refused');
    expect(audited({ first_purchase_at: null, filed_at: LAST })[0]).toBe('corrected');
  });

  it('R4: a purchase is the first payment above zero that is not voided and has been made', () => {
    const paid = (paid_at: number, amount = 7900, voided_reason: string | null = null) => ({
      paid_at,
      amount,
      voided_reason,
    });
    expect(firstPurchase([paid(30), paid(20), paid(10, 0), paid(15, 7900, 'wrong')], 100)).toBe(20);
    expect(firstPurchase([paid(30)], 29)).toBeNull();
    expect(firstPurchase([paid(30)], 30)).toBe(30);
    expect(firstPurchase([], 100)).toBeNull();
  });
});

describe('R: what stands beside the table', () => {
  it('R3: a no ends the claim for good, and every later one of the same partner', () => {
    expect(ruled({ answer: 'no' })).toEqual(['refused', 'R3', 'client_said_no', null]);
    expect(ruled({ said_no: true })).toEqual(['refused', 'R3', 'client_said_no', null]);
    expect(ruled({ said_no: true, answer: 'yes' })).toEqual(['refused', 'R3', 'client_said_no', null]);
  });

  it('R3: of several claims the first confirmed wins; the others are refused by R1, and are told that', () => {
    const filed_at = at('2026-06-04T17:00:00Z');
    const granted = (claim_granted_at: number) =>
      ruled({ answer: 'yes', filed_at, tracked: tracked('ann', { claim_granted_at }) });
    expect(granted(filed_at)).toEqual(['refused', 'R1', 'another_claim_confirmed_first', null]);
    // One that was granted before this claim was filed was no rival of it.
    expect(granted(filed_at - 1)).toEqual(['refused', 'R1', 'another_referrer', null]);
  });

  it('R3: a referrer by a form of the same address alone outranks nothing', () => {
    const alone = tracked('ann', { by_address_alone: true });
    expect(ruled({ tracked: alone })[0]).toBe('needs_client_confirmation');
    expect(ruled({ tracked: alone, answer: 'yes' })[2]).toBe('granted_in_time');
    expect(ruled({ tracked: tracked('bob', { by_address_alone: true }) })[0]).toBe('already_referrer');
    expect(audited({ tracked: alone })[2]).toBe('corrected_to_asker');
    expect(audited({ tracked: alone, found: 'ann' })[2]).toBe('corrected_to_another');
  });

  it('R3: only an active partner may claim or ask', () => {
    expect(ruled({ partner_active: false })).toEqual(['refused', 'R3', 'partner_not_active', null]);
    expect(audited({ partner_active: false })).toEqual(['refused', 'R3', 'partner_not_active']);
  });

  it('R4: an audit may name a third partner, who is not the one who asked', () => {
    expect(audited({ found: 'cleo' })).toEqual(['corrected', 'R4', 'corrected_to_another']);
  });

  it('R4: where the policy leaves corrections to operators a finding waits; what finds nothing does not', () => {
    const byHand = { policy: policy({ audit_correction: 'operator' }) };
    expect(audited(byHand)).toEqual(['received', 'R4', 'audit_waits']);
    expect(audited({ ...byHand, found: 'ann' })[0]).toBe('unchanged');
    expect(audited({ ...byHand, filed_at: LAST + 1 })[0]).toBe('refused');
  });

  it('each reason has a sentence of its own, which names no partner', () => {
    const sentences = Object.values(CLAIM_REASONS).map(([, , says]) => says);
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});

describe('R3: what a claim’s partner is told', () => {
  const record = (more: Partial<ClaimRecord> = {}): ClaimRecord => ({
    claim_id: 'clm_1',
    partner_id: 'bob',
    kind: 'claim',
    named_by: 'account_email',
    account_id: 'a1',
    match_hash: 'hash',
    filed_at: OPENED,
    expires_at: LAST,
    policy_version: 1,
    n: 1,
    outcome: 'needs_client_confirmation',
    clause: 'R3',
    reason: 'asked_client',
    at: OPENED,
    by: 'partner:bob',
    decision_id: null,
    earns_from: null,
    asked: true,
    answer: null,
    answered_at: null,
    answered_by: null,
    ...more,
  });
  const no = {
    outcome: 'refused',
    reason: 'client_said_no',
    n: 2,
    decision_id: 'dec_1',
    answer: 'no',
    at: OPENED + 5,
  } as const;
  const granted = { outcome: 'granted', reason: 'granted_in_time', n: 2, decision_id: 'dec_1', answer: 'yes' } as const;

  it('R3: an unanswered claim lapses after its last instant, which is included', () => {
    for (const named_by of ['account_id', 'account_email'] as const) {
      expect(standingForPartner(record({ named_by }), LAST).outcome).toBe('needs_client_confirmation');
      expect(standingForPartner(record({ named_by }), LAST + 1)).toMatchObject({ outcome: 'lapsed', at: LAST });
      expect(isOpenForPartner(record({ named_by }), LAST)).toBe(true);
      expect(isOpenForPartner(record({ named_by }), LAST + 1)).toBe(false);
    }
  });

  it('R3: by address a stranger, a silent client and one who said no look alike at every instant', () => {
    const stranger = record({ account_id: null, asked: false });
    for (const now of [OPENED, OPENED + 5, LAST, LAST + 1])
      for (const other of [record(), record(no)])
        expect(standingForPartner(other, now)).toEqual(standingForPartner(stranger, now));
  });

  it('R3: by address what an audit found is not told before the client’s own yes', () => {
    const found = {
      kind: 'audit',
      outcome: 'corrected',
      clause: 'R4',
      reason: 'corrected_to_asker',
      decision_id: 'dec_1',
    } as const;
    const stranger = record({
      kind: 'audit',
      outcome: 'received',
      clause: 'R4',
      reason: 'audit_received',
      account_id: null,
    });
    for (const now of [OPENED, LAST, LAST + 1]) {
      expect(standingForPartner(record(found), now)).toEqual(standingForPartner(stranger, now));
      expect(standingForPartner(record({ ...found, answer: 'no' }), now)).toEqual(standingForPartner(stranger, now));
      expect(standingForPartner(record({ ...found, answer: 'yes' }), now).outcome).toBe('corrected');
    }
    expect(standingForPartner(stranger, OPENED).outcome).toBe('received');
    expect(standingForPartner(stranger, LAST + 1).outcome).toBe('lapsed');
  });

  it('R3: by address a decision is told after the yes; by account at once', () => {
    expect(standingForPartner(record(granted), LAST + 1).outcome).toBe('granted');
    expect(standingForPartner(record({ ...no, named_by: 'account_id' }), OPENED + 5).reason).toBe('client_said_no');
    expect(standingOf(record(no), OPENED + 5).reason).toBe('client_said_no');
  });

  it('R4: an audit by account whose finding waits for an operator does not lapse', () => {
    const waits = record({
      kind: 'audit',
      named_by: 'account_id',
      outcome: 'received',
      clause: 'R4',
      reason: 'audit_waits',
    });
    expect(standingForPartner(waits, LAST + 1).outcome).toBe('received');
  });
});
