import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const code = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name))),
);

/** The text of each call of `logLine`, up to its closing parenthesis. */
function callsIn(path: string): string[] {
  const text = read(path);
  return [...text.matchAll(/\blogLine\(/g)].flatMap(({ index }) => {
    let depth = 0;
    for (let i = index + 'logLine'.length; i < text.length; i++) {
      if (text[i] === '(') depth += 1;
      if (text[i] === ')') depth -= 1;
      if (depth === 0) return [text.slice(index, i + 1).replaceAll(/\s+/g, ' ')];
    }
    return [];
  });
}

const calls = code
  .filter((path) => path !== 'src/log.ts')
  .flatMap((path) => callsIn(path).map((call) => ({ path, call })));

/** Fields that a line may have: ids, names out of closed lists, counts, days. Never an address, a name, a token or what somebody sent. */
const FIELDS = new Set(
  `attention attempt cause click_id code count counted cron delivery_id dropped endpoint_id error first kid key keys mail_id method missing
  name noted object_id outcome pay_date payout_batch_id payout_id pushed reason request_id route sender_batch_id sent failed state status
  tries worker done class parts clicks type`.split(/\s+/),
);

describe('every line of the log', () => {
  it('is written by the one function that writes them as JSON', () => {
    expect(calls.length).toBeGreaterThan(40);
    const others = code.filter(
      (path) => path !== 'src/log.ts' && /\bconsole\.(?:log|info|warn|error|debug|trace|dir|table)\(/.test(read(path)),
    );
    expect(others).toEqual([]);
  });

  it('names its event in words of its own, never in what was sent', () => {
    const odd = calls.filter(({ call }) => !/^logLine\( ?(?:'[a-z_]+'|[^,]+ \? '[a-z_]+' : '[a-z_]+')[,)]/.test(call));
    expect(odd).toEqual([]);
  });

  it('has fields of a closed list, and of an error its names alone: messages hold parameters', () => {
    const odd = calls.flatMap(({ path, call }) => {
      const fields = /\{(.*)\}/.exec(call)?.[1] ?? '';
      const plain = fields.replaceAll(/\([^()]*(?:\([^()]*\)[^()]*)*\)/g, '()').replaceAll(/'[^']*'/g, "''");
      const names = plain.split(',').flatMap((field) => /^\s*(?:\.\.\.)?(\w+)/.exec(field)?.[1] ?? []);
      const unknown = names.filter((name) => !FIELDS.has(name) && !['delivered', 'report'].includes(name));
      const messages = /\b(?:message|stack|cause)\b\s*[,}]|String\(error|error\.message|\berror\s*[,}]/.test(
        fields.replaceAll('cause,', ''),
      );
      return unknown.length > 0 || messages ? [`${path}: ${call}`] : [];
    });
    expect(odd).toEqual([]);
  });

  it('is told of in the runbook, and no other', () => {
    const events = new Set(
      calls.flatMap(({ call }) =>
        [
          ...call
            .split('{')[0]!
            .replaceAll(/=== '[a-z_]+'/g, '')
            .matchAll(/'([a-z_]+)'/g),
        ].map(([, name]) => name),
      ),
    );
    const table = read('docs/runbook.md').split('## Log lines')[1]?.split('\n## ')[0] ?? '';
    const told = new Set(
      [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name),
      ),
    );
    expect([...events].filter((name) => !told.has(name))).toEqual([]);
    expect([...told].filter((name) => !events.has(name))).toEqual([]);
  });
});
