import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { canonicalJson, type Json } from '../../../src/program/canonical.rules.ts';

describe('api.md replays: the same content gives the same bytes', () => {
  it.each<[Json, string]>([
    [null, 'null'],
    [true, 'true'],
    [0, '0'],
    [-0, '0'],
    [1975, '1975'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['', '""'],
    ['“é” \n "\\', '"“é” \\n \\"\\\\"'],
    ['\ud800', '"\\ud800"'],
    [[], '[]'],
    [{}, '{}'],
    [[3, 1, 2], '[3,1,2]'],
    [{ b: 1, a: [{ d: null, c: 'x' }] }, '{"a":[{"c":"x","d":null}],"b":1}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [{ a: null }, '{"a":null}'],
  ])('%j is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('keys are in order of code units, numbers among them not by value', () => {
    expect(canonicalJson({ b: 1, B: 2, '10': 3, '9': 4, é: 5, '😀': 6, '\uffff': 7 })).toBe(
      '{"10":3,"9":4,"B":2,"b":1,"é":5,"😀":6,"\uffff":7}',
    );
  });

  it('names are only names', () => {
    expect(canonicalJson(JSON.parse('{"constructor":1,"__proto__":{"b":2,"a":1}}'))).toBe(
      '{"__proto__":{"a":1,"b":2},"constructor":1}',
    );
  });

  const values = fc.jsonValue({ maxDepth: 4 }).map((value) => value as Json);

  it('says the value back, and its own text again', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.string(), values), { selector: ([key]) => key });
    fc.assert(
      fc.property(entries, (made) => {
        expect(canonicalJson(Object.fromEntries(made.toReversed()))).toBe(canonicalJson(Object.fromEntries(made)));
      }),
    );
  });

  it('other content gives other bytes', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        const same =
          JSON.stringify(JSON.parse(canonicalJson(one))) === JSON.stringify(JSON.parse(canonicalJson(other)));
        expect(canonicalJson(one) === canonicalJson(other)).toBe(same);
      }),
    );
  });
});
