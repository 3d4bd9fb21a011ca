import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startLocal, type Local } from '../support/harness.ts';
import { operatorKeys } from '../support/local.ts';

const ROWS = 20_000;

describe('an import through the front door', () => {
  let local: Local;
  beforeAll(async () => {
    local = await startLocal();
  }, 120_000);
  afterAll(() => local.close());

  it(
    'streams: a file larger than any buffer on the way goes in, and a verdict a row comes out',
    { timeout: 240_000 },
    async () => {
      const rows = Array.from(
        { length: ROWS },
        (_, i) => `pay_${i},acct_${i % 500},7900,USD,2026-01-12T10:00:00Z,${'p'.repeat(60)}`,
      );
      const response = await fetch(new URL('/v1/payments/import', local.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${operatorKeys.ana}`, 'content-type': 'text/csv' },
        body: ['payment_id,account_id,amount,currency,paid_at,plan', ...rows].join('\n'),
      });
      expect(response.status).toBe(200);
      const lines = (await response.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { row: number });
      expect(lines.at(-1)).toMatchObject({ rows: ROWS, parked: ROWS, next: null });
      expect(lines.slice(0, -1).map(({ row }) => row)).toEqual(rows.map((_, i) => i + 1));
      const kept = await local.books.prepare('SELECT count(*) AS n FROM payments').first<number>('n');
      expect(kept).toBe(ROWS);
    },
  );
});
