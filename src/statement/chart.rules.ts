/** The accounts of the journal that are always there (docs/statements.md says what each holds). */
export const CHART = {
  commissions: 'expenses:commissions',
  adjustments: 'expenses:adjustments',
  fees: 'expenses:paypal-fees',
  paypal: 'assets:paypal',
  partners: 'liabilities:partners',
  clearing: 'liabilities:clearing',
  came_back: 'liabilities:came-back',
  written_off: 'income:written-off',
  opening: 'equity:opening-balances',
} as const;

/** What the program owes one partner. */
export function partnerAccount(partner_id: string): string {
  return `${CHART.partners}:${partner_id}`;
}

/** What is on the way out of one pay day's batch. */
export function clearingAccount(pay_date: string): string {
  return `${CHART.clearing}:${pay_date}`;
}

/**
 * The journal's account for one that transfers name. One that the books do not know has a name of its own that is never declared, so that
 * `hledger check -s` refuses the journal instead of passing money over in silence.
 */
export function accountOf(name: string, { partner_id, pay_date }: { partner_id: string; pay_date: string }): string {
  switch (name) {
    case 'partner':
      return partnerAccount(partner_id);
    case 'clearing':
      return clearingAccount(pay_date);
    case 'paid':
      return CHART.paypal;
    case 'came_back':
      return CHART.came_back;
    case 'written_off':
      return CHART.written_off;
    default:
      return `equity:unknown:${name.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`;
  }
}
