import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { operationsOf } from '../../../src/payout/operations.ts';
import type { PayoutsRpc } from '../../../src/payout/rpc.ts';
import type { RunContext } from '../../../src/payout/run.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { ingestKey, operatorKeys } from '../../support/local.ts';
import { at, book, type Books, freshBooks, FRIDAY, run, seedPartners } from './play.ts';

const RUN = '2026-11-20T17:00:00Z';
const PATH = '/v1/payout-batches/2026-11-20';
const app = createApi();
let books: Books;

/** The vault's operations without the vault: the same functions on the same books, on the export rail. */
function payoutsOf({ db }: Books): PayoutsRpc {
  const context = async (): Promise<RunContext> => {
    const { program_id } = await readProgram(db);
    return { db, program_id, witness: env.WITNESS, paypal: null, poll_ms: 1000 };
  };
  return operationsOf({ db, context, instances: () => ({ ensure: async () => {} }) });
}

async function ask(method: string, path: string, body?: unknown, key: string = operatorKeys.ana): Promise<Response> {
  const headers = {
    authorization: `Bearer ${key}`,
    'x-clock': '2026-11-23T09:00:00Z',
    'content-type': 'application/json',
  };
  const bindings = { ...env, PAYOUTS: payoutsOf(books) } as unknown as ProgramEnv;
  return app.request(
    `http://localhost${path}`,
    { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
    bindings,
  );
}

async function json(response: Response) {
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
}

beforeEach(async () => {
  books = await freshBooks();
  await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2' }, { partner_id: 'p3' }]);
  await book(
    books,
    ['p1', 'p2', 'p3'].map((partner_id, i) => ({
      partner_id,
      payable_at: at('2026-11-10T20:00:00Z'),
      amount: 12_000 - 5_000 * Number(i === 2),
    })),
  );
  await run(books, FRIDAY, RUN, { approval: 'manual' });
});

describe('/v1/payout-batches', () => {
  it('lists batches, the latest first, in pages', async () => {
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    const first = await json(await ask('GET', '/v1/payout-batches?limit=1'));
    expect(first).toMatchObject({
      status: 200,
      body: { data: [{ pay_date: '2026-11-27', status: 'settled', totals: { payouts: 0, amount: 0, skipped: 1 } }] },
    });
    const rest = await json(await ask('GET', `/v1/payout-batches?limit=1&cursor=${String(first.body['next_cursor'])}`));
    expect(rest.body).toMatchObject({ data: [{ pay_date: '2026-11-20' }], next_cursor: null });
  });

  it('shows one with its payouts and whom it skipped, by the gates', async () => {
    const { status, body } = await json(await ask('GET', PATH));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      pay_date: '2026-11-20',
      week: { start: '2026-11-08', end: '2026-11-14' },
      status: 'awaiting_approval',
      frozen_at: RUN,
      manifest_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      totals: { payouts: 2, amount: 24_000, skipped: 1 },
      approval_reasons: ['Every batch is approved by an operator (PAYOUT_APPROVAL=manual).'],
      payouts: [{ partner_id: 'p1', amount: 12_000, status: 'frozen' }, { partner_id: 'p2' }],
      skipped: [{ partner_id: 'p3', amount: 7_000 }],
    });
    const [skipped] = body['skipped'] as { gates: { gate: string; clause: string; passed: boolean }[] }[];
    expect(skipped?.gates.filter((gate) => !gate.passed)).toMatchObject([{ gate: 'threshold', clause: 'P2' }]);
    expect(JSON.stringify(body)).not.toContain('example.com');
  });

  it('pages payouts and skipped partners', async () => {
    const first = await json(await ask('GET', `${PATH}/payouts?limit=1`));
    expect(first.body).toMatchObject({ data: [{ partner_id: 'p1' }] });
    const second = await json(await ask('GET', `${PATH}/payouts?limit=1&cursor=${String(first.body['next_cursor'])}`));
    expect(second.body).toMatchObject({ data: [{ partner_id: 'p2' }], next_cursor: null });
    expect((await json(await ask('GET', `${PATH}/skipped`))).body).toMatchObject({
      data: [{ partner_id: 'p3' }],
      next_cursor: null,
    });
  });

  it('approval, file, outcomes: in that order, each replay-safe', async () => {
    expect((await ask('GET', `${PATH}/export.csv`)).status).toBe(409);
    const { body: batch } = await json(await ask('GET', PATH));
    const word = { manifest_sha256: batch['manifest_sha256'] };
    expect(await json(await ask('POST', `${PATH}/approval`, { manifest_sha256: '0'.repeat(64) }))).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    expect(await json(await ask('POST', `${PATH}/approval`, word))).toMatchObject({
      status: 201,
      body: { status: 'frozen', approved_by: 'ana' },
    });
    expect(await json(await ask('POST', `${PATH}/approval`, word, operatorKeys.ben))).toMatchObject({
      status: 200,
      body: { approved_by: 'ana' },
    });
    const file = await ask('GET', `${PATH}/export.csv`);
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const lines = (await file.text()).trim().split('\r\n');
    expect(lines[0]).toMatch(/^p1@example\.com,120\.00,USD,po_[0-9a-f]{24},/);
    const ids = lines.map((line) => line.split(',')[3]!);
    const items = ids.map((payout_id) => ({ payout_id, status: 'paid', reference: `TX-${payout_id.slice(-4)}` }));
    expect(await json(await ask('POST', `${PATH}/outcomes`, { items }))).toMatchObject({
      status: 201,
      body: { status: 'settled' },
    });
    expect((await ask('POST', `${PATH}/outcomes`, { items })).status).toBe(200);
    const back = { items: [{ payout_id: ids[0], status: 'failed' }] };
    expect(await json(await ask('POST', `${PATH}/outcomes`, back))).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
    const stranger = { items: [{ payout_id: 'po_unknown', status: 'paid' }] };
    expect(await json(await ask('POST', `${PATH}/outcomes`, stranger))).toMatchObject({
      status: 422,
      body: { code: 'invalid' },
    });
  });

  it.each([
    ['GET', '/v1/payout-batches/2026-13-01', undefined, 400],
    ['GET', '/v1/payout-batches/2026-11-19', undefined, 404],
    ['GET', '/v1/payout-batches/2026-11-19/payouts', undefined, 404],
    ['GET', '/v1/payout-batches?limit=101', undefined, 400],
    ['GET', `${PATH}/payouts?cursor=%%%`, undefined, 400],
    ['GET', '/v1/payout-batches/2026-11-19/export.csv', undefined, 404],
    ['POST', `${PATH}/approval`, {}, 400],
    ['POST', `${PATH}/approval`, { manifest_sha256: 'short' }, 400],
    ['POST', `${PATH}/outcomes`, { items: [] }, 400],
    ['POST', `${PATH}/outcomes`, { items: [{ payout_id: 'po_1', status: 'sent' }] }, 400],
    ['POST', `${PATH}/outcomes`, { items: [{ payout_id: 'po_1', status: 'paid', amount: 1 }] }, 400],
    ['POST', '/v1/payout-batches/2026-11-19/outcomes', { items: [{ payout_id: 'po_1', status: 'paid' }] }, 404],
    ['DELETE', PATH, undefined, 405],
  ])('%s %s %o is %i with a problem', async (method, path, body, status) => {
    const response = await ask(method, path, body);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  });

  it.each([
    ['nobody', '', 401],
    ['ingest', ingestKey, 403],
  ])('is for operators, not for %s', async (_, key, status) => {
    for (const [method, path] of [
      ['GET', '/v1/payout-batches'],
      ['GET', PATH],
      ['GET', `${PATH}/export.csv`],
      ['POST', `${PATH}/approval`],
      ['POST', `${PATH}/outcomes`],
    ] as const) {
      expect([path, (await ask(method, path, method === 'POST' ? {} : undefined, key)).status]).toEqual([path, status]);
    }
  });
});
