import { describe, expect, it } from 'vitest';

import {
  idAtMost,
  inOrder,
  standingOf,
  transfersLeft,
  wordText,
  type WitnessWord,
  type WordPayout,
  type WordTransfer,
} from '../../../src/payout/witness-word.rules.ts';

const payout = (payout_id: string, transfers: WordTransfer[] = []): WordPayout => ({
  payout_id,
  partner_id: `p_${payout_id}`,
  status: 'paid',
  fault: null,
  reference: null,
  transfers,
  items: [],
});
const word = (at: number, payouts: WordPayout[] = []): WitnessWord => ({
  version: 1,
  what: 'resolved',
  pay_date: '2026-11-20',
  at,
  by: 'h',
  payouts,
  adopted: null,
});
const paid: WordTransfer = ['paid', null, 500, 1];
const back: WordTransfer = ['came_back', null, 500, 2];

describe('a person’s word as the witness keeps it', () => {
  it('is the same text in whatever order its payouts are read', () => {
    const [a, b, c] = [payout('po_a', [paid]), payout('po_b'), payout('po_c')];
    const text = wordText(word(7, [c, a, b]));
    expect(wordText(word(7, [b, c, a]))).toBe(text);
    expect(JSON.parse(text)).toEqual(word(7, [a, b, c]));
  });

  it.each([
    ['TX-1_a', 'TX-1_a'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['x'.repeat(65), null],
    ['', null],
    [null, null],
    ['paid ann@example.com', null],
    [' TX1', null],
    ['TX1 ', null],
  ])('a reference %j is kept as far as it is an id', (reference, kept) => {
    expect(idAtMost(reference)).toBe(kept);
  });

  it('words stand in the order they were said; of one instant, the one with more movements comes later', () => {
    const most = word(5, [payout('po_1', [paid, back]), payout('po_2', [paid])]);
    const some = word(5, [payout('po_1', [paid, back])]);
    const none = word(5);
    const early = word(4, [payout('po_1', [paid, back]), payout('po_2', [paid, back])]);
    const late = word(6);
    expect(inOrder([most, late, none, early, some])).toEqual([early, none, some, most, late]);
    expect(inOrder([late, some, early, most, none])).toEqual([early, none, some, most, late]);
  });
});

describe('P7: how a payout stands whose money had come back', () => {
  const part = (kind: WordTransfer[0], n: number, amount: number): WordTransfer => [kind, n, amount, 1];
  it.each<[string, WordTransfer[], string]>([
    ['it waits for a word', [paid, back], 'held'],
    ['reinstated, nothing stayed', [paid, back, ['reinstated', null, 500, 3]], 'returned'],
    ['written off, nothing stayed', [paid, back, ['written_off', null, 500, 3]], 'returned'],
    ['it never came back', [paid], 'paid'],
    ['another part stayed', [paid, part('came_back', 1, 200), part('reinstated', 1, 200)], 'paid'],
    [
      'one part settled, one waits',
      [paid, part('came_back', 1, 200), part('came_back', 2, 300), part('written_off', 1, 200)],
      'held',
    ],
    [
      'both parts settled',
      [
        paid,
        part('came_back', 1, 200),
        part('came_back', 2, 300),
        part('written_off', 1, 200),
        part('reinstated', 2, 300),
      ],
      'returned',
    ],
    ['it was never paid', [['returned', null, 500, 1]], 'returned'],
    ['frozen and paid', [['freeze', null, 500, 0], paid, back, ['reinstated', null, 500, 3]], 'returned'],
  ])('%s', (_, transfers, standing) => {
    expect(standingOf(transfers)).toBe(standing);
  });
});

describe('what the books lack of a payout’s movements', () => {
  const later: WordTransfer = ['paid', null, 500, 99];
  it.each<[string, WordTransfer[], WordTransfer[], readonly WordTransfer[] | null]>([
    ['nothing, where they have it', [paid], [paid], []],
    ['nothing, whatever instant they keep', [later], [paid], []],
    ['nothing, where they have gone on', [paid, back], [paid], []],
    ['all, where they have none', [], [paid, back], [paid, back]],
    ['the rest', [paid], [paid, back], [back]],
    ['they say something else', [['returned', null, 500, 1]], [paid], null],
    ['another amount is something else', [['paid', null, 400, 1]], [paid], null],
    ['another part is something else', [['came_back', 1, 500, 1]], [['came_back', 2, 500, 1]], null],
    ['a part is not the whole', [['came_back', 1, 500, 1]], [back], null],
  ])('%s', (_, posted, told, left) => {
    expect(transfersLeft(posted, told)).toEqual(left);
  });
});
