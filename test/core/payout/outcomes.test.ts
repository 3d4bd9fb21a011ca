import { describe, expect, it } from 'vitest';

import { approvalReasons } from '../../../src/payout/ceilings.rules.ts';
import { addressCell, exportRail, massPaymentCsv, textCell } from '../../../src/payout/export.rules.ts';
import { batchManifest, chunkManifest } from '../../../src/payout/manifest.rules.ts';
import { decideOutcomes, faultOf, stepOf } from '../../../src/payout/outcome.rules.ts';
import type { PayoutRow, PayoutStatus } from '../../../src/payout/payout.schema.ts';
import type { OutcomeItem } from '../../../src/payout/rpc.ts';

describe('P7: outcomes only move forward', () => {
  const paid = { to: 'paid', transfer: 'paid' };
  const failed = { to: 'failed', transfer: 'returned' };
  const returned = { to: 'returned', transfer: 'returned' };
  const held = { to: 'held', transfer: 'came_back' };
  it.each<[PayoutStatus, unknown, unknown, unknown]>([
    ['frozen', paid, failed, returned],
    ['sending', paid, failed, returned],
    ['in_flight', paid, failed, returned],
    ['unclaimed', paid, failed, returned],
    ['paid', 'same', 'conflict', held],
    ['held', 'conflict', 'conflict', 'same'],
    ['returned', 'conflict', 'conflict', 'same'],
    ['failed', 'conflict', 'same', 'conflict'],
  ])('from %s', (from, ifPaid, ifFailed, ifReturned) => {
    expect([stepOf(from, 'paid'), stepOf(from, 'failed'), stepOf(from, 'returned')]).toEqual([
      ifPaid,
      ifFailed,
      ifReturned,
    ]);
  });

  const payout = (payout_id: string, status: PayoutStatus = 'frozen'): PayoutRow => ({
    pay_date: '2026-11-20',
    freeze_seq: null,
    partner_id: `p_${payout_id}`,
    payout_id,
    amount: 12_000,
    line_count: 1,
    person_id: 'per_a',
    status,
    status_at: 500,
    reference: null,
    reason: null,
    fault: null,
  });
  const batch = { pay_date: '2026-11-20', status: 'frozen' as const, rail: 'export' as const };
  const decide = (items: OutcomeItem[], rows = [payout('po_1'), payout('po_2', 'paid')], of = {}) =>
    decideOutcomes({ ...batch, ...of }, rows, items, 1000);

  it('all items or none: one that cannot move refuses the call', () => {
    const conflict = decide([
      { payout_id: 'po_1', status: 'paid' },
      { payout_id: 'po_2', status: 'failed' },
    ]);
    expect(conflict).toMatchObject({ ok: false, reason: 'conflict' });
    expect(decide([{ payout_id: 'po_9', status: 'paid' }])).toMatchObject({ ok: false, reason: 'invalid' });
    const twice: OutcomeItem[] = [
      { payout_id: 'po_1', status: 'paid' },
      { payout_id: 'po_1', status: 'paid' },
    ];
    expect(decide(twice)).toMatchObject({ ok: false, reason: 'invalid' });
  });

  it('the same outcome again moves nothing; with another reference it is a conflict', () => {
    expect(decide([{ payout_id: 'po_2', status: 'paid' }])).toEqual({ ok: true, moves: [] });
    expect(decide([{ payout_id: 'po_2', status: 'paid', reference: 'x' }])).toMatchObject({
      ok: false,
      reason: 'conflict',
    });
  });

  it.each([
    [{ rail: 'paypal' }, 'other_rail'],
    [{ status: 'freezing' }, 'batch_state'],
    [{ status: 'awaiting_approval' }, 'batch_state'],
  ])('a batch %o takes none', (of, reason) => {
    expect(decide([{ payout_id: 'po_1', status: 'paid' }], undefined, of)).toMatchObject({ ok: false, reason });
  });

  it('an outcome is never dated before what is known of the payout', () => {
    const decision = decideOutcomes(batch, [payout('po_1')], [{ payout_id: 'po_1', status: 'failed' }], 100);
    expect(decision).toMatchObject({ ok: true, moves: [{ at: 500, to: 'failed', transfer: 'returned' }] });
  });

  it('P3: on whose side it came back', () => {
    expect(faultOf('returned', null)).toBe('receiver');
    expect(faultOf('returned', 'sender account restricted')).toBe('sender');
    expect(faultOf('failed', null)).toBe('sender');
    expect(faultOf('failed', 'INSUFFICIENT_FUNDS')).toBe('sender');
    for (const reason of [
      'RECEIVER_UNREGISTERED',
      'refused',
      'unclaimed for 30 days',
      'malformed address',
      'account closed',
      'invalid email',
    ]) {
      expect([reason, faultOf('failed', reason)]).toEqual([reason, 'receiver']);
    }
  });
});

describe('P8: ceilings', () => {
  const policy = { max_payout: 2_000_000, max_batch: null, max_growth: null, currency: 'USD' };
  const reasons = (change: object, input: object = {}) =>
    approvalReasons({
      policy: { ...policy, ...change },
      approval: 'none',
      payout_amount: 3_000_000,
      largest_payout: 2_000_000,
      former: [1_000_000, 2_000_000],
      ...input,
    }).length;
  it('at a ceiling passes, above it waits', () => {
    expect(reasons({})).toBe(0);
    expect(reasons({}, { largest_payout: 2_000_001 })).toBe(1);
    expect(reasons({ max_payout: null }, { largest_payout: 2_000_001 })).toBe(0);
    expect(reasons({ max_batch: 3_000_000 })).toBe(0);
    expect(reasons({ max_batch: 2_999_999 })).toBe(1);
  });
  it('growth is measured against the median of the last eight batches that paid', () => {
    expect(reasons({ max_growth: 2 })).toBe(0);
    expect(reasons({ max_growth: 2 }, { payout_amount: 3_000_001 })).toBe(1);
    expect(reasons({ max_growth: 1.5 })).toBe(1);
    expect(reasons({ max_growth: 1 }, { former: [] })).toBe(0);
    const nine = [1, 1, 1, 1, 5_000_000, 5_000_000, 5_000_000, 5_000_000, 1, 1, 1].map((amount) => amount);
    expect(reasons({ max_growth: 1 }, { former: nine })).toBe(1);
    expect(reasons({ max_growth: 2 }, { former: nine })).toBe(0);
  });
  it('the setting makes every batch wait, and says so', () => {
    expect(approvalReasons({ policy, approval: 'manual', payout_amount: 1, largest_payout: 1, former: [] })).toEqual([
      'Every batch is approved by an operator (PAYOUT_APPROVAL=manual).',
    ]);
  });
});

describe('the export rail', () => {
  it('writes amounts by string arithmetic, one row a payout', () => {
    const items = [
      { payout_id: 'po_1', amount: 1010, receiver: 'ann@example.com' },
      { payout_id: 'po_2', amount: 123_456_789, receiver: '"a,b"@example.com' },
    ];
    expect(massPaymentCsv({ send_id: 'x', currency: 'USD', note: 'Lastclick, payout', items })).toBe(
      'ann@example.com,10.10,USD,po_1,"Lastclick, payout"\r\n"""a,b""@example.com",1234567.89,USD,po_2,"Lastclick, payout"\r\n',
    );
    const yen = {
      send_id: 'x',
      currency: 'JPY',
      note: 'n',
      items: [{ payout_id: 'po_1', amount: 1010, receiver: 'a@b.jp' }],
    };
    expect(massPaymentCsv(yen)).toBe('a@b.jp,1010,JPY,po_1,n\r\n');
  });
  it('no cell is a formula to a spreadsheet, and no address becomes another mailbox', () => {
    expect(textCell('=1+1')).toBe("'=1+1");
    expect(textCell('@sum')).toBe("'@sum");
    expect(addressCell('+ann@example.com')).toBe('" +ann@example.com"');
    expect(addressCell('=cmd|x@example.com')).toBe('" =cmd|x@example.com"');
    expect(addressCell('ann+tag@example.com')).toBe('ann+tag@example.com');
  });
  it('a word it does not know is never final', () => {
    expect(exportRail.progress('paid')).toEqual({ final: true, status: 'paid' });
    expect(exportRail.progress('SUCCESS_PENDING_REVIEW')).toMatchObject({ final: false, known: false });
  });
});

describe('the manifest', () => {
  const pay = { payout_id: 'po_1', partner_id: 'p1', amount: 1, line_count: 2, person_id: 'per_a', address_hash: 'h' };
  it('is canonical and holds no address', () => {
    expect(chunkManifest('2026-11-20', 1, [pay])).toBe(
      '{"items":[{"amount":1,"line_count":2,"partner_id":"p1","payout_id":"po_1","receiver":"h"}],"n":1,"pay_date":"2026-11-20"}',
    );
  });
  it('changes with any chunk', () => {
    const batch = {
      pay_date: '2026-11-20',
      week_start_on: '2026-11-08',
      week_end_on: '2026-11-14',
      frozen_at: 1,
      policy_version: 1,
      rail: 'export' as const,
      currency: 'USD',
    };
    const chunk = { sha256: 'a', payout_count: 1, payout_amount: 1, largest_payout: 1, skipped_count: 0 };
    expect(batchManifest('x', batch, [chunk])).not.toBe(batchManifest('x', batch, [{ ...chunk, sha256: 'b' }]));
    expect(JSON.parse(batchManifest('x', batch, [chunk, chunk])).totals).toEqual({ amount: 2, payouts: 2, skipped: 0 });
  });
});
