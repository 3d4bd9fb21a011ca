import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

export interface Databases {
  readonly books: D1Database;
  readonly clicks: D1Database;
}

/** Empties every binding and migrates both databases anew. Call it in `beforeEach`. */
export async function freshDatabases(): Promise<Databases> {
  await reset();
  await applyD1Migrations(env.BOOKS, env.BOOKS_MIGRATIONS);
  await applyD1Migrations(env.CLICKS, env.CLICKS_MIGRATIONS);
  return { books: env.BOOKS, clicks: env.CLICKS };
}
