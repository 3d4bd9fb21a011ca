import { expect, it } from 'vitest';

import {
  createLinkCache,
  linkKvEntry,
  readLinkKvValue,
  sameLink,
  type KnownLink,
} from '../../../src/attribution/link-lookup.rules.ts';

const live: KnownLink = { state: 'live', partner_id: 'ana', destination: 'https://www.example.com/' };
const gone: KnownLink = { state: 'gone' };

it('an answer, absence too, is known for 60 seconds', () => {
  const cache = createLinkCache();
  cache.set('mira', live, 1000);
  cache.set('none', gone, 1000);
  expect(cache.get('mira', 60_999)).toEqual(live);
  expect(cache.get('none', 60_999)).toEqual(gone);
  expect(cache.get('mira', 61_000)).toBeNull();
  expect(cache.get('none', 61_000)).toBeNull();
  expect(cache.get('other', 1000)).toBeNull();
});

it('a later answer replaces the former, whichever it was', () => {
  const cache = createLinkCache();
  cache.set('mira', live, 0);
  cache.set('mira', gone, 1);
  expect(cache.get('mira', 2)).toEqual(gone);
  cache.set('mira', live, 3);
  expect(cache.get('mira', 4)).toEqual(live);
});

it('a clock that is set back finds nothing from later', () => {
  const cache = createLinkCache();
  cache.set('mira', live, 1000);
  expect(cache.get('mira', 999)).toBeNull();
});

it('a flood of unknown codes is bounded and does not push out live links', () => {
  const cache = createLinkCache();
  cache.set('mira', live, 0);
  for (let i = 0; i < 5000; i++) cache.set(`guess${i}`, gone, 0);
  expect(cache.get('mira', 1)).toEqual(live);
  expect(cache.get('guess0', 1)).toBeNull();
  expect(cache.get('guess4999', 1)).toEqual(gone);
});

it('what is written through is what is read', () => {
  expect(linkKvEntry('mira', live)).toEqual({
    key: 'link:mira',
    value: '{"partner_id":"ana","destination":"https://www.example.com/"}',
  });
  expect(readLinkKvValue(linkKvEntry('mira', live).value)).toEqual(live);
  expect(linkKvEntry('mira', gone).value).toBe('{"gone":true}');
  expect(readLinkKvValue(linkKvEntry('mira', gone).value)).toEqual(gone);
});

it.each([
  null,
  '',
  '{',
  'null',
  '1',
  '[]',
  '{}',
  '{"gone":false}',
  '{"partner_id":"ana"}',
  '{"partner_id":1,"destination":"x"}',
])('an entry that is none of ours counts as none: %j', (text) => {
  expect(readLinkKvValue(text)).toBeNull();
});

it('two answers are the same where partner and destination are', () => {
  expect(sameLink(live, { ...live })).toBe(true);
  expect(sameLink(gone, gone)).toBe(true);
  expect(sameLink(live, gone)).toBe(false);
  expect(sameLink(live, { ...live, destination: 'https://www.example.com/x' })).toBe(false);
  expect(sameLink(live, { ...live, partner_id: 'ben' })).toBe(false);
});
