import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner } from '../../support/world.ts';
import {
  account,
  clicked,
  confirm,
  file,
  forgetTokens,
  pay,
  recordClick,
  rows,
  signup,
  tokenOf,
  visitor,
} from './file.ts';

const OPENED = '2026-06-01T17:00:00Z';
const FILED = '2026-06-10T00:00:00Z';
const MANY = Array.from({ length: 50 }, (_, i) => `partner${i}`);

beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
});

type Call = () => Promise<{ status: number; body: Record<string, unknown> }>;

/** All at once; those that met too many others are told to try again, and do so one after the other. */
async function atOnce(calls: readonly Call[]): Promise<{ status: number; body: Record<string, unknown> }[]> {
  const answers = await Promise.all(calls.map((one) => one()));
  for (const [i, one] of calls.entries()) if (answers[i]?.status === 503) answers[i] = await one();
  return answers;
}

describe('R3: many at once for one account', { timeout: 120_000 }, () => {
  it(
    'R3: 50 simultaneous claims and then 50 simultaneous confirmations give exactly one grant',
    { timeout: 240_000 },
    async () => {
      for (const partner of MANY) await givePartner(partner);
      for (const partner of MANY) await tokenOf(partner);
      await signup('a1', OPENED);
      await pay('a1', 'p1', '2026-06-02T00:00:00Z');
      const filed = await atOnce(MANY.map((partner) => () => file(partner, FILED, { account_id: 'a1' })));
      expect(filed.map(({ status }) => status)).toEqual(MANY.map(() => 201));
      // The mails that the fifty claims queued are a week apart.
      const mails = await rows(`SELECT send_after_at FROM mail_outbox WHERE kind = 'ask_client' ORDER BY 1`);
      expect(new Set(mails.map((mail) => mail['send_after_at'])).size).toBe(mails.length);
      const answers = await atOnce(
        filed.map(
          ({ body }) =>
            () =>
              confirm(body['claim_id'], '2026-06-11T00:00:00Z'),
        ),
      );
      expect(answers.filter(({ body }) => body['outcome'] === 'granted')).toHaveLength(1);
      expect(answers.filter(({ body }) => body['outcome'] === 'refused' && body['clause'] === 'R1')).toHaveLength(49);
      const grants = await rows(`SELECT partner_id FROM decisions WHERE sets_referrer = 1 AND partner_id IS NOT NULL`);
      expect(grants).toHaveLength(1);
      expect(await rows(`SELECT claim_id FROM claim_outcomes WHERE outcome = 'granted'`)).toHaveLength(1);
      await expectTheLaw(['a1']);
      expect((await booked('a1')).map(({ partner_id, amount }) => [partner_id, amount])).toEqual([
        [grants[0]?.['partner_id'], 1975],
      ]);
    },
  );

  it('R3: the same claim filed 20 times at once is one claim', async () => {
    await givePartner('bob');
    await tokenOf('bob');
    await signup('a1', OPENED);
    for (const named of [
      { account_id: 'a1' },
      { account_email: 'a1@client.example' },
      { account_email: 'no@else.example' },
    ]) {
      const answers = await atOnce(Array.from({ length: 20 }, () => () => file('bob', FILED, named)));
      expect(new Set(answers.map(({ body }) => body['claim_id'])).size).toBe(1);
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    }
  });

  it('R3: a yes and a no at once: the first wins, the other is told so', async () => {
    await givePartner('bob');
    await signup('a1', OPENED);
    const { body } = await file('bob', FILED, { account_id: 'a1' });
    const answers = await atOnce([true, false, true, false].map((yes) => () => confirm(body['claim_id'], FILED, yes)));
    const won = answers.find(({ status }) => status === 201);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
    const seen = await account('a1');
    expect(seen['referrer'] === null).toBe(won?.body['outcome'] === 'refused');
    await expect(rows(`UPDATE confirmations SET answer = 'yes'`)).rejects.toThrow(/append_only/);
  });

  it('R3: the day’s limit holds under simultaneous claims by address', async () => {
    await givePartner('bob');
    await tokenOf('bob');
    const answers = await atOnce(
      Array.from({ length: 30 }, (_, i) => () => file('bob', FILED, { account_email: `who${i}@else.example` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
  });

  it('R1, R3, R4: a confirmation, an audit and a payment at once: one order or the other, and the books are right', async () => {
    for (const partner of ['ann', 'bob', 'gone'])
      await givePartner(partner, partner === 'gone' ? { status: 'suspended' } : {});
    await signup('a1', OPENED, { referral_token: await clicked('gone', '2026-05-20T00:00:00Z', 'a1') });
    const { body } = await file('ann', FILED, { account_id: 'a1' });
    await recordClick('bob', '2026-05-19T00:00:00Z', visitor('a1'));
    await atOnce([
      () => confirm(body['claim_id'], FILED),
      () => file('bob', FILED, { account_id: 'a1' }, 'audit'),
      () => pay('a1', 'p1', '2026-06-02T00:00:00Z', FILED),
    ]);
    // An audit outranks a claim (R4), and no claim takes an account from whom an audit found (R1).
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'bob' } });
    await expectTheLaw(['a1']);
  });
});
