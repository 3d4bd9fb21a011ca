import { jsonOf, readBatch, readError, type ErrorDetail, type PaypalError } from './answer.rules.ts';

/** Why an outcome is not known. `no_token`: nothing was asked, since PayPal gave no token. */
export type UnknownReason = 'timeout' | 'network' | 'rate_limited' | 'server' | 'unreadable' | 'no_token';

/** Not known what happened: the same question is asked again, under the same id and with the same bytes. Seconds to wait, if told. */
export interface Unknown {
  readonly state: 'unknown';
  readonly reason: UnknownReason;
  readonly http_status: number | null;
  readonly retry_after: number | null;
}

/** An item for whose sake a whole batch was refused: its place in the body, from 0. The caller checks that the body has it. */
export interface BadItem {
  readonly index: number;
  readonly field: string;
  readonly issue: string | null;
}

/** What became of a POST (the send protocol of P7). */
export type Created =
  /** Taken in. Never payment. */
  | { readonly state: 'accepted'; readonly payout_batch_id: string }
  /** A batch of this id exists. Null: it cannot be found, and a person has to look; nothing is ever sent in its place. */
  | { readonly state: 'duplicate'; readonly payout_batch_id: string | null }
  /** Nothing was created, because of these items. */
  | { readonly state: 'bad_items'; readonly items: readonly BadItem[] }
  /** Nothing was created: the same bytes again another day. */
  | { readonly state: 'insufficient_funds' }
  /** Nothing was created, for another reason. */
  | { readonly state: 'refused'; readonly name: string; readonly issue: string | null; readonly http_status: number }
  | Unknown;

/** An HTTP answer, its body as text. */
export interface HttpAnswer {
  readonly status: number;
  readonly retry_after: string | null;
  readonly text: string;
}

/** An answer from which nothing can be concluded. */
export function unknownAnswer({ status, retry_after }: HttpAnswer): Unknown {
  const reason = status === 429 ? 'rate_limited' : status >= 500 || status === 408 ? 'server' : 'unreadable';
  const seconds = retry_after !== null && /^\d{1,6}$/.test(retry_after.trim()) ? Number(retry_after) : null;
  return { state: 'unknown', reason, http_status: status, retry_after: seconds };
}

/** Whether a status tells nothing of what was done, whatever its body says. */
export function isInconclusive(status: number): boolean {
  return status < 200 || status === 408 || status === 429 || status >= 500 || (status >= 300 && status < 400);
}

const INDEX = /^[/.]?items(?:\[(\d{1,5})\]|[/.](\d{1,5}))(?![0-9])/;

function badItem({ field, issue }: ErrorDetail): BadItem[] {
  const found = field === null ? null : INDEX.exec(field);
  return found && field !== null ? [{ index: Number(found[1] ?? found[2]), field, issue }] : [];
}

/** To take a refusal for a duplicate stops a chunk until a person looks; the reverse pays twice. So either sign of it is enough. */
function isDuplicate({ name, details }: PaypalError): boolean {
  return details.some(
    ({ field, issue }) =>
      (name === 'USER_BUSINESS_ERROR' && /(^|[./])sender_batch_id$/i.test(field ?? '')) ||
      /sender_batch_id already exists/i.test(issue ?? ''),
  );
}

function refusalOf(error: PaypalError, http_status: number): Created {
  const { name, details } = error;
  if (isDuplicate(error)) {
    const ids = [...new Set(details.flatMap((detail) => detail.linked_batch_ids))];
    return { state: 'duplicate', payout_batch_id: ids.length === 1 ? (ids[0] ?? null) : null };
  }
  const items = details.flatMap(badItem);
  if (http_status === 400 && name === 'VALIDATION_ERROR' && items.length > 0) return { state: 'bad_items', items };
  const funds = name === 'INSUFFICIENT_FUNDS' || details.some(({ issue }) => issue === 'INSUFFICIENT_FUNDS');
  if (funds) return { state: 'insufficient_funds' };
  return { state: 'refused', name, issue: details[0]?.issue ?? null, http_status };
}

/** P7: what an answer to a POST means. What cannot be read is unknown, a 4xx too: it may be a duplicate's. */
export function readCreated(answer: HttpAnswer): Created {
  if (isInconclusive(answer.status)) return unknownAnswer(answer);
  const json = jsonOf(answer.text);
  if (answer.status < 300) {
    const batch = readBatch(json);
    return batch ? { state: 'accepted', payout_batch_id: batch.payout_batch_id } : unknownAnswer(answer);
  }
  const error = readError(json);
  return error ? refusalOf(error, answer.status) : unknownAnswer(answer);
}
