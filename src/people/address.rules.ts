/** An address in the form in which two spellings are the same mailbox to the letter: trimmed, lower case. */
export function plainAddress(email: string): string {
  return email.trim().toLowerCase();
}

const GMAIL = new Set(['gmail.com', 'googlemail.com']);

/** S1: an address with case, `+tag` and gmail's dots folded, for telling whether two belong to one person. */
export function foldedAddress(email: string): string {
  const plain = plainAddress(email);
  const at = plain.lastIndexOf('@');
  const domain = plain.slice(at + 1);
  // What begins with the plus is no tag: it is all there is.
  const local = plain.slice(0, at).replace(/(?<=.)\+.*$/, '');
  return GMAIL.has(domain) ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}

/** What a partner may see of an account's address: recognisable and no more, `j•••@acme.com`; of what is no address, nothing. */
export function maskedAddress(email: string): string {
  const plain = plainAddress(email);
  const at = plain.lastIndexOf('@');
  return at < 1 ? '•••' : `${[...plain][0] ?? ''}•••@${plain.slice(at + 1)}`;
}
