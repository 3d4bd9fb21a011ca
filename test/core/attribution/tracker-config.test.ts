import { expect, it } from 'vitest';

import { checkTrackerConfig, sameSite, type TrackerVars } from '../../../src/attribution/tracker-config.ts';
import { localSecrets } from '../../support/local.ts';

const production: TrackerVars = {
  ENVIRONMENT: 'production',
  CLOCK: 'system',
  HOME_URL: 'https://www.example.com',
  PUBLIC_URL: 'https://go.example.com',
  SIGNUP_ORIGINS: 'https://www.example.com, https://app.example.com',
  COST_HEADERS: 'off',
  COOKIE_KEYS: localSecrets.COOKIE_KEYS,
};

async function errorsWith(vars: Partial<Record<keyof TrackerVars, string | undefined>>): Promise<string[]> {
  const checked = await checkTrackerConfig({ ...production, ...vars } as TrackerVars);
  return checked.ok ? [] : checked.errors;
}

it('a whole configuration is read', async () => {
  const checked = await checkTrackerConfig(production);
  expect(checked).toMatchObject({
    ok: true,
    config: {
      home_url: 'https://www.example.com',
      cookie_name: '__Host-lastclick',
      cookie_domain: null,
      signup_origins: new Set(['https://www.example.com', 'https://app.example.com']),
      cost_headers: false,
    },
  });
});

it('COOKIE_DOMAIN changes the cookie’s name', async () => {
  const checked = await checkTrackerConfig({ ...production, COOKIE_DOMAIN: 'example.com', COST_HEADERS: 'on' });
  expect(checked).toMatchObject({
    config: { cookie_name: '__Secure-lastclick', cookie_domain: 'example.com', cost_headers: true },
  });
});

it.each([
  [{ ENVIRONMENT: 'staging' }, 'ENVIRONMENT is production or local'],
  [{ CLOCK: undefined }, 'CLOCK is system or header'],
  [{ CLOCK: 'header' }, 'CLOCK=header is for ENVIRONMENT=local only'],
  [{ HOME_URL: undefined }, 'HOME_URL is not an absolute URL'],
  [{ HOME_URL: 'javascript:alert(1)' }, 'HOME_URL is not an absolute URL'],
  [{ PUBLIC_URL: '/go' }, 'PUBLIC_URL is not an absolute URL'],
  [{ PUBLIC_URL: 'http://go.example.com', SIGNUP_ORIGINS: 'http://www.example.com' }, 'PUBLIC_URL is not https'],
  [{ SIGNUP_ORIGINS: undefined }, 'SIGNUP_ORIGINS is not a comma-separated list of origins'],
  [{ SIGNUP_ORIGINS: 'https://www.example.com,' }, 'SIGNUP_ORIGINS is not a comma-separated list of origins'],
  [{ SIGNUP_ORIGINS: 'https://www.example.com,https://other.org' }, 'PUBLIC_URL is not same-site with SIGNUP_ORIGINS'],
  [{ COOKIE_DOMAIN: 'other.org' }, 'PUBLIC_URL is not under COOKIE_DOMAIN'],
  [{ COOKIE_DOMAIN: 'ample.com' }, 'PUBLIC_URL is not under COOKIE_DOMAIN'],
  [{ COOKIE_DOMAIN: 'example.com; Max-Age=0' }, 'COOKIE_DOMAIN is not a domain name in lower case'],
  [{ PASS_THROUGH: 'yes' }, 'PASS_THROUGH is off or on'],
  [{ PASS_THROUGH: 'on' }, 'PASS_THROUGH=on needs a COOKIE_DOMAIN that SIGNUP_ORIGINS are under'],
  [
    { PASS_THROUGH: 'on', COOKIE_DOMAIN: 'go.example.com' },
    'PASS_THROUGH=on needs a COOKIE_DOMAIN that SIGNUP_ORIGINS are under',
  ],
  [
    { PASS_THROUGH: 'on', COOKIE_DOMAIN: 'example.com', SIGNUP_ORIGINS: 'https://go.example.com' },
    'PASS_THROUGH=on needs a PUBLIC_URL of its own, apart from SIGNUP_ORIGINS',
  ],
  [{ CLICK_LOG: 'r2' }, 'CLICK_LOG is queue or database'],
  [{ CLICK_LOG: 'database' }, 'CLICK_LOG=database needs the binding CLICKS'],
  [{ REF_PARAM: 'a b' }, 'REF_PARAM is not 1 to 32 letters, digits, _ and -'],
  [{ CONSENT: 'maybe' }, 'CONSENT is none or required'],
  [{ CONSENT_COOKIE: 'cmp' }, 'CONSENT_COOKIE is not name=value'],
  [{ CONSENT_COOKIE: 'cmp=a; b' }, 'CONSENT_COOKIE is not name=value'],
  [{ HONOUR_GPC: 'true' }, 'HONOUR_GPC is off or on'],
  [{ COOKIE_KEYS: undefined }, 'COOKIE_KEYS is not kid:secret[,kid:secret…] with kids of 1 to 6 letters or digits'],
])('what is wrong is named: %j', async (vars, message) => {
  expect(await errorsWith(vars)).toEqual([message]);
});

it('no message holds a value', async () => {
  const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
  const errors = await errorsWith({
    COOKIE_KEYS: `k1:${secret},k1:${secret}`,
    HOME_URL: 'ftp://nobody',
    CLOCK: 'sundial',
  });
  expect(errors).toHaveLength(3);
  expect(errors.join(' ')).not.toMatch(/nobody|sundial|c2VjcmV0/);
});

it.each([
  ['https://go.example.com', 'https://www.example.com', true],
  ['https://example.com', 'https://go.example.com:8443', true],
  ['http://go.example.com', 'https://go.example.com', false],
  ['https://go.example.com', 'https://go.example.org', false],
  ['https://a.b.example.co.uk', 'https://example.co.uk', true],
  ['https://ana.co.uk', 'https://ben.co.uk', false],
  ['https://go.ana.co.uk', 'https://go.ben.co.uk', false],
  ['https://go.com.io', 'https://www.com.io', true],
  ['https://ana.workers.dev', 'https://ben.workers.dev', false],
  ['https://go.ana.workers.dev', 'https://www.ana.workers.dev', true],
  ['http://localhost:8787', 'http://localhost:3000', true],
  ['http://127.0.0.1:8787', 'http://127.0.0.1:3000', true],
  ['http://127.0.0.1', 'http://10.0.0.1', false],
  ['http://1.2.0.1', 'http://9.9.0.1', false],
])('%s and %s: same site %s', (a, b, same) => {
  expect(sameSite(new URL(a), new URL(b))).toBe(same);
  expect(sameSite(new URL(b), new URL(a))).toBe(same);
});
