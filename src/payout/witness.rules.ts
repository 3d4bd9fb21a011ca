import { canonicalJson } from '../program/canonical.rules.ts';
import type { SendItemRow, SendRow } from './send.schema.ts';

/** A line as the witness keeps it with the payout that claimed it. */
export interface WitnessLine {
  payout_id: string;
  partner_id: string;
  account_id: string | null;
  payment_id: string | null;
  kind: string;
  cause_id: string;
  at: number;
  payable_at: number;
  amount: number;
  rate_bps: number | null;
}

/** A frozen chunk as the witness keeps it. `manifest` is the chunk's part of the manifest, to the byte; no addresses anywhere. */
export interface WitnessChunk {
  n: number;
  through: string;
  manifest: string;
  sha256: string;
  skipped_count: number;
  /** payout id and the person whose address it goes to. */
  receivers: [string, string][];
  /** Partner, amount, packed gates. */
  skips: [string, number, string][];
  lines: WitnessLine[];
}

/** What a manifest does not say of its batch, and a replay needs. */
export interface WitnessBatch {
  approval: 'none' | 'manual';
  approval_reasons: string;
  approved_by: string | null;
  approved_at: number | null;
}

/** A sending as the witness keeps it. */
export interface WitnessSend {
  sender_batch_id: string;
  pay_date: string;
  chunk: number;
  attempt: number;
  through: string;
  body_version: number;
  body_sha256: string;
  first_sent_at: number;
  /** Payout id, part, amount. */
  items: [string, number, number][];
}

/** The witness's text of a sending: the same for the same sending, whenever it is written. */
export function sendText(send: SendRow, items: readonly SendItemRow[]): string {
  const { sender_batch_id, pay_date, chunk, attempt, through, body_version, body_sha256, first_sent_at } = send;
  const rows = items
    .map(({ payout_id, part, amount }): [string, number, number] => [payout_id, part, amount])
    .toSorted(([a, m], [b, n]) => (a < b ? -1 : a > b ? 1 : m - n));
  return canonicalJson({
    sender_batch_id,
    pay_date,
    chunk,
    attempt,
    through,
    body_version,
    body_sha256,
    first_sent_at,
    items: rows,
  });
}

/** Where the witness keeps what it knows of a program's Fridays. */
export function witnessKeys(program_id: string) {
  const all = `${program_id}/batches/`;
  const batch = (pay_date: string) => `${all}${pay_date}/`;
  return {
    all,
    batch,
    manifest: (pay_date: string) => `${batch(pay_date)}manifest.json`,
    // By its hash too: a freeze that was undone by a restore before anything left has written chunks of its own.
    chunk: (pay_date: string, n: number, sha256: string) => `${batch(pay_date)}chunk-${n}-${sha256.slice(0, 16)}.json`,
    send: (pay_date: string, chunk: number, attempt: number) => `${batch(pay_date)}sends/${chunk}-${attempt}.json`,
    // What came after the first layout has its version in its folder.
    accepted: (pay_date: string, chunk: number, attempt: number) =>
      `${batch(pay_date)}accepted/v1/${chunk}-${attempt}.json`,
    words: (pay_date: string) => `${batch(pay_date)}words/v1/`,
    word: (pay_date: string, word_id: string) => `${batch(pay_date)}words/v1/${word_id}.json`,
  };
}

const KEY =
  /\/batches\/(\d{4}-\d{2}-\d{2})\/(?:(manifest)|chunk-(\d+)-[0-9a-f]+|sends\/(\d+)-(\d+)|words\/v1\/([0-9a-f]+))\.json$/;

/** What a key of the witness names; null for one that is not of its making. */
export function readKey(
  key: string,
):
  | { kind: 'manifest'; pay_date: string }
  | { kind: 'chunk'; pay_date: string; n: number }
  | { kind: 'send'; pay_date: string; chunk: number; attempt: number }
  | { kind: 'word'; pay_date: string; word_id: string }
  | null {
  const [, pay_date, manifest, n, chunk, attempt, word_id] = KEY.exec(key) ?? [];
  if (pay_date === undefined) return null;
  if (word_id !== undefined) return { kind: 'word', pay_date, word_id };
  if (manifest !== undefined) return { kind: 'manifest', pay_date };
  if (n !== undefined) return { kind: 'chunk', pay_date, n: Number(n) };
  return { kind: 'send', pay_date, chunk: Number(chunk), attempt: Number(attempt) };
}

/** Something that left, or may have, and that the books do not know. */
export interface Missing {
  what: 'batch' | 'manifest' | 'send' | 'word';
  pay_date: string;
  key: string;
}

/** What the witness holds: keys with the SHA-256 of what is under them. */
export interface Held {
  key: string;
  sha256: string | null;
}

/** What the books know of the same. */
export interface Known {
  batches: ReadonlyMap<string, string | null>;
  sends: ReadonlySet<string>;
  words: ReadonlySet<string>;
}

/** The one text by which books and witness compare sendings. */
export function sendName(pay_date: string, chunk: number, attempt: number): string {
  return `${pay_date} ${chunk}-${attempt}`;
}

/**
 * What the books are behind the witness by: batches that they do not have, or have with another manifest, and sendings and people's words
 * that they do not have. A chunk alone proves nothing left: its manifest is written after it. An acceptance is told again by PayPal.
 */
export function missingFrom(held: readonly Held[], known: Known): Missing[] {
  return held.flatMap(({ key, sha256 }): Missing[] => {
    const named = readKey(key);
    if (!named || named.kind === 'chunk') return [];
    const { pay_date } = named;
    if (named.kind === 'word') return known.words.has(named.word_id) ? [] : [{ what: 'word', pay_date, key }];
    if (named.kind === 'send') {
      const has = known.sends.has(sendName(pay_date, named.chunk, named.attempt));
      return has ? [] : [{ what: 'send', pay_date, key }];
    }
    if (!known.batches.has(pay_date)) return [{ what: 'batch', pay_date, key }];
    return known.batches.get(pay_date) === sha256 ? [] : [{ what: 'manifest', pay_date, key }];
  });
}
