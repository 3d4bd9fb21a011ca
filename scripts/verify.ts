import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

import { verifyReceipt } from './verify/receipt.ts';

/**
 * `npm run verify -- receipt.jws [--jwks jwks.json]`: checks a receipt without a network and prints what it says. The file holds the JWS, or
 * the JSON answer that carries it. The keys are a saved `/.well-known/jwks.json`, by default `jwks.json` beside the receipt.
 */
const { values, positionals } = parseArgs({ options: { jwks: { type: 'string' } }, allowPositionals: true });
const [file] = positionals;
const usage = 'usage: npm run verify -- receipt.jws [--jwks jwks.json]';

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

if (file === undefined || positionals.length > 1) stop(usage);
const keys = values.jwks ?? join(dirname(file), 'jwks.json');
for (const needed of [file, keys])
  if (!existsSync(needed))
    stop(`${needed} is not there\n${usage}\nSave PUBLIC_URL/.well-known/jwks.json once: it holds former keys too.`);

const verified = await verifyReceipt(readFileSync(file, 'utf8'), readFileSync(keys, 'utf8'));
if (!verified.ok) stop(`NOT VALID: ${verified.reason}`);
console.log(`valid, signed by ${verified.issuer} with key ${verified.kid}\n${JSON.stringify(verified.says, null, 2)}`);
