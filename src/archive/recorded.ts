import { clicksOfVisitors, type ClickRow } from '../attribution/click.repo.ts';
import { utcDaysBetween } from '../calendar/zone.rules.ts';
import { logLine } from '../log.ts';
import { partsFor } from './archive.repo.ts';
import { blocksFor, type Block } from './archive.rules.ts';
import { gunzip } from './gzip.ts';
import type { ArchiveBucket, ClicksDatabase } from './open.ts';

/** Blocks fetched side by side: a Worker has six connections. */
const AT_ONCE = 6;

/**
 * All recorded clicks of visitors between two instants, both included, each once: those in the database and those in the archive. The
 * database is read first, so that a click that moves meanwhile is met there or in the archive. Of the archive one block a stretch of days
 * and visitor is fetched, whoever the visitor is and whether or not there is a click.
 */
export async function recordedClicks(
  clicks: ClicksDatabase,
  visitor_ids: readonly string[],
  from_at: number,
  to_at: number,
): Promise<ClickRow[]> {
  const rows = await clicksOfVisitors(clicks, visitor_ids, from_at, to_at);
  if (!clicks.$archive || visitor_ids.length === 0 || to_at < from_at) return rows;
  const archived = await archivedClicks(clicks, clicks.$archive, visitor_ids, from_at, to_at);
  return [...new Map([...archived, ...rows].map((click) => [click.click_id, click])).values()];
}

/** Clicks of visitors in the archive between two instants, both included. */
async function archivedClicks(
  clicks: ClicksDatabase,
  bucket: ArchiveBucket,
  visitor_ids: readonly string[],
  from_at: number,
  to_at: number,
): Promise<ClickRow[]> {
  const days = utcDaysBetween(from_at, to_at);
  const parts = await partsFor(clicks, visitor_ids, days[0] ?? '', days.at(-1) ?? '');
  const wanted = parts.flatMap((part) => {
    const blocks = new Set(visitor_ids.flatMap((visitor_id) => blocksFor(part, visitor_id)));
    return [...blocks].map((block) => ({ key: part.key, block }));
  });
  const found = await readBlocks(bucket, wanted, visitor_ids);
  return found.filter(({ clicked_at }) => clicked_at >= from_at && clicked_at <= to_at);
}

/** Blocks that one call fetches of clicks known by their ids: an invocation has a thousand requests of its own. */
const MOST_BLOCKS = 300;

/** A click by what finds it. */
export interface ClickKey {
  day: string;
  visitor_id: string;
  click_id: string;
}

/**
 * Those of these clicks that are in the archive, as far as `MOST_BLOCKS` blocks hold them. Without an archive, none. One query for all, and
 * a range read for each block.
 */
export async function archivedClicksAmong(clicks: ClicksDatabase, keys: readonly ClickKey[]): Promise<ClickRow[]> {
  const bucket = clicks.$archive;
  const days = keys.map(({ day }) => day).toSorted();
  if (!bucket || keys.length === 0) return [];
  const visitor_ids = [...new Set(keys.map(({ visitor_id }) => visitor_id))];
  const parts = await partsFor(clicks, visitor_ids, days[0] ?? '', days.at(-1) ?? '');
  const wanted = parts.flatMap((part) => {
    const own = keys.filter(({ day }) => day >= part.from_day && day <= part.to_day);
    const blocks = new Set(own.flatMap(({ visitor_id }) => blocksFor(part, visitor_id)));
    return [...blocks].map((block) => ({ key: part.key, block }));
  });
  const ids = new Set(keys.map(({ click_id }) => click_id));
  const found = await readBlocks(bucket, wanted.slice(0, MOST_BLOCKS), visitor_ids);
  return found.filter(({ click_id }) => ids.has(click_id));
}

/** The clicks of visitors in blocks, some blocks side by side. */
async function readBlocks(
  bucket: ArchiveBucket,
  wanted: readonly { key: string; block: Block }[],
  visitor_ids: readonly string[],
): Promise<ClickRow[]> {
  const found: ClickRow[] = [];
  for (let i = 0; i < wanted.length; i += AT_ONCE) {
    const texts = await Promise.all(
      wanted.slice(i, i + AT_ONCE).map(({ key, block }) => readBlock(bucket, key, block)),
    );
    for (const text of texts) found.push(...clicksIn(text, visitor_ids));
  }
  return found;
}

/** A block's text. An object that is not there, or whose bytes have rotted, is as a row that was lost: it is logged, and costs no credit. */
async function readBlock(bucket: ArchiveBucket, key: string, [, offset, length]: Block): Promise<string> {
  const object = await bucket.get(key, { range: { offset, length } });
  if (!object) {
    logLine('archive_part_missing', { key });
    return '';
  }
  const bytes = new Uint8Array(await object.arrayBuffer());
  // A gzip member ends with its checksum: what unpacks is what was written.
  return gunzip(bytes).catch(() => {
    logLine('archive_part_unreadable', { key });
    return '';
  });
}

function clicksIn(text: string, wanted: readonly string[]): ClickRow[] {
  const visitors = new Set(wanted);
  return text.split('\n').flatMap((line) => {
    const visitor_id = /"visitor_id":"([^"]*)"/.exec(line)?.[1];
    return visitor_id !== undefined && visitors.has(visitor_id) ? [JSON.parse(line) as ClickRow] : [];
  });
}
