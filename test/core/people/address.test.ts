import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { foldedAddress, maskedAddress, plainAddress } from '../../../src/people/address.rules.ts';

describe('S1: case, +tag and gmail dots folded', () => {
  it.each([
    ['Ada@Example.com', 'ada@example.com'],
    ['  ada@example.com\n', 'ada@example.com'],
    ['ada+lastclick@example.com', 'ada@example.com'],
    ['ada+one+two@example.com', 'ada@example.com'],
    ['a.da@example.com', 'a.da@example.com'],
    ['A.D.A+x@gmail.com', 'ada@gmail.com'],
    ['ada@googlemail.com', 'ada@gmail.com'],
    ['ada.b@GoogleMail.com', 'adab@gmail.com'],
    ['ada@mail.gmail.com', 'ada@mail.gmail.com'],
    ['a.da@notgmail.com', 'a.da@notgmail.com'],
    ['"a@b"@example.com', '"a@b"@example.com'],
  ])('%s folds to %s', (address, folded) => {
    expect(foldedAddress(address)).toBe(folded);
  });

  it('addresses whose whole local part is a tag stay apart', () => {
    expect(foldedAddress('+one@example.com')).not.toBe(foldedAddress('+two@example.com'));
    expect(foldedAddress('+one@gmail.com')).not.toBe(foldedAddress('+two@gmail.com'));
  });

  it('folding is idempotent, and blind to case, tags and surrounding space', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,8}$/);
    const domains = fc.constantFrom('example.com', 'gmail.com', 'googlemail.com', 'acme.co.uk');
    fc.assert(
      fc.property(word, word, domains, (local, tag, domain) => {
        const folded = foldedAddress(`${local}@${domain}`);
        expect(foldedAddress(folded)).toBe(folded);
        expect(foldedAddress(` ${local.toUpperCase()}+${tag}@${domain.toUpperCase()} `)).toBe(folded);
      }),
    );
  });
});

describe('plain addresses', () => {
  it('fold case and surrounding space, and nothing else', () => {
    expect(plainAddress(' A.Da+X@Gmail.com ')).toBe('a.da+x@gmail.com');
  });
});

describe('api.md referrals: recognisable and no more', () => {
  it.each([
    ['john@acme.com', 'j•••@acme.com'],
    ['J@acme.com', 'j•••@acme.com'],
    [' John.Doe+x@Acme.com ', 'j•••@acme.com'],
    ['ärger@acme.com', 'ä•••@acme.com'],
    ['😀ada@acme.com', '😀•••@acme.com'],
    ['"a@b"@acme.com', '"•••@acme.com'],
  ])('%s is shown as %s', (address, shown) => {
    expect(maskedAddress(address)).toBe(shown);
  });

  it('what is no address shows nothing of itself', () => {
    expect(maskedAddress('ada.lovelace')).toBe('•••');
    expect(maskedAddress('@acme.com')).toBe('•••');
    expect(maskedAddress('')).toBe('•••');
  });

  it('shows of the local part its first letter at most', () => {
    const local = fc.stringMatching(/^[a-z0-9][a-z0-9._+-]{0,20}$/);
    fc.assert(
      fc.property(local, local, (one, other) => {
        fc.pre(one[0] === other[0]);
        expect(maskedAddress(`${one}@acme.com`)).toBe(maskedAddress(`${other}@acme.com`));
      }),
    );
  });
});
