import { describe, expect, it } from 'vitest';

import { paypalBase } from '../../../src/paypal/base.rules.ts';
import { batchStanding, itemStanding } from '../../../src/paypal/status.rules.ts';

describe('P7: what the words for an item mean', () => {
  it.each([
    ['SUCCESS', 'paid', true],
    ['UNCLAIMED', 'unclaimed', false],
    ['FAILED', 'ended', true],
    ['DENIED', 'ended', true],
    ['RETURNED', 'ended', true],
    ['REFUNDED', 'came_back', true],
    ['REVERSED', 'came_back', true],
    ['PENDING', 'waiting', false],
    ['ONHOLD', 'waiting', false],
    ['ON_HOLD', 'waiting', false],
    ['BLOCKED', 'waiting', false],
    [null, 'waiting', false],
  ])('%s is %s, terminal: %s', (word, outcome, terminal) => {
    expect(itemStanding(word)).toEqual({ outcome, terminal });
  });

  it.each(['UNDER_OBSERVATION', 'success', 'SUCCESS ', '', 'constructor', '__proto__', 'CANCELED', 'COMPLETED'])(
    'an unknown word (%j) is never final',
    (word) => {
      expect(itemStanding(word)).toEqual({ outcome: 'unknown', terminal: false });
    },
  );
});

describe('what the words for a batch mean', () => {
  it.each([
    ['PENDING', 'processing'],
    ['PROCESSING', 'processing'],
    ['SUCCESS', 'processed'],
    ['DENIED', 'denied'],
    ['CANCELED', 'unknown'],
    ['toString', 'unknown'],
  ])('%s is %s', (word, standing) => {
    expect(batchStanding(word)).toBe(standing);
  });
});

describe('PAYPAL_API_BASE', () => {
  it.each([
    ['https://api-m.paypal.com', 'https://api-m.paypal.com'],
    ['https://api-m.paypal.com/', 'https://api-m.paypal.com'],
    ['http://localhost:8790', 'http://localhost:8790'],
    ['http://127.0.0.1:8790', 'http://127.0.0.1:8790'],
    ['http://[::1]:8790', 'http://[::1]:8790'],
  ])('%s is taken', (text, base) => {
    expect(paypalBase(text)).toEqual({ ok: true, base });
  });

  it.each([
    ['', 'not_a_url'],
    ['api-m.paypal.com', 'not_a_url'],
    ['http://api-m.paypal.com', 'not_secure'],
    ['http://localhost.example.com', 'not_secure'],
    ['http://127.0.0.1.example.com', 'not_secure'],
    ['http://0.0.0.0:80', 'not_secure'],
    ['ftp://localhost', 'not_secure'],
    ['https://api-m.paypal.com/v1', 'not_an_origin'],
    ['https://user:secret@api-m.paypal.com', 'not_an_origin'],
    ['https://api-m.paypal.com?x=1', 'not_an_origin'],
    ['https://api-m.paypal.com#x', 'not_an_origin'],
  ])('%j is refused: %s', (text, reason) => {
    expect(paypalBase(text)).toEqual({ ok: false, reason });
  });
});
