import { amountOf, fieldsOf, idOf, instantOf, itemsOf, signedOf, textOf, type Fields } from './fields.rules.ts';

/** What a paid invoice says of its payment, whichever shape its endpoint's version has. */
export interface PaidInvoice {
  amount: number;
  tax: number;
  currency: string;
  plan: string | null;
  paid_at: number;
}

/** The subscription that an invoice bills: at the top in older versions, under `parent` since 2025-03-31. */
export function subscriptionOf(invoice: Fields): string | null {
  return idOf(invoice['subscription']) ?? idOf(subscriptionDetails(invoice)['subscription']);
}

/** What an invoice repeats of its subscription: the metadata that rides on every renewal. */
export function subscriptionDetails(invoice: Fields): Fields {
  const parent = fieldsOf(fieldsOf(invoice['parent'])['subscription_details']);
  return Object.keys(parent).length > 0 ? parent : fieldsOf(invoice['subscription_details']);
}

/** The sum of an invoice's tax: `total_taxes` of newer versions, `total_tax_amounts` or `tax` of older ones. */
function taxOf(invoice: Fields): number {
  const tax = signedOf(invoice['tax']);
  if (tax !== null) return Math.max(tax, 0);
  for (const name of ['total_taxes', 'total_tax_amounts']) {
    if (!Array.isArray(invoice[name])) continue;
    // What a proration credits is tax given back.
    const sum = itemsOf(invoice[name]).reduce<number>(
      (all, item) => all + (signedOf(fieldsOf(item)['amount']) ?? 0),
      0,
    );
    return Math.max(sum, 0);
  }
  return 0;
}

/** What was paid: `amount_paid`; of an invoice that is settled though less came in by Stripe, what was due: the rest was paid out of band. */
function amountPaid(invoice: Fields): number {
  const paid = amountOf(invoice['amount_paid']) ?? 0;
  const settled = invoice['status'] === 'paid' || invoice['paid'] === true;
  return settled ? Math.max(paid, amountOf(invoice['amount_due']) ?? 0) : paid;
}

/** The tax within what was paid, half-up: where a customer's balance covers a part of the total, the tax of the rest. */
function taxWithin(amount: number, tax: number, total: number): number {
  if (total <= amount) return Math.min(tax, amount);
  const share = (2n * BigInt(tax) * BigInt(amount) + BigInt(total)) / (2n * BigInt(total));
  return Math.min(Number(share), amount);
}

function priceOf(line: Fields): string | null {
  const details = fieldsOf(fieldsOf(line['pricing'])['price_details']);
  return idOf(details['price']) ?? idOf(line['price']) ?? idOf(line['plan']);
}

/** The plan that rates are kept by: the price of the line with the largest amount, the first of equals. */
function planOf(invoice: Fields): string | null {
  let best: { price: string; amount: number } | null = null;
  for (const item of itemsOf(invoice['lines'])) {
    const line = fieldsOf(item);
    const price = priceOf(line);
    const amount = amountOf(line['amount']) ?? 0;
    if (price !== null && /^[A-Za-z0-9_-]{1,64}$/.test(price) && (!best || amount > best.amount))
      best = { price, amount };
  }
  return best?.price ?? null;
}

/** The payment that a paid invoice is (C1); null where it says no currency. `at` stands in for a `paid_at` that is not there. */
export function paidInvoice(invoice: Fields, at: number): PaidInvoice | null {
  const currency = textOf(invoice['currency'], 3);
  if (currency === null || !/^[a-z]{3}$/i.test(currency)) return null;
  const amount = amountPaid(invoice);
  const tax = taxWithin(amount, taxOf(invoice), amountOf(invoice['total']) ?? amount);
  const paid_at = instantOf(fieldsOf(invoice['status_transitions'])['paid_at']) ?? at;
  return { amount, tax, currency: currency.toUpperCase(), plan: planOf(invoice), paid_at };
}

/**
 * The payment that a paid checkout in payment mode is, by the id of its payment intent, where no invoice is made of it (C1); else null: the
 * invoice earns. `at` is when its money had come.
 */
export function paidSession(session: Fields, at: number): (PaidInvoice & { payment_id: string }) | null {
  const payment_id = idOf(session['payment_intent']);
  const amount = amountOf(session['amount_total']);
  const currency = textOf(session['currency'], 3);
  const invoiced = fieldsOf(session['invoice_creation'])['enabled'] === true || idOf(session['invoice']) !== null;
  if (session['mode'] !== 'payment' || session['payment_status'] !== 'paid' || invoiced) return null;
  if (payment_id === null || amount === null || amount === 0) return null;
  if (currency === null || !/^[a-z]{3}$/i.test(currency)) return null;
  const tax = Math.min(amountOf(fieldsOf(session['total_details'])['amount_tax']) ?? 0, amount);
  return { payment_id, amount, tax, currency: currency.toUpperCase(), plan: null, paid_at: at };
}

/** The charges and payment intents that paid an invoice, as far as it names them. */
export function paymentsOf(invoice: Fields): string[] {
  const newer = itemsOf(invoice['payments']).map((item) => fieldsOf(fieldsOf(item)['payment']));
  const named = newer.flatMap((payment) => [payment['charge'], payment['payment_intent']]);
  return [invoice['charge'], invoice['payment_intent'], ...named].flatMap((value) => idOf(value) ?? []);
}
