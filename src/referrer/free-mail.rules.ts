import listed from 'email-providers/all.json' with { type: 'json' };

/** Providers that the list leaves out. */
const MORE = [
  'duck.com',
  'fastmail.com',
  'posteo.de',
  'riseup.net',
  'startmail.com',
  'tuta.com',
  'tuta.io',
  'tutanota.com',
  'ziggo.nl',
];

let domains: ReadonlySet<string> | null = null;

/**
 * S1: whether anyone can have an address on a domain (lower case), so that two who share it need not know each other. Whole domains
 * only: the list also holds suffixes under which companies register their own (`com.ar`).
 */
export function isFreeMail(domain: string): boolean {
  domains ??= new Set([...listed, ...MORE]);
  return domains.has(domain);
}
