import { beforeEach, describe, expect, it } from 'vitest';

import document from '../../../src/http/openapi.json' with { type: 'json' };
import { lines, transfers } from '../../../src/ledger/ledger.schema.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked } from '../../support/law.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const AT = '2026-03-01T12:00:00Z';
const LATER = '2026-07-01T12:00:00Z';

async function earnings(): Promise<{ payable: number }> {
  const { body } = await call('POST', '/v1/partners/ann/tokens', { as: 'ana', at: LATER, body: {} });
  const answer = await call('GET', '/v1/earnings', { as: { token: String(body['token']) }, at: LATER });
  return answer.body['totals'] as unknown as { payable: number };
}

async function payingAccount(account_id: string, email: string): Promise<void> {
  const referral_token = await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' });
  await call('POST', '/v1/signups', { at: AT, body: { account_id, email, signed_up_at: AT, referral_token } });
  const payment = { payment_id: `pay-${account_id}`, account_id, amount: 7900, currency: 'USD', paid_at: AT };
  await call('POST', '/v1/payments', { at: AT, body: payment });
}

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann', { email: 'ann@own.example', paypal: 'pay@own.example' });
});

describe('a partner who is a client too', () => {
  it('P5: commissions are not applied to the partner’s own subscription: a payment there earns nothing, and lowers no balance', async () => {
    await payingAccount('a1', 'jo@client.example');
    const before = await earnings();
    expect(before.payable).toBe(1975);
    await payingAccount('own', 'ann@own.example');
    expect(await booked('own')).toEqual([]);
    expect(await earnings()).toEqual(before);
  });

  it('P5: what is due leaves by payouts alone: the books have no kind of line or transfer, and the API no route, that spends it otherwise', () => {
    expect(transfers.kind.enumValues).toEqual(['freeze', 'paid', 'returned', 'came_back', 'reinstated', 'written_off']);
    expect(lines.kind.enumValues).not.toContain('subscription');
    const writes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).some((method) => method !== 'get') ? [path] : [],
    );
    expect(writes.filter((path) => /balance|credit|redeem|spend|subscription/.test(path))).toEqual([]);
  });
});
