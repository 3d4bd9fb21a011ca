import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';

import { workers } from './files.ts';

type Values = Readonly<Record<string, string>>;

/**
 * Where a local program, the shop in front of it and PayPal's simulator behind it are reached. Program and shop have one host: browsers take
 * both for one site, ports aside.
 */
export function addresses(port: number): { program: string; shop: string; paypal: string } {
  const [program, shop] = [`http://localhost:${port}`, `http://localhost:${port + 1}`];
  return { program, shop, paypal: `http://127.0.0.1:${port + 2}` };
}

/** First line of a `.dev.vars` file that is ours to remove. */
export const MADE_HERE = '# Made by npm start: local values and secrets, good for nothing else.';

/** A new Ed25519 key that signs tokens and receipts, as `TOKEN_PRIVATE_JWK` wants it. */
export function newTokenKey(kid: string): string {
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return JSON.stringify({ kty, crv, kid, x, d });
}

/** A random key of `bytes` bytes, base64url. */
export function newKey(bytes = 24): string {
  return randomBytes(bytes).toString('base64url');
}

function newSecrets(): Values {
  return {
    COOKIE_KEYS: `k1:${newKey(32)}`,
    TOKEN_PRIVATE_JWK: newTokenKey('local-1'),
    AUTH_SECRET: newKey(32),
    INGEST_API_KEY: `ingest_${newKey()}`,
    OPERATOR_API_KEYS: `ana:op_ana_${newKey()},ben:op_ben_${newKey()}`,
    PAYPAL_CLIENT_ID: `local_${newKey()}`,
    PAYPAL_CLIENT_SECRET: `local_${newKey()}`,
  };
}

const HELD = {
  lastclick: ['COOKIE_KEYS'],
  'lastclick-program': ['COOKIE_KEYS', 'TOKEN_PRIVATE_JWK', 'AUTH_SECRET', 'INGEST_API_KEY', 'OPERATOR_API_KEYS'],
  'lastclick-payouts': ['PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET'],
  'lastclick-paypal-simulator': ['SIMULATOR_CLIENT_ID', 'SIMULATOR_CLIENT_SECRET'],
} as const satisfies Record<(typeof workers)[number]['name'], readonly string[]>;

/** A `.dev.vars` file's values; none where there is no file. */
export async function readVars(file: string): Promise<Values> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return parseEnv(text) as Values;
}

const lines = (values: Values) => Object.entries(values).map(([name, value]) => `${name}='${value}'`);

/** Keys of the local program, out of its `.dev.vars`. */
export interface LocalKeys {
  readonly ingest: string;
  readonly operators: Readonly<Record<string, string>>;
}

/** What a Worker is told on this machine besides secrets. */
function localValues(name: (typeof workers)[number]['name'], port: number): Values {
  if (name === 'lastclick-paypal-simulator') return {};
  const { program, shop, paypal } = addresses(port);
  const site = {
    ENVIRONMENT: 'local',
    CLOCK: 'header',
    HOME_URL: `${shop}/`,
    PUBLIC_URL: program,
    SIGNUP_ORIGINS: shop,
  };
  if (name !== 'lastclick-payouts') return site;
  return { ...site, PAYOUT_RAIL: 'paypal', PAYPAL_API_BASE: paypal, PAYPAL_POLL_SECONDS: '1' };
}

/**
 * Writes each Worker's `.dev.vars`: secrets are made once and kept, addresses follow the port, whatever else a developer has put there
 * stays. Answers with the keys.
 */
export async function writeLocalVars(port: number): Promise<LocalKeys> {
  const present = await Promise.all(workers.map(({ vars }) => readVars(vars)));
  const kept: Values = { ...newSecrets(), ...present[0], ...present[1], ...present[2] };
  const secrets: Values = {
    ...kept,
    SIMULATOR_CLIENT_ID: kept['PAYPAL_CLIENT_ID'] ?? '',
    SIMULATOR_CLIENT_SECRET: kept['PAYPAL_CLIENT_SECRET'] ?? '',
  };
  for (const [i, { name, vars }] of workers.entries()) {
    const held = Object.fromEntries(HELD[name].map((key) => [key, secrets[key] ?? '']));
    const values = { ...present[i], ...localValues(name, port), ...held };
    await writeFile(vars, `${[MADE_HERE, ...lines(values)].join('\n')}\n`, { mode: 0o600 });
  }
  const operators = (secrets['OPERATOR_API_KEYS'] ?? '').split(',').map((pair) => {
    const colon = pair.indexOf(':');
    return [pair.slice(0, colon), pair.slice(colon + 1)] as const;
  });
  return { ingest: secrets['INGEST_API_KEY'] ?? '', operators: Object.fromEntries(operators) };
}
