import { plainAddress } from '../people/address.rules.ts';

const LOCAL = String.raw`[A-Za-z0-9.!#$%&'*+/=?^_\x60{|}~-]`;
// Not from the middle of a word on: a long word without an @ is then read once, not once a letter.
const ADDRESS = new RegExp(String.raw`(?<!${LOCAL})${LOCAL}+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`, 'g');
const PART_BEFORE = /[\p{L}\p{M}\p{N}@_]$/u;
const PART_AFTER = /^\.?[\p{L}\p{M}\p{N}@_]/u;
const WRAPPERS = /^['`*_|{~.]+/;

/**
 * L3: the email addresses that an answer to “How did you hear about us?” holds, each once, in plain form. A part of a longer address
 * is not an address: neither `ann@x.com` in `joann@x.com` nor in `ann@x.com.evil.org`, in whatever script the rest is written.
 */
export function addressesIn(answer: string): string[] {
  const found = new Set<string>();
  for (const match of answer.matchAll(ADDRESS)) {
    const whole = match[0].replace(/[.-]+$/, '');
    const end = match.index + match[0].length;
    // A letter may be two units long.
    if (PART_BEFORE.test(answer.slice(Math.max(0, match.index - 2), match.index))) continue;
    if (PART_AFTER.test(answer.slice(end, end + 3))) continue;
    found.add(plainAddress(whole));
    // An address in quotes or emphasis: the marks around it are not its first letters.
    const bare = whole.replace(WRAPPERS, '');
    if (bare !== whole && !bare.startsWith('@')) found.add(plainAddress(bare));
  }
  return [...found];
}
