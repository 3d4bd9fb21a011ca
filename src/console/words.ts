import type { ParkedRow } from '../billing/parked.repo.ts';
import type { GateName } from '../explain/gate.ts';
import type { CronName, CronState } from '../heartbeat/heartbeat.rules.ts';
import type { HoldKind } from '../hold/hold.rules.ts';
import type { MailKind } from '../mail/outbox.rules.ts';
import type { PartnerStatus } from '../partner/facts.rules.ts';
import type { BatchStatus, PayoutStatus } from '../payout/payout.schema.ts';
import type { SendRow } from '../payout/send.schema.ts';
import type { ClaimStanding } from '../referrer/claim-view.rules.ts';

/** Statuses and reasons as operators read them. */
export const BATCH_WORDS: Record<BatchStatus, string> = {
  freezing: 'is being frozen',
  frozen: 'frozen, not sent yet',
  awaiting_approval: 'waits for approval',
  sending: 'is being sent',
  in_flight: 'on its way',
  settled: 'settled',
  needs_attention: 'needs a person',
};

export const PAYOUT_WORDS: Record<PayoutStatus, string> = {
  frozen: 'frozen, not sent yet',
  sending: 'is being sent',
  in_flight: 'on its way',
  paid: 'paid',
  unclaimed: 'waits at PayPal to be claimed',
  returned: 'came back, due anew',
  failed: 'failed, due anew',
  held: 'came back after success, waits for a decision',
};

export const SEND_WORDS: Record<SendRow['status'], string> = {
  sending: 'is being sent',
  accepted: 'accepted by PayPal',
  refused: 'refused by PayPal',
  settled: 'settled',
  needs_attention: 'needs a person',
};

export const PARTNER_WORDS: Record<PartnerStatus, string> = {
  applied: 'applied',
  active: 'active',
  suspended: 'suspended',
  closed: 'closed',
};

export const HOLD_WORDS: Record<HoldKind, string> = {
  self_referral: 'possible self-referral',
  form_join: 'referrer known by a browser form alone',
  audit_finding: 'an audit found another referrer',
  residency: 'residency answers need a decision',
  address_in_use: 'PayPal address of another partner',
  country_change: 'the partner changed the country to the US',
  came_back: 'money came back after success',
  dispute: 'the client’s bank looks into a dispute',
};

export const GATE_WORDS: Record<GateName, string> = {
  tracked: 'Tracked as referrer',
  not_self_referral: 'Not self-referral',
  not_refunded: 'Not refunded',
  vested: 'Vested',
  in_closed_week: 'In a closed week',
  partner_active: 'Partner active',
  residency: 'Residency',
  paypal_address: 'PayPal address',
  threshold: 'Threshold',
  approved: 'Batch approved',
  sent: 'Sent',
  succeeded: 'Succeeded',
};

export const PARKED_WORDS: Record<ParkedRow['kind'], string> = {
  payment: 'payment',
  refund: 'refund',
  reversal: 'reversal of a refund',
  cancellation: 'end of an account',
  stripe: 'event of Stripe’s',
};

const PARKED_REASONS: Readonly<Record<string, string>> = {
  unknown_account: 'nobody has opened this account',
  unknown_payment: 'its payment has not been told',
  unknown_refund: 'its refund has not been told',
  refund_too_large: 'more would be refunded than was paid',
  to_be_settled: 'is still being looked up',
};

/** Why something is parked. A reason that only one vendor's events have is shown as it is kept. */
export function parkedReason(reason: string): string {
  return PARKED_REASONS[reason] ?? reason.replaceAll('_', ' ');
}

export const CLAIM_WORDS: Record<ClaimStanding['outcome'], string> = {
  needs_client_confirmation: 'waits for the client',
  received: 'received',
  granted: 'granted',
  refused: 'refused',
  already_referrer: 'is the referrer already',
  corrected: 'corrected',
  unchanged: 'unchanged',
  lapsed: 'lapsed',
};

export const CRON_WORDS: Record<CronName, string> = {
  mail: 'Mails',
  webhooks: 'Webhooks',
  friday: 'Pay day',
  daily: 'Daily run of payouts',
  backup: 'Backup',
};

export const CRON_STATES: Record<CronState['state'], string> = {
  well: 'well',
  failing: 'its last run failed',
  late: 'late',
  never: 'has not run yet',
};

const MAIL_WORDS: Record<MailKind, string> = {
  ask_client: 'a question to a client',
  claim_letter: 'a claim was decided',
  account_letter: 'news of an account',
  address_letter: 'the PayPal address changes',
  came_back_letter: 'a payout came back',
  list_letter: 'a list was accepted',
  password_letter: 'a link to set a password',
  security_letter: 'sign-in, a token or the PayPal address was changed',
  email_change_letter: 'another address, to be confirmed',
  paid_letter: 'a payout arrived',
  gate_letter: 'a gate kept a payout back',
  statement_letter: 'the statement of a month',
};

/** What a mail is about; a kind that is not known here is shown by its name. */
export function mailWord(kind: string): string {
  return (MAIL_WORDS as Readonly<Record<string, string>>)[kind] ?? kind;
}

const MAIL_REASONS: Readonly<Record<string, string>> = {
  outcome_unknown: 'no answer came, twice: it may have arrived',
  not_rendered: 'it could not be written; the log says more',
  e_recipient_suppressed: 'the address bounced or complained before',
  e_recipient_not_allowed: 'the mail service may not write to this address',
  e_validation_error: 'the mail service finds the address, or the mail, malformed',
  e_field_missing: 'the mail service misses a part of it',
  e_content_too_large: 'it is too large for the mail service',
};

/** Why a mail failed. A code of the mail service that is not known here is shown as it is kept. */
export function mailReason(reason: string | null): string {
  if (reason === null) return 'no reason was kept';
  return MAIL_REASONS[reason] ?? `the mail service refused it again and again (${reason.replaceAll('_', ' ')})`;
}

/** Operations that two people agree on. */
export const OPERATIONS: Readonly<Record<string, string>> = {
  'payouts.approve': 'approve a batch',
  'payouts.resolve': 'settle a payout',
  'payouts.adopt': 'adopt a batch of PayPal’s for a chunk',
  'payouts.replay': 'bring a batch back from the witness',
  'accounts.overrule': 'overrule a clause for an account',
  'people.erase': 'erase a person',
  'operators.add': 'let an operator sign in',
  'operators.remove': 'take an operator’s sign-in away',
  'second_factor.reset': 'take away a lost second factor',
};

/** The word of an operation; one that is not known here is shown by its name. */
export function operationWord(operation: string): string {
  return OPERATIONS[operation] ?? operation;
}
