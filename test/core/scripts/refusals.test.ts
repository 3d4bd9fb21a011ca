import { describe, expect, it } from 'vitest';

import { readHouse, type House, type Role, type WorkerConfig } from '../../../scripts/deploy/config.ts';
import { refusals } from '../../../scripts/deploy/refusals.ts';
import { standIns } from '../../../scripts/deploy/secrets.ts';
import { localSecrets } from '../../support/local.ts';

const committed = readHouse();
const REAL = {
  HOME_URL: 'https://www.acme.com',
  PUBLIC_URL: 'https://go.acme.com',
  SIGNUP_ORIGINS: 'https://www.acme.com,https://app.acme.com',
};

const MAIL = { MAIL_FROM: 'partners@acme.com' };

/** The committed house with real addresses, and something else in one of its Workers. */
function house(role: Role = 'program', change: Partial<WorkerConfig> = {}, vars: Record<string, string> = {}): House {
  const at = (own: Role): WorkerConfig => {
    const config = committed[own];
    const real = own === 'payouts' ? {} : own === 'program' ? { ...REAL, ...MAIL } : REAL;
    const changed = own === role ? { ...config, ...change } : config;
    return { ...changed, vars: { ...config.vars, ...real, ...(own === role ? vars : {}) } };
  };
  return { payouts: at('payouts'), program: at('program'), tracker: at('tracker') };
}

const demo = ['local-ingest-key', 'generated-local-key'];
const secrets = standIns();

describe('a deploy is refused', () => {
  it('not for a house with real addresses and new secrets', async () => {
    expect(await refusals(house(), secrets, demo)).toEqual([]);
  });

  it.each([
    ['tracker', { ENVIRONMENT: 'local' }, 'ENVIRONMENT is not production'],
    ['program', { CLOCK: 'header' }, 'CLOCK is not system'],
    ['payouts', { ENVIRONMENT: 'local', CLOCK: 'header' }, 'CLOCK is not system'],
    ['program', { HOME_URL: 'https://www.example.com' }, 'HOME_URL is a placeholder or local'],
    ['tracker', { PUBLIC_URL: 'https://go.example.com' }, 'PUBLIC_URL is a placeholder or local'],
    [
      'program',
      { SIGNUP_ORIGINS: 'https://www.acme.com,https://shop.example.org' },
      'SIGNUP_ORIGINS is a placeholder or local',
    ],
    ['program', { MAIL_FROM: 'partners@example.com' }, 'MAIL_FROM is a placeholder or local'],
    ['program', { MAIL_FROM: 'partners@mail.Example.org' }, 'MAIL_FROM is a placeholder or local'],
    ['program', { MAIL_FROM: 'Acme <partners@acme.com>' }, 'MAIL_FROM is not an email address'],
    ['program', { LINK_ORIGINS: 'https://acme.test' }, 'LINK_ORIGINS is a placeholder or local'],
    ['tracker', { HOME_URL: 'http://www.acme.com' }, 'HOME_URL is not https'],
    ['tracker', { HOME_URL: 'http://localhost:8788' }, 'HOME_URL is a placeholder or local'],
    ['program', { PUBLIC_URL: 'https://127.0.0.1' }, 'PUBLIC_URL is a placeholder or local'],
    ['tracker', { HOME_URL: 'www.acme.com' }, 'HOME_URL holds no URL'],
    ['payouts', { PAYPAL_API_BASE: 'https://paypal.acme.com' }, 'PAYPAL_API_BASE is not PayPal'],
    ['payouts', { PAYPAL_API_BASE: 'https://api-m.paypal.com.acme.com' }, 'PAYPAL_API_BASE is not PayPal'],
    ['payouts', { PAYPAL_API_BASE: 'http://127.0.0.1:4000' }, 'PAYPAL_API_BASE is not PayPal'],
    ['program', { INGEST_API_KEY: 'something-of-length' }, 'INGEST_API_KEY is a secret and no var'],
    ['program', { PROGRAM_NAME: 'generated-local-key' }, 'PROGRAM_NAME holds a demo secret'],
    ['tracker', { PUBLIC_URL: 'https://go.acme.org' }, 'the Workers do not agree on PUBLIC_URL'],
    ['tracker', { CONSENT: 'required' }, 'the Workers do not agree on CONSENT: required, none'],
    ['program', { REF_PARAM: 'via' }, 'the Workers do not agree on REF_PARAM: nothing, via'],
    ['program', { HEARTBEAT_URL: 'http://hc.acme.com/{cron}' }, 'HEARTBEAT_URL is not https'],
    ['tracker', { PUBLIC_URL: 'https://go.other.com' }, 'PUBLIC_URL is not same-site with SIGNUP_ORIGINS'],
  ] as const)('for a value of %s: %j', async (role, vars, reason) => {
    expect((await refusals(house(role, {}, vars), secrets, demo)).join('\n')).toContain(reason);
  });

  it.each([
    ['payouts', { workers_dev: true }, 'payouts: workers_dev is not false'],
    ['program', { preview_urls: true }, 'program: preview_urls is not false'],
    ['program', { routes: ['acme.com/*'] }, 'program: it has a route'],
    ['payouts', { route: 'acme.com/*' }, 'payouts: it has a route'],
    ['payouts', { triggers: { crons: ['0 17 * * 5', '30 17 * * *'] } }, 'counts its weekday'],
    ['payouts', { triggers: { crons: ['30 17 * * *'] } }, 'no cron names the pay day'],
    ['payouts', { name: 'vault' }, 'the Workers do not agree on the name of payouts'],
    [
      'tracker',
      { d1_databases: [{ binding: 'BOOKS', database_name: 'other' }] },
      'the Workers do not agree on the books',
    ],
  ] as const)('for the shape of %s: %j', async (role, change, reason) => {
    expect((await refusals(house(role, change), secrets, demo)).join('\n')).toContain(reason);
  });

  it.each(Object.entries(localSecrets))('for the tests’ %s', async (name, value) => {
    const parts = [
      'bG9jYWwtY29va2llLWtleS0yLWxvY2FsLWNvb2tpZS0',
      'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
      'local-auth-secret-for-tests-and-nothing-else',
      'local-ingest-key',
      'local-operator-ben',
      'whsec_local_stripe_endpoint',
    ];
    const reasons = await refusals(house(), { ...secrets, [name]: value }, parts);
    expect(reasons).toContain(`${name} holds a demo secret`);
    expect(reasons.join('\n')).not.toContain(value);
  });

  it('for a secret that its door would not take', async () => {
    const reasons = await refusals(house(), { ...secrets, COOKIE_KEYS: 'k1:short', OPERATOR_API_KEYS: 'ana' }, demo);
    expect(reasons.join('\n')).toMatch(/tracker: COOKIE_KEYS/);
    expect(reasons.join('\n')).toMatch(/program: OPERATOR_API_KEYS/);
  });
});
