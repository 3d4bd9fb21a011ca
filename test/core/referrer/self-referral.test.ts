import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isFreeMail } from '../../../src/referrer/free-mail.rules.ts';
import {
  assessSelfReferral,
  nameWords,
  type Grade,
  type Identity,
  type PartnerIdentity,
  type SelfReferralSignal,
} from '../../../src/referrer/self-referral.rules.ts';

const person = (email: string | null, name: string | null = null, match_hash: string | null = null): Identity => ({
  email,
  name,
  match_hash,
});
const clear = { own_name_on_client_domain: 'clear' } as const;
const hold = { own_name_on_client_domain: 'hold' } as const;
const partner: PartnerIdentity = {
  contact: person('ann@smithconsulting.biz', 'Ann Smith'),
  paypal: person('money.ann@gmail.com'),
  former_matches: [],
};

function assess(
  holder: Identity,
  more: { users?: Identity[]; policy?: typeof clear | typeof hold; of?: PartnerIdentity } = {},
) {
  const { grade, signals } = assessSelfReferral(
    { holder, users: more.users ?? [] },
    more.of ?? partner,
    more.policy ?? clear,
    isFreeMail,
  );
  return [grade, signals.map(({ signal }) => signal)] as [Grade, SelfReferralSignal[]];
}

type Row = [what: string, holder: Identity, grade: Grade, signals: SelfReferralSignal[]];

describe('self-referral, clause by clause', () => {
  it.each<Row>([
    ['the very address', person('ann@smithconsulting.biz'), 'block', ['same_email', 'same_domain']],
    ['its case', person('Ann@SmithConsulting.BIZ'), 'block', ['same_email', 'same_domain']],
    ['a tag', person('ann+shop@smithconsulting.biz'), 'block', ['same_email', 'same_domain']],
    ['the PayPal address', person('money.ann@gmail.com'), 'block', ['same_paypal_email']],
    ['gmail’s dots', person('mo.neyann@gmail.com'), 'block', ['same_paypal_email']],
    ['gmail’s other name', person('moneyann+x@googlemail.com'), 'block', ['same_paypal_email']],
    ['address and name', person('moneyann@gmail.com', 'Ann Smith'), 'block', ['same_paypal_email', 'same_name']],
  ])('S1, S3: blocks by %s', (_, holder, grade, signals) => {
    expect(assess(holder)).toEqual([grade, signals]);
  });

  it.each<Row>([
    ['the partner’s own domain', person('bob@smithconsulting.biz'), 'hold', ['same_domain']],
    ['a domain under it', person('bob@mail.smithconsulting.biz'), 'hold', ['same_domain']],
    ['the name on a free domain', person('as1970@gmail.com', 'Ann Smith'), 'hold', ['same_name']],
    ['case and spaces of the name', person('as1970@gmx.de', '  ANN   smith '), 'hold', ['same_name']],
    ['accents of the name', person('as1970@gmx.de', 'Ánn Smíth'), 'hold', ['same_name']],
    ['the order of the name', person('as1970@gmx.de', 'Smith, Ann'), 'hold', ['same_name']],
    ['an initial in the name', person('as1970@gmx.de', 'Ann B. Smith'), 'hold', ['same_name']],
    [
      'the name on the partner’s own domain',
      person('office@smithconsulting.biz', 'Ann Smith'),
      'hold',
      ['same_domain', 'same_name'],
    ],
  ])('S1, S3: holds by %s', (_, holder, grade, signals) => {
    expect(assess(holder)).toEqual([grade, signals]);
  });

  it('S1: the domain above the partner’s is the same organisation, a free one above is not', () => {
    const of = { ...partner, contact: person('ann@eu.bigcorp.biz', 'Ann Smith') };
    expect(assess(person('bob@bigcorp.biz'), { of })).toEqual(['hold', ['same_domain']]);
    expect(assess(person('bob@us.bigcorp.biz'), { of })).toEqual(['clear', []]);
    expect(assess(person('bob@notbigcorp.biz'), { of })).toEqual(['clear', []]);
    const free = { ...partner, contact: person('ann@mine.gmail.com', 'Ann Smith') };
    expect(assess(person('bob@gmail.com'), { of: free })).toEqual(['clear', []]);
  });

  it.each<Row>([
    ['another on the same free domain', person('bob@gmail.com', 'Bob Jones'), 'clear', []],
    ['another on a business domain', person('bob@client.biz', 'Bob Jones'), 'clear', []],
    ['the first name alone', person('ann70@gmail.com', 'Ann'), 'clear', []],
    ['a longer name', person('ann70@gmail.com', 'Ann Smith-Miller'), 'clear', []],
    ['no name and no address', person(null), 'clear', []],
    ['dots elsewhere than at gmail', person('an.n@smith.biz', 'Bob'), 'clear', []],
  ])('S1: says nothing by %s', (_, holder, grade, signals) => {
    expect(assess(holder)).toEqual([grade, signals]);
  });

  it('S1: a partner without a name, or with a name of no letters, matches no name', () => {
    for (const name of [null, '', '—', '🙂'])
      expect(assess(person('x@gmail.com', name), { of: { ...partner, contact: person('a@b.biz', name) } })).toEqual([
        'clear',
        [],
      ]);
  });

  it.each<[string, Identity]>([
    ['as the holder’s name', person('office@client.biz', 'Ann Smith')],
    ['in the local part', person('ann.smith@client.biz')],
    ['run together', person('annsmith@client.biz')],
    ['turned round', person('smith_ann@client.biz')],
    ['with a tag and a number', person('ann.smith2+x@client.biz')],
    ['as initial and surname', person('asmith@client.biz')],
    ['as surname and initial', person('smitha@client.biz')],
  ])('S2: the partner’s name on the client’s own domain is clear and listed, %s', (_, holder) => {
    expect(assess(holder)).toEqual(['clear', ['own_name_on_client_domain']]);
    expect(assess(holder, { policy: hold })).toEqual(['hold', ['own_name_on_client_domain']]);
  });

  it('S2: a first name alone on the client’s domain is half the world’s; a partner with one name only bears it', () => {
    expect(assess(person('ann@client.biz'))).toEqual(['clear', []]);
    const of = { ...partner, contact: person('me@smithconsulting.biz', 'Prince') };
    expect(assess(person('prince@client.biz'), { of })).toEqual(['clear', ['own_name_on_client_domain']]);
  });

  it('S2, L4: the partner as a secondary user only is listed, and is no self-referral under either policy', () => {
    for (const policy of [clear, hold])
      expect(assess(person('bob@client.biz'), { policy, users: [person('ANN+x@smithconsulting.biz')] })).toEqual([
        'clear',
        ['partner_is_user'],
      ]);
  });

  it('L4: the holder decides, whoever uses the account', () => {
    expect(assess(person('ann@smithconsulting.biz'), { users: [person('bob@client.biz')] })[0]).toBe('block');
  });

  it('S1: an address erased on one side is compared by its keyed hash, an earlier one of the partner is listed', () => {
    const of = { ...partner, contact: person(null, null, 'h1'), former_matches: ['h0'] };
    expect(assess(person('x@client.biz', null, 'h1'), { of })).toEqual(['block', ['same_email']]);
    expect(assess(person('x@client.biz', null, 'h0'), { of })).toEqual(['clear', ['former_address']]);
    expect(assess(person(null), { of })).toEqual(['clear', []]);
  });

  it('S1: a name is the same without case, accents, punctuation, initials and order', () => {
    const same = ['Łukasz Øster', 'lukasz oster', 'ØSTER, Łukasz J.', 'Oster Lukasz'];
    expect(new Set(same.map((name) => nameWords(name).join(' '))).size).toBe(1);
    expect(nameWords("Ann O'Neill")).toEqual(nameWords('ann ONeill'));
    expect(nameWords('राम')).not.toEqual(nameWords('रमा'));
    expect(nameWords('J. R.')).toEqual(['j', 'r']);
  });

  it('S1: how an address or a name is written never changes the grade (property)', () => {
    const written = fc.record({
      upper: fc.boolean(),
      tag: fc.constantFrom('', '+a', '+shop.1'),
      name: fc.constantFrom('Ann Smith', 'SMITH ann', 'Smith, Ann', 'ann b smith'),
    });
    const address = fc.constantFrom('ann@smithconsulting.biz', 'moneyann@gmail.com', 'x@gmail.com', 'x@client.biz');
    fc.assert(
      fc.property(address, written, (email, { upper, tag, name }) => {
        const spelt = email.replace('@', `${tag}@`);
        const plain = assess(person(email, 'Ann Smith'));
        expect(assess(person(upper ? spelt.toUpperCase() : spelt, name))).toEqual(plain);
      }),
    );
  });

  it('S1: free-mail domains are whole domains of a maintained list, and what it leaves out', () => {
    for (const domain of ['gmail.com', 'yahoo.co.uk', 'proton.me', 'fastmail.com', 'tutanota.com'])
      expect([domain, isFreeMail(domain)]).toEqual([domain, true]);
    for (const domain of ['acme.com.ar', 'smithconsulting.biz', 'co.uk', ''])
      expect([domain, isFreeMail(domain)]).toEqual([domain, false]);
  });
});
