import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import openapiTS, { astToString } from 'openapi-typescript';

/**
 * `npm run paypal:types`: writes src/paypal/payouts.types.ts from PayPal's contract, the shapes of what is sent and answered and nothing
 * else. With `--check` it writes nothing and fails where the file is not what it would write.
 */
const root = join(import.meta.dirname, '..');
const contract = join(root, 'contracts/paypal_payouts.json');
const target = join(root, 'src/paypal/payouts.types.ts');

/** What is sent and answered, by the contract's names; what these refer to comes along. */
const WANTED = ['create_payout_request', 'payout', 'payout_batch', 'payout_item-2', 'error'];
const REF = '#/components/schemas/';
const PROSE = new Set(['title', 'description', 'default']);

/** Every schema that one refers to, itself included. */
function reachable(schemas, name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, next] of JSON.stringify(schemas[name]).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    reachable(schemas, next, seen);
  }
  return seen;
}

/** A schema without its prose; a property that happens to be called `description` stays. */
function terse(schema) {
  if (Array.isArray(schema)) return schema.map(terse);
  if (schema === null || typeof schema !== 'object') return schema;
  if (typeof schema.$ref === 'string') return { $ref: REF + schema.$ref.slice(REF.length) };
  const fields = Object.entries(schema).filter(([key, value]) => !(PROSE.has(key) && typeof value !== 'object'));
  return Object.fromEntries(fields.map(([key, value]) => [key, terse(value)]));
}

function formatted(code) {
  const oxfmt = join(root, 'node_modules/.bin/oxfmt');
  const { status, stdout, stderr } = spawnSync(oxfmt, [`--stdin-filepath=${target}`], { cwd: root, input: code });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout.toString();
}

const text = readFileSync(contract, 'utf8');
const { openapi, info, components } = JSON.parse(text);
const names = [...new Set(WANTED.flatMap((name) => [...reachable(components.schemas, name)]))].toSorted();
const schemas = Object.fromEntries(names.map((name) => [name, terse(components.schemas[name])]));
const ast = await openapiTS({ openapi, info, paths: {}, components: { schemas } });
const sha256 = createHash('sha256').update(text).digest('hex');
const head = [
  '// Made by `npm run paypal:types` (openapi-typescript) from contracts/paypal_payouts.json. Do not edit.',
  `// ${info.title} ${info.version}, SHA-256 ${sha256}`,
];
const made = formatted(`${head.join('\n')}\n\n${astToString(ast)}`);
if (process.argv.includes('--check')) {
  const same = readFileSync(target, 'utf8') === made;
  if (!same) console.error('src/paypal/payouts.types.ts is not what the contract gives: npm run paypal:types');
  process.exitCode = same ? 0 : 1;
} else {
  writeFileSync(target, made);
}
