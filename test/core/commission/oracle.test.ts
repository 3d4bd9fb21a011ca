import fc from 'fast-check';
import { expect, it, vi } from 'vitest';

import { type Entry, target } from '../../../src/commission/target.rules.ts';
import { factsOfLife } from '../../support/life.ts';
import { instantsOf, lives } from '../../support/lives.ts';
import { dueOf, type Life } from '../../support/oracle.ts';

// Thousands of runs, on a machine that may be busy with others.
vi.setConfig({ testTimeout: 60_000 });

function byPaymentAndPartner(rows: readonly { payment_id: string; partner_id: string; amount: number }[]) {
  const sums = new Map<string, number>();
  for (const { payment_id, partner_id, amount } of rows) {
    const key = `${payment_id} → ${partner_id}`;
    sums.set(key, (sums.get(key) ?? 0) + amount);
  }
  return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0).toSorted());
}

function expectAgreement(life: Life, entries: readonly Entry[], as_of: number) {
  const due = dueOf(life, as_of);
  const standing = entries.filter((entry) => entry.at <= as_of);
  expect(byPaymentAndPartner(standing)).toEqual(byPaymentAndPartner(due));
  for (const row of due) {
    for (const entry of entries) if (entry.payment_id === row.payment_id) expect(entry.payable_at).toBe(row.payable_at);
  }
}

it('C1–C3, V1–V2, R4, R5, S3: when all has happened, the entries of a payment and partner add up to what the oracle says is due', () => {
  fc.assert(
    fc.property(lives, (life) => expectAgreement(life, target(factsOfLife(life)), Number.POSITIVE_INFINITY)),
    { numRuns: 2000 },
  );
});

it('api.md as_of: entries dated up to an instant add up to what was due at that instant', () => {
  fc.assert(
    fc.property(lives, (life) => {
      const entries = target(factsOfLife(life));
      for (const instant of instantsOf(life)) {
        expectAgreement(life, entries, instant - 1);
        expectAgreement(life, entries, instant);
      }
    }),
    { numRuns: 600 },
  );
});
