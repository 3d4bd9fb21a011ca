import { describe, expect, it } from 'vitest';

import { isFreeMail } from '../../../src/referrer/free-mail.rules.ts';
import {
  assessSelfReferral,
  gradeOf,
  nameWords,
  type FoundSignal,
  type Identity,
  type PartnerIdentity,
} from '../../../src/referrer/self-referral.rules.ts';

const person = (email: string | null, name: string | null = null, match_hash: string | null = null): Identity => ({
  email,
  name,
  match_hash,
});
const partnerOf = (contact: Identity, more: Partial<PartnerIdentity> = {}): PartnerIdentity => ({
  contact,
  paypal: null,
  former_matches: [],
  ...more,
});
const found = (holder: Identity, partner: PartnerIdentity, users: Identity[] = []): FoundSignal[] =>
  assessSelfReferral({ holder, users }, partner, { own_name_on_client_domain: 'clear' }, isFreeMail).signals;
/** Whether an address on the client's domain bears the partner's name (S2). */
const bears = (local: string, name: string) =>
  found(person(`${local}@client.example`), partnerOf(person('x@partner.example', name))).map(({ signal }) => signal);

describe('S2: a partner’s name in an address of the client’s domain', () => {
  it.each([
    ['ann.smith', 'Ann Smith'],
    ['smithann', 'Ann Smith'],
    ['annsmith', 'Ann Smith'],
    ['asmith', 'Ann Smith'],
    ['smitha', 'Ann Smith'],
    ['ann_smith42', 'Ann Smith'],
    ['annsmith2020', 'Ann Smith'],
    ['ann.2.smith', 'Ann Smith'],
    ['ann--smithtag', 'Ann Smithtag'],
    ['annmariesmith', 'Ann Marie Smith'],
    ['smithmarieann', 'Ann Marie Smith'],
    ['marieannsmith', 'Ann Marie Smith'],
    ['amarie', 'Ann Marie Smith'],
    ['wxyzabcdefghijkl', 'Abcd Efgh Ijkl Wxyz'],
    ['ann', 'Ann'],
    ['ünn', 'Unn'],
  ])('%s bears “%s”', (local, name) => {
    expect(bears(local, name)).toEqual(['own_name_on_client_domain']);
  });

  it.each([
    ['ann', 'Ann Smith'],
    ['annesmith', 'Ann Smith'],
    ['annsmithx', 'Ann Smith'],
    ['bsmith', 'Ann Smith'],
    ['info', 'Ann Smith'],
    ['annann', 'Ann'],
    ['a', 'Ann'],
    // Five words are compared as words only.
    ['abcdefghijklmnopqrst', 'Abcd Efgh Ijkl Mnop Qrst'],
    ['info', ''],
    ['', '!'],
  ])('%s does not bear “%s”', (local, name) => {
    expect(bears(local, name)).toEqual([]);
  });

  it('five words with separators are the name all the same', () => {
    expect(bears('qrst.abcd.efgh.mnop.ijkl', 'Abcd Efgh Ijkl Mnop Qrst')).toEqual(['own_name_on_client_domain']);
  });

  it('its evidence is the name and the domain', () => {
    expect(found(person('ann.smith@client.example'), partnerOf(person('x@partner.example', 'Smith, Ann')))).toEqual([
      { signal: 'own_name_on_client_domain', evidence: 'ann smith@client.example' },
    ]);
  });
});

describe('S1: names', () => {
  it('are words, without what stands between them, and without initials where two words remain', () => {
    expect(nameWords('  Smith --  Ann  ')).toEqual(['ann', 'smith']);
    expect(nameWords('Ann B. Smith')).toEqual(['ann', 'smith']);
    expect(nameWords('Ann B.')).toEqual(['ann', 'b']);
    expect(nameWords('A B')).toEqual(['a', 'b']);
    expect(nameWords(null)).toEqual([]);
    expect(nameWords('?!')).toEqual([]);
  });

  it('that both lack are no name that both have', () => {
    expect(found(person('h@gmail.com', null), partnerOf(person('p@partner.example', null)))).toEqual([]);
    expect(found(person('h@gmail.com', 'Ann Smith'), partnerOf(person('p@partner.example', 'smith ann')))).toEqual([
      { signal: 'same_name', evidence: 'ann smith' },
    ]);
  });
});

describe('S1: addresses', () => {
  const contact = person('ann@partner.example', null, 'h1');
  it('evidence is the keyed hash where there is one, else the folded address', () => {
    expect(found(person('Ann@gmail.com', null, 'h'), partnerOf(person('a.n.n@gmail.com')))).toEqual([
      { signal: 'same_email', evidence: 'h' },
    ]);
    expect(found(person('Ann@gmail.com'), partnerOf(person('a.n.n@gmail.com')))).toEqual([
      { signal: 'same_email', evidence: 'ann@gmail.com' },
    ]);
  });

  it('erased ones are compared by their hashes, and no hash is like no hash', () => {
    expect(found(person(null, null, 'h1'), partnerOf(contact))).toEqual([{ signal: 'same_email', evidence: 'h1' }]);
    expect(found(person(null, null, null), partnerOf(person(null, null, null)))).toEqual([]);
    expect(found(person(null, null, null), partnerOf(contact, { paypal: person(null, null, null) }))).toEqual([]);
  });

  it('a former address is listed where no present one matches', () => {
    const former = { former_matches: ['h1', 'h9'] };
    expect(found(person(null, null, 'h9'), partnerOf(contact, former))).toEqual([
      { signal: 'former_address', evidence: 'h9' },
    ]);
    expect(found(person(null, null, 'h1'), partnerOf(contact, former))).toEqual([
      { signal: 'same_email', evidence: 'h1' },
    ]);
    expect(found(person(null, null, 'h8'), partnerOf(contact, former))).toEqual([]);
    expect(found(person(null, null, null), partnerOf(contact, former))).toEqual([]);
  });

  it('the PayPal address’s domain is the partner’s own too', () => {
    const paypal = person('money@payee.example');
    expect(found(person('info@payee.example'), partnerOf(person('p@partner.example'), { paypal }))).toEqual([
      { signal: 'same_domain', evidence: 'payee.example' },
    ]);
    expect(found(person('info@payee.example'), partnerOf(person(null), { paypal: person(null) }))).toEqual([]);
    // A fully qualified domain, and what is no address.
    expect(found(person('info@payee.example.'), partnerOf(person('p@payee.example')))).toEqual([
      { signal: 'same_domain', evidence: 'payee.example' },
    ]);
    expect(found(person('info@'), partnerOf(person('p@')))).toEqual([]);
  });

  it('L4: a user with the partner’s address, or PayPal address, is listed once', () => {
    const partner = partnerOf(contact, { paypal: person('money@payee.example', null, 'h2') });
    const users = [person('x@client.example'), person(null, null, 'h2'), person(null, null, 'h1')];
    expect(found(person('boss@client.example'), partner, users)).toEqual([
      { signal: 'partner_is_user', evidence: 'h2' },
    ]);
    expect(found(person('boss@client.example'), partner, [person('x@client.example')])).toEqual([]);
  });
});

it('S3: what blocks, what holds, and what is listed only', () => {
  const grades = (own_name_on_client_domain: 'clear' | 'hold') =>
    (
      [
        'same_email',
        'same_paypal_email',
        'same_domain',
        'same_name',
        'own_name_on_client_domain',
        'partner_is_user',
        'former_address',
      ] as const
    ).map((signal) => gradeOf(signal, { own_name_on_client_domain }));
  expect(grades('clear')).toEqual(['block', 'block', 'hold', 'hold', 'list', 'list', 'list']);
  expect(grades('hold')).toEqual(['block', 'block', 'hold', 'hold', 'hold', 'list', 'list']);
});

it('S1: free-mail domains are those of the list and those that it leaves out', () => {
  expect(['gmail.com', 'yahoo.com', 'posteo.de', 'tutanota.com'].map(isFreeMail)).toEqual([true, true, true, true]);
  expect(['client.example', 'mail.gmail.com', ''].map(isFreeMail)).toEqual([false, false, false]);
});
