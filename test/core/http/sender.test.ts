import { expect, it } from 'vitest';

import { networkOf } from '../../../src/http/sender.ts';

const of = (address: string) => networkOf(new Headers({ 'cf-connecting-ip': address }));

it('limits tell networks apart, not addresses: /24 of IPv4, /56 of IPv6, however it is written', () => {
  expect(of('192.0.2.7')).toBe('192.0.2.');
  expect(of('192.0.2.255')).toBe(of('192.0.2.7'));
  expect(of('192.0.3.7')).not.toBe(of('192.0.2.7'));
  expect(of('2001:db8:12:3400::1')).toBe('2001:0db8:0012:34::');
  expect(of('2001:DB8:12:34ff:ffff:ffff:ffff:ffff')).toBe(of('2001:db8:12:3400::1'));
  expect(of('2001:db8:12:3500::1')).not.toBe(of('2001:db8:12:3400::1'));
  expect(of('2001:db8::1')).toBe('2001:0db8:0000:00::');
  expect(of('::1')).toBe('0000:0000:0000:00::');
  expect(networkOf(new Headers())).toBeNull();
});

it('an IPv4 address that is told as an IPv6 one is of its own network, not of all of them', () => {
  expect([of('::ffff:192.0.2.7'), of('::FFFF:192.0.2.7')]).toEqual(['192.0.2.', '192.0.2.']);
});
