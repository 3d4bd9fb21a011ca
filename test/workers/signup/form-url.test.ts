import { beforeEach, expect, it } from 'vitest';

import { sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';

beforeEach(async () => {
  await freshDatabases();
});

it('fault 11: the address that a form leads on to holds no name and no email', async () => {
  const fields = {
    email: 'carla.client@client.example',
    name: 'Carla Client',
    company: 'Client & Co',
    how_heard: 'x@y.example',
  };
  const origin = 'https://www.example.com';
  const answer = await sendForm({ ...fields, next: `${origin}/welcome` }, { at: '2026-03-01T12:00:00Z', origin });
  expect(answer.status).toBe(303);
  const { pathname, searchParams, hash } = new URL(answer.headers.get('location') ?? '');
  expect([pathname, [...searchParams.keys()], hash]).toEqual(['/welcome', ['signup_ref'], '']);
  expect(searchParams.get('signup_ref')).not.toMatch(/carla|client|example|@/i);
});
