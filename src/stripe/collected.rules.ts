import type { EventFacts, Fact } from './fact.ts';
import { fieldsOf, idOf, instantOf, textOf, type Fields } from './fields.rules.ts';

/** An event as it is read: its type, instant and object. */
export interface StripeEvent {
  type: string;
  created_at: number;
  object: Fields;
  /** Whether it is of a connected account, or of another one of an organization. */
  of_another: boolean;
  /** Null: it does not say. */
  livemode: boolean | null;
}

/** The node by which customers of one account belong together; no id of Stripe's holds a slash. */
export function accountNode(account_id: string): string {
  return `account/${account_id}`;
}

/** Collects what one event says. */
export class Collected implements EventFacts {
  facts: Fact[] = [];
  links: [string, string][] = [];
  addresses: EventFacts['addresses'] = [];
  readonly object_id: string;
  readonly event: StripeEvent;
  readonly created: number;
  constructor(event: StripeEvent, object_id: string) {
    this.event = event;
    this.object_id = object_id;
    this.created = instantOf(event.object['created']) ?? event.created_at;
  }

  say(...facts: Fact[]): void {
    this.facts.push(...facts);
  }

  link(a: string | null, b: string | null): void {
    if (a !== null && b !== null && a !== b) this.links.push([a, b]);
  }

  /** That an object is the customer's; returns the customer. */
  belongs(customer: string | null): string | null {
    if (customer === null) return null;
    this.link(customer, this.object_id);
    if (customer !== this.object_id) this.say({ object_id: customer, kind: 'seen', at: this.created, value: {} });
    return customer;
  }

  /** What metadata says of the customer's account: its id, the referral token, the form's reference. */
  metadata(customer: string, metadata: unknown, of: 'customer' | 'other'): void {
    const fields = fieldsOf(metadata);
    const at = this.created;
    const account_id = textOf(fields['account_id'], 128);
    if (account_id !== null && /^[A-Za-z0-9_.:-]+$/.test(account_id)) {
      this.say({ object_id: customer, kind: 'account', at, value: { account_id, of } });
      this.link(customer, accountNode(account_id));
    }
    this.token(customer, fields['referral_token'], false);
    const signup_ref = textOf(fields['signup_ref'], 100);
    if (signup_ref !== null) this.say({ object_id: customer, kind: 'signup_ref', at, value: { signup_ref } });
  }

  /** Whether a value has the form of a referral token. */
  isToken(value: unknown): boolean {
    return /^1[A-Za-z0-9_-]{65,}$/.test(textOf(value, 200) ?? '');
  }

  /** A referral token. `client_reference_id` may as well be the site's own: only what has a token's form is one. */
  token(customer: string, value: unknown, shared: boolean): void {
    const token = textOf(value, 200);
    if (token === null || !(shared ? this.isToken(token) : /^[A-Za-z0-9_-]+$/.test(token))) return;
    this.say({ object_id: customer, kind: 'token', at: this.created, value: { token } });
  }

  /** An address; the customer's own may change, so it is dated by the event. */
  address(customer: string, email: unknown, name: unknown): void {
    const text = textOf(email, 254);
    const own = customer === this.object_id;
    if (text !== null && /^[^\s@]+@[^\s@]+$/.test(text))
      this.addresses.push({
        customer,
        email: text,
        name: textOf(name, 200),
        at: own ? this.event.created_at : this.created,
        of: own ? 'customer' : 'other',
      });
  }

  /** Promotion codes among the discounts of an object, expanded or not. */
  codes(customer: string, discounts: readonly unknown[]): void {
    for (const item of discounts) {
      const discount = fieldsOf(item);
      const promotion = discount['promotion_code'] ?? fieldsOf(discount['discount'])['promotion_code'];
      const code = textOf(fieldsOf(promotion)['code'], 100)?.toLowerCase() ?? idOf(promotion);
      const at = instantOf(discount['start']) ?? this.created;
      if (code !== null) this.say({ object_id: customer, kind: 'code', at, value: { code } });
    }
  }
}
