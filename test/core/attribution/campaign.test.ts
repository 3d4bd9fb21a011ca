import fc from 'fast-check';
import { expect, it } from 'vitest';

import { campaignOf } from '../../../src/attribution/campaign.rules.ts';

it.each([
  ['', {}],
  ['?from=mira', {}],
  [
    '?sub=blog.7_a-B&utm_source=post&utm_medium=email&utm_campaign=spring%20sale&utm_term=x',
    { sub_id: 'blog.7_a-B', utm_source: 'post', utm_medium: 'email', utm_campaign: 'spring sale' },
  ],
  ['?sub=first&sub=second', { sub_id: 'first' }],
  ['?sub=a%20b&utm_source=', {}],
  [`?sub=${'a'.repeat(64)}`, { sub_id: 'a'.repeat(64) }],
  [`?sub=${'a'.repeat(65)}`, {}],
  [`?utm_campaign=${encodeURIComponent('𝒳'.repeat(101))}`, { utm_campaign: '𝒳'.repeat(100) }],
  ['?utm_source=a%0ab', {}],
])('what a link carries besides its code: %s', (search, campaign) => {
  expect(campaignOf(search)).toEqual(campaign);
});

it('an email address in a link becomes no row', () => {
  expect(campaignOf('?utm_source=jo%40acme.example&utm_campaign=jo@acme.example&sub=jo@acme')).toEqual({});
  expect(campaignOf('?utm_source=jo%2540acme.example&utm_campaign=jo%252540acme.example')).toEqual({});
  expect(campaignOf('?utm_source=100%25&utm_campaign=40%25%20off')).toEqual({
    utm_source: '100%',
    utm_campaign: '40% off',
  });
});

it('whatever a query says, what is kept fits its column', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
      const query = encodeURIComponent(text.isWellFormed() ? text : '');
      const kept = campaignOf(`?sub=${query}&utm_campaign=${query}`);
      for (const [most, value] of [
        [64, kept.sub_id],
        [100, kept.utm_campaign],
      ] as const)
        if (value !== undefined) expect([...value].length >= 1 && [...value].length <= most).toBe(true);
    }),
  );
});
