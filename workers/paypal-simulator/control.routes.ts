import { Hono } from 'hono';
import * as z from 'zod';

import { formatInstant, parseInstant } from '../../src/clock.ts';
import { nowOf } from './api.routes.ts';
import { FaultBody } from './fault.rules.ts';
import { ledgerAt } from './ledger.rules.ts';
import type { State } from './state.ts';
import { overridden } from './timeline.rules.ts';

const Instant = z.string().transform((text, context) => {
  const at = parseInstant(text);
  if (at !== null) return at;
  context.addIssue({ code: 'custom', message: 'an RFC 3339 instant' });
  return z.NEVER;
});

const ClockBody = z.union([
  z.strictObject({ now: Instant.nullable() }),
  z.strictObject({ advance_seconds: z.int().min(0) }),
]);

const ms = z.int().min(0);
const SettingsBody = z.strictObject({
  pending_ms: ms.optional(),
  processing_ms: ms.optional(),
  comes_back_ms: ms.optional(),
  token_seconds: z.int().min(1).optional(),
  funds: z.int().min(0).optional(),
  item_fee: z.int().min(0).optional(),
  duplicate_link: z.boolean().optional(),
  default_page_size: z.int().min(1).max(1000).optional(),
});

const EventBody = z.strictObject({ status: z.string().min(1), at: Instant.optional() });

/** What no PayPal has: its clock, settings, faults to come, turns of an item, and what was really paid. */
export function controlRoutes(state: State): Hono {
  const app = new Hono().basePath('/_control');
  app.onError((error, c) => {
    if (error instanceof z.ZodError)
      return c.json({ errors: error.issues.map(({ path, message }) => ({ path, message })) }, 422);
    if (error instanceof SyntaxError) return c.json({ errors: [{ path: [], message: 'not JSON' }] }, 400);
    throw error;
  });
  const clock = (x_clock: string | undefined) => formatInstant(nowOf(state, x_clock));

  app.get('/', (c) => {
    const { settings, faults, batches, items } = state.world;
    return c.json({ now: clock(c.req.header('x-clock')), settings, faults, batches: batches.size, items: items.size });
  });
  app.post('/reset', async (c) => {
    await state.reset();
    return c.json({ ok: true });
  });
  app.post('/clock', async (c) => {
    const body = ClockBody.parse(await c.req.json());
    state.settle({ now: 'now' in body ? body.now : nowOf(state, undefined) + body.advance_seconds * 1000 });
    return c.json({ now: clock(undefined) });
  });
  app.patch('/settings', async (c) => {
    const given = Object.entries(SettingsBody.parse(await c.req.json())).filter(([, value]) => value !== undefined);
    state.settle(Object.fromEntries(given));
    return c.json(state.world.settings);
  });
  app.get('/faults', (c) => c.json(state.world.faults));
  app.post('/faults', async (c) => {
    const fault = FaultBody.parse(await c.req.json());
    state.putFaults([...state.world.faults, fault]);
    return c.json(fault, 201);
  });
  app.delete('/faults', (c) => {
    state.putFaults([]);
    return c.json([]);
  });
  app.delete('/tokens', (c) => {
    state.dropTokens();
    return c.json({ ok: true });
  });
  app.post('/items/:id/events', async (c) => {
    const { status, at } = EventBody.parse(await c.req.json());
    const item = state.world.items.get(c.req.param('id'));
    if (!item) return c.json({ errors: [{ path: ['id'], message: 'no such item' }] }, 404);
    const event = { at: at ?? nowOf(state, c.req.header('x-clock')), status };
    state.putItem({ ...item, timeline: overridden(item.timeline, event) });
    return c.json(event, 201);
  });
  app.get('/ledger', (c) => {
    const now = nowOf(state, c.req.header('x-clock'));
    return c.json({ now: formatInstant(now), ...ledgerAt(state.world.items.values(), state.world.settings, now) });
  });
  app.get('/requests', (c) => c.json(state.world.asked));
  return app;
}
