import { beforeEach, describe, expect, it } from 'vitest';

import { auditLog } from '../../../src/program/program.schema.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorReader, page, textOf } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';

beforeEach(freshDatabases);

const NOON = '2026-11-10T12:00:00Z';
type Entry = Record<string, unknown> & { action: string };
const log = async (query: string) =>
  (await call('GET', `/v1/audit-log?${query}`, { as: 'ana', at: NOON })).body['data'] as unknown as Entry[];

describe('the audit log', () => {
  it('tells what was found and what was left, by which door; of personal data only that it changed', async () => {
    await givePartner('pia', { email: 'pia@secret.example' });
    const patch = {
      status: 'suspended',
      rate_bps: 3000,
      country: 'FR',
      name: 'Pia Secret',
      paypal_email: 'p@secret.example',
    };
    expect((await call('PATCH', '/v1/partners/pia', { as: 'ben', at: NOON, body: patch })).status).toBe(200);
    const [entry] = await log('subject=partner:pia');
    expect(entry).toMatchObject({
      actor: 'ben',
      via: 'api',
      action: 'partner.change',
      before: { status: 'active', rate_bps: null, country: 'US' },
      after: { status: 'suspended', rate_bps: 3000, country: 'FR', contact: 'changed', paypal: 'changed' },
    });
    await givePartner('nora');
    const issued = await call('POST', '/v1/partners/nora/tokens', {
      as: 'ana',
      at: NOON,
      body: { scope: 'read links' },
    });
    const token = String(issued.body['token']);
    const link = await call('POST', '/v1/links', {
      as: { token },
      at: NOON,
      body: { code: 'mine', destination: 'https://www.example.com/a', label: 'for Ann Secret' },
    });
    expect(link.status).toBe(201);
    const moved = { destination: 'https://www.example.com/b', retired: true };
    await call('PATCH', '/v1/links/mine', { as: { token }, at: NOON, body: moved });
    const [changed, made] = await log('actor=partner:nora&action=link');
    expect(made).toMatchObject({ after: { destination: 'https://www.example.com/a', label: 'changed' } });
    expect(changed).toMatchObject({
      before: { destination: 'https://www.example.com/a', retired: false },
      after: moved,
    });
    expect(JSON.stringify(await books().select().from(auditLog)).toLowerCase()).not.toContain('secret');
  });

  it('plans’ rates, terms and policy versions stand with the former ones', async () => {
    const rate = (rate_bps: number, from: string) =>
      call('PUT', '/v1/plans/pro/rate', { as: 'ana', at: NOON, body: { rate_bps, from } });
    await rate(2000, '2026-11-11T00:00:00Z');
    await rate(3000, '2026-12-01T00:00:00Z');
    expect((await log('action=plan.rate')).map(({ before, after }) => [before, after])).toEqual([
      [{ rate_bps: 2000 }, { rate_bps: 3000 }],
      [{ rate_bps: null }, { rate_bps: 2000 }],
    ]);
    for (const body of ['First.', 'Second.']) await call('POST', '/v1/terms', { as: 'ana', at: NOON, body: { body } });
    expect((await log('action=terms')).map(({ before, after }) => [before, after])).toEqual([
      [{ version: 1 }, { version: 2 }],
      [{ version: null }, { version: 1 }],
    ]);
    const body = { effective_from: '2027-01-01T00:00:00Z', payout_threshold: 5000 };
    expect((await call('POST', '/v1/policy', { as: 'ana', at: NOON, body })).status).toBe(201);
    expect(await log('action=policy.save')).toMatchObject([
      { before: { payout_threshold: 10_000 }, after: { payout_threshold: 5000 } },
    ]);
  });

  it('is found by who, what, to what, from where and when, page by page', async () => {
    for (let day = 1; day <= 3; day++)
      for (const as of ['ana', 'ben'] as const)
        await call('POST', '/v1/terms', { as, at: `2026-11-0${day}T12:00:00Z`, body: { body: `Day ${day}, ${as}.` } });
    const reader = await operatorReader('ana');
    expect(await log('actor=ana')).toHaveLength(3);
    expect(await log('from=2026-11-02T00:00:00Z&until=2026-11-03T00:00:00Z')).toHaveLength(2);
    expect(await log('via=console')).toHaveLength(0);
    expect(await log('action=term')).toHaveLength(0);
    const first = await call('GET', '/v1/audit-log?actor=ben&limit=2', { as: 'ana', at: NOON });
    const rest = await call('GET', `/v1/audit-log?actor=ben&limit=2&cursor=${first.body['next_cursor']}`, {
      as: 'ana',
      at: NOON,
    });
    expect([first.body['data'], rest.body['data']].map((data) => (data as unknown as Entry[]).length)).toEqual([2, 1]);
    expect((await call('GET', '/v1/audit-log?via=door', { as: 'ana', at: NOON })).status).toBe(400);

    const found = await page('/console/audit?actor=ben&from=2026-11-02&until=2026-11-02', { as: reader, at: NOON });
    expect(found.html.match(/<td>terms\.publish<\/td>/g)).toHaveLength(1);
    expect(textOf(found.html)).toContain('ben terms.publish terms:4 version: 3 version: 4 API');
    expect(textOf((await page('/console/audit?actor=%3Cb%3E', { as: reader, at: NOON })).html)).toContain(
      'Nothing fits.',
    );
    expect((await page('/console/audit?actor=%3Cb%3E', { as: reader, at: NOON })).html).not.toContain('<b>');
  });

  it('is only ever added to', async () => {
    await call('POST', '/v1/terms', { as: 'ana', at: NOON, body: { body: 'Words.' } });
    for (const sql of [
      "UPDATE audit_log SET via = 'cron'",
      'UPDATE audit_log SET "before" = NULL',
      'DELETE FROM audit_log',
    ])
      await expect(books().$client.prepare(sql).run()).rejects.toThrow('append_only: audit_log');
  });
});
