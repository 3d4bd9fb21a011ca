import { afterAll, beforeAll, expect, it } from 'vitest';

import { startLocal, type Local } from '../support/harness.ts';

let local: Local;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local.close());

it('R3: the front door hands the confirmation page on as it is, and HEAD too', async () => {
  const page = await local.fetch('/confirm/not-a-link');
  expect(page.status).toBe(404);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(await page.text()).toContain('This link cannot be used');
  const head = await local.fetch('/confirm/not-a-link', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([404, '']);
  expect(local.logs().join('\n')).not.toContain('not-a-link');
});
