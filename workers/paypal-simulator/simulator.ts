import { DurableObject } from 'cloudflare:workers';
import { Hono } from 'hono';

import { apiRoutes } from './api.routes.ts';
import { controlRoutes } from './control.routes.ts';
import type { SimulatorEnv } from './env.ts';
import { State } from './state.ts';

/** PayPal and its memory. */
export class PaypalSimulator extends DurableObject<SimulatorEnv> {
  readonly #app: Hono;

  constructor(ctx: DurableObjectState, env: SimulatorEnv) {
    super(ctx, env);
    const state = new State(ctx.storage);
    this.#app = new Hono().route('/', apiRoutes(state, env)).route('/', controlRoutes(state));
  }

  override async fetch(request: Request): Promise<Response> {
    return this.#app.fetch(request);
  }
}
