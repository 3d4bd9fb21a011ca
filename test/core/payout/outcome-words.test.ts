import { describe, expect, it } from 'vitest';

import { exportRail, massPaymentCsv, textCell } from '../../../src/payout/export.rules.ts';
import { decideOutcomes, faultOf } from '../../../src/payout/outcome.rules.ts';
import type { PayoutRow, PayoutStatus } from '../../../src/payout/payout.schema.ts';
import type { OutcomeItem } from '../../../src/payout/rpc.ts';

const payout = (payout_id: string, status: PayoutStatus = 'in_flight', change: Partial<PayoutRow> = {}): PayoutRow => ({
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
  ...change,
});
const batch = { pay_date: '2026-11-20', status: 'in_flight' as const, rail: 'export' as const };
const decide = (rows: PayoutRow[], items: OutcomeItem[], of: object = {}) =>
  decideOutcomes({ ...batch, ...of }, rows, items, 1000);
const ids = (n: number) => Array.from({ length: n }, (_, i) => `po_${i + 1}`);

describe('P7: outcomes on the export rail', () => {
  it('a move says all that is written', () => {
    const rows = [payout('po_1'), payout('po_2'), payout('po_3', 'paid', { reference: 'T3', reason: 'first' })];
    const told: OutcomeItem[] = [
      { payout_id: 'po_1', status: 'paid', reference: 'T1' },
      { payout_id: 'po_2', status: 'failed', reason: 'invalid email' },
      { payout_id: 'po_3', status: 'returned' },
    ];
    const move = { amount: 12_000, at: 1000, from: 'in_flight', reference: null, reason: null, fault: null };
    expect(decide(rows, told)).toEqual({
      ok: true,
      moves: [
        { ...move, payout_id: 'po_1', partner_id: 'p_po_1', to: 'paid', transfer: 'paid', reference: 'T1' },
        {
          ...move,
          payout_id: 'po_2',
          partner_id: 'p_po_2',
          to: 'failed',
          transfer: 'returned',
          reason: 'invalid email',
          fault: 'receiver',
        },
        {
          ...move,
          payout_id: 'po_3',
          partner_id: 'p_po_3',
          from: 'paid',
          to: 'held',
          transfer: 'came_back',
          reference: 'T3',
          reason: 'first',
        },
      ],
    });
  });

  it('P3: whose side it was is asked of what has ended, by the reason that came with it', () => {
    const before = payout('po_1', 'in_flight', { reason: 'receiver unknown' });
    expect(decide([before], [{ payout_id: 'po_1', status: 'failed' }])).toMatchObject({
      moves: [{ reason: 'receiver unknown', fault: 'sender' }],
    });
    expect(decide([payout('po_1')], [{ payout_id: 'po_1', status: 'returned' }])).toMatchObject({
      moves: [{ to: 'returned', fault: 'receiver' }],
    });
    expect(decide([payout('po_1')], [{ payout_id: 'po_1', status: 'paid' }])).toMatchObject({
      moves: [{ fault: null }],
    });
    expect(faultOf('returned', 'our balance was too low')).toBe('sender');
  });

  it('what is refused is named, five at most', () => {
    const five = ids(5).map((payout_id): OutcomeItem => ({ payout_id, status: 'paid' }));
    const six = ids(6).map((payout_id): OutcomeItem => ({ payout_id, status: 'paid' }));
    const detail = (items: OutcomeItem[], rows: PayoutRow[] = []) => {
      const decided = decide(rows, items);
      return decided.ok ? null : decided.detail;
    };
    expect(detail(five)).toBe('not in this batch: po_1, po_2, po_3, po_4, po_5');
    expect(detail(six)).toBe('not in this batch: po_1, po_2, po_3, po_4, po_5 and 1 more');
    expect(detail([...five.slice(0, 2), ...five.slice(0, 1)], [payout('po_1'), payout('po_2')])).toBe(
      'named twice: po_1',
    );
    expect(detail(five.slice(0, 1), [payout('po_1', 'failed')])).toBe('Another outcome is recorded already of po_1.');
  });

  it('a batch that takes none says why', () => {
    const item: OutcomeItem = { payout_id: 'po_1', status: 'paid' };
    expect(decide([payout('po_1')], [item], { rail: 'paypal' })).toEqual({
      ok: false,
      reason: 'other_rail',
      detail: 'The batch of 2026-11-20 goes by paypal.',
    });
    expect(decide([payout('po_1')], [item], { status: 'freezing' })).toEqual({
      ok: false,
      reason: 'batch_state',
      detail: 'The batch of 2026-11-20 is freezing.',
    });
    for (const status of ['frozen', 'sending', 'in_flight', 'settled', 'needs_attention']) {
      expect(decide([payout('po_1')], [item], { status }).ok).toBe(true);
    }
  });

  it('the same again is the same with the same words, or none, and a conflict with others', () => {
    const paid = payout('po_1', 'paid', { reference: 'T1', reason: 'why' });
    const again = (more: object) => decide([paid], [{ payout_id: 'po_1', status: 'paid', ...more }]);
    for (const more of [{}, { reference: 'T1' }, { reason: 'why' }, { reference: 'T1', reason: 'why' }]) {
      expect(again(more)).toEqual({ ok: true, moves: [] });
    }
    expect(again({ reference: 'T2' })).toMatchObject({ ok: false, reason: 'conflict' });
    expect(again({ reason: 'other' })).toMatchObject({ ok: false, reason: 'conflict' });
  });
});

describe('the export rail', () => {
  const items = [{ payout_id: 'po_1', amount: 1010, receiver: 'ann@example.com' }];
  const sent = { send_id: 'x', currency: 'USD', note: 'n', items };

  it('hands the file to a person', async () => {
    expect(await exportRail.hand(sent)).toEqual({ state: 'handed_to_person', document: massPaymentCsv(sent) });
  });

  it.each(['paid', 'failed', 'returned'])('takes “%s” for final', (word) => {
    expect(exportRail.progress(word)).toEqual({ final: true, status: word });
  });

  it('takes no other word for final', () => {
    expect(exportRail.progress('sent')).toEqual({ final: false, status: 'in_flight', known: false });
  });

  it('quotes what would be read otherwise, and nothing else', () => {
    expect(['a b', ' a', 'a ', 'a"b', 'a,b', 'a\nb', 'a\rb'].map(textCell)).toEqual([
      'a b',
      '" a"',
      '"a "',
      '"a""b"',
      '"a,b"',
      '"a\nb"',
      '"a\rb"',
    ]);
  });
});
