import { sha256 } from '../people/hash.ts';
import type { Database } from '../program/commit.repo.ts';
import { findBatch } from './batch.repo.ts';
import { chunkTotalsQuery } from './freeze.repo.ts';
import { batchManifest } from './manifest.rules.ts';
import type { SendItemRow, SendRow } from './send.schema.ts';
import { readKnown, readWitnessChunk } from './witness.repo.ts';
import { missingFrom, sendText, witnessKeys, type Held, type Missing, type WitnessBatch } from './witness.rules.ts';

/** The bucket outside the books that remembers what was handed over. Only ever added to. */
export type WitnessBucket = Pick<R2Bucket, 'put' | 'get' | 'head' | 'list'>;

/** Chunks kept in one go: each takes up to eight queries, and an invocation has 1,000. */
const CHUNKS_AT_ONCE = 20;

/** Keeps a text under a key unless something is there: `same` where it is this text, `other` where the books are behind. */
export async function keepOnce(
  bucket: WitnessBucket,
  key: string,
  text: string,
  metadata: Record<string, string> = {},
): Promise<'kept' | 'same' | 'other'> {
  const hash = await sha256(text);
  const kept = await bucket.put(key, text, {
    onlyIf: { etagDoesNotMatch: '*' },
    httpMetadata: { contentType: 'application/json' },
    customMetadata: { ...metadata, sha256: hash },
  });
  if (kept) return 'kept';
  return (await bucket.head(key))?.customMetadata?.['sha256'] === hash ? 'same' : 'other';
}

/** Everything the witness holds of a program under a prefix, with the hashes of what is there. */
export async function heldUnder(bucket: WitnessBucket, prefix: string): Promise<Held[]> {
  const held: Held[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await bucket.list({
      prefix,
      include: ['customMetadata'],
      ...(cursor === undefined ? {} : { cursor }),
    });
    held.push(...page.objects.map(({ key, customMetadata }) => ({ key, sha256: customMetadata?.['sha256'] ?? null })));
    if (!page.truncated) return held;
    cursor = page.cursor;
  }
}

/**
 * P7: what the witness holds that the books do not: they were restored to an earlier moment, and would pay again what has left. Anything
 * here stops everything until a person replays it. Empty: the books are whole.
 */
export async function booksBehind(db: Database, bucket: WitnessBucket, program_id: string): Promise<Missing[]> {
  const held = await heldUnder(bucket, witnessKeys(program_id).all);
  return missingFrom(held, await readKnown(db));
}

/**
 * Keeps a frozen batch with the witness: its chunks, and last its manifest. Before anything of it is sent or exported. `again`: some chunks
 * are kept, call again; `behind`: the witness has another batch under this day.
 */
export async function witnessBatch(
  db: Database,
  bucket: WitnessBucket,
  program_id: string,
  pay_date: string,
): Promise<'kept' | 'again' | 'behind'> {
  const keys = witnessKeys(program_id);
  const batch = await findBatch(db, pay_date);
  if (!batch?.manifest_sha256) return 'behind';
  const known = await bucket.head(keys.manifest(pay_date));
  if (known) return known.customMetadata?.['sha256'] === batch.manifest_sha256 ? 'kept' : 'behind';
  const held = new Set((await heldUnder(bucket, keys.batch(pay_date))).map((it) => it.key));
  const chunks = await chunkTotalsQuery(db, pay_date);
  const left = chunks.filter((chunk) => !held.has(keys.chunk(pay_date, chunk.n, chunk.sha256)));
  for (const { n, sha256: hash } of left.slice(0, CHUNKS_AT_ONCE)) {
    const chunk = await readWitnessChunk(db, pay_date, n);
    if (chunk) await keepOnce(bucket, keys.chunk(pay_date, n, hash), JSON.stringify(chunk));
  }
  if (left.length > CHUNKS_AT_ONCE) return 'again';
  const { approval, approval_reasons, approved_by, approved_at } = batch;
  const more: WitnessBatch = { approval, approval_reasons, approved_by, approved_at };
  const manifest = batchManifest(program_id, batch, chunks);
  const kept = await keepOnce(bucket, keys.manifest(pay_date), manifest, { batch: JSON.stringify(more) });
  return kept === 'other' ? 'behind' : 'kept';
}

/** Keeps a sending with the witness, before each POST of it; false where it holds another one under that name. */
export async function witnessSend(
  bucket: WitnessBucket,
  program_id: string,
  send: SendRow,
  items: readonly SendItemRow[],
): Promise<boolean> {
  const key = witnessKeys(program_id).send(send.pay_date, send.chunk, send.attempt);
  return (await keepOnce(bucket, key, sendText(send, items))) !== 'other';
}

/** What is known of PayPal's own batch for a sending. Equal whenever it is written. */
interface Accepted {
  sender_batch_id: string;
  payout_batch_id: string;
}

type Sent = Pick<SendRow, 'sender_batch_id' | 'pay_date' | 'chunk' | 'attempt'>;

/** Keeps PayPal's id of an accepted sending, before the books do; false where another id is kept for it. */
export async function witnessAccepted(
  bucket: WitnessBucket,
  program_id: string,
  { sender_batch_id, pay_date, chunk, attempt }: Sent,
  payout_batch_id: string,
): Promise<boolean> {
  const accepted: Accepted = { sender_batch_id, payout_batch_id };
  const key = witnessKeys(program_id).accepted(pay_date, chunk, attempt);
  return (await keepOnce(bucket, key, JSON.stringify(accepted))) !== 'other';
}

/** PayPal's id of a sending as the witness heard it; null where it did not. */
export async function acceptedAs(
  bucket: WitnessBucket,
  program_id: string,
  { sender_batch_id, pay_date, chunk, attempt }: Sent,
): Promise<string | null> {
  const found = await bucket.get(witnessKeys(program_id).accepted(pay_date, chunk, attempt));
  if (!found) return null;
  const accepted: Accepted = JSON.parse(await found.text());
  return accepted.sender_batch_id === sender_batch_id ? accepted.payout_batch_id : null;
}
