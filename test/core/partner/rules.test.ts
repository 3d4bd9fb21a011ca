import { describe, expect, it } from 'vitest';

import { isCountry } from '../../../src/partner/country.rules.ts';
import type { PartnerFact, ResidencyAnswers } from '../../../src/partner/facts.rules.ts';
import { destinationAllowed, linkRow, linkUrl } from '../../../src/partner/link.rules.ts';
import {
  decideChange,
  type ChangeContext,
  type PartnerChange,
  type StoredFact,
  type StoredPartner,
} from '../../../src/partner/partner.rules.ts';
import { formerJwksOf, privateJwkOf, tokenKeyErrors, verifyingJwks } from '../../../src/partner/token-key.rules.ts';
import { grantedScope, scopesOf } from '../../../src/partner/token.rules.ts';
import type { PersonRow } from '../../../src/people/people.repo.ts';

const person = (person_id: string, address_hash: string): PersonRow => ({
  person_id,
  email: `${address_hash}@x.example`,
  name: null,
  company: null,
  address_hash,
  match_hash: address_hash,
  erased_at: null,
});

function partner(
  facts: [PartnerFact['field'], string | null, string?][],
  more: Partial<StoredPartner> = {},
): StoredPartner {
  const stored = facts.map(([field, value, address_hash], i): StoredFact => ({
    n: i + 1,
    field,
    value,
    at: 100,
    address_hash: address_hash ?? null,
    match_hash: null,
    email: null,
    name: null,
  }));
  return { partner_id: 'p', recorded_at: 100, facts: stored, holds: [], came_back: [], ...more };
}

function changed(stored: StoredPartner, change: PartnerChange, context: Partial<ChangeContext> = {}) {
  const decided = decideChange(stored, change, {
    asked: 'operator',
    by: 'ana',
    now: 200,
    address_taken: false,
    ...context,
  });
  if (!decided.ok) return decided.reason;
  const { facts, holds, people } = decided.writes;
  return {
    facts: facts.map((fact) => `${fact.n} ${fact.field}=${fact.value}`),
    holds: holds.map(({ cause }) => cause.join(' ')),
    people: people.length,
  };
}

const base = partner([
  ['status', 'active'],
  ['rate_bps', null],
  ['country', 'FR'],
]);
const no: ResidencyAnswers = {
  us_citizen: false,
  us_green_card: false,
  us_over_183_days: false,
  us_worked_last_year: false,
};
const manual = { ...no, us_over_183_days: true };

describe('a change of a partner', () => {
  it('files what changes, in order, and nothing else', () => {
    expect(changed(base, { status: 'active', rate_bps: null, country: 'FR' })).toEqual({
      facts: [],
      holds: [],
      people: 0,
    });
    expect(changed(base, { country: 'DE', rate_bps: 0, status: 'suspended' })).toEqual({
      facts: ['4 status=suspended', '5 rate_bps=0', '6 country=DE'],
      holds: [],
      people: 0,
    });
  });

  it('P3: the first, another, the same, and a former address', () => {
    expect(changed(base, { paypal: person('n1', 'a') })).toEqual({ facts: ['4 paypal=n1'], holds: [], people: 1 });
    const has = partner([
      ['paypal', 'per_a', 'a'],
      ['paypal', 'per_b', 'b'],
    ]);
    expect(changed(has, { paypal: person('n1', 'b') })).toEqual({ facts: [], holds: [], people: 0 });
    expect(changed(has, { paypal: person('n1', 'a') })).toEqual({ facts: ['3 paypal=per_a'], holds: [], people: 0 });
    expect(changed(has, { paypal: null })).toEqual({ facts: ['3 paypal=null'], holds: [], people: 0 });
    expect(changed(base, { paypal: null })).toEqual({ facts: [], holds: [], people: 0 });
    const back = partner([['paypal', 'per_b', 'b']], {
      came_back: [{ person_id: 'per_b', address_hash: 'b', at: 150 }],
    });
    expect(changed(back, { paypal: person('n1', 'b') })).toEqual({ facts: ['2 paypal=per_b'], holds: [], people: 0 });
  });

  it('P3: an address in use is refused to an operator, and held for a partner', () => {
    const change = { paypal: person('n1', 'a') };
    expect(changed(base, change, { address_taken: true })).toBe('address_taken');
    expect(changed(base, change, { address_taken: true, asked: 'partner' })).toMatchObject({
      facts: ['4 paypal=n1'],
      holds: ['address_in_use p n1'],
    });
  });

  it('P4: a country set to the US by the partner itself waits; each such change anew', () => {
    expect(changed(base, { country: 'US' }, { asked: 'partner' })).toMatchObject({ holds: ['country_change p 4'] });
    expect(changed(base, { country: 'DE' }, { asked: 'partner' })).toMatchObject({ holds: [] });
    expect(changed(base, { country: 'US' })).toMatchObject({ facts: ['4 country=US'], holds: [] });
  });

  it('P4: manual puts one question; what is open is not put twice, what was denied is put again', () => {
    expect(changed(base, { residency: no })).toMatchObject({ holds: [] });
    expect(changed(base, { residency: manual })).toMatchObject({
      facts: [`4 residency=${JSON.stringify(manual)}`],
      holds: ['residency p 4'],
    });
    const answered = partner([
      ['country', 'FR'],
      ['residency', JSON.stringify(manual)],
    ]);
    const held = (decision: 'release' | 'deny' | null, decided_at: number | null) => ({
      ...answered,
      holds: [
        { kind: 'residency' as const, person_id: null, address_hash: null, opened_at: 100, decision, decided_at },
      ],
    });
    expect(changed(answered, { residency: manual })).toEqual({ facts: [], holds: [], people: 0 });
    expect(changed(held(null, null), { residency: no })).toMatchObject({ holds: [] });
    expect(changed(held('deny', 150), { residency: no })).toMatchObject({ holds: ['residency p 3'] });
    expect(changed(held('release', 150), { residency: no })).toMatchObject({ holds: [] });
    expect(changed(held('release', 150), { residency: { ...manual, us_worked_last_year: true } })).toMatchObject({
      holds: ['residency p 3'],
    });
  });

  it('P6: withholding goes with closing, and ends with it', () => {
    expect(changed(base, { withhold_reason: 'x' })).toBe('withhold_needs_close');
    expect(changed(base, { status: 'closed', withhold_reason: 'x' })).toMatchObject({
      facts: ['4 status=closed', '5 withheld=x'],
    });
    const closed = partner([
      ['status', 'closed'],
      ['withheld', 'x'],
    ]);
    expect(changed(closed, { withhold_reason: 'x' })).toMatchObject({ facts: [] });
    expect(changed(closed, { status: 'active' })).toMatchObject({ facts: ['3 status=active', '4 withheld=null'] });
  });
});

describe('links', () => {
  const origins = ['https://www.example.com', 'http://localhost:8080'];
  it.each([
    ['https://www.example.com', true],
    ['https://www.example.com/a?b=c#d', true],
    ['https://WWW.example.com:443/', true],
    ['http://localhost:8080/x', true],
    ['https://www.example.com:8443/', false],
    ['http://www.example.com/', false],
    ['https://example.com/', false],
    ['https://www.example.com.evil.example/', false],
    ['https://www.example.com@evil.example/', false],
    ['https://user@www.example.com/', false],
    ['//www.example.com/', false],
    ['/pricing', false],
    ['javascript:alert(1)', false],
    ['data:text/html,x', false],
    ['https://www.example.com/\r\nset-cookie: x', false],
    ['https:\\\\www.example.com\\', false],
    [' https://www.example.com/', false],
  ])('%j: %s', (destination, allowed) => {
    expect(destinationAllowed(destination, origins)).toBe(allowed);
  });

  it('are one regardless of case, and shown as they were given', () => {
    const row = linkRow({ code: 'SpRing', partner_id: 'p', destination: 'x', label: null, recorded_at: 1 });
    expect(row).toMatchObject({ code: 'spring', shown_code: 'SpRing' });
    expect(linkUrl('https://go.example.com', row.shown_code)).toBe('https://go.example.com/r/SpRing');
  });
});

describe('tokens', () => {
  it('payout is for a day at most, and never without being asked for', () => {
    expect(grantedScope({})).toEqual({ ok: true, scope: 'read links claims', expires_in: 7_776_000 });
    expect(grantedScope({ scopes: ['payout'] })).toEqual({ ok: true, scope: 'payout', expires_in: 86_400 });
    expect(grantedScope({ scopes: ['payout'], expires_in: 86_400 }).ok).toBe(true);
    expect(grantedScope({ scopes: ['read', 'payout'], expires_in: 86_401 }).ok).toBe(false);
    expect(grantedScope({ expires_in: 400 * 86_400 }).ok).toBe(true);
    expect(grantedScope({ expires_in: 400 * 86_400 + 1 }).ok).toBe(false);
  });

  it('scopes are read in any order, each once', () => {
    expect(scopesOf('claims  read claims')).toEqual(['read', 'claims']);
    expect(scopesOf('')).toBeNull();
    expect(scopesOf('read admin')).toBeNull();
  });

  it('misconfigured keys are named without their value', () => {
    const x = 'a'.repeat(43);
    const key = { kty: 'OKP', crv: 'Ed25519', x, d: x, kid: 'k1' };
    const text = JSON.stringify(key);
    expect(tokenKeyErrors({ TOKEN_PRIVATE_JWK: text })).toEqual([]);
    for (const bad of [
      '',
      '{',
      '{}',
      JSON.stringify({ ...key, d: undefined }),
      JSON.stringify({ ...key, kid: '' }),
      JSON.stringify({ ...key, crv: 'P-256' }),
    ]) {
      expect(tokenKeyErrors({ TOKEN_PRIVATE_JWK: bad })).toHaveLength(1);
    }
    expect(tokenKeyErrors({ TOKEN_PRIVATE_JWK: text, TOKEN_PUBLIC_JWKS: '[]' })).toHaveLength(1);
    const former = formerJwksOf(JSON.stringify({ keys: [{ ...key, kid: 'k0' }, key] }));
    expect(verifyingJwks(privateJwkOf(text) ?? (key as never), former ?? [])).toEqual([
      { kty: 'OKP', crv: 'Ed25519', x, kid: 'k1' },
      { kty: 'OKP', crv: 'Ed25519', x, kid: 'k0' },
    ]);
  });
});

it('countries are those of ISO 3166-1', () => {
  expect(['US', 'FR', 'GB', 'PR', 'AX'].every(isCountry)).toBe(true);
  expect(['us', 'UK', 'XX', 'EU', 'USA', ''].some(isCountry)).toBe(false);
});
