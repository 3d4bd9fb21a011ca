import type { Hono } from 'hono';

import { createPages, failurePage } from '../pages/app.tsx';
import type { Pages } from '../pages/context.ts';
import { operatorOnly } from './app.ts';
import { consoleParts, openParts } from './parts.ts';

/** The console: signing in, then what operators open who have signed in with a second factor. Everything else does not exist. */
export function createConsole(): Hono<Pages> {
  const console = createPages();
  for (const part of openParts) console.route('/', part);
  console.use(operatorOnly);
  for (const part of consoleParts) console.route('/', part as unknown as Hono<Pages>);
  console.all('*', (c) => failurePage(c, 404));
  return console;
}
