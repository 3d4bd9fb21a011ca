import { Collected, type StripeEvent } from './collected.rules.ts';
import { cameBack } from './disputes.rules.ts';
import { paidInvoice, paidSession, paymentsOf, subscriptionDetails, subscriptionOf } from './extract-invoice.rules.ts';
import type { EventFacts } from './fact.ts';
import { amountOf, customerOf, fieldsOf, idOf, instantOf, itemsOf, textOf, type Fields } from './fields.rules.ts';

/** Reads an event; null where it is none. Thin events, which carry no object, are of types that mean nothing here. */
export function eventOf(json: unknown): StripeEvent | null {
  const event = fieldsOf(json);
  const type = textOf(event['type'], 100);
  const created_at = instantOf(event['created']);
  const object = fieldsOf(fieldsOf(event['data'])['object']);
  if (type === null || (created_at === null && Object.hasOwn(READERS, type))) return null;
  const livemode = typeof event['livemode'] === 'boolean' ? event['livemode'] : null;
  return { type, created_at: created_at ?? 0, object, of_another: textOf(event['account'], 100) !== null, livemode };
}

type Reader = (c: Collected, object: Fields) => void;

const discountsOf = (object: Fields): unknown[] => [object['discount'], ...itemsOf(object['discounts'])];

const customer: Reader = (c, object) => {
  c.say({ object_id: c.object_id, kind: 'customer', at: c.created, value: {} });
  c.metadata(c.object_id, object['metadata'], 'customer');
  c.address(c.object_id, object['email'], object['name']);
  c.codes(c.object_id, discountsOf(object));
};

const discount: Reader = (c, object) => {
  const owner = c.belongs(customerOf(object));
  if (owner !== null) c.codes(owner, [object]);
};

const session: Reader = (c, object) => {
  const owner = c.belongs(customerOf(object));
  const payment = paidSession(object, c.event.created_at);
  if (owner === null) return guest(c, object, payment?.payment_id ?? null);
  if (payment !== null) {
    const { paid_at, payment_id, ...value } = payment;
    c.say({ object_id: payment_id, kind: 'invoice', at: paid_at, value: { customer: owner, ...value } });
    c.say({ object_id: payment_id, kind: 'pays', at: 0, value: { invoice: payment_id } });
  }
  for (const name of ['subscription', 'invoice', 'payment_intent']) c.link(owner, idOf(object[name]));
  c.metadata(owner, object['metadata'], 'other');
  c.token(owner, object['client_reference_id'], true);
  const details = fieldsOf(object['customer_details']);
  c.address(owner, details['email'] ?? object['customer_email'], details['name']);
  const breakdown = fieldsOf(fieldsOf(object['total_details'])['breakdown']);
  c.codes(owner, [...discountsOf(object), ...itemsOf(breakdown['discounts'])]);
};

/** A guest is no customer: what a partner's link brought is listed, so that somebody may record it. */
function guest(c: Collected, object: Fields, payment_id: string | null): void {
  const { referral_token } = fieldsOf(object['metadata']);
  if (payment_id === null || ![object['client_reference_id'], referral_token].some((value) => c.isToken(value))) return;
  c.say({ object_id: payment_id, kind: 'collected', at: 0, value: { customer: null } });
  c.link(payment_id, c.object_id);
}

const paid: Reader = (c, object) => {
  invoice(c, object);
  const owner = customerOf(object);
  const payment = paidInvoice(object, c.event.created_at);
  if (owner === null || payment === null) return;
  const { paid_at, ...value } = payment;
  c.say({ object_id: c.object_id, kind: 'invoice', at: paid_at, value: { customer: owner, ...value } });
};

/** What any event of an invoice says: whose it is, what paid it, and what rides on it. */
const invoice: Reader = (c, object) => {
  const owner = c.belongs(customerOf(object));
  for (const payer of paymentsOf(object)) {
    c.say({ object_id: payer, kind: 'pays', at: 0, value: { invoice: c.object_id } });
    c.link(payer, c.object_id);
  }
  if (owner === null) return;
  c.metadata(owner, object['metadata'], 'other');
  c.metadata(owner, subscriptionDetails(object)['metadata'], 'other');
  c.address(owner, object['customer_email'], object['customer_name']);
  c.codes(owner, discountsOf(object));
  const subscription = subscriptionOf(object);
  if (subscription === null) return;
  c.link(owner, subscription);
  // What has been billed and paid has lived.
  if (c.event.type === 'invoice.paid' || c.event.type === 'invoice.payment_succeeded')
    c.say({ object_id: subscription, kind: 'subscription', at: c.created, value: { customer: owner } });
};

const invoicePayment: Reader = (c, object) => {
  const of = idOf(object['invoice']);
  const payment = fieldsOf(object['payment']);
  if (of === null) return;
  c.link(c.object_id, of);
  for (const payer of [idOf(payment['payment_intent']), idOf(payment['charge'])]) {
    if (payer === null) continue;
    c.say({ object_id: payer, kind: 'pays', at: 0, value: { invoice: of } });
    c.link(payer, of);
  }
};

const intent: Reader = (c, object) => {
  const owner = c.belongs(customerOf(object));
  const of = idOf(object['invoice']);
  if (of !== null) c.say({ object_id: c.object_id, kind: 'pays', at: 0, value: { invoice: of } });
  c.link(c.object_id, of);
  if (owner === null) return;
  c.metadata(owner, object['metadata'], 'other');
  if ((amountOf(object['amount_received']) ?? 0) > 0)
    c.say({ object_id: c.object_id, kind: 'collected', at: 0, value: { customer: owner } });
};

const charge: Reader = (c, object) => {
  const owner = c.belongs(customerOf(object));
  const details = fieldsOf(object['billing_details']);
  const of = idOf(object['invoice']);
  const through = idOf(object['payment_intent']);
  if (owner !== null) {
    c.address(owner, details['email'] ?? object['receipt_email'], null);
    c.metadata(owner, object['metadata'], 'other');
    if (object['captured'] === true && c.event.type === 'charge.succeeded')
      c.say({ object_id: through ?? c.object_id, kind: 'collected', at: 0, value: { customer: owner } });
  }
  if (of !== null) c.say({ object_id: c.object_id, kind: 'pays', at: 0, value: { invoice: of } });
  if (through !== null) c.say({ object_id: c.object_id, kind: 'charge', at: 0, value: { intent: through } });
  c.link(c.object_id, of);
  c.link(c.object_id, through);
};

const chargeRefunded: Reader = (c, object) => {
  charge(c, object);
  const amount = amountOf(object['amount_refunded']);
  if (amount !== null && amount > 0)
    c.say({ object_id: c.object_id, kind: 'charge_refunded', at: c.event.created_at, value: { amount } });
  // Older versions list the refunds too.
  for (const item of itemsOf(object['refunds'])) saysRefund(c, fieldsOf(item), c.object_id);
};

const refund: Reader = (c, object) => saysRefund(c, object, null);

function saysRefund(c: Collected, object: Fields, of: string | null): void {
  const object_id = idOf(object['id']);
  const amount = amountOf(object['amount']);
  const at = instantOf(object['created']);
  if (object_id === null || amount === null || amount === 0 || at === null) return;
  const value = { charge: idOf(object['charge']) ?? of, intent: idOf(object['payment_intent']), invoice: null, amount };
  c.say({ object_id, kind: 'refund', at, value });
  c.link(object_id, value.charge);
  c.link(object_id, value.intent);
  if (object['status'] === 'failed' || object['status'] === 'canceled')
    c.say({ object_id, kind: 'refund_failed', at: c.event.created_at, value: {} });
}

/** What a credit note gives back through Stripe comes as a refund; to the customer's balance, as less paid later; outside Stripe: as this. */
const creditNote: Reader = (c, object) => {
  c.belongs(customerOf(object));
  const of = idOf(object['invoice']);
  const amount = amountOf(object['out_of_band_amount']);
  const { object_id, created, event } = c;
  c.link(object_id, of);
  if (of === null || amount === null || amount === 0 || object['type'] === 'pre_payment') return;
  c.say({ object_id, kind: 'refund', at: created, value: { charge: null, intent: null, invoice: of, amount } });
  if (object['status'] === 'void')
    c.say({ object_id, kind: 'refund_failed', at: instantOf(object['voided_at']) ?? event.created_at, value: {} });
};

const CLOSED = new Set(['won', 'lost', 'warning_closed', 'prevented']);

const dispute: Reader = (c, object) => {
  const { object_id, created, event } = c;
  const amount = amountOf(object['amount']);
  const value = { charge: idOf(object['charge']), intent: idOf(object['payment_intent']), amount: amount ?? 0 };
  c.say({ object_id, kind: 'dispute', at: created, value });
  c.link(object_id, value.charge);
  c.link(object_id, value.intent);
  const say = (kind: 'dispute_out' | 'dispute_in' | 'dispute_closed') =>
    c.say({ object_id, kind, at: event.created_at, value: {} });
  const status = textOf(object['status'], 40) ?? '';
  const back = status === 'lost' ? cameBack(object) : null;
  if (back !== null) {
    say('dispute_out');
    c.say({ object_id, kind: 'dispute_in', at: event.created_at, value: { amount: back } });
    if (event.type === 'charge.dispute.closed') say('dispute_closed');
    return;
  }
  if (event.type === 'charge.dispute.funds_withdrawn') say('dispute_out');
  if (event.type === 'charge.dispute.funds_reinstated') say('dispute_in');
  if (event.type !== 'charge.dispute.closed') return;
  if (status === 'lost') say('dispute_out');
  if (status === 'won') say('dispute_in');
  if (CLOSED.has(status)) say('dispute_closed');
};

const NEVER_LIVED = new Set(['incomplete', 'incomplete_expired']);

const subscription: Reader = (c, object) => {
  const owner = c.belongs(customerOf(object));
  if (owner === null) return;
  c.metadata(owner, object['metadata'], 'other');
  c.codes(owner, discountsOf(object));
  const { object_id, event } = c;
  if (NEVER_LIVED.has(textOf(object['status'], 40) ?? '')) return;
  const value = { customer: owner };
  c.say({ object_id, kind: 'subscription', at: c.created, value });
  const deleted = event.type === 'customer.subscription.deleted';
  if (!deleted && object['status'] !== 'canceled') return;
  const ended = instantOf(object['ended_at']) ?? instantOf(object['canceled_at']) ?? event.created_at;
  c.say({ object_id, kind: 'subscription_ended', at: ended, value });
};

const promotion: Reader = (c, object) => {
  const code = textOf(object['code'], 100);
  if (code !== null) c.say({ object_id: c.object_id, kind: 'promotion', at: 0, value: { code: code.toLowerCase() } });
};

/** Each type that means something, and how its object is read. */
const READERS: Readonly<Record<string, Reader>> = {
  'customer.created': customer,
  'customer.updated': customer,
  'customer.discount.created': discount,
  'checkout.session.completed': session,
  'checkout.session.async_payment_succeeded': session,
  'invoice.paid': paid,
  'invoice.payment_succeeded': paid,
  'invoice.created': invoice,
  'invoice.finalized': invoice,
  'invoice_payment.paid': invoicePayment,
  'payment_intent.succeeded': intent,
  'charge.succeeded': charge,
  'charge.updated': charge,
  'charge.refunded': chargeRefunded,
  'charge.refund.updated': refund,
  'refund.created': refund,
  'refund.updated': refund,
  'refund.failed': refund,
  'credit_note.created': creditNote,
  'credit_note.updated': creditNote,
  'credit_note.voided': creditNote,
  'charge.dispute.created': dispute,
  'charge.dispute.updated': dispute,
  'charge.dispute.funds_withdrawn': dispute,
  'charge.dispute.funds_reinstated': dispute,
  'charge.dispute.closed': dispute,
  'customer.subscription.created': subscription,
  'customer.subscription.updated': subscription,
  'customer.subscription.deleted': subscription,
  'customer.subscription.resumed': subscription,
  'promotion_code.created': promotion,
  'promotion_code.updated': promotion,
};

/** The types that mean something to the program, for the set-up of an endpoint. */
export const HEARD_TYPES: readonly string[] = Object.keys(READERS);

/**
 * What an event says, in facts that do not depend on which version of Stripe's API wrote it; null for a type that means nothing here, or an
 * object that has no id.
 */
export function extract(event: StripeEvent): EventFacts | null {
  const reader = Object.hasOwn(READERS, event.type) ? READERS[event.type] : undefined;
  const object_id = idOf(event.object['id']);
  if (!reader || object_id === null) return null;
  const collected = new Collected(event, object_id);
  reader(collected, event.object);
  const { facts, links, addresses } = collected;
  return { object_id, facts, links, addresses };
}
