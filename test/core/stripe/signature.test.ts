import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Stripe } from 'stripe';
import { expect, it } from 'vitest';

import { signatureParts, verifySignature } from '../../../src/stripe/signature.ts';

const vector = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/stripe/signature_vector.json'), 'utf8'),
) as { secret: string; timestamp: number; payload: string; header: string; header_multi: string };
const bytes = (text: string) => new TextEncoder().encode(text);

it('verifies the published vector, alone and among several', async () => {
  const { payload, secret, timestamp } = vector;
  for (const header of [vector.header, vector.header_multi])
    expect(await verifySignature(bytes(payload), header, [secret], timestamp * 1000)).toEqual({ ok: true });
  expect(await verifySignature(bytes(payload), vector.header, ['other', secret], timestamp * 1000)).toEqual({
    ok: true,
  });
});

it('takes what the official library signs, and refuses what it refuses', async () => {
  const stripe = new Stripe('sk_test_nobody');
  const [payload, secret, timestamp] = ['{"a":"ü"}', 'whsec_x', 1_772_366_400];
  const header = stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  const verify = (body: string, at: number) => verifySignature(bytes(body), header, [secret], at);
  expect(await verify(payload, timestamp * 1000 + 300_000)).toEqual({ ok: true });
  expect(await verify(payload, timestamp * 1000 + 300_001)).toEqual({ ok: false, reason: 'expired' });
  expect(await verify(payload, timestamp * 1000 - 300_001)).toEqual({ ok: false, reason: 'expired' });
  expect(await verify('{"a":"u"}', timestamp * 1000)).toEqual({ ok: false, reason: 'mismatch' });
});

it.each([
  '',
  't=1',
  'v1=aa',
  't=1,v1=zz',
  't=1,t=2,v1=' + 'a'.repeat(64),
  `t=-1,v1=${'a'.repeat(64)}`,
  `t=1,v0=${'a'.repeat(64)}`,
  // More than Stripe ever sends: each costs a hash of the whole body.
  `t=1${`,v1=${'a'.repeat(64)}`.repeat(9)}`,
])('no signature in %j', (header) => {
  expect(signatureParts(header)).toBeNull();
});
