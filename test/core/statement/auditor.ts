/** A journal read back by nothing but its text: what hledger checks, checked independently of how it was written. */
export interface Audit {
  transactions: number;
  assertions: number;
  /** Everything found wrong. */
  faults: string[];
  balances: Map<string, bigint>;
}

interface Entry {
  date: string;
  head: string;
  postings: { account: string; amount: bigint; assertion: { inclusive: boolean; balance: bigint } | null }[];
}

const POSTING = /^ {4}(\S+) {2}(-?[\d.]+) ([A-Z]{3})(?: (=\*?) (-?[\d.]+) ([A-Z]{3}))?$/;

function minor(text: string): bigint {
  return BigInt(text.replace('.', ''));
}

function parse(journal: string, faults: string[]): { entries: Entry[]; accounts: Set<string> } {
  const entries: Entry[] = [];
  const accounts = new Set<string>();
  for (const text of journal.split('\n')) {
    const declared = /^account (\S+)$/.exec(text)?.[1];
    const head = /^(\d{4}-\d{2}-\d{2}) \(/.exec(text)?.[1];
    const posting = POSTING.exec(text);
    if (declared) accounts.add(declared);
    else if (head) entries.push({ date: head, head: text, postings: [] });
    else if (posting) {
      const [, account = '', amount = '', , sign, balance = ''] = posting;
      const assertion = sign ? { inclusive: sign === '=*', balance: minor(balance) } : null;
      entries.at(-1)?.postings.push({ account, amount: minor(amount), assertion });
    } else if (text !== '' && !/^( {4})?;|^(decimal-mark|commodity) /.test(text))
      faults.push(`not understood: ${text}`);
  }
  return { entries, accounts };
}

/** Checks that all accounts are declared, all transactions balance, and all assertions hold by date and then by place. */
export function audit(journal: string): Audit {
  const faults: string[] = [];
  const { entries, accounts } = parse(journal, faults);
  const balances = new Map<string, bigint>();
  let assertions = 0;
  for (const { head, postings } of entries.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0))) {
    if (postings.reduce((sum, { amount }) => sum + amount, 0n) !== 0n) faults.push(`unbalanced: ${head}`);
    for (const { account, amount, assertion } of postings) {
      if (!accounts.has(account)) faults.push(`undeclared: ${account}`);
      balances.set(account, (balances.get(account) ?? 0n) + amount);
      if (!assertion) continue;
      assertions += 1;
      const own = (name: string) => name === account || (assertion.inclusive && name.startsWith(`${account}:`));
      const sum = [...balances].reduce((total, [name, value]) => (own(name) ? total + value : total), 0n);
      if (sum !== assertion.balance) faults.push(`${head}: ${account} is ${sum}, asserted ${assertion.balance}`);
    }
  }
  return { transactions: entries.length, assertions, faults, balances };
}
