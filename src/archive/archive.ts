import type { ClickRow } from '../attribution/click.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import {
  archivedThrough,
  clicksAfter,
  countedAt,
  endSpan,
  forgetParts,
  moveClicks,
  readStanding,
} from './archive.repo.ts';
import {
  ARCHIVE_FOLDER,
  daysOf,
  FIRST_VISITOR,
  firstDayOfKey,
  LAST_VISITOR,
  partKey,
  planSpan,
  spanOf,
  type ArchiveLimits,
  type Block,
  type Span,
} from './archive.rules.ts';
import { gunzip, gzip, joined, sha256Of } from './gzip.ts';
import type { ArchiveBucket } from './open.ts';

/** Rows of one day read at once. */
const PAGE_ROWS = 5000;

/** What a run came to. */
export interface ArchiveReport {
  parts: number;
  clicks: number;
  /** `more`: the next run goes on. `full`: the database is too large, and none of its days may go yet. */
  state: 'done' | 'more' | 'full';
}

/**
 * Moves clicks that are old enough, or that space needs, to the archive, `most_parts` objects at most. An object is written under the
 * hash of its bytes unless it is there, read back and compared; only then is it entered and are its rows deleted, in one batch. A run that
 * dies anywhere leaves each click in exactly one of the two places, and its object, if any, is found again or swept.
 */
export async function archiveClicks(
  db: Database,
  bucket: ArchiveBucket,
  run: { today: string; now: number; most_parts: number },
  limits: ArchiveLimits,
): Promise<ArchiveReport> {
  const report: ArchiveReport = { parts: 0, clicks: 0, state: 'more' };
  while (report.parts < run.most_parts) {
    const { first_day, begun, bytes } = await readStanding(db);
    const counted = await countedAt(db, first_day === null ? [] : daysOf(spanOf(first_day)));
    const plan = planSpan({ first_day, begun, counted, bytes, today: run.today }, limits);
    if (begun !== null && (!plan.ok || plan.span.from_day !== begun.from_day || plan.span.to_day !== begun.to_day))
      await endSpan(db, begun, (await archivedThrough(db, begun)) ?? FIRST_VISITOR);
    if (!plan.ok) return { ...report, state: plan.reason === 'full' ? 'full' : 'done' };
    report.clicks += await archivePart(db, bucket, plan.span, run.now, limits);
    report.parts += 1;
  }
  return report;
}

/** Moves the next clicks of a span; answers how many. */
async function archivePart(
  db: Database,
  bucket: ArchiveBucket,
  span: Span,
  now: number,
  limits: ArchiveLimits,
): Promise<number> {
  const former = await archivedThrough(db, span);
  const next = await firstByVisitor(db, span, limits.part_clicks + 1);
  const rows = next.slice(0, limits.part_clicks);
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return 0;
  const { bytes, blocks, texts } = await encode(rows, limits.block_clicks);
  const hash = await sha256Of(bytes);
  const key = partKey(span, hash);
  await bucket.put(key, bytes, {
    onlyIf: { etagDoesNotMatch: '*' },
    sha256: hash,
    httpMetadata: { contentType: 'application/gzip' },
    customMetadata: { clicks: String(rows.length) },
  });
  await verify(bucket, key, hash, blocks, texts);
  const begins = former === null ? FIRST_VISITOR : former;
  const part = {
    ...span,
    key,
    from_visitor: first.visitor_id < begins || former === LAST_VISITOR ? first.visitor_id : begins,
    to_visitor: next.length > rows.length ? last.visitor_id : LAST_VISITOR,
    bytes: bytes.byteLength,
    blocks: JSON.stringify(blocks),
    archived_at: now,
  };
  return (await moveClicks(db, part, rows)) ? rows.length : 0;
}

/** What is left of a span in D1, by visitor, day and click; the first `count` of it. The days are merged as they are read. */
async function firstByVisitor(db: Database, span: Span, count: number): Promise<ClickRow[]> {
  const start = { visitor_id: '', click_id: '' };
  const page = Math.min(PAGE_ROWS, count);
  const queues = await Promise.all(
    daysOf(span).map(async (day) => ({ day, rows: await clicksAfter(db, day, start, page), at: 0 })),
  );
  const taken: ClickRow[] = [];
  while (taken.length < count) {
    let least: (typeof queues)[number] | null = null;
    for (const queue of queues) {
      const head = queue.rows[queue.at];
      const best = least?.rows[least.at];
      if (head && (!best || head.visitor_id < best.visitor_id)) least = queue;
    }
    const click = least?.rows[least.at];
    if (!least || !click) break;
    taken.push(click);
    least.at += 1;
    if (least.at === least.rows.length && least.rows.length === page) {
      least.rows = await clicksAfter(db, least.day, click, page);
      least.at = 0;
    }
  }
  return taken;
}

/** Rows as NDJSON in gzip members, one a block. */
async function encode(rows: readonly ClickRow[], block_clicks: number) {
  const [pieces, blocks, texts]: [Uint8Array[], Block[], string[]] = [[], [], []];
  let offset = 0;
  for (let i = 0; i < rows.length; i += block_clicks) {
    const own = rows.slice(i, i + block_clicks);
    const text = own.map((row) => `${JSON.stringify(row)}\n`).join('');
    const piece = await gzip(text);
    blocks.push([own[0]?.visitor_id ?? '', offset, piece.byteLength]);
    pieces.push(piece);
    texts.push(text);
    offset += piece.byteLength;
  }
  return { bytes: joined(pieces), blocks, texts };
}

/** Reads an object back: its bytes, and what its blocks unpack to, are what was to be written. Throws where they are not. */
async function verify(
  bucket: ArchiveBucket,
  key: string,
  hash: string,
  blocks: readonly Block[],
  texts: readonly string[],
): Promise<void> {
  const object = await bucket.get(key);
  const bytes = object ? new Uint8Array(await object.arrayBuffer()) : new Uint8Array();
  if ((await sha256Of(bytes)) !== hash) throw new Error(`the archive does not hold what was written: ${key}`);
  for (const [i, [, offset, length]] of blocks.entries())
    if ((await gunzip(bytes.subarray(offset, offset + length))) !== texts[i])
      throw new Error(`a block of the archive does not unpack: ${key}`);
}

/**
 * Deletes what the archive holds of spans whose first day lies before a UTC day: the objects, entered or left by a run that died, then the
 * entries. Nothing stays longer than a row would; the six youngest days of a span go that much earlier.
 */
export async function dropArchived(db: Database, bucket: ArchiveBucket, before_day: string): Promise<number> {
  let dropped = 0;
  for (;;) {
    // Keys sort by their first day, and what was deleted is listed no more.
    const { objects } = await bucket.list({ prefix: ARCHIVE_FOLDER });
    const old = objects.map(({ key }) => key).filter((key) => (firstDayOfKey(key) ?? before_day) < before_day);
    if (old.length === 0) break;
    await bucket.delete(old);
    dropped += old.length;
  }
  await forgetParts(db, before_day);
  return dropped;
}
