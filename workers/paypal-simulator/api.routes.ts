import { Hono, type Context } from 'hono';

import { systemNow, parseInstant } from '../../src/clock.ts';
import { errorReply, type Reply } from './answer.rules.ts';
import type { SimulatorEnv } from './env.ts';
import { struck, type Fault, type Operation } from './fault.rules.ts';
import { cancelItem, create, showBatch, showItem, type Moment } from './operations.ts';
import type { State } from './state.ts';

type Credentials = Pick<SimulatorEnv, 'SIMULATOR_CLIENT_ID' | 'SIMULATOR_CLIENT_SECRET'>;

/** The instant a request is answered at: its own `X-Clock`, the one that was set, or the system's. */
export function nowOf(state: State, x_clock: string | undefined): number {
  const told = x_clock === undefined ? null : parseInstant(x_clock);
  return told ?? state.world.settings.now ?? systemNow();
}

function respond({ status, json }: Reply): Response {
  return Response.json(json, { status });
}

/** What a fault makes of an answer. */
async function faulty(fault: Fault, reply: Reply | null): Promise<Response> {
  if (fault.answer === 'hang') await scheduler.wait(fault.delay_ms);
  if (fault.answer === 'garbage') return new Response('<html>Sorry', { status: reply?.status ?? 200 });
  if (fault.answer === 'break') {
    const broken = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('{"batch_header":'));
        // So that status and headers are on their way before the connection goes.
        await scheduler.wait(20);
        controller.error(new Error('the connection is gone'));
      },
    });
    return new Response(broken, { status: reply?.status ?? 200, headers: { 'content-type': 'application/json' } });
  }
  const { status, json } = errorReply(fault.status, fault.name, 'A fault that was asked for.');
  const headers = fault.retry_after === null ? {} : { 'retry-after': String(fault.retry_after) };
  return Response.json(json, { status, headers });
}

/** Reads out of a body what it is about, however broken it is. */
function subjectOf(body: string, path: string): { sender_batch_id: string | null; subject: string } {
  const sender_batch_id = /"sender_batch_id"\s*:\s*"([^"]*)"/.exec(body)?.[1] ?? null;
  return { sender_batch_id, subject: sender_batch_id ?? path };
}

/** Carries out an operation, with whatever fault is due. `carryOut` runs at once: nothing comes between it and its answer. */
async function answer(
  state: State,
  c: Context,
  operation: Operation,
  carryOut: (moment: Moment, body: string, denied: boolean) => Reply,
): Promise<Response> {
  const body = await c.req.text();
  const now = nowOf(state, c.req.header('x-clock'));
  const { origin } = new URL(c.req.url);
  const { sender_batch_id, subject } = subjectOf(body, c.req.path);
  const { fault, left } = struck(state.world.faults, operation, subject);
  if (fault) state.putFaults(left);
  const skipped = fault?.when === 'before' && fault.answer !== 'deny';
  const reply = skipped ? null : carryOut({ now, origin }, body, fault?.answer === 'deny');
  state.putAsked({
    at: now,
    method: c.req.method,
    path: c.req.path,
    sender_batch_id,
    status: reply?.status ?? 0,
    fault: fault ? `${fault.answer} ${fault.when}` : null,
  });
  if (fault && fault.answer !== 'deny') return faulty(fault, reply);
  return respond(reply ?? errorReply(500, 'INTERNAL_SERVER_ERROR', 'Nothing was carried out.'));
}

/** PayPal's own endpoints. */
export function apiRoutes(state: State, credentials: Credentials): Hono {
  const app = new Hono();
  const basic = `Basic ${btoa(`${credentials.SIMULATOR_CLIENT_ID}:${credentials.SIMULATOR_CLIENT_SECRET}`)}`;
  app.post('/v1/oauth2/token', (c) =>
    answer(state, c, 'token', ({ now }, body) => {
      if (c.req.header('authorization') !== basic) {
        return { status: 401, json: { error: 'invalid_client', error_description: 'Client Authentication failed' } };
      }
      if (new URLSearchParams(body).get('grant_type') !== 'client_credentials') {
        return { status: 400, json: { error: 'unsupported_grant_type', error_description: 'Grant type is not given' } };
      }
      const expires_in = state.world.settings.token_seconds;
      const access_token = `A21AA${crypto.randomUUID().replaceAll('-', '')}`;
      state.putToken(access_token, now + expires_in * 1000);
      const scope = 'https://uri.paypal.com/payments/payouts';
      return { status: 200, json: { scope, access_token, token_type: 'Bearer', expires_in } };
    }),
  );
  app.use('/v1/payments/*', async (c, next) => {
    const token = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const until = state.world.tokens.get(token);
    if (until !== undefined && nowOf(state, c.req.header('x-clock')) < until) return next();
    return c.json(
      { error: 'invalid_token', error_description: 'The token passed in was not found in the system' },
      401,
    );
  });
  app.post('/v1/payments/payouts', (c) =>
    answer(state, c, 'create', (moment, body, denied) => create(state, body, denied, moment)),
  );
  app.get('/v1/payments/payouts/:id', (c) => {
    const page = {
      page: Number(c.req.query('page') ?? 1),
      page_size: Number(c.req.query('page_size') ?? state.world.settings.default_page_size),
      total_required: c.req.query('total_required') === 'true',
    };
    return answer(state, c, 'batch', (moment) => showBatch(state, c.req.param('id'), page, moment));
  });
  app.get('/v1/payments/payouts-item/:id', (c) =>
    answer(state, c, 'item', (moment) => showItem(state, c.req.param('id'), moment)),
  );
  app.post('/v1/payments/payouts-item/:id/cancel', (c) =>
    answer(state, c, 'cancel', (moment) => cancelItem(state, c.req.param('id'), moment)),
  );
  return app;
}
