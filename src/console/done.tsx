import { Notice } from '../pages/parts.tsx';

/** What was done, by the code that the page after it is opened with. */
export const DONE = {
  approved: 'The batch is approved, and goes on by itself.',
  proposed: 'Proposed. It is done once another operator says the same (Proposals).',
  done_before: 'That had been done before; nothing was done again.',
  resolved: 'The payout is settled as you said.',
  withheld: 'The payout is kept back; its amount is due anew.',
  adopted: 'The chunk goes on under the batch that you named.',
  replayed: 'The batch is brought back from the witness.',
  cancellation_asked: 'PayPal is asked to give it back. The amount is due anew once PayPal says that it is returned.',
  outcomes_recorded: 'The outcomes are recorded.',
  partner_changed: 'The partner is changed, from now on.',
  address_set_again: 'The same PayPal address is set again, and serves from now on.',
  adjusted: 'The adjustment is booked.',
  link_created: 'The link is made.',
  token_revoked: 'The token opens nothing any more.',
  invited: 'A link to set a password is on its way to them by mail.',
  second_factor_removed: 'The second factor is removed and all their sessions are ended.',
  voided: 'It is voided: it never was, and its id stays used.',
  converted: 'The amount is kept, and the commission is booked by it.',
  released: 'The hold is released.',
  denied: 'The hold is denied.',
  moved: 'From now on the two accounts are one.',
  overruled: 'The exception is done.',
  confirmed: 'The client’s word is recorded, and the claim is decided by it.',
  dismissed: 'It is dismissed, and is listed no more.',
  accepted: 'The list is accepted.',
  application_approved: 'Approved. They are mailed a link to set a password.',
  application_declined: 'Declined.',
  terms_published: 'The new version of the terms is in force.',
  operator_added: 'They may sign in. A link to set a password is on its way to them by mail.',
  operator_stands: 'They may sign in by that address already; nothing was done.',
  operator_removed: 'They sign in no more, and all their sessions are ended.',
  mail_queued: 'It goes out once more within minutes; what it told and is settled by now is not sent.',
  policy_saved: 'The version is saved.',
} as const;
export type DoneCode = keyof typeof DONE;

/** Says what was just done, where the page was opened with a code for it. */
export function DoneNotice({ code }: { code: string | undefined }) {
  if (code === undefined || !Object.hasOwn(DONE, code)) return null;
  return (
    <Notice tone={code === 'proposed' || code === 'cancellation_asked' ? 'warn' : 'good'}>
      <p>{DONE[code as DoneCode]}</p>
    </Notice>
  );
}
