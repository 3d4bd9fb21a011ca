import type { Hono } from 'hono';

import { securityRoutes, setUpRoutes, type SecuritySetting } from '../identity/security.routes.tsx';
import type { CenterPages } from '../pages/context.ts';
import { centerPage, createCenterPages } from './app.ts';

const BASE = '/settings/security';

const setting: SecuritySetting = {
  home: '/partners',
  base: BASE,
  set_up: `${BASE}/second-factor`,
  next: `/partners${BASE}`,
  must: false,
  show: (c, content) => centerPage(c.var.config.program_name, '/partners/settings', content),
};

/** A partner's own access: second factor, password, sessions. */
export const securityPages: Hono<CenterPages> = createCenterPages();
for (const routes of [setUpRoutes(setting), securityRoutes(setting)])
  securityPages.route('/', routes as unknown as Hono<CenterPages>);
