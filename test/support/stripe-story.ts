import balanceTransaction from '../fixtures/stripe/balance_transaction.json' with { type: 'json' };
import charge from '../fixtures/stripe/charge.json' with { type: 'json' };
import checkoutSession from '../fixtures/stripe/checkout.session.json' with { type: 'json' };
import creditNote from '../fixtures/stripe/credit_note.json' with { type: 'json' };
import customer from '../fixtures/stripe/customer.json' with { type: 'json' };
import dispute from '../fixtures/stripe/dispute.json' with { type: 'json' };
import envelope from '../fixtures/stripe/event.json' with { type: 'json' };
import invoice from '../fixtures/stripe/invoice.json' with { type: 'json' };
import invoicePayment from '../fixtures/stripe/invoice_payment.json' with { type: 'json' };
import paymentIntent from '../fixtures/stripe/payment_intent.json' with { type: 'json' };
import promotionCode from '../fixtures/stripe/promotion_code.json' with { type: 'json' };
import refund from '../fixtures/stripe/refund.json' with { type: 'json' };
import subscription from '../fixtures/stripe/subscription.json' with { type: 'json' };

/** Which version of Stripe's API an endpoint is pinned to: before or since 2025-03-31. */
export type Shape = 'old' | 'new';

/** An event as Stripe sends it. */
export interface SentEvent {
  id: string;
  object: string;
  type: string;
  created: number;
  data: { object: Record<string, unknown> };
}

/** What happened to one invoice after it was paid. Instants in whole seconds, amounts in minor units. */
export interface InvoiceStory {
  id: string;
  created: number;
  paid_at: number;
  amount: number;
  tax: number;
  out_of_band: boolean;
  /** A checkout in payment mode of which no invoice is made: a payment by its payment intent's id. */
  one_off: boolean;
  price: string;
  subscription: string | null;
  refunds: { id: string; at: number; amount: number; failed_at: number | null }[];
  /** How refunds are heard of: by their own events, by the charge's count, or both. */
  heard: 'own' | 'count' | 'both';
  dispute: {
    id: string;
    at: number;
    amount: number;
    /** `partly_lost`: a part of what is disputed came back, `returned`. */
    ends: 'open' | 'lost' | 'partly_lost' | 'won' | 'warning_closed';
    ended_at: number;
    returned: number;
  } | null;
  /** Given back outside Stripe by a credit note. */
  credited: { id: string; at: number; amount: number } | null;
}

/** The id of the payment that an invoice, or a checkout without one, is. */
export function paymentIdOf(one: InvoiceStory): string {
  return one.one_off ? `pi_${one.id}` : one.id;
}

/** What happened to one customer. */
export interface CustomerStory {
  id: string;
  created: number;
  email: string;
  account_id: string | null;
  /** A click's token, and by what it travelled. */
  token: { text: string; by: 'session' | 'customer' | 'subscription' | 'renewal' } | null;
  /** A promotion code used at the first checkout, by Stripe's id or expanded. */
  code: { id: string; typed: string; expanded: boolean } | null;
  subscriptions: { id: string; from: number; until: number | null }[];
  invoices: InvoiceStory[];
}

/** A fixture object with other fields. */
function like(base: object, fields: Record<string, unknown>): Record<string, unknown> {
  return { ...structuredClone(base), ...fields };
}

/** Composes the events of a customer's story, each once, as an endpoint of that version would be sent them. */
export function eventsOf(story: CustomerStory, shape: Shape): SentEvent[] {
  const events: SentEvent[] = [];
  const send = (type: string, created: number, object: Record<string, unknown>) =>
    events.push({
      ...structuredClone(envelope),
      id: `evt_${story.id}_${events.length}`,
      type,
      created,
      data: { object },
    });
  const { token, code } = story;
  const metadata = (by: string): Record<string, string> => (token?.by === by ? { referral_token: token.text } : {});
  const first = story.invoices[0];

  send(
    'customer.created',
    story.created,
    like(customer, {
      id: story.id,
      created: story.created,
      email: story.email,
      metadata: { ...metadata('customer'), ...(story.account_id === null ? {} : { account_id: story.account_id }) },
      discount: null,
    }),
  );
  if (token?.by === 'session' || code) {
    const promotion = code && (code.expanded ? like(promotionCode, { id: code.id, code: code.typed }) : code.id);
    send(
      'checkout.session.completed',
      story.created + 5,
      like(checkoutSession, {
        id: `cs_${story.id}`,
        created: story.created - 30,
        customer: story.id,
        customer_details: { email: story.email },
        client_reference_id: token?.by === 'session' ? token.text : null,
        invoice: first?.id ?? null,
        subscription: story.subscriptions[0]?.id ?? null,
        payment_intent: null,
        discounts: promotion ? [{ coupon: null, promotion_code: promotion }] : [],
      }),
    );
  }
  for (const { id, from, until } of story.subscriptions) {
    const object = (more: Record<string, unknown>) =>
      like(subscription, {
        id,
        customer: story.id,
        created: from,
        start_date: from,
        ended_at: null,
        canceled_at: null,
        metadata: metadata('subscription'),
        ...more,
      });
    send('customer.subscription.created', from, object({ status: 'active' }));
    if (until !== null)
      send(
        'customer.subscription.deleted',
        until,
        object({ status: 'canceled', ended_at: until, canceled_at: until - 1 }),
      );
  }
  for (const one of story.invoices) invoiceEvents(story, one, shape, send, metadata('renewal'));
  return events;
}

type Send = (type: string, created: number, object: Record<string, unknown>) => void;

function invoiceEvents(story: CustomerStory, one: InvoiceStory, shape: Shape, send: Send, renewal: object): void {
  if (one.one_off) return oneOffEvents(story, one, shape, send);
  const [ch, pi] = [`ch_${one.id}`, `pi_${one.id}`];
  const line = { ...invoice.lines.data[0], amount: one.amount - one.tax };
  const old = {
    tax: one.tax,
    paid: true,
    paid_out_of_band: one.out_of_band,
    charge: one.out_of_band ? null : ch,
    payment_intent: one.out_of_band ? null : pi,
    subscription: one.subscription,
    subscription_details: { metadata: renewal },
    parent: undefined,
    total_taxes: undefined,
    lines: { data: [{ ...line, price: { id: one.price }, pricing: undefined, parent: undefined }] },
  };
  const since = {
    subscription: undefined,
    total_taxes: one.tax === 0 ? [] : [{ amount: one.tax - 1, tax_behavior: 'exclusive' }, { amount: 1 }],
    parent:
      one.subscription === null
        ? null
        : { type: 'subscription_details', subscription_details: { subscription: one.subscription, metadata: renewal } },
    lines: {
      data: [{ ...line, pricing: { type: 'price_details', price_details: { price: one.price, product: 'prod_1' } } }],
    },
  };
  const paid = like(invoice, {
    id: one.id,
    customer: story.id,
    created: one.created,
    status: 'paid',
    amount_due: one.amount,
    amount_paid: one.out_of_band && shape === 'new' ? 0 : one.amount,
    total: one.amount,
    from_invoice: null,
    status_transitions: { finalized_at: one.created, paid_at: one.paid_at },
    ...(shape === 'old' ? old : since),
  });
  send('invoice.paid', one.paid_at, paid);
  if (one.out_of_band) return credit(story, one, send);
  send('invoice.payment_succeeded', one.paid_at + 1, paid);
  const charged = (more: Record<string, unknown>) =>
    like(charge, {
      id: ch,
      customer: story.id,
      created: one.paid_at - 1,
      amount: one.amount,
      payment_intent: pi,
      ...(shape === 'old' ? { invoice: one.id } : {}),
      ...more,
    });
  send('charge.succeeded', one.paid_at, charged({}));
  const paying = { id: pi, customer: story.id, created: one.paid_at - 2, latest_charge: ch, status: 'succeeded' };
  send(
    'payment_intent.succeeded',
    one.paid_at,
    like(paymentIntent, { ...paying, ...(shape === 'old' ? { invoice: one.id } : {}) }),
  );
  if (shape === 'new')
    send(
      'invoice_payment.paid',
      one.paid_at,
      like(invoicePayment, {
        id: `inpay_${one.id}`,
        invoice: one.id,
        amount_paid: one.amount,
        payment: { type: 'payment_intent', payment_intent: pi },
        status: 'paid',
      }),
    );
  refundEvents(one, shape, send, charged);
  disputeEvents(one, shape, send);
  credit(story, one, send);
}

/** A checkout in payment mode: no event of it names an invoice. */
function oneOffEvents(story: CustomerStory, one: InvoiceStory, shape: Shape, send: Send): void {
  const [ch, pi] = [`ch_${one.id}`, `pi_${one.id}`];
  const { created, paid_at, amount, tax } = one;
  send(
    'checkout.session.completed',
    paid_at,
    like(checkoutSession, {
      id: `cs_${one.id}`,
      created,
      customer: story.id,
      customer_details: { email: story.email },
      mode: 'payment',
      payment_status: 'paid',
      invoice_creation: { ...checkoutSession.invoice_creation, enabled: false },
      payment_intent: pi,
      amount_total: amount,
      currency: 'usd',
      total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: tax },
    }),
  );
  const older = shape === 'old' ? { invoice: null } : {};
  const charged = (more: Record<string, unknown>) =>
    like(charge, {
      id: ch,
      customer: story.id,
      created,
      amount,
      captured: true,
      payment_intent: pi,
      ...older,
      ...more,
    });
  send('charge.succeeded', paid_at, charged({}));
  const paying = { id: pi, customer: story.id, created, amount, amount_received: amount, latest_charge: ch, ...older };
  send('payment_intent.succeeded', paid_at, like(paymentIntent, { ...paying, status: 'succeeded' }));
  refundEvents(one, shape, send, charged);
  disputeEvents(one, shape, send);
}

function refundEvents(
  one: InvoiceStory,
  shape: Shape,
  send: Send,
  charged: (more: object & Record<string, unknown>) => Record<string, unknown>,
): void {
  for (const { id, at, amount, failed_at } of one.refunds) {
    const object = (status: string) =>
      like(refund, { id, created: at, amount, status, charge: `ch_${one.id}`, payment_intent: `pi_${one.id}` });
    if (one.heard !== 'count') send('refund.created', at, object('succeeded'));
    if (one.heard !== 'own') {
      const by_then = one.refunds.filter(
        (other) => other.at <= at && (other.failed_at === null || other.failed_at > at),
      );
      const listed = shape === 'old' && one.heard === 'both' ? { refunds: { data: [object('succeeded')] } } : {};
      send(
        'charge.refunded',
        at,
        charged({ amount_refunded: by_then.reduce((sum, other) => sum + other.amount, 0), ...listed }),
      );
    }
    if (failed_at === null) continue;
    send('refund.failed', failed_at, object('failed'));
    send(shape === 'old' ? 'charge.refund.updated' : 'refund.updated', failed_at + 3, object('failed'));
  }
}

function disputeEvents(one: InvoiceStory, shape: Shape, send: Send): void {
  if (!one.dispute) return;
  const { id, at, amount, ends, ended_at, returned } = one.dispute;
  const intent = shape === 'old' ? null : `pi_${one.id}`;
  const moved = (...amounts: number[]) =>
    amounts.map((by) => like(balanceTransaction, { amount: by, currency: 'usd' }));
  const object = (status: string, balance_transactions: object[] = []) =>
    like(dispute, {
      id,
      created: at,
      amount,
      currency: 'usd',
      status,
      charge: `ch_${one.id}`,
      payment_intent: intent,
      balance_transactions,
    });
  send('charge.dispute.created', at, object('needs_response'));
  if (ends === 'warning_closed') return send('charge.dispute.closed', ended_at, object('warning_closed'));
  send('charge.dispute.funds_withdrawn', at + 2, object('needs_response'));
  if (ends === 'open') return;
  const back =
    ends === 'partly_lost' ? moved(-amount, returned) : ends === 'won' ? moved(-amount, amount) : moved(-amount);
  const status = ends === 'partly_lost' ? 'lost' : ends;
  send('charge.dispute.closed', ended_at, object(status, back));
  if (ends !== 'lost') send('charge.dispute.funds_reinstated', ended_at + 2, object(status, back));
}

function credit(story: CustomerStory, one: InvoiceStory, send: Send): void {
  if (!one.credited) return;
  const { id, at, amount } = one.credited;
  send(
    'credit_note.created',
    at,
    like(creditNote, {
      id,
      created: at,
      customer: story.id,
      invoice: one.id,
      type: 'post_payment',
      amount,
      out_of_band_amount: amount,
      refunds: [],
    }),
  );
}
