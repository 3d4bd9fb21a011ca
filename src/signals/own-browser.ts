import { cookieKeys } from '../attribution/token.ts';
import { visitorOf } from '../attribution/visitor.ts';
import { runBatch, type Database } from '../program/commit.repo.ts';
import type { ProgramConfig } from '../program/config.rules.ts';
import { isOwnBrowser, ownBrowserStatements } from './signal.repo.ts';

/**
 * Keeps the browser of a request as the partner's own, where the request bears a referral cookie that verifies, and lists the accounts of
 * the partner that came with that browser's clicks. Without a cookie it costs nothing; of one already known, one seek.
 */
export async function noticeOwnBrowser(
  books: Database,
  request: Request,
  config: Pick<ProgramConfig, 'cookie_name' | 'cookie_keys'>,
  partner_id: string,
  now: number,
): Promise<void> {
  if (!request.headers.has('cookie')) return;
  const keys = await cookieKeys(config.cookie_keys);
  if (!keys.ok) return;
  const settings = { cookie_name: config.cookie_name, cookie_domain: null, cookie_keys: keys.keys };
  const visitor = visitorOf(request, settings);
  if (!visitor || (await isOwnBrowser(books, partner_id, visitor.token.visitor_id))) return;
  const seen = { via: 'token', at: now } as const;
  await runBatch(books, ownBrowserStatements(books, partner_id, [visitor.token.visitor_id], seen));
}
