import { describe, expect, it } from 'vitest';

import { cancellationOf, dueCancellations, type Unclaimed } from '../../../src/payout/cancel.rules.ts';

const NOW = 1_000_000;
const AGAIN = 1000;
const asked = { payout_id: 'po_1', cause: 'asked' as const, asked_at: 5, asked_by: 'ana', tried_at: null };

function unclaimed(change: Partial<Unclaimed> = {}): Unclaimed {
  const on_file = { person_id: 'per_1', at: 1, by: 'partner:p1' };
  return { payout_id: 'po_1', person_id: 'per_1', cancellation: null, on_file, ...change };
}

describe('P7: what stands UNCLAIMED is left its 30 days', () => {
  const other = { person_id: 'per_2', at: NOW, by: 'partner:p1' };

  it.each<[string, Partial<Unclaimed>]>([
    ['while its address is the one on file', {}],
    ['where the address was only cleared', { on_file: { ...other, person_id: null } }],
    ['where no address is known', { on_file: null }],
    ['while the other address is dated later', { on_file: { ...other, at: NOW + 1 } }],
  ])('%s', (_, change) => expect(cancellationOf(unclaimed(change), NOW)).toBeNull());

  it('P3: or called back from the moment another address is set', () => {
    expect(cancellationOf(unclaimed({ on_file: other }), NOW)).toEqual({
      payout_id: 'po_1',
      cause: 'address',
      asked_at: NOW,
      asked_by: 'partner:p1',
      tried_at: null,
    });
  });

  it('or because it was asked for, which stays the reason whatever address follows', () => {
    expect(cancellationOf(unclaimed({ cancellation: asked, on_file: other }), NOW)).toBe(asked);
  });
});

describe('which are told to PayPal now', () => {
  const wished = (payout_id: string, tried_at: number | null) =>
    unclaimed({ payout_id, cancellation: { ...asked, payout_id, tried_at } });
  const ids = (payouts: readonly Unclaimed[]) => dueCancellations(payouts, NOW, AGAIN).map((due) => due.payout_id);

  it('those never tried, and those tried long enough ago', () => {
    expect(ids([wished('never', null), wished('just', NOW - AGAIN + 1), wished('before', NOW - AGAIN)])).toEqual([
      'never',
      'before',
    ]);
    expect(ids([unclaimed()])).toEqual([]);
  });

  it('those longest not tried come first, so that each has its turn', () => {
    expect(ids([wished('b', 20), wished('a', 10), wished('c', null)])).toEqual(['c', 'a', 'b']);
  });
});
