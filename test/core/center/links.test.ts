import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { campaignOf } from '../../../src/attribution/campaign.rules.ts';
import { listState, pastedCsv } from '../../../src/center/expected.rules.ts';
import { isSubId, spanOf, urlWithSub } from '../../../src/center/links.rules.ts';
import { isAskedFor } from '../../../src/center/read-lines.ts';
import { readCsv } from '../../../src/expected/read-csv.ts';
import { at } from '../../support/life.ts';

describe('sub-ids', () => {
  it('whatever is taken for one is what the front door reads out of the address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_.-]{1,64}$/)), (text) => {
        const read = campaignOf(new URL(urlWithSub('https://go.example.com/r/mira', text)).search).sub_id;
        expect(isSubId(text)).toBe(read === text);
      }),
    );
    expect([isSubId('fair-2026'), isSubId(''), isSubId('a b'), isSubId('a&b'), isSubId('x'.repeat(65))]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(urlWithSub('https://go.example.com/r/mira', null)).toBe('https://go.example.com/r/mira');
  });
});

describe('the days that statistics are asked for', () => {
  const now = at('2026-06-10T00:30:00Z');

  it('thirty up to yesterday by default, either end alone, both included', () => {
    expect(spanOf({}, now)).toEqual({ span: { from: '2026-05-11', to: '2026-06-09' }, fault: null });
    expect(spanOf({ from: '', to: '' }, now).span).toEqual({ from: '2026-05-11', to: '2026-06-09' });
    expect(spanOf({ to: '2026-03-01' }, now).span).toEqual({ from: '2026-01-31', to: '2026-03-01' });
    expect(spanOf({ from: '2026-06-09' }, now)).toEqual({
      span: { from: '2026-06-09', to: '2026-06-09' },
      fault: null,
    });
  });

  it('what is no day, runs backwards or is longer than 400 days is told, and the default is shown', () => {
    for (const query of [
      { from: '2026-02-30' },
      { to: 'x' },
      { from: '2026-06-09', to: '2026-06-08' },
      { from: '2025-01-01', to: '2026-02-05' },
    ]) {
      const { span, fault } = spanOf(query, now);
      expect(fault).not.toBeNull();
      expect(span).toEqual({ from: '2026-05-11', to: '2026-06-09' });
    }
    expect(spanOf({ from: '2025-01-01', to: '2026-02-04' }, now).fault).toBeNull();
  });
});

describe('pasted lines', () => {
  const read = async (text: string) => {
    const csv = await readCsv(pastedCsv(text));
    return csv.ok ? csv.rows : csv.reason;
  };

  it('an address, which name and company may follow; empty lines are none', async () => {
    expect(await read('a@x.example\r\n\n  \nb@x.example,Bea\nc@x.example,"Cee, C.",Co')).toEqual([
      { email: 'a@x.example' },
      { email: 'b@x.example', name: 'Bea' },
      { email: 'c@x.example', name: 'Cee, C.', company: 'Co' },
    ]);
  });

  it('a first line that names the columns is taken at its word', async () => {
    expect(await read('Name,Email\nBea,b@x.example')).toEqual([{ name: 'Bea', email: 'b@x.example' }]);
    expect(await read('email,phone\nb@x.example,1')).toBe('column');
  });
});

describe('the state of a list', () => {
  it('B1: waits until it is accepted, and counts up to its last instant', () => {
    expect(listState({ accepted_at: null, accepted_until: null }, 5)).toBe('waiting');
    expect(listState({ accepted_at: 1, accepted_until: 5 }, 5)).toBe('accepted');
    expect(listState({ accepted_at: 1, accepted_until: 5 }, 6)).toBe('over');
  });
});

describe('the filter of lines', () => {
  it('a month is one of the program’s own days, whatever UTC says', () => {
    const line = {
      anchor: 1,
      payment_id: null,
      account_id: null,
      kind: 'adjustment',
      cause_id: 'a',
      at: at('2026-05-01T05:00:00Z'),
      paid_at: null,
      amount: 1,
      rate_bps: null,
      vests_at: null,
      status: 'payable',
      payout_id: null,
      reason: null,
    } as const;
    expect(isAskedFor(line, { month: '2026-04' }, 'America/Los_Angeles')).toBe(true);
    expect(isAskedFor(line, { month: '2026-05' }, 'America/Los_Angeles')).toBe(false);
    expect(isAskedFor(line, { month: '2026-04', status: 'paid' }, 'America/Los_Angeles')).toBe(false);
    expect(isAskedFor(line, { kind: 'clawback' }, 'America/Los_Angeles')).toBe(false);
    expect(isAskedFor(line, {}, 'America/Los_Angeles')).toBe(true);
  });
});
