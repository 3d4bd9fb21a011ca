import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';

import { openClicks } from '../archive/open.ts';
import { cookieKeys } from '../attribution/token.ts';
import { requestNow } from '../clock.ts';
import { errorNames, logLine } from '../log.ts';
import { tellAnswer } from '../metrics/answer.ts';
import { isUnanswered, openDatabase } from '../program/commit.repo.ts';
import { checkProgramConfig, type Checked, type ProgramConfig } from '../program/config.rules.ts';
import type { Api } from './context.ts';
import { countedDatabase } from './cost.repo.ts';
import { noCost, serverTiming } from './cost.ts';
import type { ProgramEnv } from './env.ts';
import { problemResponse, type FieldError } from './problem.ts';

/** Bodies of the JSON API. Imports stream and set their own bounds. */
const MAX_BODY_BYTES = 256 * 1024;
/** A list of expected clients is handed in whole: 10,000 rows fit (B1). */
const MAX_LIST_BYTES = 2 * 1024 * 1024;

type Issue = { path: readonly PropertyKey[]; message: string; code?: string | undefined; keys?: readonly string[] };

/** Faults by path out of zod's issues; a refused unknown field is named. */
export function fieldErrors(target: string, issues: readonly Issue[]): FieldError[] {
  const root =
    { json: 'body', form: 'body', query: 'query', param: 'path', header: 'header', cookie: 'cookie' }[target] ?? target;
  return issues.flatMap((issue) => {
    const path = [root, ...issue.path.map(String)];
    if (issue.code === 'unrecognized_keys')
      return (issue.keys ?? []).map((key) => ({
        path: [...path, key].join('.').slice(0, 200),
        message: 'not a known field',
      }));
    return [{ path: path.join('.').slice(0, 200), message: issue.message }];
  });
}

/** A part of the API: routes with their schemas. Input that does not fit is a 400 with the path of each fault. */
export function createRoutes(): OpenAPIHono<Api> {
  return new OpenAPIHono<Api>({
    defaultHook: (result) => {
      return result.success
        ? undefined
        : problemResponse('malformed', undefined, fieldErrors(result.target, result.error.issues as readonly Issue[]));
    },
  });
}

const checkedConfigs = new WeakMap<ProgramEnv, Checked<ProgramConfig>>();

async function configOf(env: ProgramEnv): Promise<Checked<ProgramConfig>> {
  const known = checkedConfigs.get(env);
  if (known) return known;
  const checked = checkProgramConfig(env);
  const keys = await cookieKeys(env.COOKIE_KEYS ?? '');
  const whole: Checked<ProgramConfig> = checked.ok && !keys.ok ? { ok: false, errors: [keys.reason] } : checked;
  checkedConfigs.set(env, whole);
  return whole;
}

/** The door: one clock, one checked configuration, one id a request. */
const door = createMiddleware<Api>(async (c, next) => {
  const checked = await configOf(c.env);
  if (!checked.ok) return problemResponse('misconfigured', checked.errors.join('; '));
  const clock = requestNow(c.req.raw, c.env);
  if (!clock.ok) return problemResponse(clock.reason);
  c.set('now', clock.now);
  c.set('config', checked.config);
  const cost = c.env.COST_HEADERS === 'on' ? noCost() : null;
  const counted = (binding: D1Database) => (cost ? countedDatabase(binding, cost) : binding);
  c.set('books', openDatabase(counted(c.env.BOOKS)));
  c.set('clicks', openClicks(counted(c.env.CLICKS), c.env.ARCHIVE));
  c.set('actor', { role: 'anyone' });
  c.set('request_id', c.req.header('cf-ray') ?? crypto.randomUUID());
  await next();
  await tellAnswer(c);
  if (cost) c.header('server-timing', serverTiming(cost));
  return undefined;
});

/** Writes of the JSON API say `application/json`; anything else is 415 before it is read. */
const jsonOnly = createMiddleware<Api>(async (c, next) => {
  const writes = c.req.method === 'POST' || c.req.method === 'PUT' || c.req.method === 'PATCH';
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (writes && type !== 'application/json' && !acceptsOtherContent(c.req.path))
    return problemResponse('unsupported_media_type', 'send application/json');
  return next();
});

/** Paths under /v1 whose bodies are files of rows, read as they come. */
function isImport(path: string): boolean {
  return path.endsWith('/import') || path.startsWith('/v1/import/');
}

/** Paths under /v1 whose bodies are not JSON alone, or not JSON at all. */
function acceptsOtherContent(path: string): boolean {
  return path === '/v1/expected-clients' || isImport(path) || path.startsWith('/v1/webhooks/');
}

/** The program's HTTP app with its door; parts are mounted on it. */
export function createApp(): OpenAPIHono<Api> {
  const app = createRoutes();
  app.use(door);
  app.use('/v1/*', jsonOnly);
  app.use('/v1/*', async (c, next) => {
    if (isImport(c.req.path)) return next();
    const list = c.req.path === '/v1/expected-clients';
    return bodyLimit({
      maxSize: list ? MAX_LIST_BYTES : MAX_BODY_BYTES,
      onError: () => problemResponse('too_large', list ? 'at most 2 MiB' : 'at most 256 KiB'),
    })(c, next);
  });
  app.notFound((c) => {
    const allowed = methodsOf(app, c.req.path);
    return allowed.length > 0
      ? problemResponse('method_not_allowed', undefined, undefined, { allow: allowed.join(', ') })
      : problemResponse('not_found');
  });
  app.onError((error, c) => {
    if (error instanceof HTTPException) {
      if (error.res) return error.res;
      if (error.status === 400)
        return problemResponse('malformed', 'the body is not JSON', [{ path: 'body', message: 'not JSON' }]);
      if (error.status === 415) return problemResponse('unsupported_media_type');
    }
    logLine('request_failed', {
      request_id: c.var.request_id,
      route: c.req.routePath,
      error: errorNames(error),
    });
    return problemResponse(isUnanswered(error) ? 'unavailable' : 'internal', `request ${c.var.request_id}`);
  });
  return app;
}

function methodsOf(app: OpenAPIHono<Api>, path: string): string[] {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  return methods.filter((method) => app.router.match(method, path)[0].some(([[, route]]) => route.method === method));
}
