/**
 * The network that a request came from, as limits tell networks apart: the first three bytes of an IPv4 address, the first 56 bits of an IPv6
 * one, since who has one address mostly has its neighbours too. Null where the platform told none. It is a key of a limit and kept nowhere.
 */
export function networkOf(headers: Headers): string | null {
  const address = headers.get('cf-connecting-ip');
  if (address === null || address === '') return null;
  // Of an IPv4 address that is told as an IPv6 one (`::ffff:192.0.2.7`), what it ends in.
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1, address.lastIndexOf('.') + 1);
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length;
  const all = [...groups, ...Array<string>(Math.max(missing, 0)).fill('0'), ...(tail ?? '').split(':')];
  const first = all.slice(0, 4).map((group) => (group === '' ? '0' : group).padStart(4, '0'));
  return `${first.join(':').slice(0, -2)}::`;
}
