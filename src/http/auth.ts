import { createMiddleware } from 'hono/factory';

import { verifyPartnerToken } from '../partner/token.ts';
import type { ProgramConfig } from '../program/config.rules.ts';
import type { Actor, Api } from './context.ts';
import { fail } from './fail.ts';

const encoder = new TextEncoder();

/** Whether two secrets are equal, in a time that does not tell where they differ. */
async function sameSecret(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([a, b].map((text) => crypto.subtle.digest('SHA-256', encoder.encode(text))));
  return left !== undefined && right !== undefined && crypto.subtle.timingSafeEqual(left, right);
}

async function keyHolder(config: ProgramConfig, key: string): Promise<Actor | null> {
  let found: Actor | null = null;
  for (const operator of config.operators)
    if (await sameSecret(operator.key, key)) found = { role: 'operator', name: operator.name };
  if (await sameSecret(config.ingest_key, key)) found ??= { role: 'ingest', name: 'ingest' };
  return found;
}

/** The bearer credential of a request, or null. */
function bearerOf(header: string | undefined): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? '')?.[1] ?? null;
}

/** What a route may ask of its caller. An operator key may do all that ingest may. */
export type Role = 'ingest' | 'operator' | 'partner';

/** Lets a request pass that bears a credential of one of the roles (401 without a valid one, 403 for another role), and sets `actor`. */
export function allow(...roles: Role[]) {
  return createMiddleware<Api>(async (c, next) => {
    const bearer = bearerOf(c.req.header('authorization'));
    if (bearer === null) return fail('unauthorized');
    const actor = (await keyHolder(c.var.config, bearer)) ?? (await partnerOf(c.env, c.var, bearer));
    if (!actor) return fail('unauthorized');
    const may = roles.some((role) => role === actor.role || (role === 'ingest' && actor.role === 'operator'));
    if (!may) return fail('forbidden');
    c.set('actor', actor);
    await next();
  });
}

async function partnerOf(
  env: Api['Bindings'],
  { books, now, config }: Api['Variables'],
  bearer: string,
): Promise<Actor | null> {
  const verified = await verifyPartnerToken({ env, books, public_url: config.public_url, now }, bearer);
  if (!verified.ok) return null;
  return {
    role: 'partner',
    name: `partner:${verified.partner_id}`,
    partner_id: verified.partner_id,
    scopes: verified.scopes,
  };
}

/** The partner that calls, with a scope that the route needs; 403 without it. */
export function partnerActor(
  actor: Actor,
  scope: 'read' | 'links' | 'claims' | 'payout',
): { partner_id: string; name: string } {
  if (actor.role !== 'partner' || !actor.scopes.has(scope)) return fail('forbidden');
  return { partner_id: actor.partner_id, name: actor.name };
}

/** The name that decisions and the audit log keep of a caller. */
export function nameOf(actor: Actor): string {
  return actor.role === 'anyone' ? 'anyone' : actor.name;
}
