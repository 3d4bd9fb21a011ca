import { peopleOfAccount } from '../account/account.repo.ts';
import { moveAccount } from '../account/merge.ts';
import { patchAccount } from '../account/patch.ts';
import { recordCancellation, voidCancellation } from '../billing/cancellation.ts';
import { recordPayment } from '../billing/payment.ts';
import { recordRefund, reverseRefund, voidRefund } from '../billing/refund.ts';
import { formatInstant } from '../clock.ts';
import { holdIdOf } from '../hold/hold-id.ts';
import { decideHoldRow, openHolds } from '../hold/hold.repo.ts';
import { openedHold } from '../hold/hold.rules.ts';
import { commit } from '../program/commit.repo.ts';
import { completeSignup } from '../signup/complete.ts';
import type { SignupContext } from '../signup/record.ts';
import type { Waiting, WantedAccount, WantedElsewhere } from './derive.rules.ts';
import { isOfDispute } from './disputes.rules.ts';
import { isBeyond } from './refunds.rules.ts';
import { redateReversal, restoreEnd, restoreRefund, SUPERSEDED } from './restore.ts';
import { findPerson, readTold } from './stripe.repo.ts';

/** A door said `busy`: what is left is told with the next delivery, or by the sweep. */
export class StripeBusy extends Error {
  constructor() {
    super('too many writes at once');
    this.name = 'StripeBusy';
  }
}

type Told = Awaited<ReturnType<typeof readTold>>;
type Outcome = { ok: true } | { ok: false; reason: string };

/** What one account's telling comes to: each refusal with the object that waits for it. */
class Telling {
  readonly refused: Waiting[] = [];

  /** Notes what a door answered. */
  note(outcome: Outcome, object_id: string): void {
    if (outcome.ok) return;
    if (outcome.reason === 'busy') throw new StripeBusy();
    const reason = outcome.reason === 'held' ? 'account_held' : 'conflict';
    this.refused.push({ object_id: object_id.split(':')[0] ?? object_id, reason });
  }
}

/**
 * Tells the books what Stripe's accumulated facts say of one account, through the doors of any billing server: each thing once, whatever had
 * been told before. What facts no longer say is voided. A crash between two of them leaves the rest for the next time.
 */
export async function tellAccountFacts(context: SignupContext, account: WantedAccount): Promise<Waiting[]> {
  const telling = new Telling();
  const { account_id, signup } = account;
  const person = signup.first_person_id === null ? null : await findPerson(context.door.books, signup.first_person_id);
  const { signed_up_at, tokens, signup_ref, codes } = signup;
  const so_far = { account_id, signed_up_at, tokens, signup_ref, codes, person };
  telling.note(await completeSignup(context, so_far), account_id);
  const told = await readTold(context.door.books, {
    accounts: [account_id, ...account.aliases],
    payments: account.payments.map((payment) => payment.payment_id),
  });
  // What came with a customer's own account counts for the signup of the one that goes on.
  if (await tellAliases(context, account, told, telling))
    telling.note(await completeSignup(context, so_far), account_id);
  await tellAddress(context, account, told);
  await tellPayments(context, account, told, telling);
  await tellRefunds(context, account, told, telling);
  await tellEnds(context, account, told, telling);
  await tellDisputes(context, account, told);
  return telling.refused;
}

/** Tells what is to stand of payments that an import or a server told: their refunds and disputes. */
export async function tellElsewhere(context: SignupContext, account: WantedElsewhere): Promise<Waiting[]> {
  const telling = new Telling();
  const of = [...account.refunds, ...account.disputes].map((row) => row.payment_id);
  const told = await readTold(context.door.books, { accounts: [account.account_id], payments: [...new Set(of)] });
  await tellRefunds(context, account, told, telling);
  await tellDisputes(context, account, told);
  return telling.refused;
}

/** A customer that was an account under its own id before its metadata named another becomes part of that one. */
async function tellAliases(
  { door, hasher }: SignupContext,
  { account_id, aliases }: WantedAccount,
  told: Told,
  telling: Telling,
): Promise<boolean> {
  let moved = false;
  for (const alias of aliases) {
    const opened = told.accounts.find((row) => row.account_id === alias);
    if (!opened || opened.joined_to !== null) continue;
    const move = {
      account_id: alias,
      into_account_id: account_id,
      kind: 'merged' as const,
      reason: 'the customer’s metadata names the account',
    };
    const done = await moveAccount(door, hasher, move);
    // Another delivery may have done it meanwhile.
    if (done.ok || done.reason !== 'already_moved') telling.note(done, alias);
    moved ||= done.ok;
  }
  return moved;
}

/** The customer's address changed (S3). Where the server or an operator gave another one, theirs stays. */
async function tellAddress({ door, hasher }: SignupContext, account: WantedAccount, told: Told): Promise<void> {
  const { person_id, known_person_ids } = account.signup;
  const ours = told.accounts.find((row) => row.account_id === account.account_id)?.opened_by === 'stripe';
  if (!ours || person_id === null || known_person_ids.length < 2) return;
  const [holder] = await peopleOfAccount(door.books, account.account_id);
  const person = await findPerson(door.books, person_id);
  if (!person || person.email === null || person.email === holder?.email) return;
  const known = await Promise.all(known_person_ids.map((id) => findPerson(door.books, id)));
  if (holder && !known.some((one) => one?.match_hash === holder.match_hash)) return;
  const patch = { email: person.email, ...(person.name === null ? {} : { name: person.name }) };
  const done = await patchAccount(door, hasher, account.account_id, patch);
  if (!done.ok && done.reason === 'busy') throw new StripeBusy();
}

async function tellPayments(
  { door, hasher }: SignupContext,
  { account_id, payments }: WantedAccount,
  told: Told,
  telling: Telling,
): Promise<void> {
  for (const payment of payments) {
    if (told.payments.some((row) => row.payment_id === payment.payment_id)) continue;
    const input = { ...payment, account_id };
    telling.note(await recordPayment(door, hasher, input, { stripe: payment.payment_id }), payment.payment_id);
  }
}

async function tellRefunds(
  { door, hasher }: SignupContext,
  { account_id, refunds, disputes }: WantedElsewhere,
  told: Told,
  telling: Telling,
): Promise<void> {
  const wanted = new Set(refunds.map((refund) => refund.refund_id));
  const disputed = new Set(disputes.flatMap((dispute) => (dispute.gone ? [dispute.dispute_id] : [])));
  for (const { refund_id, voided_reason } of told.refunds)
    if ((isBeyond(refund_id) || isOfDispute(refund_id, disputed)) && !wanted.has(refund_id) && voided_reason === null)
      telling.note(await voidRefund(door, refund_id, SUPERSEDED), refund_id);
  for (const { reversed_at, ...refund } of refunds) {
    const { refund_id } = refund;
    const row = told.refunds.find((one) => one.refund_id === refund_id);
    const content = { stripe: refund_id };
    if (!row) telling.note(await recordRefund(door, hasher, refund, content, 'park'), refund_id);
    else if (row.voided_reason === SUPERSEDED)
      telling.note(await restoreRefund(door, account_id, refund_id), refund_id);
    const reversal = told.reversals.find((one) => one.refund_id === refund_id);
    if (reversed_at === null) continue;
    if (!reversal) telling.note(await reverseRefund(door, hasher, refund_id, reversed_at, content), refund_id);
    else if (reversal.reversed_at > reversed_at)
      telling.note(await redateReversal(door, account_id, refund_id, reversed_at), refund_id);
  }
}

/** V2: the ends of the account; one that was told while another subscription was not known yet is void. */
async function tellEnds(
  { door, hasher }: SignupContext,
  { account_id, ends, all_ends }: WantedAccount,
  told: Told,
  telling: Telling,
): Promise<void> {
  for (const row of told.ends) {
    const ours = all_ends.includes(row.cancelled_at) && !ends.includes(row.cancelled_at);
    if (ours && row.voided_reason === null)
      telling.note(await voidCancellation(door, row.account_id, row.cancelled_at, SUPERSEDED), account_id);
  }
  for (const at of ends) {
    const rows = told.ends.filter((one) => one.cancelled_at === at);
    const superseded = rows.find((row) => row.voided_reason === SUPERSEDED);
    if (rows.length === 0)
      telling.note(await recordCancellation(door, hasher, account_id, at, { stripe: formatInstant(at) }), account_id);
    else if (superseded) telling.note(await restoreEnd(door, superseded.account_id, at), account_id);
  }
}

/** C2: while a dispute is open, what is unpaid of the payment is held. The hold ends with the dispute, whoever won. */
async function tellDisputes({ door }: SignupContext, { disputes }: WantedElsewhere, told: Told): Promise<void> {
  for (const { dispute_id, payment_id, amount, opened_at, ended_at } of disputes) {
    const hold_id = await holdIdOf(['dispute', dispute_id]);
    const hold = told.holds.find((row) => row.hold_id === hold_id);
    if (!hold && ended_at === null) {
      const facts = { dispute_id, amount };
      await commit(
        door.books,
        [],
        [openHolds(door.books, [openedHold('dispute', hold_id, { payment_id }, facts, opened_at)])],
      );
    }
    if (hold && hold.decision === null && ended_at !== null)
      await commit(
        door.books,
        [],
        [decideHoldRow(door.books, hold_id, 'release', { by: door.by, now: ended_at }, 'the dispute ended')],
      );
  }
}
