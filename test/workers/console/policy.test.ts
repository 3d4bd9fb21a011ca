import { beforeEach, describe, expect, it } from 'vitest';

import { readPolicy } from '../../../src/policy/policy.repo.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';

beforeEach(freshDatabases);

const at = '2026-11-10T12:00:00Z';
const UNTOUCHED = {
  default_rate_bps: '25',
  late_claims: 'forward',
  audit_correction: 'automatic',
  own_name_on_client_domain: 'clear',
  promotion_codes: 'fallback',
  client_since: 'first_payment',
  pay_weekday: 'friday',
  max_growth: '',
  click_lifetime_days: '365',
  referrer_window_days: '30',
  vesting_days: '90',
  reactivation_days: '30',
  payout_threshold: '100.00',
  max_payout: '20000.00',
  max_batch: '',
};
const LOWER = { ...UNTOUCHED, payout_threshold: '50', default_rate_bps: '12.5', effective_on: '2026-12-01' };

async function yes(path: string, form: Record<string, string>, as: Reader) {
  const asked = await page(path, { as, at, form });
  const shown = /name="shown" value="([^"]+)"/.exec(asked.html)?.[1] ?? '';
  return page(path, { as, at, form: { ...form, shown, confirmed: 'yes' } });
}

/** A partner to whom 59.25 USD are payable by now: above a threshold of $50, below one of $100. */
async function giveEarnings(): Promise<void> {
  await givePartner('pia', { paypal: 'pia@pay.example' });
  await call('POST', '/v1/partners/pia/adjustments', {
    as: 'ana',
    at: '2026-11-03T12:00:00Z',
    body: { adjustment_id: 'adj_1', amount: 5925, reason: 'earned' },
  });
}

describe('the policy in the console', () => {
  it('shows the version in force in words, and a form that holds what is in force', async () => {
    const as = await operatorReader('ana');
    const seen = textOf((await page('/console/policy', { as, at })).html);
    expect(seen).toContain('In force: version 1');
    expect(seen).toContain('Threshold of a payout (P2) 100.00 USD');
    expect(seen).toContain('Rate (C1) 25 %');
    expect(seen).toContain('Commissions vest after (V1) 90 days');
    const form = await page('/console/policy/next', { as, at });
    for (const [name, value] of Object.entries(UNTOUCHED))
      if (/^\d/.test(value)) expect(form.html).toContain(`name="${name}" type="text" value="${value}"`);
    expect(form.html).toMatch(/<option value="friday" selected/);
    expect(
      (await page('/console/policy/next', { as, at, form: { ...UNTOUCHED, effective_on: '2026-12-01' } })).status,
    ).toBe(422);
  });

  it('P2: the preview says what the pay days would pay, and saves nothing', async () => {
    const as = await operatorReader('ana');
    await giveEarnings();
    const seen = await page(`/console/policy/preview?${new URLSearchParams(LOWER).toString()}`, { as, at });
    expect(seen.status).toBe(200);
    const text = textOf(seen.html);
    expect(text).toContain('Threshold of a payout (P2): 50.00 USD, until then 100.00 USD.');
    expect(text).toContain('0.00 USD go to 0 partners as it is, and 59.25 USD to 1 partner as proposed.');
    expect(text).toContain('pia 0.00 USD 59.25 USD not');
    expect(await readPolicy(books())).toHaveLength(1);
    const past = await page(
      `/console/policy/preview?${new URLSearchParams({ ...LOWER, effective_on: '2026-11-01' }).toString()}`,
      { as, at },
    );
    expect([past.status, textOf(past.html)]).toEqual([422, expect.stringContaining('later than now')]);
  });

  it('a version is saved after asking once more, with what it changes and to what amount; from its day on in the program’s zone', async () => {
    const as = await operatorReader('ana');
    await giveEarnings();
    const asked = textOf((await page('/console/policy/next', { as, at, form: LOWER })).html);
    expect(asked).toContain('Rate (C1): 12.5 %, until then 25 %.');
    expect(asked).toContain('pay 59.25 USD to 1 partner; as it is they pay 0.00 USD to 0.');
    expect(await readPolicy(books())).toHaveLength(1);
    expect((await yes('/console/policy/next', LOWER, as)).location).toBe('/console/policy?done=policy_saved');
    const [, saved] = await readPolicy(books());
    expect(saved).toMatchObject({ version: 2, payout_threshold: 5000, default_rate_bps: 1250, max_batch: null });
    expect(saved?.effective_from).toBe(Date.parse('2026-12-01T08:00:00Z'));
    const seen = textOf((await page('/console/policy', { as, at })).html);
    expect(seen).toContain('2 to come');
    const log = await call('GET', '/v1/audit-log?action=policy', { as: 'ana', at });
    expect(log.body['data']).toMatchObject([
      { actor: 'ana', via: 'console', before: { payout_threshold: 10_000 }, after: { payout_threshold: 5000 } },
    ]);
  });

  it('what the API refuses is refused, at its field', async () => {
    const as = await operatorReader('ana');
    const wrong: [Record<string, string>, string][] = [
      [{ click_lifetime_days: '401' }, 'click_lifetime_days'],
      [{ vesting_days: 'soon' }, 'vesting_days'],
      [{ payout_threshold: '1.005' }, 'payout_threshold'],
      [{ default_rate_bps: '101' }, 'default_rate_bps'],
      [{ max_growth: '0.5' }, 'max_growth'],
      [{ pay_weekday: 'someday' }, 'pay_weekday'],
      [{ effective_on: '2026-02-30' }, 'effective_on'],
      [{ vesting_days: '' }, 'vesting_days'],
    ];
    for (const [change, field] of wrong) {
      const seen = await page('/console/policy/next', { as, at, form: { ...LOWER, ...change } });
      expect([seen.status, field, seen.html.includes(`id="${field}-fault"`)]).toEqual([422, field, true]);
    }
    expect(await readPolicy(books())).toHaveLength(1);
  });
});
