import fc from 'fast-check';
import { expect, it } from 'vitest';

import { addressesIn } from '../../../src/attribution/how-heard.rules.ts';

it.each([
  ['ann@x.com', ['ann@x.com']],
  ['  Ann@X.com told me', ['ann@x.com']],
  ['From Ann <ann@x.com>, thanks!', ['ann@x.com']],
  ['mailto:ann@x.com?subject=hi', ['ann@x.com']],
  ['I asked ann@x.com.', ['ann@x.com']],
  ['I asked ann@x.com... and then signed up', ['ann@x.com']],
  ['ann@x.com/ben@y.org', ['ann@x.com']],
  ['ann@x.com, ben@y.org; ANN@x.com', ['ann@x.com', 'ben@y.org']],
  ['ann@x.com\nben@y.org', ['ann@x.com', 'ben@y.org']],
  ['ann+tag@mail.x.co.uk', ['ann+tag@mail.x.co.uk']],
  ['(ann@x.com)', ['ann@x.com']],
  ['“ann@x.com”', ['ann@x.com']],
])('L3: the answer %j holds the addresses %j', (answer, addresses) => {
  expect(addressesIn(answer)).toEqual(addresses);
});

it.each(["'ann@x.com'", '*ann@x.com*', '`ann@x.com`', '**ann@x.com**'])(
  'L3: marks around an address are not part of it: %s',
  (answer) => {
    expect(addressesIn(answer)).toContain('ann@x.com');
  },
);

it.each([
  'joann@x.com',
  'jo.ann@x.com',
  'jo+ann@x.com',
  'jo-ann@x.com',
  'ann@x.com.evil.org',
  'ann@x.community',
  'ann@x.com-shop.org',
  'ann@x.com@evil.org',
  'ben@ann@x.com',
  'éann@x.com',
  'e\u0301ann@x.com',
  'я.ann@x.com',
  '𝒜ann@x.com',
  'ann@x.comé',
  'ann@x.com.みんな',
  'ann@x.com𝒜',
  'ann@x.com_',
  'ann @x.com',
  'ann@ x.com',
  'ann at x.com',
  '',
])('L3: a part of a longer address is not an address: %j does not hold ann@x.com', (answer) => {
  expect(addressesIn(answer)).not.toContain('ann@x.com');
});

it('L3: an address among words is found wherever it stands, and what is found is an address of the answer', () => {
  const word = fc.stringMatching(/^[a-z ,;()!?]{0,20}$/);
  fc.assert(
    fc.property(word, word, (before, after) => {
      expect(addressesIn(`${before} ann@x.com ${after}`)).toEqual(['ann@x.com']);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (answer) => {
      for (const address of addressesIn(answer)) expect(answer.toLowerCase()).toContain(address);
    }),
  );
});

it.each(['a', 'a@', 'a@a', '@a.', 'a.', "'", 'a@a.a,'])('a long answer of %j costs no time', (part) => {
  const begin = performance.now();
  addressesIn(part.repeat(Math.floor(200_000 / part.length)));
  expect(performance.now() - begin).toBeLessThan(500);
});
