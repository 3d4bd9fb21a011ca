import type { Hono } from 'hono';

import { createPages, failurePage } from '../pages/app.tsx';
import { styleAnswer } from '../pages/assets.ts';
import type { Pages } from '../pages/context.ts';
import { partnerOnly } from './app.ts';
import { centerParts, openParts } from './parts.ts';

/** The Partner Center: what anybody may open, then what partners open who have signed in. Everything else does not exist. */
export function createCenter(): Hono<Pages> {
  const center = createPages();
  center.get('/assets/:name', () => styleAnswer());
  for (const part of openParts) center.route('/', part);
  center.use(partnerOnly);
  for (const part of centerParts) center.route('/', part as unknown as Hono<Pages>);
  center.all('*', (c) => failurePage(c, 404));
  return center;
}
