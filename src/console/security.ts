import { Hono } from 'hono';

import { securityRoutes, setUpRoutes, type SecuritySetting } from '../identity/security.routes.tsx';
import { bareFrame } from '../pages/app.tsx';
import type { ConsolePages, Pages } from '../pages/context.ts';
import { pageAnswer } from '../pages/layout.tsx';
import { settingsOfAccess } from './access-settings.tsx';
import { consolePage, createConsolePages } from './app.ts';

const places = { home: '/console', base: '/settings', set_up: '/second-factor', next: '/console', must: true } as const;

const setting: SecuritySetting = {
  ...places,
  show: (c, content) => consolePage(c.var.config.program_name, '/console/settings', content),
};
// Nothing else opens yet: no navigation.
const setUpSetting: SecuritySetting = {
  ...places,
  show: (c, content) => {
    const frame = bareFrame(`${c.var.config.program_name} console`, '/console');
    return pageAnswer({ ...frame, sign_out: '/console/sign-out' }, content);
  },
};

/** Where an operator sets up the second factor without which nothing else opens: for whoever has signed in as one by a password. */
export const secondFactorPages = new Hono<Pages>();
secondFactorPages.use('/second-factor/*', async (c, next) =>
  c.var.person?.role === 'operator' ? next() : c.redirect('/console/sign-in', 303),
);
secondFactorPages.route('/', setUpRoutes(setUpSetting));

/** An operator's own access: second factor, password, sessions. */
export const settingsPages: Hono<ConsolePages> = createConsolePages();
settingsPages.use('/settings/*', settingsOfAccess);
settingsPages.route('/', securityRoutes(setting) as unknown as Hono<ConsolePages>);
