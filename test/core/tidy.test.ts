import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { describe, expect, it } from 'vitest';

import { PROBLEMS } from '../../src/http/problem.ts';

const root = join(import.meta.dirname, '../..');

function filesUnder(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const code = [...filesUnder('src', /\.tsx?$/), ...filesUnder('workers', /\.tsx?$/)];

/** Lines of files in which a pattern stands, comments left out. */
function found(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, i) =>
        pattern.test(line.replace(/^\s*(\*|\/\/|\/\*\*|--).*$/, '')) ? [`${path}:${i + 1} ${line.trim()}`] : [],
      ),
  );
}

describe('the house is tidy', () => {
  it('no clock is read outside the clock', () => {
    const outside = code.filter((path) => path !== 'src/clock.ts');
    expect(found(outside, /Date\.now\(|new Date\(|Temporal\.Now|performance\.now\(/)).toEqual([]);
    expect(
      found(
        [...outside, ...filesUnder('migrations', /\.sql$/)],
        /\b(datetime|unixepoch|strftime)\(|current_timestamp/i,
      ),
    ).toEqual([]);
  });

  it('no query stands outside a repo', () => {
    const outside = code.filter((path) => !path.endsWith('.repo.ts') && !path.endsWith('.schema.ts'));
    expect(
      found(
        outside,
        /\bsql`|\.prepare\(|from 'drizzle-orm|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b .*\b(FROM|SET|VALUES|SELECT)\b/,
      ),
    ).toEqual([]);
  });

  it('pure rules know no database, HTTP or runtime', () => {
    const rules = code.filter((path) => path.endsWith('.rules.ts'));
    expect(rules.length).toBeGreaterThan(20);
    const imports = rules.flatMap((path) =>
      [...read(path).matchAll(/^import (?!type)[^;]*from '([^']+)'/gm)].flatMap(([, from = '']) =>
        /\.(repo|routes|schema)\.ts$|^hono|^drizzle|^cloudflare:/.test(from) ? [`${path} imports ${from}`] : [],
      ),
    );
    expect(imports).toEqual([]);
  });

  it('no float comes near money', () => {
    const money = code.filter((path) => /src\/(money|commission|ledger|payout|billing|earnings)\//.test(path));
    expect(found(money, /parseFloat|toFixed|Math\.(round|floor|ceil)|\/ ?100\b|\b\d+\.\d+\b/)).toEqual([]);
  });

  it('zones come from the ponyfill, in the calendar alone', () => {
    expect(
      found(
        code.filter((path) => !path.startsWith('src/calendar/')),
        /\bTemporal\b/,
      ),
    ).toEqual([]);
  });

  it('files stay small', () => {
    expect(code.filter((path) => read(path).split('\n').length > 400)).toEqual([]);
  });

  it('functions of more than 70 lines are refused by the linter, which every test run calls', () => {
    const { overrides } = JSON.parse(read('.oxlintrc.json')) as {
      overrides: { files: string[]; rules: Record<string, unknown> }[];
    };
    const ours = overrides.find(({ files }) => files.includes('src/**') && files.includes('workers/**'));
    expect(ours?.rules['eslint/max-lines-per-function']).toEqual([
      'error',
      { max: 70, skipComments: true, skipBlankLines: true },
    ]);
    expect(read('package.json')).toContain('oxlint --deny-warnings');
    expect(read('scripts/test.ts')).toContain("run('oxlint', '--deny-warnings')");
  });

  it('migrations have numbers of their own, without gaps', () => {
    for (const database of ['books', 'clicks']) {
      const numbers = filesUnder(`migrations/${database}`, /\.sql$/).map((path) =>
        Number(/(\d{4})_[a-z_]+\.sql$/.exec(path)?.[1]),
      );
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    }
  });

  it('triggers stand on one line each: the remote database splits longer ones in the middle', () => {
    const lines = filesUnder('migrations', /\.sql$/).flatMap((path) => read(path).split('\n'));
    const triggers = lines.filter((line) => line.startsWith('CREATE TRIGGER'));
    expect(triggers.length).toBeGreaterThan(20);
    expect(triggers.filter((line) => !line.endsWith('END;'))).toEqual([]);
  });

  it('P1: crons name their weekday, since Cloudflare counts 1 = Sunday', () => {
    const crons = ['wrangler.toml', 'workers/program/wrangler.toml', 'workers/payouts/wrangler.toml'].flatMap((path) =>
      [...read(path).matchAll(/^crons = \[(.*)\]/gm)].flatMap(([, list = '']) =>
        list.split(',').map((cron) => cron.trim().replaceAll('"', '')),
      ),
    );
    expect(crons.length).toBeGreaterThanOrEqual(2);
    expect(
      crons
        .map((cron) => cron.split(' ').at(-1))
        .filter((weekday) => !/^(\*|SUN|MON|TUE|WED|THU|FRI|SAT)$/.test(weekday ?? '')),
    ).toEqual([]);
  });

  it('every error code is documented, and no other', () => {
    const documented = [...read('docs/errors.md').matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
    expect(documented.toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
  });

  it('nothing unfinished and no switched-off check is left', () => {
    const all = [...code, ...filesUnder('test', /\.tsx?$/), ...filesUnder('scripts', /\.(ts|mjs)$/)].filter(
      (path) => path !== 'test/core/tidy.test.ts',
    );
    expect(
      found(all, /\b(it|test|describe)\.(skip|only|todo|fails)\b|@ts-(ignore|nocheck|expect-error)|\bas any\b/),
    ).toEqual([]);
  });
});
