import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import { buildDocument } from '../../../src/http/document.ts';

const published = join(import.meta.dirname, '../../../src/http/openapi.json');

it('the published OpenAPI document is the one that the validating schemas give (npm run openapi)', () => {
  const built = `${JSON.stringify(buildDocument(createApi()), null, 1)}\n`;
  expect(readFileSync(published, 'utf8') === built).toBe(true);
});

it('every route of the API is in the document', () => {
  const app = createApi();
  const { paths } = JSON.parse(JSON.stringify(buildDocument(app))) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const documented = new Set(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    ),
  );
  const routed = app.routes.filter((route) => route.method !== 'ALL').map((route) => `${route.method} ${route.path}`);
  expect([...new Set(routed)].filter((route) => !documented.has(route))).toEqual([]);
});
