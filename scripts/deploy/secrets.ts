import { newKey, newTokenKey } from '../local/vars.ts';
import { ROLES, type House, type Role } from './config.ts';
import type { Secrets } from './refusals.ts';
import type { Wrangler } from './resources.ts';

/** Which Worker holds which secret, and of those which it cannot do without. */
const HOLDERS = {
  tracker: { needed: ['COOKIE_KEYS'], optional: [] },
  program: {
    needed: ['COOKIE_KEYS', 'TOKEN_PRIVATE_JWK', 'AUTH_SECRET', 'INGEST_API_KEY', 'OPERATOR_API_KEYS'],
    optional: ['TOKEN_PUBLIC_JWKS', 'STRIPE_WEBHOOK_SECRET'],
  },
  payouts: { needed: [], optional: ['PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET'] },
} as const satisfies Record<Role, { needed: readonly string[]; optional: readonly string[] }>;

const heldBy = (role: Role): readonly string[] => [...HOLDERS[role].needed, ...HOLDERS[role].optional];

/** The secrets that the Workers cannot do without: PayPal's only where payouts go by PayPal. */
function neededSecrets(rail: unknown): ReadonlySet<string> {
  const always = ROLES.flatMap((role): readonly string[] => HOLDERS[role].needed);
  return new Set(rail === 'paypal' ? [...always, ...HOLDERS.payouts.optional] : always);
}

/** Names of the secrets that a Worker has on Cloudflare; none where the Worker is not there yet. */
export type SecretsSet = Readonly<Record<Role, readonly string[]>>;

/** Asks Cloudflare for the names of secrets that are set. */
export async function secretsSet(wrangler: Wrangler, house: House): Promise<SecretsSet> {
  const names = async (role: Role): Promise<readonly string[]> => {
    const { ok, stdout, output } = await wrangler('secret', 'list', '--name', house[role].name, '--format', 'json');
    if (ok) return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
    // Any other failure says nothing of what is set: new keys must not be made for it.
    if (output.includes(`Worker "${house[role].name}" not found`)) return [];
    throw new Error(`wrangler could not list the secrets of ${house[role].name}:\n${output}`);
  };
  return { payouts: await names('payouts'), program: await names('program'), tracker: await names('tracker') };
}

/** What is to be uploaded to each Worker, and which values were made here and are shown once. */
export interface SecretPlan {
  readonly uploads: Readonly<Record<Role, Secrets>>;
  readonly made: Secrets;
}

function makeSecret(name: string, operators: readonly string[]): string | null {
  if (name === 'COOKIE_KEYS') return `k1:${newKey(32)}`;
  if (name === 'TOKEN_PRIVATE_JWK') return newTokenKey(`k-${newKey(6)}`);
  if (name === 'INGEST_API_KEY') return newKey();
  if (name === 'AUTH_SECRET') return newKey(32);
  if (name === 'OPERATOR_API_KEYS' && operators.length > 0)
    return operators.map((operator) => `${operator}:${newKey()}`).join(',');
  return null;
}

type Planned =
  | { readonly ok: true; readonly plan: SecretPlan }
  | { readonly ok: false; readonly missing: readonly string[] };

/**
 * Decides which secrets to upload. A value given (`given`, the environment) is set wherever its secret is held; what is needed and set
 * nowhere is made, operators' keys for the names given. What one Worker has and another needs cannot be read back: it has to be given.
 */
export function planSecrets(
  set: SecretsSet,
  given: Readonly<Record<string, string | undefined>>,
  operators: readonly string[],
  rail: unknown,
): Planned {
  const values: Record<string, string> = {};
  const made: Record<string, string> = {};
  const missing: string[] = [];
  const needed = neededSecrets(rail);
  for (const name of new Set(ROLES.flatMap(heldBy))) {
    const holders = ROLES.filter((role) => heldBy(role).includes(name));
    const lacking = holders.filter((role) => !set[role].includes(name));
    const value = given[name];
    if (value !== undefined && value !== '') values[name] = value;
    else if (needed.has(name) && lacking.length > 0) {
      const fresh = lacking.length === holders.length ? makeSecret(name, operators) : null;
      if (fresh === null) missing.push(name);
      else values[name] = made[name] = fresh;
    }
  }
  if (missing.length > 0) return { ok: false, missing };
  const uploadsOf = (role: Role): Secrets => {
    const held = new Set(heldBy(role));
    return Object.fromEntries(Object.entries(values).filter(([name]) => held.has(name)));
  };
  return {
    ok: true,
    plan: {
      uploads: { payouts: uploadsOf('payouts'), program: uploadsOf('program'), tracker: uploadsOf('tracker') },
      made,
    },
  };
}

/** Values that stand in for secrets that are set already or will be made, where only their form is looked at. */
export function standIns(): Secrets {
  const operators = ['one', 'two'];
  return Object.fromEntries(HOLDERS.program.needed.map((name) => [name, makeSecret(name, operators) ?? '']));
}
