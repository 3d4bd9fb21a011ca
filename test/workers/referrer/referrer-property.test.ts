import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { call, type Answer } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { endingOf, type ReferrerPolicy, type StoryClick, type Told } from '../../support/referrer-oracle.ts';
import { daysLater } from '../../support/wall-clock.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { account, confirm, file, forgetTokens, recordClick, rows, visitor } from './file.ts';

const ZONE = 'America/Los_Angeles';
const PARTNERS = ['ann', 'bob', 'cleo'] as const;
const partner = fc.constantFrom(...PARTNERS);
/** Starts whose windows cross a change of clocks, and one whose do not. */
const OPENED = ['2026-10-10T18:30:00Z', '2027-02-14T19:00:00Z', '2026-06-01T17:00:00Z'].map((text) => Date.parse(text));
const iso = (at: number) => new Date(at).toISOString();

/** Instants after the opening that meet at the edges of windows of 30 days, now and then a millisecond beside. */
const instant = (opened: number) =>
  fc
    .tuple(
      fc.constantFrom(0, 1, 2, 5, 14, 29, 30, 30, 31, 44, 60, 61, 75, 91),
      fc.constantFrom(0, 0, 0, -1, 1, 3_600_000),
    )
    .map(([days, beside]) => daysLater(opened, days, ZONE) + beside);

const click = (opened: number): fc.Arbitrary<StoryClick> =>
  fc.record({
    partner,
    // Distinct instants, before the signup and a few after it.
    at: fc
      .tuple(fc.constantFrom(-367, -366, -364, -200, -20, -10, -5, -2, -1, 0, 1), fc.integer({ min: 1, max: 5000 }))
      .map(([days, seconds]) => daysLater(opened, days, ZONE) + seconds * 1000),
    visitor: fc.constantFrom('client', 'client', 'client', 'stranger'),
    person: fc.constantFrom(true, true, true, false),
  });

type Filing = Extract<Told, { type: 'claim' }>;

function story(opened: number): fc.Arbitrary<Told[]> {
  const at = instant(opened);
  const early = fc.constantFrom(0, 1, 2, 5, 14, 29, 30, 31).map((days) => daysLater(opened, days, ZONE) + 1000);
  const token = fc.option(
    fc.tuple(click(opened), fc.constantFrom(0, 25, 25)).map(([one, days]): StoryClick => ({
      ...one,
      at: daysLater(one.at, -days, ZONE),
      visitor: 'client',
      person: true,
    })),
    { freq: 2 },
  );
  const opening = fc
    .record({ token, late: fc.constantFrom(0, 0, 1, 86_400_000) })
    .map(({ token: of, late }): Told => ({ type: 'signup', now: opened + late, signed_up_at: opened, token: of }));
  const clicks = fc
    .array(fc.tuple(click(opened), fc.oneof(early, early, at)), { minLength: 1, maxLength: 5 })
    .map((made) => made.map(([one, told]): Told => ({ type: 'click', now: Math.max(one.at, told), click: one })));
  const payments = fc
    .array(fc.tuple(at, at, fc.constantFrom(7900, 7900, 0)), { maxLength: 5 })
    .map((made) =>
      made.map(([paid_at, now, amount], i): Told => ({ type: 'payment', now, payment_id: `p${i}`, paid_at, amount })),
    );
  const filings = fc
    .array(fc.record({ now: at, partner, by: fc.constantFrom('id' as const, 'id' as const, 'address' as const) }), {
      minLength: 1,
      maxLength: 5,
    })
    .map((made) => made.map((one, key): Filing => ({ type: 'claim', key, ...one })));
  const answered = filings.chain((made) =>
    fc
      .array(
        fc.tuple(
          fc.nat(made.length - 1),
          fc.constantFrom(0, 1, 5, 30, 30, 31),
          fc.constantFrom(0, 0, 1),
          fc.constantFrom(true, true, false),
        ),
        { maxLength: 6 },
      )
      .map((answers): Told[] => [
        ...made,
        ...answers.map(([key, days, beside, yes]): Told => {
          return { type: 'answer', key, yes, now: daysLater(made[key]?.now ?? opened, days, ZONE) + beside };
        }),
      ]),
  );
  const audits = fc
    .array(fc.tuple(partner, fc.oneof(early, early, at)), { maxLength: 3 })
    .map((made) => made.map(([who, now]): Told => ({ type: 'audit', now, partner: who })));
  // Told in the order of the clock: of one instant, in any order (an answer after what it answers).
  return fc
    .tuple(opening, clicks, payments, answered, audits)
    .map(([one, ...more]) => [one, ...more.flat()].toSorted((a, b) => a.now - b.now));
}

/** What an answer says, in the oracle's words. */
function saidBy({ status, body }: Answer): string {
  if (status >= 400) return String(body['code']);
  const outcome = String(body['outcome']);
  return outcome === 'granted' || outcome === 'refused' ? `${outcome} ${String(body['clause'])}` : outcome;
}

async function tell(told: readonly Told[]): Promise<string[]> {
  const said: string[] = [];
  const ids = new Map<number, unknown>();
  for (const one of told) {
    const at = iso(one.now);
    switch (one.type) {
      case 'click':
        await recordClick(
          one.click.partner,
          iso(one.click.at),
          visitor(one.click.visitor),
          one.click.person ? 'person' : 'bot',
        );
        break;
      case 'signup': {
        const { token } = one;
        const bring = token && {
          referral_token: await giveToken({ code: token.partner, at: iso(token.at), visitor_id: visitor('client') }),
        };
        const answer = await call('POST', '/v1/signups', {
          at,
          body: { account_id: 'a1', email: 'a1@client.example', signed_up_at: iso(one.signed_up_at), ...bring },
        });
        expect(answer.status).toBe(201);
        break;
      }
      case 'payment': {
        const { payment_id, paid_at, amount } = one;
        const body = { payment_id, account_id: 'a1', amount, currency: 'USD', paid_at: iso(paid_at) };
        expect((await call('POST', '/v1/payments', { at, body })).status).toBeLessThan(300);
        break;
      }
      case 'claim': {
        const named = one.by === 'id' ? { account_id: 'a1' } : { account_email: 'a1@client.example' };
        const answer = await file(one.partner, at, named);
        if (answer.status === 201 && answer.body['outcome'] === 'needs_client_confirmation')
          ids.set(one.key, answer.body['claim_id']);
        said.push(saidBy(answer));
        break;
      }
      case 'answer':
        said.push(ids.has(one.key) ? saidBy(await confirm(ids.get(one.key), at, one.yes)) : 'nothing');
        break;
      case 'audit':
        said.push(saidBy(await file(one.partner, at, { account_id: 'a1' }, 'audit')));
    }
  }
  return said;
}

describe('the referrer of an account, whatever was told in whatever order', () => {
  it(
    'R1–R5, L1: referrer, answers and commissions equal those of an independent oracle',
    { timeout: 400_000 },
    async () => {
      const cases = fc.record({
        opened: fc.constantFrom(...OPENED),
        late_claims: fc.constantFrom('forward' as const, 'forward' as const, 'closed' as const),
      });
      await fc.assert(
        fc.asyncProperty(
          cases.chain(({ opened, late_claims }) => fc.tuple(fc.constant(late_claims), story(opened))),
          async ([late_claims, told]) => {
            await freshDatabases();
            forgetTokens();
            for (const one of PARTNERS) await givePartner(one, { at: '2020-01-01T00:00:00Z' });
            await rows(
              `INSERT INTO policy_versions SELECT 2, 1, json_set(fields, '$.late_claims', '${late_claims}'), 'test', 0 FROM policy_versions`,
            );
            const policy: ReferrerPolicy = {
              referrer_window_days: 30,
              click_lifetime_days: 365,
              late_claims,
              audit_correction: 'automatic',
              timezone: ZONE,
            };
            const ending = endingOf(policy, told);
            const said = await tell(told);
            expect(said).toEqual(ending.said);
            const referrer = (await account('a1'))['referrer'] as unknown as { partner_id: string } | null;
            expect(referrer?.partner_id ?? null).toBe(ending.referrer);
            await expectTheLaw(['a1']);
            expect(await earned()).toEqual(dueTo(ending, told));
          },
        ),
        { numRuns: 24 },
      );
    },
  );
});

/** What each partner has, payment by payment, where it is not nothing. */
async function earned(): Promise<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const { partner_id, payment_id, amount } of await booked('a1')) {
    const key = `${partner_id} ${payment_id}`;
    sums.set(key, (sums.get(key) ?? 0) + amount);
  }
  return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0));
}

/** C1 at the default rate, R5: each payment of 79.00 earns 19.75 for whoever is the referrer in the end, from when their claim reaches. */
function dueTo({ referrer, earns_from }: ReturnType<typeof endingOf>, told: readonly Told[]): Record<string, number> {
  const paid = told.flatMap((one) => (one.type === 'payment' && one.amount > 0 ? [one] : []));
  const earning = paid.filter(({ paid_at }) => referrer !== null && (earns_from === null || paid_at >= earns_from));
  return Object.fromEntries(earning.map(({ payment_id }) => [`${referrer} ${payment_id}`, 1975]));
}
