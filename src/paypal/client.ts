import { jsonOf, readBatch, readError, readItem, type PaypalBatch, type PaypalItem } from './answer.rules.ts';
import {
  isInconclusive,
  readCreated,
  unknownAnswer,
  type Created,
  type HttpAnswer,
  type Unknown,
} from './created.rules.ts';
import { accessToken, forgetToken, type Credentials, type Fetch, type TokenCache } from './token.ts';

/** Items of a page at most. */
export const MAX_PAGE_SIZE = 1000;
const TIMEOUT_MS = 30_000;

export interface Page {
  /** From 1. */
  readonly page: number;
  /** At most 1,000. */
  readonly page_size: number;
  /** Whether the answer is to say how many items and pages there are. */
  readonly total_required: boolean;
}

/** Nothing was done, or there is nothing of that id. */
export type NotDone =
  | { readonly state: 'not_found' }
  | { readonly state: 'refused'; readonly name: string; readonly issue: string | null; readonly http_status: number };

export type BatchAnswer = { readonly state: 'found'; readonly batch: PaypalBatch } | NotDone | Unknown;
export type ItemAnswer = { readonly state: 'found'; readonly item: PaypalItem } | NotDone | Unknown;

/** PayPal's Payouts API as far as this program uses it. No call throws; no answer holds a message, an address or a secret. */
export interface PaypalClient {
  /** Sends a body as `payoutBody` made it, to the byte (P7: the only call that can pay). */
  createPayout(body: string): Promise<Created>;
  /** One page of a batch. */
  getBatch(payout_batch_id: string, page: Page): Promise<BatchAnswer>;
  getItem(payout_item_id: string): Promise<ItemAnswer>;
  /** Asks for an unclaimed item back. After anything but `found`, `getItem` tells how it stands. */
  cancelItem(payout_item_id: string): Promise<ItemAnswer>;
}

export interface ClientOptions extends Credentials {
  /** An origin that `paypalBase` has checked. */
  readonly base: string;
  /** Epoch ms, by which tokens expire. */
  readonly now: number;
  readonly fetch?: Fetch;
  /** Of one call with its token, ms. */
  readonly timeout?: number;
  readonly tokens?: TokenCache;
}

interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

// Tokens are good for hours and an isolate's requests share them: text only, nothing that belongs to one request.
const isolateTokens: TokenCache = new Map();

/** What a thrown error says: only its name is looked at, messages may hold addresses. */
function thrown(error: unknown): Unknown {
  const name = error instanceof Error ? error.name : '';
  const reason = name === 'TimeoutError' || name === 'AbortError' ? 'timeout' : 'network';
  return { state: 'unknown', reason, http_status: null, retry_after: null };
}

/** Asks once with a token, and once more with a new one where PayPal does not take it. */
async function ask(options: ClientOptions, question: Question): Promise<HttpAnswer | Unknown> {
  const { base, now, tokens = isolateTokens, timeout = TIMEOUT_MS } = options;
  const fetcher: Fetch = options.fetch ?? ((url, init) => fetch(url, init));
  const signal = AbortSignal.timeout(timeout);
  const once = async (): Promise<HttpAnswer | Unknown> => {
    const token = await accessToken(tokens, base, options, { fetch: fetcher, now, signal });
    if (token === null) return { state: 'unknown', reason: 'no_token', http_status: null, retry_after: null };
    const answer = await fetcher(`${base}${question.path}`, {
      method: question.method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(question.method === 'POST' ? { 'content-type': 'application/json' } : {}),
      },
      ...(question.body === undefined ? {} : { body: question.body }),
      redirect: 'manual',
      signal,
    });
    return { status: answer.status, retry_after: answer.headers.get('retry-after'), text: await answer.text() };
  };
  try {
    const first = await once();
    if (!('status' in first) || first.status !== 401) return first;
    forgetToken(tokens, base, options);
    return await once();
  } catch (error) {
    return thrown(error);
  }
}

/** What an answer to anything but a create means; `read` takes what it asked for out of it. */
function told<Found>(answer: HttpAnswer | Unknown, read: (json: unknown) => Found | null): Found | NotDone | Unknown {
  if (!('status' in answer)) return answer;
  if (isInconclusive(answer.status)) return unknownAnswer(answer);
  const json = jsonOf(answer.text);
  if (answer.status < 300) return read(json) ?? unknownAnswer(answer);
  const error = readError(json);
  if (!error) return unknownAnswer(answer);
  if (answer.status === 404) return { state: 'not_found' };
  return { state: 'refused', name: error.name, issue: error.details[0]?.issue ?? null, http_status: answer.status };
}

function itemPath(payout_item_id: string): string {
  return `/v1/payments/payouts-item/${encodeURIComponent(payout_item_id)}`;
}

function foundItem(payout_item_id: string) {
  return (json: unknown): { state: 'found'; item: PaypalItem } | null => {
    const item = readItem(json);
    return item?.payout_item_id === payout_item_id ? { state: 'found', item } : null;
  };
}

function foundBatch(payout_batch_id: string) {
  return (json: unknown): { state: 'found'; batch: PaypalBatch } | null => {
    const batch = readBatch(json);
    return batch?.payout_batch_id === payout_batch_id ? { state: 'found', batch } : null;
  };
}

/** A client for one run. An answer about another batch or item than the one asked for is not read. */
export function paypalClient(options: ClientOptions): PaypalClient {
  return {
    async createPayout(body) {
      const answer = await ask(options, { method: 'POST', path: '/v1/payments/payouts', body });
      return 'status' in answer ? readCreated(answer) : answer;
    },
    async getBatch(id, { page, page_size, total_required }) {
      const query = new URLSearchParams({
        page: String(page),
        page_size: String(Math.min(page_size, MAX_PAGE_SIZE)),
        total_required: String(total_required),
      });
      const path = `/v1/payments/payouts/${encodeURIComponent(id)}?${query.toString()}`;
      return told(await ask(options, { method: 'GET', path }), foundBatch(id));
    },
    async getItem(id) {
      return told(await ask(options, { method: 'GET', path: itemPath(id) }), foundItem(id));
    },
    async cancelItem(id) {
      return told(await ask(options, { method: 'POST', path: `${itemPath(id)}/cancel` }), foundItem(id));
    },
  };
}
