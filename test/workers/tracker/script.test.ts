import { expect, it } from 'vitest';

import { openFrontDoor } from './front-door.ts';

it('/lastclick.js is served with an ETag, kept an hour, to any site', async () => {
  const { ask } = openFrontDoor();
  const answer = await ask('/lastclick.js');
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
    'x-content-type-options': 'nosniff',
  });
  expect(await answer.text()).toContain('referral_token');
  const etag = answer.headers.get('etag') ?? '';
  for (const known of [etag, `W/${etag}`, `"x", ${etag}`]) {
    const again = await ask('/lastclick.js', { headers: { 'if-none-match': known } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  }
  expect((await ask('/lastclick.js', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  expect(await (await ask('/lastclick.js', { method: 'HEAD' })).text()).toBe('');
  expect((await ask('/lastclick.js', { method: 'POST' })).status).toBe(405);
});

it('/lastclick.js is under 2 kB gzipped', async () => {
  const { body } = await openFrontDoor().ask('/lastclick.js');
  const packed = await new Response(body?.pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
  expect(packed.byteLength).toBeGreaterThan(300);
  expect(packed.byteLength).toBeLessThan(2000);
});
