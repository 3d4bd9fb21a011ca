import { paypalBase } from '../paypal/base.rules.ts';
import type { Checked } from '../program/config.rules.ts';
import type { RailName } from './payout.schema.ts';

/** Where and as whom PayPal is asked. */
export interface PaypalConfig {
  base: string;
  client_id: string;
  client_secret: string;
}

/** The payouts Worker's configuration, parsed. `paypal` is null where it has no credentials, which only the export rail may. */
export interface PayoutsConfig {
  rail: RailName;
  approval: 'none' | 'manual';
  /** How many people approve a batch that waits (P8). */
  approvers: 1 | 2;
  poll_ms: number;
  paypal: PaypalConfig | null;
}

interface Raw {
  ENVIRONMENT: string;
  CLOCK: string;
  PAYOUT_RAIL: string;
  PAYOUT_APPROVAL: string;
  PAYOUT_APPROVERS?: string;
  PAYPAL_API_BASE: string;
  PAYPAL_POLL_SECONDS: string;
  PAYPAL_CLIENT_ID?: string;
  PAYPAL_CLIENT_SECRET?: string;
}

const BASES = {
  not_a_url: 'PAYPAL_API_BASE is not a URL',
  not_secure: 'PAYPAL_API_BASE is not https (http is for loopback hosts only)',
  not_an_origin: 'PAYPAL_API_BASE is more than an origin',
} as const;

/** The credentials with where they go, null where there are none; what is wrong with them goes to `errors`. */
function paypalOf(env: Raw, errors: string[]): PaypalConfig | null {
  const { PAYPAL_CLIENT_ID: client_id = '', PAYPAL_CLIENT_SECRET: client_secret = '' } = env;
  const needed = env.PAYOUT_RAIL === 'paypal';
  if (!needed && client_id === '' && client_secret === '') return null;
  if (client_id === '') errors.push('PAYPAL_CLIENT_ID is missing');
  if (client_secret === '') errors.push('PAYPAL_CLIENT_SECRET is missing');
  const base = paypalBase(env.PAYPAL_API_BASE ?? '');
  if (!base.ok) {
    errors.push(BASES[base.reason]);
    return null;
  }
  return { base: base.base, client_id, client_secret };
}

/** Checks what the payouts Worker is given. Errors name each variable that is missing or unreadable, never its value. */
export function checkPayoutsConfig(env: Raw): Checked<PayoutsConfig> {
  const errors: string[] = [];
  const { ENVIRONMENT, CLOCK, PAYOUT_RAIL: rail, PAYOUT_APPROVAL: approval, PAYPAL_POLL_SECONDS: poll } = env;
  if (ENVIRONMENT !== 'production' && ENVIRONMENT !== 'local') errors.push('ENVIRONMENT is production or local');
  if (CLOCK === 'header' && ENVIRONMENT !== 'local') errors.push('CLOCK=header is for ENVIRONMENT=local only');
  if (rail !== 'export' && rail !== 'paypal') errors.push('PAYOUT_RAIL is paypal or export');
  if (approval !== 'none' && approval !== 'manual') errors.push('PAYOUT_APPROVAL is none or manual');
  const { PAYOUT_APPROVERS: approvers = '1' } = env;
  if (approvers !== '1' && approvers !== '2') errors.push('PAYOUT_APPROVERS is 1 or 2');
  if (!/^[1-9]\d{0,4}$/.test(poll ?? '')) errors.push('PAYPAL_POLL_SECONDS is a number of seconds, 1 to 99999');
  const paypal = paypalOf(env, errors);
  if (errors.length > 0 || (rail !== 'export' && rail !== 'paypal') || (approval !== 'none' && approval !== 'manual')) {
    return { ok: false, errors };
  }
  return {
    ok: true,
    config: { rail, approval, approvers: approvers === '2' ? 2 : 1, poll_ms: Number(poll) * 1000, paypal },
  };
}
