import { logLine } from '../log.ts';
import type { Hasher } from '../people/hash.ts';
import type { PersonRow } from '../people/people.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import type { SignupContext } from '../signup/record.ts';
import type { StripeEvent } from './collected.rules.ts';
import { extract, HEARD_TYPES } from './extract.rules.ts';
import type { Fact, GivenAddress } from './fact.ts';
import { settleObject } from './settle.ts';
import { countIgnored, keepEvent, knowsLiveMode } from './stripe.repo.ts';

/** Whether an event meant something to the program. */
export interface Received {
  received: true;
  heard: boolean;
}

/** A person as a customer's address names them, under an id made from both: the same again is the same row, also once it is erased. */
async function personOf(hasher: Hasher, { customer, email, name }: GivenAddress): Promise<PersonRow> {
  const id = await hasher.text('stripe_person', `${customer}\n${email.toLowerCase()}\n${name ?? ''}`);
  return {
    person_id: `per_${id}`,
    email,
    name,
    company: null,
    address_hash: await hasher.address(email),
    match_hash: await hasher.match(email),
    erased_at: null,
  };
}

/** Why an event is none of these books': of a connected account, or of test mode beside live mode. Null: it is. */
async function foreignness(books: Database, event: StripeEvent): Promise<string | null> {
  if (event.of_another) return 'of another account';
  return event.livemode === false && (await knowsLiveMode(books)) ? 'test mode' : null;
}

/**
 * Takes in one verified event: keeps what it says, then brings the books to it. Whatever happens in between, the event delivered again and
 * the sweep finish it, and neither does anything twice. Throws where a database does not answer.
 */
export async function receiveEvent(context: SignupContext, event: StripeEvent): Promise<Received> {
  const { books, now } = context.door;
  const foreign = await foreignness(books, event);
  const said = foreign === null ? extract(event) : null;
  if (!said) {
    if (foreign === null && HEARD_TYPES.includes(event.type)) logLine('stripe_unreadable', { type: event.type });
    await countIgnored(books, foreign === null ? event.type : `${event.type}, ${foreign}`, now);
    return { received: true, heard: false };
  }
  const people = await Promise.all(said.addresses.map((address) => personOf(context.hasher, address)));
  const addresses = said.addresses.map(({ customer, at, of }, i): Fact => ({
    object_id: customer,
    kind: 'address',
    at,
    value: { person_id: people[i]?.person_id ?? '', of },
  }));
  const { object_id, links } = said;
  const mode = event.livemode === null ? null : event.livemode ? 'live' : 'test';
  await keepEvent(books, { object_id, links, people, facts: [...said.facts, ...addresses], mode }, now);
  await settleObject(context, object_id);
  return { received: true, heard: true };
}
