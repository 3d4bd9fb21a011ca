import { tokenKeyErrors } from '../partner/token-key.rules.ts';

/** A configuration that its door has checked, or what is wrong with it: names of variables, never their values. */
export type Checked<T> = { ok: true; config: T } | { ok: false; errors: string[] };

/** The program's configuration, parsed. */
export interface ProgramConfig {
  program_name: string;
  home_url: string;
  public_url: string;
  signup_origins: readonly string[];
  link_origins: readonly string[];
  mail_from: string;
  cookie_name: '__Host-lastclick' | '__Secure-lastclick';
  cookie_keys: string;
  ingest_key: string;
  operators: readonly { name: string; key: string }[];
  /** Secrets of the endpoint of Stripe, two while one rolls; none: its webhooks are not taken. */
  stripe_webhook_secrets: readonly string[];
  /** Signs sessions and seals second factors. */
  auth_secret: string;
  /** Cloudflare Access in front of the console: whose assertions are taken for a sign-in; null where it is not set up. */
  access: { issuer: string; audience: string } | null;
  /** Whether this is a program on somebody's own machine. */
  is_local: boolean;
}

interface Raw {
  ENVIRONMENT: string;
  CLOCK: string;
  PROGRAM_NAME: string;
  HOME_URL: string;
  PUBLIC_URL: string;
  COOKIE_DOMAIN?: string;
  SIGNUP_ORIGINS: string;
  LINK_ORIGINS?: string;
  MAIL_FROM: string;
  COOKIE_KEYS: string;
  TOKEN_PRIVATE_JWK: string;
  TOKEN_PUBLIC_JWKS?: string;
  INGEST_API_KEY: string;
  OPERATOR_API_KEYS: string;
  STRIPE_WEBHOOK_SECRET?: string;
  AUTH_SECRET: string;
  ACCESS_TEAM_DOMAIN?: string;
  ACCESS_AUD?: string;
}

const MINIMUM_KEY_LENGTH = 16;
const MINIMUM_AUTH_SECRET_LENGTH = 32;

/** The origin of an absolute http(s) URL, or null. */
export function originOf(url: string): string | null {
  try {
    const { origin, protocol } = new URL(url);
    return protocol === 'https:' || protocol === 'http:' ? origin : null;
  } catch {
    return null;
  }
}

/** A comma-separated list of origins; null where one is none. */
function originsOf(list: string): string[] | null {
  const origins = list.split(',').map((part) => originOf(part.trim()));
  return origins.every((origin) => origin !== null) && origins.length > 0 ? (origins as string[]) : null;
}

/** Whether a text is one plain email address, without a name. */
function isAddress(text: string): boolean {
  return /^[^\s@<>",;:]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(text);
}

/** `name:key[,name:key…]`, names once each, keys long enough; null otherwise. */
function operatorsOf(list: string): { name: string; key: string }[] | null {
  const operators = list.split(',').map((part) => {
    const [name = '', ...key] = part.split(':');
    return { name: name.trim(), key: key.join(':').trim() };
  });
  const sound = operators.every(
    ({ name, key }) => /^[A-Za-z0-9_-]{1,64}$/.test(name) && key.length >= MINIMUM_KEY_LENGTH,
  );
  const distinct =
    new Set(operators.map(({ name }) => name)).size === operators.length &&
    new Set(operators.map(({ key }) => key)).size === operators.length;
  return sound && distinct ? operators : null;
}

/** Cloudflare Access as it is set up: both its values or neither. */
function accessOf({ ACCESS_TEAM_DOMAIN: team = '', ACCESS_AUD: audience = '' }: Raw) {
  if (team === '' && audience === '') return null;
  if (!/^[a-z0-9-]+\.cloudflareaccess\.com$/.test(team) || !/^[0-9a-f]{64}$/.test(audience)) return 'unreadable';
  return { issuer: `https://${team}`, audience };
}

/** Checks what the program Worker is given. Errors name each variable that is missing or unreadable. */
export function checkProgramConfig(env: Raw): Checked<ProgramConfig> {
  const errors: string[] = [];
  const need = <T>(value: T | null | undefined, message: string): T | undefined => {
    if (value === null || value === undefined || value === '') errors.push(message);
    return value ?? undefined;
  };
  if (env.ENVIRONMENT !== 'production' && env.ENVIRONMENT !== 'local')
    errors.push('ENVIRONMENT is production or local');
  if (env.CLOCK !== 'system' && env.CLOCK !== 'header') errors.push('CLOCK is system or header');
  if (env.CLOCK === 'header' && env.ENVIRONMENT !== 'local') errors.push('CLOCK=header is for ENVIRONMENT=local only');
  need(env.PROGRAM_NAME, 'PROGRAM_NAME is missing');
  const home = need(originOf(env.HOME_URL ?? ''), 'HOME_URL is not an absolute URL');
  need(originOf(env.PUBLIC_URL ?? ''), 'PUBLIC_URL is not an absolute URL');
  const signup_origins =
    need(originsOf(env.SIGNUP_ORIGINS ?? ''), 'SIGNUP_ORIGINS is not a comma-separated list of origins') ?? [];
  const link_origins = env.LINK_ORIGINS
    ? need(originsOf(env.LINK_ORIGINS), 'LINK_ORIGINS is not a comma-separated list of origins')
    : home
      ? [home]
      : [];
  if (!isAddress(env.MAIL_FROM ?? '')) errors.push('MAIL_FROM is not an email address');
  need(env.COOKIE_KEYS, 'COOKIE_KEYS is missing');
  errors.push(...tokenKeyErrors(env));
  if ((env.INGEST_API_KEY ?? '').length < MINIMUM_KEY_LENGTH)
    errors.push(`INGEST_API_KEY is shorter than ${MINIMUM_KEY_LENGTH} characters`);
  const operators =
    need(
      operatorsOf(env.OPERATOR_API_KEYS ?? ''),
      `OPERATOR_API_KEYS is not name:key[,name:key…] with keys of ${MINIMUM_KEY_LENGTH} characters or more`,
    ) ?? [];
  if (operators.some(({ key }) => key === env.INGEST_API_KEY)) errors.push('INGEST_API_KEY is also an operator key');
  const stripe_webhook_secrets = (env.STRIPE_WEBHOOK_SECRET ?? '')
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  if (stripe_webhook_secrets.some((secret) => secret.length < MINIMUM_KEY_LENGTH))
    errors.push(`a STRIPE_WEBHOOK_SECRET is shorter than ${MINIMUM_KEY_LENGTH} characters`);
  if ((env.AUTH_SECRET ?? '').length < MINIMUM_AUTH_SECRET_LENGTH)
    errors.push(`AUTH_SECRET is shorter than ${MINIMUM_AUTH_SECRET_LENGTH} characters`);
  const access = accessOf(env);
  if (access === 'unreadable')
    errors.push('ACCESS_TEAM_DOMAIN is <team>.cloudflareaccess.com, with ACCESS_AUD the tag of its application');
  if (errors.length > 0 || access === 'unreadable') return { ok: false, errors };
  return {
    ok: true,
    config: {
      program_name: env.PROGRAM_NAME,
      home_url: env.HOME_URL,
      public_url: env.PUBLIC_URL.replace(/\/+$/, ''),
      signup_origins,
      link_origins: link_origins ?? [],
      mail_from: env.MAIL_FROM,
      cookie_name: env.COOKIE_DOMAIN ? '__Secure-lastclick' : '__Host-lastclick',
      cookie_keys: env.COOKIE_KEYS,
      ingest_key: env.INGEST_API_KEY,
      operators,
      stripe_webhook_secrets,
      auth_secret: env.AUTH_SECRET,
      access,
      is_local: env.ENVIRONMENT === 'local',
    },
  };
}
