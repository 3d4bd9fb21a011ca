import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import type { ProgramEnv } from '../../../src/http/env.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { tokenOf } from '../partner/api.ts';
import { RECEIVED, ACCEPTED, LAST, app, accept, look, signup } from './ask.ts';

let ann = '';
beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
  await givePartner('bob');
  ann = await tokenOf('ann', undefined, '2026-02-01T00:00:00Z');
});

describe('attack: a list of the whole town’s addresses', () => {
  const TOWN = Array.from({ length: 10_000 }, (_, i) => `p${i}@town.example`);
  const ELSEWHERE = Array.from({ length: 10_000 }, (_, i) => `q${i}@city.example`);

  /** Hands a list in and says what the books were asked for it. */
  async function measured(emails: readonly string[]) {
    const response = await app.request(
      'http://localhost/v1/expected-clients',
      {
        method: 'POST',
        headers: { authorization: `Bearer ${ann}`, 'content-type': 'application/json', 'x-clock': RECEIVED },
        body: JSON.stringify(emails.map((email) => ({ email }))),
      },
      { ...env, COST_HEADERS: 'on' } as unknown as ProgramEnv,
    );
    const cost = /queries=(\d+) rows_read=(\d+) rows_written=(\d+)/.exec(response.headers.get('server-timing') ?? '');
    const body = (await response.json()) as { rows: { row: number; verdict: string }[] };
    return { status: response.status, rows: body.rows, cost: cost?.slice(1) };
  }

  it(
    'B1: 10,000 rows, clients among them: nothing is learned, nothing taken, and only an operator’s word makes it count',
    { timeout: 180_000 },
    async () => {
      const token = await giveToken({ code: 'bob', at: '2026-02-20T00:00:00Z' });
      await signup('bobs', 'p1@town.example', '2026-02-21T00:00:00Z', { referral_token: token });
      await signup('free', 'p2@town.example', '2026-02-21T00:00:00Z');
      const town = await measured(TOWN);
      const city = await measured(ELSEWHERE);
      // Status and shape are the same, and so is what the books were asked.
      expect(town.status).toBe(201);
      expect(town.rows).toHaveLength(10_000);
      expect(town.rows.every((row) => row.verdict === 'received')).toBe(true);
      expect({ ...town, cost: town.cost?.[0] }).toEqual({ ...city, cost: city.cost?.[0] });
      expect(town.cost?.[2]).toEqual(city.cost?.[2]);
      expect(Number(town.cost?.[0])).toBeLessThan(40);

      const lists = await call('GET', '/v1/expected-clients', { as: 'ana', at: RECEIVED });
      const found = await Promise.all(
        (lists.body['data'] as unknown as { list_id: string }[]).map(({ list_id }) =>
          look(list_id, RECEIVED, '?limit=3'),
        ),
      );
      const ours = found.find(
        ({ body }) => (body['data'] as unknown as { email: string }[])[0]?.email === 'p0@town.example',
      );
      const list_id = String(ours?.body['list_id']);
      // Before the acceptance it does nothing.
      expect((await signup('early', 'p3@town.example', RECEIVED)).body['referrer']).toBeNull();
      const done = await accept(list_id);
      expect(done.body['verdicts']).toEqual({
        accepted: 9_997,
        existing_account: 2,
        tracked_to_another: 1,
        listed_by_another: 0,
        self_referral: 0,
      });
      expect((await signup('late', 'p4@town.example', '2026-03-05T00:00:00Z')).body['referrer']).toMatchObject({
        partner_id: 'ann',
        source: 'bulk',
      });
      // Nothing is taken from whom another refers, nor is an account that was free.
      const tracked = await call('GET', '/v1/accounts/bobs', { as: 'ana', at: ACCEPTED });
      expect(tracked.body['referrer']).toMatchObject({ partner_id: 'bob' });
      for (const account_id of ['free', 'early']) {
        const { body } = await call('GET', `/v1/accounts/${account_id}`, { as: 'ana', at: ACCEPTED });
        expect(body['referrer']).toBeNull();
      }
      // A second account of the same client is not the lister's either.
      expect((await signup('bobs2', 'p1@town.example', '2026-03-06T00:00:00Z')).body['referrer']).toBeNull();
      // A click made within the window outranks the list, and after the window the list is worth nothing.
      const later = await giveToken({ code: 'bob', at: '2026-03-07T00:00:00Z' });
      expect(
        (await signup('click', 'p5@town.example', '2026-03-08T00:00:00Z', { referral_token: later })).body['referrer'],
      ).toMatchObject({ partner_id: 'bob' });
      expect((await signup('lapsed', 'p6@town.example', '2026-04-01T11:00:01Z')).body['referrer']).toBeNull();
      // What the partner can see afterwards is what was told at first.
      const again = await measured(TOWN);
      expect({ status: again.status, rows: again.rows }).toEqual({ status: 200, rows: town.rows });
      const own = await call('GET', '/v1/expected-clients', { as: { token: ann }, at: LAST });
      expect(Object.keys((own.body['data'] as unknown as object[])[0] ?? {}).toSorted()).toEqual([
        'duplicate',
        'list_id',
        'malformed',
        'received',
        'received_at',
        'rows',
      ]);
    },
  );
});
