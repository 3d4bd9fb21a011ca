import { checkTrackerConfig, type TrackerVars } from '../../src/attribution/tracker-config.ts';
import { checkPayoutsConfig } from '../../src/payout/config.rules.ts';
import { checkProgramConfig } from '../../src/program/config.rules.ts';
import { ROLES, type House, type Role, type WorkerConfig } from './config.ts';

/** Secrets by name, as far as their values are known here. */
export type Secrets = Readonly<Record<string, string>>;

const SECRET_NAMES =
  /^(?:COOKIE_KEYS|TOKEN_PRIVATE_JWK|AUTH_SECRET|INGEST_API_KEY|OPERATOR_API_KEYS|STRIPE_WEBHOOK_SECRET|PAYPAL_CLIENT_ID|PAYPAL_CLIENT_SECRET)$/;
const SHARED = ['HOME_URL', 'PUBLIC_URL', 'COOKIE_DOMAIN', 'SIGNUP_ORIGINS', 'PROGRAM_NAME'];
/** What the front door and program both go by: the same in both, there or not. */
const TOLD = ['PASS_THROUGH', 'REF_PARAM', 'CONSENT', 'CONSENT_COOKIE', 'HONOUR_GPC'];
const ADDRESSES = ['HOME_URL', 'PUBLIC_URL', 'SIGNUP_ORIGINS', 'LINK_ORIGINS', 'HEARTBEAT_URL'];
const NOT_THE_WEB = /(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost|local|internal)$/;
const PRIVATE_HOST = /^(?:\[.*\]|127\..*|10\..*|192\.168\..*|0\.0\.0\.0)$/;

const varsOf = (config: WorkerConfig): Readonly<Record<string, string>> =>
  (config.vars ?? {}) as Record<string, string>;

function addressFault(name: string, text: string): string | null {
  if (!URL.canParse(text)) return `${name} holds no URL: ${text}`;
  const { protocol, hostname } = new URL(text);
  if (NOT_THE_WEB.test(hostname) || PRIVATE_HOST.test(hostname)) return `${name} is a placeholder or local: ${text}`;
  return protocol === 'https:' ? null : `${name} is not https: ${text}`;
}

function varFaults(vars: Readonly<Record<string, string>>): string[] {
  const faults: string[] = [];
  if (vars['ENVIRONMENT'] !== 'production') faults.push('ENVIRONMENT is not production');
  if (vars['CLOCK'] !== 'system') faults.push('CLOCK is not system');
  for (const name of ADDRESSES) {
    const list = vars[name];
    if (list === undefined) continue;
    faults.push(...list.split(',').flatMap((text) => addressFault(name, text.trim()) ?? []));
  }
  const mail = vars['MAIL_FROM'];
  if (mail !== undefined && NOT_THE_WEB.test(mail.slice(mail.lastIndexOf('@') + 1).toLowerCase()))
    faults.push(`MAIL_FROM is a placeholder or local: ${mail}`);
  const paypal = vars['PAYPAL_API_BASE'];
  if (paypal !== undefined && !/^https:\/\/api-m\.(?:sandbox\.)?paypal\.com\/?$/.test(paypal)) {
    faults.push(`PAYPAL_API_BASE is not PayPal: ${paypal}`);
  }
  for (const name of Object.keys(vars)) {
    if (SECRET_NAMES.test(name)) faults.push(`${name} is a secret and no var`);
  }
  return faults;
}

/** The house and the vault are not to be reached from outside; crons name their weekday. */
function reachFaults(role: Role, { workers_dev, preview_urls, route, routes, triggers }: WorkerConfig): string[] {
  const faults: string[] = [];
  if (role !== 'tracker') {
    if (route !== undefined || routes !== undefined) faults.push('it has a route: only the front door may');
    if (workers_dev !== false) faults.push('workers_dev is not false');
    if (preview_urls !== false) faults.push('preview_urls is not false');
  }
  const crons = triggers?.crons ?? [];
  for (const cron of crons) {
    const weekday = cron.split(' ')[4] ?? '';
    if (/\d/.test(weekday)) faults.push(`the cron ${cron} counts its weekday: name it, Cloudflare counts 1 as Sunday`);
  }
  if (role === 'payouts' && !crons.some((cron) => / (?:SUN|MON|TUE|WED|THU|FRI|SAT)$/.test(cron)))
    faults.push('no cron names the pay day');
  return faults;
}

const booksOf = (config: WorkerConfig) =>
  config.d1_databases?.find(({ binding }) => binding === 'BOOKS')?.database_name;

/** What one Worker calls by a name has to be what another has under that name. */
function bindingFaults({ tracker, program, payouts }: House): string[] {
  const faults: string[] = [];
  const same = (what: string, ...names: (string | undefined)[]): void => {
    if (names.some((name) => name === undefined || name !== names[0]))
      faults.push(`the Workers do not agree on ${what}: ${names.join(', ')}`);
  };
  same('the books', booksOf(tracker), booksOf(program), booksOf(payouts));
  same('the click queue', tracker.queues?.producers?.[0]?.queue, program.queues?.consumers?.[0]?.queue);
  same('the name of program', tracker.services?.find(({ binding }) => binding === 'PROGRAM')?.service, program.name);
  same('the name of payouts', program.services?.find(({ binding }) => binding === 'PAYOUTS')?.service, payouts.name);
  for (const name of TOLD) {
    const [done, told] = [varsOf(tracker)[name], varsOf(program)[name]];
    if (done !== told) faults.push(`the Workers do not agree on ${name}: ${done ?? 'nothing'}, ${told ?? 'nothing'}`);
  }
  for (const name of SHARED) {
    const told = new Set([tracker, program, payouts].flatMap((config) => varsOf(config)[name] ?? []));
    if (told.size > 1) faults.push(`the Workers do not agree on ${name}: ${[...told].join(', ')}`);
  }
  return faults;
}

/** A value that is known to be a demo's, in whole or in part. */
function demoFaults(secrets: Secrets, demo: readonly string[]): string[] {
  return Object.entries(secrets).flatMap(([name, value]) =>
    demo.some((known) => value.includes(known)) ? [`${name} holds a demo secret`] : [],
  );
}

/** What the doors themselves would say of their vars and secrets. */
async function doorFaults({ tracker, program, payouts }: House, secrets: Secrets): Promise<string[]> {
  const checked = [
    ['tracker', await checkTrackerConfig({ ...varsOf(tracker), ...secrets } as unknown as TrackerVars)],
    [
      'program',
      checkProgramConfig({ ...varsOf(program), ...secrets } as unknown as Parameters<typeof checkProgramConfig>[0]),
    ],
    [
      'payouts',
      checkPayoutsConfig({ ...varsOf(payouts), ...secrets } as unknown as Parameters<typeof checkPayoutsConfig>[0]),
    ],
  ] as const;
  return checked.flatMap(([role, door]) => (door.ok ? [] : door.errors.map((error) => `${role}: ${error}`)));
}

/**
 * Why this must not be deployed; empty where it may. `secrets` are all that the doors would find, those that are set already stood in for
 * by new ones; `demo` are values that are no secrets: tests' and local programs'. No value of a secret is repeated.
 */
export async function refusals(house: House, secrets: Secrets, demo: readonly string[]): Promise<string[]> {
  const faults = ROLES.flatMap((role) => {
    const vars = varsOf(house[role]);
    const own = [...varFaults(vars), ...demoFaults(vars, demo), ...reachFaults(role, house[role])];
    return own.map((fault) => `${role}: ${fault}`);
  });
  faults.push(...bindingFaults(house), ...demoFaults(secrets, demo), ...(await doorFaults(house, secrets)));
  return [...new Set(faults)];
}
