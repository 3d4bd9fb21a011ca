import { describe, expect, it } from 'vitest';

import { checkPayoutsConfig } from '../../../src/payout/config.rules.ts';

const env = {
  ENVIRONMENT: 'production',
  CLOCK: 'system',
  PAYOUT_RAIL: 'paypal',
  PAYOUT_APPROVAL: 'none',
  PAYPAL_API_BASE: 'https://api-m.paypal.com',
  PAYPAL_POLL_SECONDS: '900',
  PAYPAL_CLIENT_ID: 'id',
  PAYPAL_CLIENT_SECRET: 'secret',
};
const { PAYPAL_CLIENT_ID: _, PAYPAL_CLIENT_SECRET: __, ...bare } = env;
const check = (change: object, of: typeof bare = env) => checkPayoutsConfig({ ...of, ...change });
const errorsOf = (change: object, of: typeof bare = env) => {
  const checked = check(change, of);
  return checked.ok ? [] : checked.errors;
};

describe('the payouts Worker’s configuration', () => {
  it.each([
    [{}, { rail: 'paypal', approval: 'none', poll_ms: 900_000 }],
    [{ PAYOUT_APPROVAL: 'manual' }, { approval: 'manual', approvers: 1 }],
    [{ PAYOUT_APPROVERS: '2' }, { approval: 'none', approvers: 2 }],
    [{ PAYOUT_RAIL: 'export' }, { rail: 'export' }],
    [{ ENVIRONMENT: 'local', CLOCK: 'header' }, { rail: 'paypal' }],
    [{ ENVIRONMENT: 'local' }, { rail: 'paypal' }],
    [{ PAYPAL_POLL_SECONDS: '1' }, { poll_ms: 1000 }],
    [{ PAYPAL_POLL_SECONDS: '99999' }, { poll_ms: 99_999_000 }],
  ])('%j is taken', (change, config) => {
    expect(check(change)).toMatchObject({ ok: true, config });
  });

  it('holds where and as whom PayPal is asked', () => {
    expect(check({})).toMatchObject({
      config: { paypal: { base: 'https://api-m.paypal.com', client_id: 'id', client_secret: 'secret' } },
    });
  });

  it.each([
    [{ ENVIRONMENT: 'staging' }, 'ENVIRONMENT is production or local'],
    [{ CLOCK: 'header' }, 'CLOCK=header is for ENVIRONMENT=local only'],
    [{ PAYOUT_RAIL: 'cheque' }, 'PAYOUT_RAIL is paypal or export'],
    [{ PAYOUT_APPROVAL: 'maybe' }, 'PAYOUT_APPROVAL is none or manual'],
    [{ PAYOUT_APPROVERS: '0' }, 'PAYOUT_APPROVERS is 1 or 2'],
    [{ PAYPAL_POLL_SECONDS: '0' }, 'PAYPAL_POLL_SECONDS is a number of seconds, 1 to 99999'],
    [{ PAYPAL_POLL_SECONDS: undefined }, 'PAYPAL_POLL_SECONDS is a number of seconds, 1 to 99999'],
    [{ PAYPAL_API_BASE: 'nowhere' }, 'PAYPAL_API_BASE is not a URL'],
    [{ PAYPAL_API_BASE: undefined }, 'PAYPAL_API_BASE is not a URL'],
    [{ PAYPAL_API_BASE: 'http://x.example' }, 'PAYPAL_API_BASE is not https (http is for loopback hosts only)'],
    [{ PAYPAL_API_BASE: 'https://x.example/v1' }, 'PAYPAL_API_BASE is more than an origin'],
    [{ PAYPAL_CLIENT_ID: '' }, 'PAYPAL_CLIENT_ID is missing'],
    [{ PAYPAL_CLIENT_SECRET: '' }, 'PAYPAL_CLIENT_SECRET is missing'],
    [{ PAYOUT_RAIL: 'export', PAYPAL_CLIENT_ID: '' }, 'PAYPAL_CLIENT_ID is missing'],
    [{ PAYOUT_RAIL: 'export', PAYPAL_CLIENT_SECRET: '' }, 'PAYPAL_CLIENT_SECRET is missing'],
  ])('%j is refused by its name alone', (change, error) => {
    expect(errorsOf(change)).toEqual([error]);
  });

  it('without credentials the export rail asks for no base, and the PayPal rail for both', () => {
    expect(check({ PAYOUT_RAIL: 'export', PAYPAL_API_BASE: 'nowhere' }, bare)).toMatchObject({
      config: { paypal: null },
    });
    expect(errorsOf({}, bare)).toEqual(['PAYPAL_CLIENT_ID is missing', 'PAYPAL_CLIENT_SECRET is missing']);
  });
});
