/** What a fact says, by its kind. Facts are a set that only grows: what follows from them does not depend on their order. */
export interface FactValues {
  /** The customer object itself: `at` is when it was created. */
  customer: Record<string, never>;
  /** Another object of the customer, by when it was created. */
  seen: Record<string, never>;
  /** The account that the customer is, by metadata: of the customer itself, or of another object. */
  account: { account_id: string; of: 'customer' | 'other' };
  token: { token: string };
  signup_ref: { signup_ref: string };
  /** An address: of the customer itself, or one that another object gave for it. */
  address: { person_id: string; of: 'customer' | 'other' };
  /** A promotion code used by the customer, as it was named: Stripe's id, or what people type, in lower case. */
  code: { code: string };
  /** A paid invoice, or a paid checkout of which none is made: `at` is when. Amounts in minor units, `amount` with its tax. */
  invoice: { customer: string; amount: number; tax: number; currency: string; plan: string | null };
  /** A charge or payment intent that paid an invoice. */
  pays: { invoice: string };
  charge: { intent: string };
  /** Money that was collected by this payment intent or charge, of a customer; null: a guest who came by a partner's link. */
  collected: { customer: string | null };
  /** All that had been refunded of a charge at an instant. */
  charge_refunded: { amount: number };
  /** A refund, or what a credit note gave back outside Stripe: then `invoice` is what it was paid for. */
  refund: { charge: string | null; intent: string | null; invoice: string | null; amount: number };
  refund_failed: Record<string, never>;
  dispute: { charge: string | null; intent: string | null; amount: number };
  /** Its money went out, or came back: with an `amount`, in all so far, where it came back in part. */
  dispute_out: Record<string, never>;
  dispute_in: { amount?: number };
  dispute_closed: Record<string, never>;
  /** A subscription that has lived; `at` is when it began. */
  subscription: { customer: string };
  subscription_ended: { customer: string };
  /** What people type for a promotion code of this id; lower case. */
  promotion: { code: string };
}

export type FactKind = keyof FactValues;

/** One fact about one of Stripe's objects; `at` is its own instant, 0 for what has none. */
export type Fact = { [K in FactKind]: { object_id: string; kind: K; at: number; value: FactValues[K] } }[FactKind];

/** A fact of one kind. */
export type FactOf<K extends FactKind> = Extract<Fact, { kind: K }>;

/** An address that an object gave for its customer: kept in `people`, and a fact by the person's id. */
export interface GivenAddress {
  customer: string;
  email: string;
  name: string | null;
  at: number;
  of: 'customer' | 'other';
}

/** What one event says: facts, which objects belong together, addresses; and the object that it is about. */
export interface EventFacts {
  object_id: string;
  facts: Fact[];
  links: [string, string][];
  addresses: GivenAddress[];
}
