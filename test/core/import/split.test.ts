import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { splitCsv, splitLines } from '../../../src/import/split.rules.ts';

/** What a splitter gives for a text that comes in pieces of these lengths. */
function inPieces(text: string, lengths: readonly number[], splitter = splitCsv()): string[] {
  const records: string[] = [];
  let at = 0;
  for (let i = 0; at < text.length; i++) {
    const length = lengths[i % lengths.length] ?? text.length;
    records.push(...splitter.push(text.slice(at, at + length)));
    at += length;
  }
  return [...records, ...splitter.end()];
}

const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é') });
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe('a file of rows comes in pieces', () => {
  it('records of CSV are whole wherever the pieces are cut, line ends within quotes included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, lengths, end) => {
          const records = rows.map((cells) => cells.map(quoted).join(','));
          expect(inPieces(records.join(end), lengths)).toEqual(records);
          expect(inPieces(records.join(end) + end, lengths)).toEqual(records);
        },
      ),
    );
  });

  it('a quote in the middle of a bare field opens nothing, and empty lines are no records', () => {
    expect(inPieces('a,5" pipe\n\n\r\nb,c', [3])).toEqual(['a,5" pipe', 'b,c']);
    expect(inPieces('{"a":1}\n\n {"b":2} ', [4], splitLines())).toEqual(['{"a":1}', '{"b":2}']);
  });

  it('a quote that is never closed takes the rest with it, and says how much waits', () => {
    const splitter = splitCsv();
    expect(splitter.push('a\n"b\nc\n')).toEqual(['a']);
    expect(splitter.waiting()).toBe(5);
    expect(splitter.end()).toEqual(['"b\nc\n']);
  });
});
