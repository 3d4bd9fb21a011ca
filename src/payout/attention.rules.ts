import type { SendRow } from './send.schema.ts';

/** What happened to a sending that a person has to look at, and what to do. `{id}` stands for its `sender_batch_id`. */
const ATTENTIONS = {
  duplicate_unlinked: {
    happened: 'PayPal has a batch under {id} already and does not say which. Nothing is sent in its place.',
    to_do:
      'Find it in the PayPal account by {id}, and adopt it: POST …/chunks/{n}/adoption with its payout_batch_id. If there is none, resolve its payouts.',
  },
  items_differ: {
    happened:
      'The batch at PayPal does not hold exactly the items and amounts that were frozen. Nothing of it is booked.',
    to_do:
      'Compare both. Adopt the right batch if PayPal’s answer named another one, else resolve each payout by what the receiver really got.',
  },
  adopted_elsewhere: {
    happened: 'PayPal answered with a batch that belongs to another sending.',
    to_do: 'Find the batch of {id} in the PayPal account and adopt it, or resolve its payouts.',
  },
  too_old: {
    happened:
      'No acceptance was heard of for 25 days. After 30 PayPal would pay {id} again, so it is not asked any more.',
    to_do:
      'Look for {id} in the PayPal account. Adopt the batch if there is one, else resolve each payout as not_paid.',
  },
  body_changed: {
    happened:
      'The bytes that were sent first cannot be made again (an address was erased, or is missing since a restore). No others are sent.',
    to_do:
      'Look for {id} in the PayPal account. Adopt the batch if there is one, else resolve each payout as not_paid.',
  },
  refused: {
    happened: 'PayPal refused the sending as a whole, and created nothing.',
    to_do:
      'Put right what the reason names (credentials, permission, currency). The same bytes go again each day; or resolve its payouts.',
  },
  unknown_status: {
    happened: 'PayPal uses a word for an item that this program does not know. It is never taken for final.',
    to_do:
      'See in the PayPal account what became of the item. It settles by itself with a word that is known, or by its resolution.',
  },
  overdue: {
    happened: 'Items have not come to an end 35 days after they were sent.',
    to_do: 'Ask PayPal about them (held or blocked items need the sender), and resolve what they will not end.',
  },
  batch_lost: {
    happened: 'PayPal had accepted the batch, and now does not know it.',
    to_do: 'Ask PayPal by {id}. Adopt the batch under its new id, or resolve its payouts.',
  },
  contradiction: {
    happened: 'PayPal now says of an item the opposite of what is booked as final. The books stay as they are.',
    to_do:
      'See in the PayPal account where the money is. What was paid twice is taken back by an adjustment, with a reason.',
  },
  books_behind: {
    happened:
      'The witness holds this sending with other content than the books: they were restored to an earlier moment.',
    to_do: 'Replay the batch from the witness: POST /v1/payout-batches/{pay_date}/replay.',
  },
} as const;

/** Why a person has to look at a sending. */
export type Attention = keyof typeof ATTENTIONS;

/** What a person is told of a sending that needs one. */
export interface AttentionText {
  what: string;
  happened: string;
  to_do: string;
}

/** What a person is told of a batch that the witness knows more of than the books, or of which it could not be asked. */
export function behindOf(pay_date: string, behind: ReadonlySet<string> | null): AttentionText[] {
  if (behind === null) {
    const happened = 'Whether the books are whole could not be asked: the payouts Worker does not answer.';
    return [{ what: 'not_asked', happened, to_do: 'Ask again; if it stays, look at the log of the payouts Worker.' }];
  }
  if (!behind.has(pay_date)) return [];
  const happened =
    'The witness knows more of this batch than the books: they were restored to an earlier moment. Nothing is frozen, sent or exported.';
  const to_do = `GET /v1/payouts-state says what is missing. Replay it: POST /v1/payout-batches/${pay_date}/replay, by two people.`;
  return [{ what: 'books_behind', happened, to_do }];
}

/** The sentences for a sending, or null where nobody has to look. */
export function attentionOf(
  send: Pick<SendRow, 'sender_batch_id' | 'pay_date' | 'chunk' | 'attention'>,
): AttentionText | null {
  const { sender_batch_id, pay_date, chunk, attention } = send;
  if (attention === null) return null;
  const text = ATTENTIONS[attention as Attention] ?? ATTENTIONS.unknown_status;
  const filled = (sentence: string) =>
    sentence.replaceAll('{id}', sender_batch_id).replaceAll('{n}', String(chunk)).replaceAll('{pay_date}', pay_date);
  return { what: attention, happened: filled(text.happened), to_do: filled(text.to_do) };
}
