import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import published from '../../../src/http/openapi.json';
import { PROBLEMS } from '../../../src/http/problem.ts';
import { freshDatabases } from '../../support/books.ts';
import { rowCounts } from '../../support/counts.ts';
import { ingestKey, operatorKeys } from '../../support/local.ts';
import { resolved, sampleOf, type Document, type Operation } from '../../support/samples.ts';

const app = createApi();
const document = published as unknown as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);
const keyed = operations.filter(
  ({ operation }) => operation.security === undefined && !operation.tags?.includes('public'),
);
const writes = keyed.filter(({ operation }) => operation.requestBody?.content['application/json']);

function key(operation: Operation): string {
  return operation.tags?.includes('ingest') ? ingestKey : operatorKeys.ana;
}

function pathOf(path: string, operation: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = operation.parameters?.find((candidate) => candidate.name === name);
    return encodeURIComponent(String(parameter ? sampleOf(document, parameter.schema) : 'x'));
  });
}

async function send(
  method: string,
  path: string,
  operation: Operation,
  body: string | null,
  headers: Record<string, string> = {},
) {
  const sent = {
    authorization: `Bearer ${key(operation)}`,
    ...(body === null ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const response = await app.request(
    `http://localhost${path}`,
    { method, headers: sent, ...(body === null ? {} : { body }) },
    env as unknown as ProgramEnv,
  );
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: (await response.json()) as { code?: string; errors?: { path: string }[] },
  };
}

let before: Record<string, number> = {};
beforeAll(async () => {
  await freshDatabases();
  before = await rowCounts();
});

async function expectRefused(
  answer: Awaited<ReturnType<typeof send>>,
  statuses: readonly number[],
  what: string,
): Promise<void> {
  expect([what, statuses.includes(answer.status) ? statuses[0] : answer.status]).toEqual([what, statuses[0]]);
  expect(answer.type).toBe('application/problem+json');
  expect(Object.keys(PROBLEMS)).toContain(answer.body.code);
}

/** Values that no field of the API takes. */
const WRONG: readonly unknown[] = [{ $gt: '' }, [['']], 1.5, -1e21, '\u0000', null];

describe('bad input of every kind on every endpoint', () => {
  it('without a credential 401, with a wrong one 401', async () => {
    expect(keyed.length).toBeGreaterThan(30);
    for (const { method, path, operation } of keyed) {
      for (const authorization of ['', 'Bearer nonsense', 'Basic YTpi', 'Bearer a.b.c']) {
        const answer = await send(
          method,
          pathOf(path, operation),
          operation,
          method === 'GET' || method === 'DELETE' ? null : '{}',
          { authorization },
        );
        await expectRefused(answer, [401], `${method} ${path}`);
      }
    }
  });

  it('a body that is not JSON, no object, too large, or of another type', async () => {
    for (const { method, path, operation } of writes) {
      const to = pathOf(path, operation);
      for (const body of ['', '{', '[]', 'null', '7', '"text"'])
        await expectRefused(await send(method, to, operation, body), [400, 403], `${method} ${path} ${body}`);
      await expectRefused(
        await send(method, to, operation, '{}', { 'content-type': 'text/plain' }),
        [415, 403],
        `${method} ${path}`,
      );
      await expectRefused(
        await send(method, to, operation, JSON.stringify({ x: 'a'.repeat(300_000) })),
        [413, 403],
        `${method} ${path}`,
      );
    }
  });

  it('an unknown field, and a wrong value in each field, is refused with its path', async () => {
    for (const { method, path, operation } of writes.filter((write) => !write.operation.tags?.includes('partner'))) {
      const schema = resolved(document, operation.requestBody?.content['application/json']?.schema ?? {});
      const sample = sampleOf(document, schema) as Record<string, unknown>;
      const to = pathOf(path, operation);
      const unknown = await send(method, to, operation, JSON.stringify({ ...sample, no_such_field: 1 }));
      await expectRefused(unknown, [400], `${method} ${path} unknown field`);
      expect(unknown.body.errors?.map((error) => error.path)).toContain('body.no_such_field');
      for (const name of Object.keys(schema.properties ?? {})) {
        const answer = await send(method, to, operation, JSON.stringify({ ...sample, [name]: { $gt: '' } }));
        await expectRefused(answer, [400], `${method} ${path} ${name}`);
        expect(answer.body.errors?.some((error) => error.path.startsWith(`body.${name}`))).toBe(true);
      }
    }
  });

  it('path and query parameters out of their form', async () => {
    for (const { method, path, operation } of keyed) {
      const names =
        operation.parameters?.filter((parameter) => parameter.in === 'path' && parameter.schema.type === 'string') ??
        [];
      for (const { name } of names) {
        const to = pathOf(path.replace(`{${name}}`, encodeURIComponent("x' OR 1=1 --")), operation);
        const body =
          method === 'GET' || method === 'DELETE'
            ? null
            : JSON.stringify(sampleOf(document, operation.requestBody?.content['application/json']?.schema ?? {}));
        await expectRefused(await send(method, to, operation, body), [400, 403, 404], `${method} ${to}`);
      }
      if (operation.parameters?.some((parameter) => parameter.name === 'limit')) {
        for (const query of ['limit=101', 'limit=0', 'limit=x', 'limit=10&nonsense=1'])
          await expectRefused(
            await send(method, `${pathOf(path, operation)}?${query}`, operation, null),
            [400, 403],
            `${path} ${query}`,
          );
      }
    }
  });

  it('random bodies (seeded) are never a 5xx', async () => {
    const body = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.string(),
      fc.record({ amount: fc.anything(), reason: fc.anything() }).map((value) => JSON.stringify(value) ?? ''),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...writes), body, async ({ method, path, operation }, text) => {
        const answer = await send(method, pathOf(path, operation), operation, text);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: 300, seed: 20261120 },
    );
    for (const { method, path, operation } of writes) {
      const sample = sampleOf(document, operation.requestBody?.content['application/json']?.schema ?? {}) as Record<
        string,
        unknown
      >;
      for (const name of Object.keys(sample)) {
        for (const wrong of WRONG)
          expect(
            (await send(method, pathOf(path, operation), operation, JSON.stringify({ ...sample, [name]: wrong })))
              .status,
          ).toBeLessThan(500);
      }
    }
  });

  it('an unknown path is 404, another method 405, both as problems', async () => {
    const [first] = keyed;
    if (!first) throw new Error('no operation');
    await expectRefused(await send('GET', '/v1/nothing-here', first.operation, null), [404], 'unknown path');
    await expectRefused(await send('DELETE', '/v1/payments', first.operation, null), [405], 'other method');
  });

  it('nothing of all that was written', async () => {
    expect(await rowCounts()).toEqual(before);
  });
});
