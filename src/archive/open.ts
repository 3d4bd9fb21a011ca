import { openDatabase, type Database } from '../program/commit.repo.ts';

/** The bucket of archived clicks. */
export type ArchiveBucket = Pick<R2Bucket, 'put' | 'get' | 'list' | 'delete'>;

/** The clicks: their database, and the archive behind it where the program has one. */
export type ClicksDatabase = Database & { readonly $archive?: ArchiveBucket | undefined };

/** The clicks of this program. Without an archive they stay in the database for all of their time. */
export function openClicks(binding: D1Database, archive: ArchiveBucket | undefined): ClicksDatabase {
  return Object.assign(openDatabase(binding), { $archive: archive });
}
