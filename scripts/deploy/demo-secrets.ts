import { localSecrets, simulatorCredentials } from '../../test/support/local.ts';
import { workers } from '../local/files.ts';
import { readVars } from '../local/vars.ts';

const SECRETS = [
  'COOKIE_KEYS',
  'TOKEN_PRIVATE_JWK',
  'AUTH_SECRET',
  'INGEST_API_KEY',
  'OPERATOR_API_KEYS',
  'STRIPE_WEBHOOK_SECRET',
  'PAYPAL_CLIENT_ID',
  'PAYPAL_CLIENT_SECRET',
];

/** The parts of a value that are secret by themselves: each key of a list, a JWK's private half. */
function partsOf(value: string): string[] {
  if (value.startsWith('{')) {
    const { d } = JSON.parse(value) as { d?: string };
    return d === undefined ? [] : [d];
  }
  return value.split(',').map((part) => part.slice(part.indexOf(':') + 1));
}

/** Every value that must not guard anything: the tests' secrets, and those of a local program on this machine. */
export async function demoSecrets(): Promise<string[]> {
  const local = await Promise.all(workers.map(({ vars }) => readVars(vars)));
  const { client_id: PAYPAL_CLIENT_ID, client_secret: PAYPAL_CLIENT_SECRET } = simulatorCredentials;
  const tests: Readonly<Record<string, string>> = { ...localSecrets, PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET };
  return [tests, ...local].flatMap((values) =>
    SECRETS.flatMap((name) => partsOf(values[name] ?? '')).filter((part) => part.length >= 8),
  );
}
