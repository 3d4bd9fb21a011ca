import { describe, expect, it } from 'vitest';

import { CLAUSES } from '../../../src/policy/clauses.ts';
import { networkOf, quickSeconds, sentenceOf, SIGNAL_CLAUSES } from '../../../src/signals/signal.rules.ts';
import { SIGNAL_KINDS } from '../../../src/signals/signal.schema.ts';

describe('signals for operators', () => {
  it('L1: seconds from click to signup are unusual below ten, counted in whole seconds', () => {
    const at = Date.parse('2026-03-01T12:00:00Z');
    expect(quickSeconds(at, at)).toBe(0);
    expect(quickSeconds(at + 900, at)).toBe(0);
    expect(quickSeconds(at, at + 9_999)).toBe(9);
    expect(quickSeconds(at, at + 10_000)).toBeNull();
    expect(quickSeconds(at + 1_000, at)).toBeNull();
  });

  it('a network is an IPv4 address or the first half of an IPv6 one', () => {
    const same = ['2001:db8:0:1::5', '2001:DB8::1:ffff:0:0:9', '2001:0db8:0000:0001:1:2:3:4'];
    expect(new Set(same.map(networkOf))).toEqual(new Set(['2001:db8:0:1']));
    expect(networkOf('2001:db8:0:2::5')).toBe('2001:db8:0:2');
    expect(networkOf('::1')).toBe('0:0:0:0');
    expect(networkOf(' 203.0.113.9 ')).toBe('203.0.113.9');
    expect(networkOf('::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect([networkOf(undefined), networkOf('')]).toEqual([null, null]);
  });

  it('each kind is a sentence of its own that ends as one, with the clause it bears on', () => {
    const sentences = SIGNAL_KINDS.map((kind) => sentenceOf({ kind, facts: '{"seconds":1,"forms":7,"accounts":3}' }));
    expect(new Set(sentences).size).toBe(SIGNAL_KINDS.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
    for (const kind of SIGNAL_KINDS) expect(CLAUSES).toHaveProperty(SIGNAL_CLAUSES[kind]);
    expect(sentenceOf({ kind: 'quick_signup', facts: '{"seconds":1}' })).toContain('1 second after');
    expect(sentenceOf({ kind: 'accounts_by_address', facts: '{"accounts":1000}' })).toContain('1000 or more');
    expect(sentenceOf({ kind: 'own_browser', facts: '{"via":"own_account"}' })).toContain('own address');
  });
});
